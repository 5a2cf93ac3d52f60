"""Studies side by side: what they answer to the same question, of several data sets, networks and recipes.

A study's estimate is the average over its conditions, by seed, so that it counts once, however many conditions it has;
how far these lie apart counts in its error where studies are put together (meta.py).

The same run, of one identity and seed, may stand in several studies. In a question it counts once, for the study
that has more runs.
"""

import json
from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np
import pandas as pd

from placement.analysis.conventions import ALPHA
from placement.analysis.families import decided, holm
from placement.analysis.meta import between_conditions, random_effects
from placement.analysis.paired import StudentMean
from placement.analysis.questions import FinishedStudy, Pair, questions
from placement.counting import how_many


class Contrast(NamedTuple):
    """One row of `contrasts`: left - right in points of test accuracy. `condition` is empty where it is a study's
    average over all of them, and `conditions` is their number. `between` is of such an average, see
    meta.between_conditions."""

    left: str
    right: str
    study: str
    condition: str
    conditions: int
    n: int
    estimate: float
    low: float
    high: float
    error: float
    p: float
    between: float = np.nan


def contrasts(studies: Sequence[FinishedStudy]) -> pd.DataFrame:
    """Rows of `Contrast`: of each question and study the average over its conditions, then each condition.

    A run that a larger study has is left out of a smaller one's; the average is of the seeds that all conditions have.
    """
    rows: list[Contrast] = []
    counted: dict[tuple[str, str], set[tuple[str, int]]] = {}
    for study in largest_first(studies):
        # Conditions may differ in what their words leave out, and count all the same.
        asked: dict[tuple[str, str], list[tuple[str, dict[int, Pair]]]] = {}
        for left, right, of, pairs in questions(study):
            asked.setdefault((left, right), []).append((of, pairs))
        for question, found in asked.items():
            before = counted.setdefault(question, set())
            own = [
                (of, {seed: pair.difference for seed, pair in pairs.items() if not pair.runs & before})
                for of, pairs in found
            ]
            before.update(run for _, pairs in found for pair in pairs.values() for run in pair.runs)
            rows += _rows(question, study.name, [(of, differences) for of, differences in own if differences])
    table = pd.DataFrame(rows, columns=Contrast._fields)
    given = table["study"].map({study.name: position for position, study in enumerate(studies)})
    table = table.assign(given=given).sort_values(["left", "right", "given"], kind="stable", ignore_index=True)
    return table[list(Contrast._fields)]


def largest_first(studies: Sequence[FinishedStudy]) -> list[FinishedStudy]:
    return sorted(studies, key=lambda study: -len(study.runs))


def _rows(question: tuple[str, str], study: str, found: Sequence[tuple[str, dict[int, float]]]) -> Iterator[Contrast]:
    common = set.intersection(*(set(differences) for _, differences in found)) if found else set()
    each, between = [], np.nan
    if common:
        together = np.array([[differences[seed] for _, differences in found] for seed in sorted(common)])
        each, between = [("", together.mean(axis=1))], between_conditions(together)
    for of, values in [*each, *((of, np.array(list(differences.values()))) for of, differences in found)]:
        mean = StudentMean.of(values)
        # Each of several conditions is looked at, so that their intervals share the level.
        low, high = mean.interval(ALPHA / len(found) if of else ALPHA)
        yield Contrast(
            *question, study, of, len(found), mean.n, mean.mean, low, high, mean.se, mean.p, np.nan if of else between
        )


def repeated(studies: Sequence[FinishedStudy]) -> dict[str, int]:
    """{study: how many of its runs a larger one has too}, of those that have any."""
    seen: set[tuple[str, int]] = set()
    found = {}
    for study in largest_first(studies):
        written = {variant: json.dumps(identity, sort_keys=True) for variant, identity in study.identities.items()}
        of_study = study.runs[study.runs["variant"].isin(written)]
        runs = {(written[run.variant], int(run.seed)) for run in of_study.itertuples()}
        if again := len(runs & seen):
            found[study.name] = again
        seen |= runs
    return found


def shared(studies: Sequence[FinishedStudy]) -> str:
    """What several studies have in common, in words: it makes them agree more than others would."""
    datasets = {study.name: next(iter(study.identities.values()))["dataset"] for study in studies}
    without = {"test images": ("limit", "validation_fraction", "split_seed"), "training images and their split": ()}
    parts = []
    for what, left_out in without.items():
        same: dict[str, list[str]] = {}
        for name, dataset in datasets.items():
            kept = {key: value for key, value in dataset.items() if key not in left_out}
            same.setdefault(json.dumps(kept, sort_keys=True), []).append(name)
        parts += [f"{what} ({', '.join(names)})" for names in same.values() if len(names) > 1]
    seeds = set.intersection(*(set(study.runs["seed"]) for study in studies))
    if len(studies) > 1 and seeds:
        parts.append(f"{how_many(len(seeds), 'seed')} (all of them)")
    return "; ".join(parts)


class Answer(NamedTuple):
    """One row of `answers`: what all studies together say of left - right, see meta.RandomEffects.

    `pooled` are the studies that the mean is of, those with an error to weigh them by. `signs` says whether the effect
    changes sign with the conditions: 'shown' where it was told apart from zero above it in one condition and below it
    in another, with p Holm's over all conditions of the question and seeds enough to judge so many; 'estimates' where
    only estimates are on both sides; else nothing. `shared`: what studies that are pooled have in common.
    """

    left: str
    right: str
    studies: int
    conditions: int
    pooled: int
    mean: float
    low: float
    high: float
    prediction_low: float
    prediction_high: float
    tau2: float
    omega2: float
    i2: float
    signs: str
    shared: str


def answers(table: pd.DataFrame, studies: Sequence[FinishedStudy]) -> pd.DataFrame:
    """Rows of `Answer`, a question each, of the rows of `contrasts` and their studies.

    What changes sign comes first, then what most studies ask.
    """
    rows = []
    for (left, right), asked in table.groupby(["left", "right"], sort=False):
        whole, single = asked[asked["condition"] == ""], asked[asked["condition"] != ""]
        together = random_effects(*whole[["estimate", "error", "conditions", "between"]].to_numpy(float).T)
        apart = single[decided(single["n"], holm(single["p"]))]
        signs = "shown" if _both_signs(apart) else "estimates" if _both_signs(single) else ""
        asking = set(whole.loc[whole["error"].notna(), "study"])
        alike = shared([study for study in studies if study.name in asking]) if len(asking) > 1 else ""
        rows.append(Answer(left, right, asked["study"].nunique(), len(single), *together, signs, alike))
    found = pd.DataFrame(rows, columns=Answer._fields)
    return found.assign(shown=found["signs"] == "shown").sort_values(
        ["shown", "studies", "conditions"], ascending=False, kind="stable", ignore_index=True
    )[list(Answer._fields)]


def of_several(found: pd.DataFrame) -> pd.DataFrame:
    """Of the rows of `answers`, those that more than one study gives; all of them where there are none."""
    several = found[found["studies"] > 1]
    return several if len(several) else found


def _both_signs(table: pd.DataFrame) -> bool:
    return bool((table["estimate"] > 0).any() and (table["estimate"] < 0).any())
