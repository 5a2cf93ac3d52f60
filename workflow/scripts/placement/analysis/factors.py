"""A grid's factors: the effect of each level, the interactions of pairs of factors, and the share of the spread that
each explains (docs/factors.md).

Cells that a grid doesn't have are its holes; cells of the same variant are the same runs.

An effect is a difference of means of cells within a seed: of a level and the first, at each combination of the other
factors' levels and averaged over these; of two such differences for an interaction. One number a seed remains, on which
Student's t is exact whatever the covariance of the cells. Where a cell is missing its combination is left out, for
that contrast alone. Each table is one family: intervals are Bonferroni's over its rows and p are Holm's, so that an
interval without zero is never at odds with its p (why Bonferroni's: `paired`).

The share of the spread is partial η² of the repeated-measures analysis of variance, SS_effect / (SS_effect +
SS_error), with p of its F by Greenhouse and Geisser's correction: where there are more than two levels, F alone
takes all differences of levels to have one variance (sphericity), which is not to be had where one level is unstable.
"""

from collections.abc import Mapping, Sequence
from itertools import combinations, product
from math import prod
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from scipy import linalg, stats

from placement.analysis.conventions import ALPHA, INFERENCE_SEEDS
from placement.analysis.families import decided, holm
from placement.analysis.paired import paired_differences, tested
from placement.study.grids import Grid


def block(values: np.ndarray, names: Sequence[str], grid: Grid) -> np.ndarray:
    """`values` [seeds, variants named by `names`] as [seeds, levels of the first factor, of the second, ...].

    NaN in the holes.
    """
    at = {name: i for i, name in enumerate(names)}
    index = [{level: i for i, level in enumerate(levels)} for levels in grid.factors.values()]
    cells = np.full((len(values), *map(len, index)), np.nan)
    for levels, variant in grid.cells.items():
        place: tuple[Any, ...] = (slice(None), *(i[level] for i, level in zip(index, levels, strict=True)))
        cells[place] = values[:, at[variant]]
    return cells


def contrast(cells: np.ndarray, levels: Mapping[int, int]) -> np.ndarray:
    """The level {factor's number: level's number} minus the first; of two factors the difference of these differences.

    Args:
        cells: as `block` gives them.

    Returns:
        [seeds, combinations of the other factors' levels], NaN where a cell is missing.
    """
    for axis in sorted(levels, reverse=True):
        cells = cells.take(levels[axis], axis + 1) - cells.take(0, axis + 1)
    return cells.reshape(len(cells), prod(cells.shape[1:]))


def averages(cells: np.ndarray, factors: Sequence[int]) -> tuple[np.ndarray, np.ndarray]:
    """Means over the levels of all but these factors [seeds, levels of each], and of how many cells each is one.

    Where the grid has holes they are means of the cells that there are, and so of different combinations.
    """
    others = tuple(i + 1 for i in range(cells.ndim - 1) if i not in factors)
    counts = np.isfinite(cells).all(axis=0, keepdims=True).sum(axis=others)[0]
    totals = np.nansum(cells, axis=others)
    return np.divide(totals, counts, out=np.full(totals.shape, np.nan), where=counts > 0), counts


class Spread(NamedTuple):
    """F of a repeated-measures table, its degrees of freedom before the correction, Greenhouse and Geisser's ε, p with
    it, and partial η²; `balanced`: the combinations of the other factors at which it has all of its cells."""

    balanced: int
    f: float
    df1: int
    df2: int
    epsilon: float
    p_f: float
    partial_eta_squared: float


def spread(cells: np.ndarray, factors: Sequence[int]) -> Spread:
    """The main effect of one of `factors`, or the interaction of two, over the combinations that are complete.

    On the means over those combinations, z are the values [seeds, df1] of orthonormal contrasts: SS_effect is n times
    the squared length of their mean, SS_error (effect by seed) the sum around it, and ε = (tr S)² / (df1 tr S²) with S
    their covariance (Greenhouse & Geisser 1959). NaN without a complete combination, below INFERENCE_SEEDS or
    without spread.
    """
    n = len(cells)
    moved = np.moveaxis(cells, [f + 1 for f in factors], range(1, len(factors) + 1))
    shape = moved.shape[1 : len(factors) + 1]
    flat = moved.reshape(n, prod(shape), prod(moved.shape[len(factors) + 1 :]))
    complete = np.isfinite(flat).all(axis=(0, 1))
    df1 = prod(k - 1 for k in shape)
    balanced, df2 = int(complete.sum()), df1 * (n - 1)
    nothing = Spread(balanced, np.nan, df1, df2, np.nan, np.nan, np.nan)
    if n < INFERENCE_SEEDS or not balanced or not df1:
        return nothing
    contrasts = np.ones((1, 1))
    for k in shape:
        contrasts = np.kron(contrasts, linalg.helmert(k))
    means = flat[:, :, complete].mean(axis=2)
    z = means @ contrasts.T
    around = z - z.mean(axis=0)
    effect, error = n * np.sum(z.mean(axis=0) ** 2), np.sum(around**2)
    if error <= 1e-18 * np.sum(means**2):  # dust of the rounding
        return nothing
    epsilon = error**2 / (df1 * np.sum((around @ around.T) ** 2))
    f = effect / error * (n - 1)
    p = stats.f.sf(f, epsilon * df1, epsilon * df2)
    return Spread(balanced, float(f), df1, df2, float(epsilon), float(p), float(effect / (effect + error)))


class Effect(NamedTuple):
    """What the rows of `factors` and `interactions` have in common."""

    n: int
    combinations: int  # of the other factors' levels, over which it is averaged
    of: int  # combinations there would be without holes
    same: int  # combinations at which the networks are the same ones, so that the effect is 0 by construction
    difference: float  # points
    sd: float
    low: float  # simultaneous over the rows
    high: float
    t: float
    p: float
    p_sign_flip: float


class Factor(NamedTuple):
    """Names of a row of `factors`: the effect is that of `level` minus `first`."""

    factor: str
    level: str
    first: str


class Pair(NamedTuple):
    """Names of a row of `interactions`: the effect is (level_a - first_a) at level_b minus the same at first_b."""

    factor_a: str
    level_a: str
    first_a: str
    factor_b: str
    level_b: str
    first_b: str


def factors(values: np.ndarray, names: Sequence[str], grid: Grid) -> pd.DataFrame:
    """The effect of each level of each factor against its first, averaged over the other factors' levels.

    Args:
        values: [seeds, variants], columns named by `names`, which hold the grid's variants.

    Returns:
        A row a level: columns of Factor, Effect, `p_holm`, `distinguishable`; and of Spread, the same in all rows of a
        factor, with `p_f_holm` over the factors.
    """
    return _table(Factor, values, names, grid, 1)


def interactions(values: np.ndarray, names: Sequence[str], grid: Grid) -> pd.DataFrame:
    """The interaction of each pair of factors, by differences of differences against the first levels.

    Returns:
        A row for each pair of levels other than the first of each pair of factors: columns of Pair and else of
        `factors`, Spread being that of the pair.
    """
    return _table(Pair, values, names, grid, 2)


def _table(row: type[Factor] | type[Pair], values, names, grid: Grid, size: int) -> pd.DataFrame:
    """A row for each effect of so many factors together."""
    cells = block(values, names, grid)
    # What each variant adds to a cell: two cells of the same variant cancel in a contrast, whatever its values are.
    variants = block(np.eye(len(names)), names, grid)
    known = list(grid.factors.items())
    labels, effects, spreads = [], [], {}
    for chosen in combinations(range(len(known)), size):
        spreads[chosen] = spread(cells, chosen)
        for levels in product(*(range(1, len(known[i][1])) for i in chosen)):
            at = dict(zip(chosen, levels, strict=True))
            labels.append((chosen, row(*(name for i in chosen for name in _named(*known[i], at[i])))))
            effects.append((contrast(cells, at), contrast(variants, at)))
    rows = [
        (*label, *_effect(by_seed, by_variant, ALPHA / len(effects)), *spreads[chosen])
        for (chosen, label), (by_seed, by_variant) in zip(labels, effects, strict=True)
    ]
    table = pd.DataFrame(rows, columns=[*row._fields, *Effect._fields, *Spread._fields])
    table["p_holm"] = holm(table["p"])
    table["distinguishable"] = decided(table["n"], table["p_holm"])
    adjusted = dict(zip(spreads, holm([found.p_f for found in spreads.values()]), strict=True))
    table["p_f_holm"] = [adjusted[chosen] for chosen, _ in labels]
    return table


def _named(factor: str, levels: Sequence[str], level: int) -> tuple[str, str, str]:
    return factor, levels[level], levels[0]


def _effect(by_seed: np.ndarray, by_variant: np.ndarray, alpha: float) -> Effect:
    usable = np.isfinite(by_variant).all(axis=0)
    means = by_seed[:, usable].mean(axis=1) if usable.any() else np.full(len(by_seed), np.nan)
    d = paired_differences(means, 0)
    same = int((by_variant[:, usable] == 0).all(axis=0).sum())
    counts = int(usable.sum()), by_variant.shape[1], same
    if not usable.any():
        return Effect(len(d), *counts, *[np.nan] * 7)
    return Effect(len(d), *counts, *tested(d, alpha))
