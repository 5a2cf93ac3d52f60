"""What the findings are written from."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import pandas as pd

from placement.analysis import minimum
from placement.analysis.conventions import INFERENCE_SEEDS
from placement.analysis.ranks import Omnibus
from placement.analysis.shift import Association


class Trained(NamedTuple):
    """A variant in words: its layers in a line; its activation, norm and dropout; its recipe."""

    network: str
    parts: str
    recipe: str


@dataclass(frozen=True)
class Facts:
    """What the tables don't hold.

    Attributes:
        dataset, labels: What readers call the data, and by variant what they call it. Plain text, and to the sections
            Markdown: findings.py has escaped these two, and nothing else here.
        seeds: Number of complete seeds, those with a run of every variant.
        rope: Half-width of the region of practical equivalence, points.
        more_seeds: The command that trains the missing seeds.
        note: Of a study that is under way: that it is.
        images: How many train, validate and test, in words.
        copies: What the data set has twice, in words.
        recipes: Number of different recipes that variants were trained with.
        stops_early: Whether they have early stopping: one answer, or both.
        claims: How many the study lists.
        levels: How many each factor of its grid has.
        trained: By variant, what was trained.
        config_file: The study's config beside its results.
    """

    study: str
    dataset: str
    baseline: str
    labels: Mapping[str, str]
    seeds: int
    rope: float
    more_seeds: str
    note: str
    images: str
    copies: str
    recipes: int
    stops_early: frozenset[bool]
    claims: int
    levels: Sequence[int]
    trained: Mapping[str, Trained]
    config_file: str

    def judges(self, comparisons: int) -> bool:
        """Whether a family of so many comparisons is judged with the seeds that there are."""
        return self.seeds >= minimum.seeds_to_judge(comparisons)

    @property
    def ranks(self) -> bool:
        """Whether variants are ranked against the baseline in words."""
        return self.seeds >= self.ranks_from

    @property
    def ranks_from(self) -> int:
        """The complete seeds that this takes."""
        return minimum.seeds_to_judge(len(self.labels) - 1)

    @property
    def not_judged(self) -> dict[str, int]:
        """The families that take more seeds, in words, and how many comparisons each has."""
        return minimum.not_judged(self.seeds, len(self.labels), self.claims, self.levels)

    @property
    def infers(self) -> bool:
        """Whether there are intervals and p at all."""
        return self.seeds >= INFERENCE_SEEDS


class OverGrid(NamedTuple):
    """The analysis' tables of a grid, accuracies in points.

    Attributes:
        factors, interactions: as factors.py of the analysis gives them.
        selection: `selection.selection`; None where nothing is selected.
        over: the factors that are selected over.
        baseline: placement and level of the study's baseline.
        apart: whether the seeds that select are others than those that judge.
    """

    factors: pd.DataFrame
    interactions: pd.DataFrame
    selection: pd.DataFrame | None = None
    over: tuple[str, ...] = ()
    baseline: tuple[str, str] = ("", "")
    apart: bool = False


class Found(NamedTuple):
    """The analysis' tables, accuracies in points.

    Attributes:
        runs: a row a run, see metrics.run_metrics.
        summary: summary.summary_table of them, accuracies as fractions.
        evidence: by row of `claims`, the pairs of it by seed (judgements.by_seed); a claim without any is absent.
        variants: `paired.describe` of test accuracy.
        omnibus: `ranks.friedman` of the same.
        pairwise: `families.compare_families`.
        claims: `judgements.judge`.
        power: `power.power_table` of the comparisons with the baseline.
        norm_dropout: `norm_dropout.interactions`.
        seeds_and_images: `crossed.two_questions`.
        variance_shift: `shift.variance_shift_table`.
        associations: `shift.associations`.
        settling: `settling.settling`, and `chance` the accuracy that guessing has, points.
        over_grid: of a study with a grid.
    """

    runs: pd.DataFrame
    summary: pd.DataFrame
    evidence: Mapping[int, pd.DataFrame]
    variants: pd.DataFrame
    omnibus: Omnibus
    pairwise: pd.DataFrame
    claims: pd.DataFrame
    power: pd.DataFrame
    norm_dropout: pd.DataFrame
    seeds_and_images: pd.DataFrame
    variance_shift: pd.DataFrame
    associations: Sequence[Association]
    settling: pd.DataFrame
    chance: float
    over_grid: OverGrid | None = None

    def table(self, name: str) -> pd.DataFrame:
        """The table of that name, of the study or of its grid."""
        return getattr(self, name) if name in self._fields else getattr(self.over_grid, name)

    @property
    def unsettled(self) -> int:
        """How many variants had not settled, by what can be seen."""
        return int(self.settling[["near_chance", "rising"]].any(axis=1).sum())

    @property
    def against_baseline(self) -> pd.DataFrame:
        return self.pairwise[self.pairwise["family"] == "baseline"]

    @property
    def all_pairs(self) -> pd.DataFrame:
        return self.pairwise[self.pairwise["family"] == "all"]
