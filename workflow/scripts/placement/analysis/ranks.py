"""All variants at once, by their ranks within seeds."""

from collections.abc import Sequence
from math import factorial, prod
from typing import NamedTuple

import numpy as np
from scipy import stats

from placement.analysis.conventions import ALPHA, DECIMALS, INFERENCE_SEEDS


class Omnibus(NamedTuple):
    """Friedman's chi-square, Iman and Davenport's F with its degrees of freedom, and the p of the latter."""

    n: int
    k: int
    chi2: float
    f: float
    df1: int
    df2: int
    p: float

    @property
    def raised(self) -> bool:
        """Whether p is the smallest of the permutation test, and not that of F."""
        return self.p > stats.f.sf(self.f, self.df1, self.df2)


def friedman(values: np.ndarray) -> Omnibus:
    """Friedman's test in Iman and Davenport's form (1980), on ranks within seeds; ties are corrected for.

    When all seeds rank the variants alike, F is infinite and its p zero, however few the seeds. So p is never
    less than the smallest p of the permutation test, which is (k!)^(1 - n) without ties. NaN with one seed or
    one variant; p is 1 when all variants tie in every seed.
    """
    n, k = values.shape
    df1, df2 = k - 1, (k - 1) * (n - 1)
    if n < 2 or k < 2:
        return Omnibus(n, k, np.nan, np.nan, df1, df2, np.nan)
    ranks = stats.rankdata(np.round(values, DECIMALS), axis=1)
    spread = np.sum((ranks - (k + 1) / 2) ** 2)
    if spread == 0:
        return Omnibus(n, k, 0.0, 0.0, df1, df2, 1.0)
    chi2 = float((k - 1) * n**2 * np.sum((ranks.mean(axis=0) - (k + 1) / 2) ** 2) / spread)
    rest = n * (k - 1) - chi2
    f = (n - 1) * chi2 / rest if rest > 1e-9 else np.inf
    ties = [np.unique(row, return_counts=True)[1].tolist() for row in ranks]
    orders = [factorial(k) // prod(map(factorial, counts)) for counts in ties]
    smallest = max(orders) / prod(orders)
    return Omnibus(n, k, chi2, f, df1, df2, max(float(stats.f.sf(f, df1, df2)), smallest))


def average_ranks(values: np.ndarray) -> np.ndarray:
    """Mean rank of each variant over the seeds [variants]; rank 1 is the largest value."""
    return stats.rankdata(np.round(-values, DECIMALS), axis=1).mean(axis=0)


def critical_difference(n: int, k: int) -> float:
    """Nemenyi's critical difference of average ranks, with q the studentized range over √2 (Demšar 2006)."""
    if n < INFERENCE_SEEDS or k < 2:
        return np.nan
    return float(stats.studentized_range.isf(ALPHA, k, np.inf) / np.sqrt(2) * np.sqrt(k * (k + 1) / (6 * n)))


def rank_groups(names: Sequence[str], ranks: np.ndarray, difference: float) -> list[tuple[str, ...]]:
    """Longest runs of variants, in order of rank, whose average ranks differ by less than `difference`: the
    bars of a critical-difference diagram. Groups of one are not listed.
    """
    order = np.argsort(ranks, kind="stable")
    ordered = np.asarray(ranks)[order]
    groups, reached = [], 0
    for start in range(len(order)):
        end = int(np.sum(ordered - ordered[start] < difference))
        if end > max(reached, start + 1):
            groups.append(tuple(names[i] for i in order[start:end]))
            reached = end
    return groups
