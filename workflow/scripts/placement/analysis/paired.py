"""One mean and one pair: effects, intervals and tests on what is paired by seed.

Every function of the analysis is pure, takes arrays or frames, and gives the same bits every time. A seed is a block:
the runs of one seed share their order of batches and the initial weights of common layers, so variants are compared
within seeds. `values` is always a matrix [seeds, variants] without missing entries (see `complete_blocks`), in the
metric's display unit (see `in_display_units`), and a difference is always left minus right.

What can't be inferred is NaN: below `INFERENCE_SEEDS` there is no interval and no test, and when differences have no
spread at all no interval and no t, so that p is the sign-flip test's. Nothing is ever called distinguishable below the
seeds that its family is judged from (minimum.py).

Intervals of a family are Bonferroni's: each pair keeps its own standard deviation and n - 1 degrees of
freedom, and the level is shared out. That holds whatever the correlations between the differences and however
unequal the variances, where Dunnett's and Tukey's intervals need one common variance; for 21 pairs the Šidák
intervals would be less than one per cent shorter. Skewed differences do make t intervals miss more often, and the
exact tests with them, since changing signs takes differences to be symmetric (benchmarks/statistics_coverage.py).
Hall's transformed t sees skewness; it stands beside the verdicts on claims (`tails.hall`).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import reduce
from typing import NamedTuple

import numpy as np
import pandas as pd
from scipy import integrate, special, stats

from placement.analysis import tails
from placement.analysis.conventions import ALPHA, DECIMALS, INFERENCE_SEEDS
from placement.analysis.minimum import seeds_to_judge


@dataclass(frozen=True)
class StudentMean:
    """Student's t inference on the mean of `n` values with sample standard deviation `sd`."""

    n: int
    mean: float
    sd: float

    @classmethod
    def of(cls, values: np.ndarray) -> "StudentMean":
        """From values of shape [n]; equal values have an `sd` of exactly 0."""
        n = len(values)
        if n < 2:
            return cls(n, float(values[0]) if n else np.nan, np.nan)
        return cls(n, float(np.mean(values)), float(np.std(values, ddof=1)) if np.ptp(values) > 0 else 0.0)

    @property
    def se(self) -> float:
        """Standard error; NaN below INFERENCE_SEEDS, and without spread, so that no interval shrinks to a point and no
        t is infinite."""
        return self.sd / np.sqrt(self.n) if self.n >= INFERENCE_SEEDS and self.sd > 0 else np.nan

    @property
    def t(self) -> float:
        return self.mean / self.se

    def p_above(self, bound: float = 0.0) -> float:
        """One-sided p against the hypothesis that the mean is at most `bound`."""
        return float(stats.t.sf((self.mean - bound) / self.se, self.n - 1))

    def p_below(self, bound: float = 0.0) -> float:
        """One-sided p against the hypothesis that the mean is at least `bound`."""
        return float(stats.t.cdf((self.mean - bound) / self.se, self.n - 1))

    @property
    def p(self) -> float:
        """Two-sided p against a mean of zero."""
        return 2 * min(self.p_above(), self.p_below())

    def p_equivalent(self, rope: float) -> float:
        """Two one-sided tests (Schuirmann 1987) against the hypothesis that the mean is outside ±`rope`."""
        return max(self.p_above(-rope), self.p_below(rope))

    def margin(self, alpha: float = ALPHA) -> float:
        """Half the width of the two-sided interval of level 1 - `alpha`."""
        return float(stats.t.isf(alpha / 2, self.n - 1)) * self.se

    def interval(self, alpha: float = ALPHA) -> tuple[float, float]:
        return self.mean - self.margin(alpha), self.mean + self.margin(alpha)

    def prediction(self, n: int) -> tuple[float, float]:
        """Where the mean of `n` more values is expected (Whitmore 1986, Am. Stat. 40, 141)."""
        half = self.margin(ALPHA) * np.sqrt(1 + self.n / n)
        return self.mean - half, self.mean + half


def describe(runs: pd.DataFrame, metric: str, variants: Sequence[str]) -> pd.DataFrame:
    """Mean of each variant over all its own runs, complete seeds or not.

    Returns:
        Columns variant, n, mean, sd, low, high: a t interval for each variant alone.
    """
    rows = []
    for variant in variants:
        values = runs.loc[runs["variant"] == variant, metric].to_numpy(dtype=float)
        mean = StudentMean.of(values[np.isfinite(values)])
        low, high = mean.interval()
        rows.append((variant, mean.n, mean.mean, mean.sd, low, high))
    return pd.DataFrame(rows, columns=["variant", "n", "mean", "sd", "low", "high"])


def residual_variance(values: np.ndarray) -> float:
    """What is left of the variance of `values` [rows, columns] without what a row shares and what a column shares.

    The mean square of the residuals of a two-way analysis of variance without replication; NaN with fewer than two rows
    or columns.
    """
    rows, columns = values.shape
    if min(rows, columns) < 2:
        return np.nan
    residuals = values - values.mean(axis=0) - values.mean(axis=1, keepdims=True) + values.mean()
    return float(np.sum(residuals**2) / ((rows - 1) * (columns - 1)))


def expected_range(k: int) -> float:
    """Mean spread, largest minus smallest, of `k` independent standard normal values (Tippett 1925)."""
    return float(integrate.quad(lambda x: 1 - stats.norm.cdf(x) ** k - stats.norm.sf(x) ** k, -10, 10)[0])


def paired_differences(left: np.ndarray, right: np.ndarray | float) -> np.ndarray:
    """Left minus right, rounded so that equal differences are equal."""
    return np.round(np.asarray(left, float) - np.asarray(right, float), DECIMALS)


def sign_flip_p(differences: np.ndarray) -> float:
    """Two-sided p of the mean of paired differences [n] by the sign-flip test, see tails.py: twice the smaller of the
    one-sided ones. NaN below INFERENCE_SEEDS."""
    d = np.asarray(differences, float)
    return _two_sided(d) if len(d) >= INFERENCE_SEEDS else np.nan


def p_of_mean(differences: np.ndarray) -> float:
    """Two-sided p of the paired t test; of the sign-flip test where differences [n] have no spread, which t needs."""
    mean = StudentMean.of(differences)
    return sign_flip_p(differences) if mean.sd == 0 else mean.p


def p_equivalent(differences: np.ndarray, rope: float) -> float:
    """p of the two one-sided t tests; of the sign-flip tests where differences [n] have no spread."""
    mean = StudentMean.of(differences)
    if mean.sd != 0 or mean.n < INFERENCE_SEEDS:
        return mean.p_equivalent(rope)
    column = np.asarray(differences, float)[:, None]
    return float(max(tails.sign_flip(column, -rope).above[0], tails.sign_flip(column, rope).below[0]))


def _two_sided(d: np.ndarray) -> float:
    return min(1.0, 2 * float(np.min(tails.sign_flip(d[:, None]))))


class Tested(NamedTuple):
    """A mean of differences paired by seed: with its spread, interval, t, p of p_of_mean and of the sign-flip test."""

    mean: float
    sd: float
    low: float
    high: float
    t: float
    p: float
    p_sign_flip: float


def tested(differences: np.ndarray, alpha: float = ALPHA) -> Tested:
    """Of differences [n], the interval of level 1 - `alpha`."""
    mean = StudentMean.of(differences)
    return Tested(mean.mean, mean.sd, *mean.interval(alpha), mean.t, p_of_mean(differences), sign_flip_p(differences))


def wilcoxon_p(differences: np.ndarray) -> float:
    """Two-sided p of Wilcoxon's signed-rank test: the sign-flip test on signed ranks, exact with ties too.

    Zero differences are dropped, as Wilcoxon did; without any other, p is 1. NaN below INFERENCE_SEEDS.
    """
    d = np.asarray(differences, float)
    if len(d) < INFERENCE_SEEDS:
        return np.nan
    d = d[d != 0]
    return _two_sided(np.sign(d) * stats.rankdata(np.abs(d))) if len(d) else 1.0


def smallest_exact_p(n: int, comparisons: int) -> float:
    """Smallest p that `sign_flip_p` can give of `n` seeds, Bonferroni-adjusted over `comparisons`."""
    return min(1.0, comparisons * 2 * tails.smallest(n)) if n else np.nan


def standardized_difference(differences: np.ndarray) -> tuple[float, float, float]:
    """d_z, the mean difference in standard deviations of the differences, with its interval.

    The estimate has Hedges's exact correction for small samples (Hedges 1981); the interval inverts the
    noncentral t distribution (Cumming & Finch 2001), which is exact for normal differences and needs no
    correction. NaN where there is no t.
    """
    mean = StudentMean.of(differences)
    df = mean.n - 1
    if np.isnan(mean.t):
        return np.nan, np.nan, np.nan
    correction = np.exp(special.gammaln(df / 2) - special.gammaln((df - 1) / 2)) / np.sqrt(df / 2)
    low, high = special.nctdtrinc(df, [1 - ALPHA / 2, ALPHA / 2], mean.t) / np.sqrt(mean.n)
    return float(correction * mean.mean / mean.sd), float(low), float(high)


def probability_of_outperforming(differences: np.ndarray) -> tuple[float, float, float]:
    """P(A > B) over paired runs, ties counted half, with its bootstrap interval (Bouthillier et al. 2021).

    Resampling n pairs draws n times from {loss 0, tie ½, win 1}, so the percentile interval is read from the
    exact distribution of that sum rather than from random resamples. It shrinks to a point when all pairs
    agree; there the Clopper-Pearson limit stands in, and if all are ties there is no interval. NaN below
    INFERENCE_SEEDS.
    """
    d = np.asarray(differences, float)
    n = len(d)
    if n < INFERENCE_SEEDS:
        return np.nan, np.nan, np.nan
    losses, ties, wins = (int(np.sum(np.sign(d) == s)) for s in (-1, 0, 1))
    estimate = (wins + ties / 2) / n
    if ties == n:
        return estimate, np.nan, np.nan
    if n in (wins, losses):
        limit = float((ALPHA / 2) ** (1 / n))
        return (estimate, limit, 1.0) if wins else (estimate, 0.0, 1 - limit)
    one_pair = np.array([losses, ties, wins]) / n
    cumulative = np.cumsum(reduce(np.convolve, [one_pair] * n))
    low, high = (np.searchsorted(cumulative, level - 1e-12) / (2 * n) for level in (ALPHA / 2, 1 - ALPHA / 2))
    return estimate, float(low), float(high)


def read_outperforming(n: int, low: float, high: float, comparisons: int) -> str:
    """The side, left or right, that the interval of P(left > right) is on (Bouthillier et al. 2021).

    `undecided` where it includes 0.5, `not judged` below the seeds that a family of so many comparisons is judged from.
    Their second question, whether the interval reaches beyond 0.75, has one answer with 50 seeds or fewer: above 0.5,
    every interval does.
    """
    if n < seeds_to_judge(comparisons):
        return "not judged"
    return "left" if low > 0.5 else "right" if high < 0.5 else "undecided"


def correlation(left: np.ndarray, right: np.ndarray) -> float:
    """Pearson's r of the paired runs: what pairing gains. NaN below three seeds or without spread."""
    if len(left) < 3 or np.ptp(left) == 0 or np.ptp(right) == 0:
        return np.nan
    return float(np.corrcoef(left, right)[0, 1])
