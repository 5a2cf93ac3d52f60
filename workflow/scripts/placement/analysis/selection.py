"""Each placement at its own best level: chosen by validation, reported by test accuracy (docs/factors.md).

A placement is a combination of the levels of the factors that are not selected over; its candidates are the grid's
cells there. What is reported of a seed is test accuracy at the level that the other seeds choose, by their mean of a
validation measure: no run has a say in the choice by which it is reported. The mean of all seeds at the level that all
of them chose would flatter, since a run that did well in validation did well in the test too.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import pandas as pd

from placement.analysis.conventions import ALPHA, DECIMALS
from placement.analysis.paired import StudentMean, paired_differences
from placement.study.grids import Grid


def placements(grid: Grid, over: Sequence[str]) -> dict[str, dict[str, str]]:
    """{placement: {level: variant}}, both in the order of the cells, and named by the levels of their factors.

    Of levels at which a placement is the same network, it has the first alone.
    """
    found: dict[str, dict[str, str]] = {}
    for levels, variant in grid.cells.items():
        named = dict(zip(grid.factors, levels, strict=True))
        candidates = found.setdefault(", ".join(named[f] for f in grid.factors if f not in over), {})
        if variant not in candidates.values():
            candidates[", ".join(named[f] for f in over)] = variant
    return found


class Selected(NamedTuple):
    """A row of `selection`: what one placement chose, and its test accuracy with the choice left to the other seeds."""

    placement: str
    candidates: int  # different networks to choose from
    of: int  # levels; fewer are candidates where the grid has holes or a level makes no difference
    level: str  # highest in the mean of validation over all seeds; the first of equals
    n: int
    accuracy: float  # test, each seed at the level that the others choose
    sd: float
    low: float  # of this mean alone
    high: float
    accuracy_at_level: float  # test, all seeds at `level`: it flatters
    chosen: str  # how many seeds' others chose which level
    validation: float  # mean at `level`
    runner_up: str
    ahead: float  # of the runner-up, in validation
    ahead_low: float  # paired, of this pair alone, and as if it hadn't been picked by looking
    ahead_high: float
    validation_range: float  # between the highest and the lowest mean of all levels


def choices(validation: np.ndarray) -> np.ndarray:
    """For each seed, the level with the highest mean over the other seeds [seeds]; the first of equals.

    Args:
        validation: [seeds, levels], two seeds at least.
    """
    others = validation.sum(axis=0) - validation
    return np.round(others / (len(validation) - 1), DECIMALS).argmax(axis=1)


def left_out(validation: np.ndarray, test: np.ndarray) -> np.ndarray:
    """`test` of each seed at the level that the others choose [seeds]; NaN for a single seed, which has no others.

    Args:
        validation, test: [seeds, levels].
    """
    if len(validation) < 2:
        return np.full(len(validation), np.nan)
    return np.take_along_axis(test, choices(validation)[:, None], axis=1)[:, 0]


def selection(
    test: np.ndarray,
    validation: np.ndarray,
    names: Sequence[str],
    grid: Grid,
    over: Sequence[str],
    alpha: float = ALPHA,
) -> tuple[pd.DataFrame, np.ndarray]:
    """What each placement chose over the factors `over`, and what it is worth.

    Args:
        test, validation: [seeds, variants], columns named by `names`; higher is better.

    Returns:
        A row a placement, of columns of Selected; and the values [seeds, placements] that its `accuracy` is the mean
        of, to be compared within seeds.
    """
    column = {name: i for i, name in enumerate(names)}
    full = int(np.prod([len(grid.factors[factor]) for factor in over]))
    rows, values = [], []
    for placement, candidates in placements(grid, over).items():
        at = [column[variant] for variant in candidates.values()]
        value = left_out(validation[:, at], test[:, at])
        rows.append(_selected(placement, full, list(candidates), validation[:, at], test[:, at], value, alpha))
        values.append(value)
    return pd.DataFrame(rows, columns=Selected._fields), np.column_stack(values)


def _selected(
    placement: str,
    full: int,
    levels: Sequence[str],
    validation: np.ndarray,
    test: np.ndarray,
    value: np.ndarray,
    alpha: float,
) -> Selected:
    n = len(value)
    if not n:
        return Selected(placement, len(levels), full, "", 0, *[np.nan] * 5, "", np.nan, "", *[np.nan] * 4)
    means = np.round(validation.mean(axis=0), DECIMALS)
    best, *others = np.argsort(-means, kind="stable")
    mean = StudentMean.of(value)
    ahead = (np.nan, np.nan, np.nan)
    if others:
        lead = StudentMean.of(paired_differences(validation[:, best], validation[:, others[0]]))
        ahead = (lead.mean, *lead.interval(alpha))
    counts = np.bincount(choices(validation), minlength=len(levels)) if n > 1 else np.zeros(len(levels), int)
    return Selected(
        placement=placement,
        candidates=len(levels),
        of=full,
        level=levels[best],
        n=n,
        accuracy=mean.mean,
        sd=mean.sd,
        low=mean.interval(alpha)[0],
        high=mean.interval(alpha)[1],
        accuracy_at_level=float(test[:, best].mean()),
        chosen="; ".join(f"{levels[i]}: {counts[i]}" for i in np.argsort(-counts, kind="stable") if counts[i]),
        validation=float(means[best]),
        runner_up=levels[others[0]] if others else "",
        ahead=ahead[0],
        ahead_low=ahead[1],
        ahead_high=ahead[2],
        validation_range=float(np.ptp(means)),
    )
