"""The one place where numbers turn into a verdict on a claim.

A claim that its left side is higher (or lower) than its right one is about one difference or several, its contrasts,
and says that each is above zero in its direction (a margin). Against the contrary the largest of the one-sided p counts
(intersection-union test, Berger 1982), unadjusted; for the contrary the smallest one, times the number of contrasts,
since any one of them would refute the claim. The smaller of the two, doubled, is the claim's two-sided p: for a single
contrast, the p of the paired t test.

A claim that the sides are equal says that every contrast is within the region of practical equivalence. It is supported
by the test of equivalence (two one-sided tests, Schuirmann 1987) of each, again by the largest p, and refuted by a
contrast shown to be beyond the region, on either side: the smallest one-sided p against a bound of it, doubled, times
their number.
"""

from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np

from placement.analysis.conventions import ALPHA
from placement.analysis.families import holm
from placement.analysis.paired import StudentMean
from placement.analysis.tails import Tails, student

NOT_JUDGED = "not judged"
SIGN = {"higher": 1, "lower": -1, "equal": 1}


def verdict(
    n: int,
    margin: float,
    p: float,
    p_equivalence: float,
    equal: bool,
    minimum: int,
) -> str:
    """What becomes of a claim.

    1. Below the minimum of complete seeds: not judged.
    2. The difference was shown to be smaller than the region of practical equivalence (`p_equivalence` < ALPHA):
       equivalent, even if its sign was shown too; which is what supports a claim of equality.
    3. A difference was shown (`p` < ALPHA): supported if the smallest margin is above zero, refuted if below.
       A claim of equality, whose `p` is of a difference beyond the region, is refuted by either.
    4. Anything else: undecided. It doesn't mean equal. Without any p: not judged.

    Args:
        n: complete seeds.
        margin: the estimate, positive in the direction of the claim.
        p, p_equivalence: adjusted over all claims of the study; NaN where there is no test.
        equal: whether the claim is that the sides are equal.
        minimum: of n.
    """
    if n < minimum or np.isnan(p):
        return NOT_JUDGED
    if p_equivalence < ALPHA:
        return "supported" if equal else "equivalent"
    if p < ALPHA:
        return "supported" if margin > 0 and not equal else "refuted"
    return "undecided"


class Evidence(NamedTuple):
    """p of a difference (for a claim of equality: of one beyond the region) and of equivalence, for one claim alone
    [...]; NaN where there is no test."""

    p: np.ndarray | float = np.nan
    p_equivalence: np.ndarray | float = np.nan


def evidence(differences: np.ndarray, direction: str, rope: float, tails: Callable[..., Tails] = student) -> Evidence:
    """What differences left minus right [..., seeds, contrasts] say of a claim.

    Args:
        direction: higher, lower or equal, of left beside right.
        rope: region of practical equivalence; NaN for none, which a claim of equality can't do without.
        tails: the one-sided tests, see tails.py.
    """
    contrasts = differences.shape[-1]
    # The largest of several with a missing one is missing, since one missing p must make the whole claim's p missing.
    if direction == "equal":
        beyond = np.minimum(tails(differences, rope).above, tails(differences, -rope).below)
        p = 2 * contrasts * beyond.min(axis=-1)
    else:
        above, below = tails(differences)
        support, contrary = (above, below) if direction == "higher" else (below, above)
        p = 2 * np.minimum(support.max(axis=-1), contrasts * contrary.min(axis=-1))
    if np.isnan(rope):
        return Evidence(np.minimum(1, p))
    inside = np.maximum(tails(differences, -rope).above, tails(differences, rope).below)
    return Evidence(np.minimum(1, p), inside.max(axis=-1))


class Sample(NamedTuple):
    """What a claim is judged by: `differences`, left minus right [seeds, contrasts], in the metric's unit."""

    direction: str
    rope: float
    seeds: tuple[int, ...]
    differences: np.ndarray

    def without(self, seed: int) -> "Sample":
        kept = [i for i, each in enumerate(self.seeds) if each != seed]
        return self._replace(seeds=tuple(self.seeds[i] for i in kept), differences=self.differences[kept])

    def evidence(self, tails: Callable[..., Tails] = student) -> Evidence:
        return evidence(self.differences, self.direction, self.rope, tails) if self.seeds else Evidence()

    @property
    def binding(self) -> int:
        """The contrast least in favour of the claim: of the smallest margin, or for equality the one whose interval is
        the furthest from zero, or else the nearest to being so."""
        means = self.differences.mean(axis=0)
        if self.direction != "equal":
            return int(np.argmin(SIGN[self.direction] * means))
        widths = [StudentMean.of(values).margin(ALPHA / len(means)) for values in self.differences.T]
        return int(np.argmax(np.abs(means) - np.nan_to_num(widths)))

    @property
    def margin(self) -> float:
        """The estimate of the binding contrast, positive in the direction of the claim."""
        return SIGN[self.direction] * float(self.differences[:, self.binding].mean()) if self.seeds else np.nan


class Decision(NamedTuple):
    """Holm's p over all claims that have one, and the verdict by them."""

    p_holm: float
    p_equivalence_holm: float
    verdict: str


def decide(
    samples: Sequence[Sample],
    found: Sequence[Evidence],
    minimum: int,
) -> list[Decision]:
    """The verdicts on all claims of a study, by the evidence found for each."""
    p, p_equivalence = (np.array([float(each[i]) for each in found]) for i in (0, 1))
    tested = np.isfinite(p)
    for values in (p, p_equivalence):
        values[tested] = holm(values[tested])
    return [
        Decision(
            a,
            b,
            verdict(len(sample.seeds), sample.margin, a, b, sample.direction == "equal", minimum),
        )
        for sample, a, b in zip(samples, p.tolist(), p_equivalence.tolist(), strict=True)
    ]
