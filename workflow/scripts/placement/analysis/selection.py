"""Each placement at its own best level: chosen by validation, reported by test accuracy (docs/factors.md).

A placement is a combination of the levels of the factors that are not selected over; its candidates are the grid's
cells there. No run has a say in the choice by which it is reported: the mean of all seeds at the level that all of them
chose would flatter, since a run that did well in validation did well in the test too.

Where some seeds choose and the others judge, what is compared is the cells that were chosen, and plain paired inference
holds, for these cells.

Where all seeds do both, what is reported of a seed is test accuracy at the level that the other seeds choose, by their
mean of a validation measure. The values of such seeds are not independent: each has a say in the choice of all others,
and where levels are close their mean varies by more than their sd says (plain intervals of nominal 95 % cover 64 to
92 %). So standard errors are the jackknife's of the whole procedure, selection included (Efron & Stein 1981: too large
on average rather than too small): nothing is added where the choice is clear; where levels are equal they are 1.3 to
2.5 times the true ones.
"""

from collections.abc import Sequence
from math import prod
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from placement.analysis.conventions import ALPHA, DECIMALS
from placement.analysis.families import decided, holm
from placement.analysis.paired import StudentMean, p_of_mean, paired_differences
from placement.study import select
from placement.study.grids import Grid


class Selected(NamedTuple):
    """A row of `selection`: what one placement chose, and its test accuracy with the choice left to other seeds."""

    placement: str
    candidates: int  # different networks to choose from
    of: int  # levels; fewer are candidates where the grid has holes or a level makes no difference
    level: str  # highest in the mean of validation over the seeds that choose; the first of equals
    chosen: str  # each level, and for how many of the choosing seeds the others choose it
    runner_up: str
    validation: float  # mean at `level`, points
    ahead: float  # of the runner-up, in validation
    ahead_low: float  # paired, of this pair alone, and as if it hadn't been picked by looking
    ahead_high: float
    validation_range: float  # between the highest and the lowest mean of all levels
    choosing: int  # seeds that choose
    n: int  # seeds that judge; all do both where none are set apart to choose
    accuracy: float  # test, of the seeds that judge, each at the level that others choose
    low: float  # of this mean alone
    high: float
    accuracy_at_level: float  # test, all seeds at `level`: it flatters
    difference: float  # of `accuracy` from that of the baseline's placement
    difference_low: float  # simultaneous over the other placements
    difference_high: float
    p: float
    p_holm: float = np.nan
    distinguishable: bool = False


def choices(validation: np.ndarray) -> np.ndarray:
    """For each seed, the level with the highest mean over the other seeds [..., seeds]; the first of equals.

    Args:
        validation: [..., seeds, levels], two seeds at least.
    """
    others = validation.sum(axis=-2, keepdims=True) - validation
    return np.round(others / (validation.shape[-2] - 1), DECIMALS).argmax(axis=-1)


def left_out(validation: np.ndarray, test: np.ndarray) -> np.ndarray:
    """`test` of each seed at the level that the others choose [..., seeds]; NaN for a single seed, without others.

    Args:
        validation, test: [..., seeds, levels].
    """
    if test.shape[-2] < 2:
        return np.full(test.shape[:-1], np.nan)
    return np.take_along_axis(test, choices(validation)[..., None], axis=-1)[..., 0]


def influences(validation: np.ndarray, test: np.ndarray) -> np.ndarray:
    """Values [..., seeds] with the mean of `left_out`, and the sd that gives its jackknife standard error.

    Where the choice is the same with any two seeds left out, they are the values of `left_out` themselves. NaN below
    three seeds.
    """
    n = test.shape[-2]
    if n < 3:
        return np.full(test.shape[:-1], np.nan)
    without = [left_out(*(np.delete(each, seed, axis=-2) for each in (validation, test))) for seed in range(n)]
    without = np.stack(without, axis=-2).mean(axis=-1)
    mean = left_out(validation, test).mean(axis=-1, keepdims=True)
    return np.round(mean + (n - 1) * (without.mean(axis=-1, keepdims=True) - without), DECIMALS)


def judging(validation: np.ndarray, test: np.ndarray, choosing: np.ndarray | None) -> tuple[np.ndarray, np.ndarray]:
    """Test accuracy of the seeds that judge [judging], and values with its mean whose sd gives its standard error.

    Args:
        validation, test: [seeds, levels].
        choosing: bool [seeds], which seeds choose and don't judge; None where all do both.
    """
    if choosing is None:
        return left_out(validation, test), influences(validation, test)
    if not choosing.any():
        return np.empty(0), np.empty(0)
    values = test[~choosing, np.round(validation[choosing].mean(axis=0), DECIMALS).argmax()]
    return values, values


def selection(
    test: np.ndarray,
    validation: np.ndarray,
    names: Sequence[str],
    grid: Grid,
    over: Sequence[str],
    baseline: str,
    choosing: np.ndarray | None = None,
) -> pd.DataFrame:
    """What each placement chose over the factors `over`, what it is worth, and beside that of the baseline's placement.

    Args:
        test, validation: [seeds, variants] in points, columns named by `names`; higher is better.
        baseline: a variant of the grid; of the first placement that has it.
        choosing: bool [seeds], which seeds choose and don't judge; None where all do both.

    Returns:
        A row a placement, with the columns of Selected. In that of the baseline there is no difference; the others are
        one family: intervals are Bonferroni's, p Holm's.
    """
    column = {name: i for i, name in enumerate(names)}
    full = prod(len(grid.factors[factor]) for factor in over)
    candidates = select.placements(grid, over)
    home, _ = select.where(candidates, baseline)
    at = {placement: [column[variant] for variant in levels.values()] for placement, levels in candidates.items()}
    by_seed, influence = {}, {}
    for placement, i in at.items():
        by_seed[placement], influence[placement] = judging(validation[:, i], test[:, i], choosing)
    all_choose = np.full(len(test), True) if choosing is None else choosing
    rows = []
    for placement, levels in candidates.items():
        i = at[placement]
        mean = StudentMean.of(influence[placement])
        beside: tuple[float, ...] = (np.nan,) * 4
        if placement != home:
            differences = paired_differences(influence[placement], influence[home])
            d = StudentMean.of(differences)
            difference = float(np.mean(by_seed[placement] - by_seed[home])) if d.n else np.nan
            p = d.p if choosing is None else p_of_mean(differences)
            beside = (difference, *d.interval(ALPHA / (len(candidates) - 1)), p)
        choice = _choice(list(levels), validation[all_choose][:, i])
        accuracy = float(np.mean(by_seed[placement])) if mean.n else np.nan
        found = choice | {
            "accuracy_at_level": float(test[:, column[levels[choice["level"]]]].mean()) if choice["level"] else np.nan,
            "choosing": int(all_choose.sum()),
            "n": mean.n,
            "accuracy": accuracy,
            "low": mean.interval()[0],
            "high": mean.interval()[1],
        }
        found |= dict(zip(("difference", "difference_low", "difference_high", "p"), beside, strict=True))
        rows.append(Selected(placement=placement, candidates=len(levels), of=full, **found))
    table = pd.DataFrame(rows, columns=Selected._fields)
    others = table["placement"] != home
    table.loc[others, "p_holm"] = holm(table.loc[others, "p"])
    table["distinguishable"] = decided(table["n"], table["p_holm"], len(candidates) - 1)
    return table


def _choice(levels: Sequence[str], validation: np.ndarray) -> dict[str, Any]:
    """The columns of Selected that say what the seeds of validation [seeds, levels] chose and how clearly."""
    n = len(validation)
    if not n:
        names, numbers = ("level", "chosen", "runner_up"), ("validation", "validation_range")
        return dict.fromkeys(names, "") | dict.fromkeys((*numbers, "ahead", "ahead_low", "ahead_high"), np.nan)
    means = np.round(validation.mean(axis=0), DECIMALS)
    best, *others = np.argsort(-means, kind="stable").tolist()
    lead = StudentMean(0, np.nan, np.nan)
    if others:
        lead = StudentMean.of(paired_differences(validation[:, best], validation[:, others[0]]))
    low, high = lead.interval()
    counts = np.bincount(choices(validation), minlength=len(levels)) if n > 1 else np.zeros(len(levels), int)
    return {
        "level": levels[best],
        "chosen": "; ".join(f"{levels[i]}: {counts[i]}" for i in np.argsort(-counts, kind="stable") if counts[i]),
        "runner_up": levels[others[0]] if others else "",
        "validation": float(means[best]),
        "ahead": lead.mean,
        "ahead_low": low,
        "ahead_high": high,
        "validation_range": float(np.ptp(means)),
    }
