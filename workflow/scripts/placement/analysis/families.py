"""Families of paired comparisons: every variant with the baseline, and all pairs."""

from collections.abc import Sequence
from itertools import combinations
from typing import NamedTuple

import numpy as np
import pandas as pd

from placement.analysis.conventions import ALPHA
from placement.analysis.minimum import seeds_to_judge
from placement.analysis.paired import (
    StudentMean,
    correlation,
    p_equivalent,
    p_of_mean,
    paired_differences,
    probability_of_outperforming,
    read_outperforming,
    sign_flip_p,
    standardized_difference,
    wilcoxon_p,
)


def holm(p: Sequence[float]) -> np.ndarray:
    """Adjusted p (Holm 1979). A missing p stays missing, and still counts as one of the tests."""
    given = np.asarray(p, float)
    ascending = np.argsort(given)  # the missing ones last
    adjusted = np.empty_like(given)
    adjusted[ascending] = np.maximum.accumulate(given[ascending] * np.arange(len(given), 0, -1))
    return np.minimum(adjusted, 1)


def decided(n: pd.Series, p: pd.Series, comparisons: int | None = None) -> pd.Series:
    """Whether an adjusted p settles a question: never below the seeds that a family of so many `comparisons` (as many
    as p) is judged from, never if it is missing."""
    return (n >= seeds_to_judge(len(p) if comparisons is None else comparisons)) & (p < ALPHA)


class Comparison(NamedTuple):
    """One row of `pairwise`; p are two-sided, and `_holm` is adjusted over the family."""

    left: str
    right: str
    n: int
    difference: float  # mean of left - right
    sd: float  # of the paired differences
    low: float  # simultaneous interval
    high: float
    low_alone: float  # interval of this pair alone
    high_alone: float
    t: float
    p: float  # paired t; without any spread that of the sign-flip test
    p_sign_flip: float
    p_wilcoxon: float
    d_z: float
    d_z_low: float
    d_z_high: float
    p_outperform: float  # P(left > right)
    p_outperform_low: float
    p_outperform_high: float
    outperform: str  # see read_outperforming
    p_equivalence: float  # two one-sided tests
    correlation: float
    p_holm: float = np.nan
    p_sign_flip_holm: float = np.nan
    p_wilcoxon_holm: float = np.nan
    p_equivalence_holm: float = np.nan
    distinguishable: bool = False  # p_holm < ALPHA, and seeds enough for the family
    equivalent: bool = False  # p_equivalence_holm < ALPHA, and seeds enough


def pairwise(
    values: np.ndarray,
    names: Sequence[str],
    pairs: Sequence[tuple[str, str]],
    rope: float,
) -> pd.DataFrame:
    """Every comparison of one family: a row a pair, with the columns of `Comparison`.

    Args:
        values: [seeds, variants], columns named by `names`.
        pairs: (left, right) names; the family over which intervals and p are adjusted.
        rope: Half-width of the region of practical equivalence, in the unit of `values`.
    """
    column = dict(zip(names, values.T, strict=True))
    rows = []
    for left, right in pairs:
        d = paired_differences(column[left], column[right])
        mean = StudentMean.of(d)
        low, high = mean.interval(ALPHA / len(pairs))
        low_alone, high_alone = mean.interval()
        d_z, d_z_low, d_z_high = standardized_difference(d)
        outperform, outperform_low, outperform_high = probability_of_outperforming(d)
        rows.append(
            Comparison(
                left=left,
                right=right,
                n=mean.n,
                difference=mean.mean,
                sd=mean.sd,
                low=low,
                high=high,
                low_alone=low_alone,
                high_alone=high_alone,
                t=mean.t,
                p=p_of_mean(d),
                p_sign_flip=sign_flip_p(d),
                p_wilcoxon=wilcoxon_p(d),
                d_z=d_z,
                d_z_low=d_z_low,
                d_z_high=d_z_high,
                p_outperform=outperform,
                p_outperform_low=outperform_low,
                p_outperform_high=outperform_high,
                outperform=read_outperforming(mean.n, outperform_low, outperform_high, len(pairs)),
                p_equivalence=p_equivalent(d, rope),
                correlation=correlation(column[left], column[right]),
            )
        )
    table = pd.DataFrame(rows, columns=Comparison._fields)
    for name in ("p", "p_sign_flip", "p_wilcoxon", "p_equivalence"):
        table[f"{name}_holm"] = holm(table[name])
    table["distinguishable"] = decided(table["n"], table["p_holm"])
    table["equivalent"] = decided(table["n"], table["p_equivalence_holm"])
    return table


def baseline_pairs(names: Sequence[str], baseline: str) -> list[tuple[str, str]]:
    """(variant, baseline) for every other variant."""
    return [(name, baseline) for name in names if name != baseline]


def all_pairs(names: Sequence[str]) -> list[tuple[str, str]]:
    return list(combinations(names, 2))


def compare_families(values: np.ndarray, names: Sequence[str], baseline: str, rope: float) -> pd.DataFrame:
    """The two families of `pairwise`, stacked, with the column family: `baseline` (k - 1 rows) or `all`."""
    families = {"baseline": baseline_pairs(names, baseline), "all": all_pairs(names)}
    tables = [pairwise(values, names, pairs, rope).assign(family=f) for f, pairs in families.items()]
    return pd.concat(tables, ignore_index=True)[["family", *Comparison._fields]]
