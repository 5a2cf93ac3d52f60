"""Paired comparisons of variants over seeds: effects, intervals, tests, power.

Every function is pure, takes arrays or frames, and gives the same bits every time. A seed is a block: the
runs of one seed share their initial weights and their order of batches, so variants are compared within
seeds. `values` is always a matrix [seeds, variants] without missing entries (see `complete_blocks`), in the
metric's display unit (see `in_display_units`), and a difference is always left minus right.

What can't be inferred is NaN: with one seed, or when differences have no spread at all, there is no interval
and no t test, and nothing is ever called distinguishable below `MINIMUM_SEEDS`.

Intervals of a family are Bonferroni's: each pair keeps its own standard deviation and n - 1 degrees of
freedom, and the level is shared out. That holds whatever the correlations between the differences and however
unequal the variances, where Dunnett's and Tukey's intervals need one common variance; for 21 pairs the Šidák
intervals would be less than one per cent shorter. Strongly skewed differences do make t intervals miss more often
(benchmarks/statistics_coverage.py), which is why the exact tests stand beside them.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import reduce
from itertools import combinations
from math import factorial, prod
from typing import NamedTuple

import numpy as np
import pandas as pd
from scipy import integrate, special, stats

ALPHA = 0.05
POWER = 0.8
# With 9 seeds, exact paired tests over the 15 pairs of six variants can't reach 0.05 (`smallest_exact_p`).
MINIMUM_SEEDS = 10
TARGET_DIFFERENCES = (0.2, 0.5, 1.0)
MEANINGFUL_PROBABILITY = 0.75

RESAMPLING_SEED = 20210409
EXACT_SEEDS = 16
MONTE_CARLO_DRAWS = 100_000
# Differences of accuracies are multiples of one image; floating-point dust would break their ties at random.
DECIMALS = 9

POINTS = frozenset(
    {
        *("test_accuracy", "train_accuracy", "validation_accuracy", "best_validation_accuracy"),
        *(
            "accuracy_gap",
            "optimism",
            "validation_sd_of_differences",
            "largest_drawdown",
            "learning_curve_area",
        ),
    }
)


def unit(metric: str) -> str:
    """Display unit of a metric: `points` (per cent of images), `epochs`, `steps`, `seconds`, or nothing."""
    if metric in POINTS:
        return "points"
    return next((f"{name}s" for name in ("epoch", "step", "second") if name in metric), "")


def in_display_units(runs: pd.DataFrame) -> pd.DataFrame:
    """Copy of `runs` with the accuracies, fractions from 0 to 1, turned into percentage points."""
    return runs.assign(**{name: runs[name] * 100 for name in runs.columns if name in POINTS})


class Blocks(NamedTuple):
    """`values` [seeds, variants] of one metric, the seeds and variants it holds, and the seeds left out."""

    values: np.ndarray
    seeds: tuple[int, ...]
    names: tuple[str, ...]
    left_out: tuple[int, ...]


def complete_blocks(runs: pd.DataFrame, metric: str, variants: Sequence[str]) -> Blocks:
    """The seeds for which every one of `variants` has a finite value of `metric`.

    Args:
        runs: One row a run, with columns `variant`, `seed` and `metric`.
    """
    table = runs.pivot(index="seed", columns="variant", values=metric).reindex(columns=list(variants))
    values = table.to_numpy(dtype=float)
    complete = np.isfinite(values).all(axis=1)
    seeds, left_out = table.index[complete].tolist(), table.index[~complete].tolist()
    return Blocks(values[complete], tuple(seeds), tuple(variants), tuple(left_out))


# One mean


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
        """Standard error; NaN without spread, so that no interval shrinks to a point and no t is infinite."""
        return self.sd / np.sqrt(self.n) if self.n > 1 and self.sd > 0 else np.nan

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


def describe(runs: pd.DataFrame, metric: str, variants: Sequence[str], alpha: float = ALPHA) -> pd.DataFrame:
    """Mean of each variant over all its own runs, complete seeds or not.

    Returns:
        Columns variant, n, mean, sd, low, high: a t interval for each variant alone.
    """
    rows = []
    for variant in variants:
        values = runs.loc[runs["variant"] == variant, metric].to_numpy(dtype=float)
        mean = StudentMean.of(values[np.isfinite(values)])
        low, high = mean.interval(alpha)
        rows.append((variant, mean.n, mean.mean, mean.sd, low, high))
    return pd.DataFrame(rows, columns=["variant", "n", "mean", "sd", "low", "high"])


def expected_range(k: int) -> float:
    """Mean spread, largest minus smallest, of `k` independent standard normal values (Tippett 1925)."""
    return float(integrate.quad(lambda x: 1 - stats.norm.cdf(x) ** k - stats.norm.sf(x) ** k, -10, 10)[0])


# One pair


def paired_differences(left: np.ndarray, right: np.ndarray) -> np.ndarray:
    """Left minus right, rounded so that equal differences are equal."""
    return np.round(np.asarray(left, float) - np.asarray(right, float), DECIMALS)


def sign_flip_p(differences: np.ndarray) -> float:
    """Two-sided p of the mean of paired differences [n] under random changes of their signs.

    All 2^n assignments are counted up to n = 16; beyond, the observed one and 100,000 random ones (Phipson &
    Smyth 2010), from a generator of their own, so that a pair's p doesn't depend on the pairs looked at
    before.
    """
    d = np.asarray(differences, float)
    n = len(d)
    if n == 0:
        return np.nan
    # Sums of the same numbers in another order may differ in their last bits.
    observed = abs(d.sum()) - 1e-9 * np.abs(d).sum()
    if n <= EXACT_SEEDS:
        sums = reduce(lambda partial, x: np.concatenate([partial + x, partial - x]), d, np.zeros(1))
        return float(np.mean(np.abs(sums) >= observed))
    rng = np.random.default_rng(RESAMPLING_SEED)
    signs = 2 * rng.integers(2, size=(MONTE_CARLO_DRAWS, n), dtype=np.int8) - 1
    return float((1 + np.sum(np.abs(signs @ d) >= observed)) / (1 + MONTE_CARLO_DRAWS))


def wilcoxon_p(differences: np.ndarray) -> float:
    """Two-sided p of Wilcoxon's signed-rank test: the sign-flip test on signed ranks, exact with ties too.

    Zero differences are dropped, as Wilcoxon did; without any other, p is 1.
    """
    d = np.asarray(differences, float)
    if len(d) == 0:
        return np.nan
    d = d[d != 0]
    return sign_flip_p(np.sign(d) * stats.rankdata(np.abs(d))) if len(d) else 1.0


def smallest_exact_p(n: int, comparisons: int) -> float:
    """Smallest p of an exact two-sided paired test on `n` seeds, Bonferroni-adjusted over `comparisons`."""
    return min(1.0, comparisons * 2.0 ** (1 - n)) if n else np.nan


def standardized_difference(differences: np.ndarray, alpha: float = ALPHA) -> tuple[float, float, float]:
    """d_z, the mean difference in standard deviations of the differences, with its interval.

    The estimate has Hedges's exact correction for small samples (Hedges 1981); the interval inverts the
    noncentral t distribution (Cumming & Finch 2001), which is exact for normal differences and needs no
    correction. NaN below three seeds, where the correction is zero, and without spread.
    """
    mean = StudentMean.of(differences)
    df = mean.n - 1
    if df < 2 or np.isnan(mean.t):
        return np.nan, np.nan, np.nan
    correction = np.exp(special.gammaln(df / 2) - special.gammaln((df - 1) / 2)) / np.sqrt(df / 2)
    low, high = special.nctdtrinc(df, [1 - alpha / 2, alpha / 2], mean.t) / np.sqrt(mean.n)
    return float(correction * mean.mean / mean.sd), float(low), float(high)


def probability_of_outperforming(differences: np.ndarray, alpha: float = ALPHA) -> tuple[float, float, float]:
    """P(A > B) over paired runs, ties counted half, with its bootstrap interval (Bouthillier et al. 2021).

    Resampling n pairs draws n times from {loss 0, tie ½, win 1}, so the percentile interval is read from the
    exact distribution of that sum rather than from random resamples. It shrinks to a point when all pairs
    agree; there the Clopper-Pearson limit stands in, and if all are ties there is no interval.
    """
    d = np.asarray(differences, float)
    n = len(d)
    if n == 0:
        return np.nan, np.nan, np.nan
    losses, ties, wins = (int(np.sum(np.sign(d) == s)) for s in (-1, 0, 1))
    estimate = (wins + ties / 2) / n
    if ties == n:
        return estimate, np.nan, np.nan
    if n in (wins, losses):
        limit = float((alpha / 2) ** (1 / n))
        return (estimate, limit, 1.0) if wins else (estimate, 0.0, 1 - limit)
    one_pair = np.array([losses, ties, wins]) / n
    cumulative = np.cumsum(reduce(np.convolve, [one_pair] * n))
    low, high = (np.searchsorted(cumulative, level - 1e-12) / (2 * n) for level in (alpha / 2, 1 - alpha / 2))
    return estimate, float(low), float(high)


def read_outperforming(n: int, low: float, high: float) -> str:
    """Reading of the interval of P(left > right) at 0.5 and 0.75 (Bouthillier et al. 2021).

    An interval above 0.5 is significant, and meaningful too if it reaches beyond 0.75; one below 0.5 is read
    from the right side's view. `undecided` otherwise, and below `MINIMUM_SEEDS`.
    """
    if n < MINIMUM_SEEDS:
        return "undecided"
    for side, near, far in (("left", low, high), ("right", 1 - high, 1 - low)):
        if near > 0.5:
            return f"{side}, meaningful" if far > MEANINGFUL_PROBABILITY else f"{side}, not meaningful"
    return "undecided"


def correlation(left: np.ndarray, right: np.ndarray) -> float:
    """Pearson's r of the paired runs: what pairing gains. NaN below three seeds or without spread."""
    if len(left) < 3 or np.ptp(left) == 0 or np.ptp(right) == 0:
        return np.nan
    return float(np.corrcoef(left, right)[0, 1])


# Families of pairs


def holm(p: Sequence[float]) -> np.ndarray:
    """Adjusted p (Holm 1979). A missing p stays missing, and still counts as one of the tests."""
    p = np.asarray(p, float)
    ascending = np.argsort(p)  # the missing ones last
    adjusted = np.empty_like(p)
    adjusted[ascending] = np.maximum.accumulate(p[ascending] * np.arange(len(p), 0, -1))
    return np.minimum(adjusted, 1)


def decided(n: pd.Series, p: pd.Series, alpha: float = ALPHA) -> pd.Series:
    """Whether an adjusted p settles a question: never below `MINIMUM_SEEDS`, never if it is missing."""
    return (n >= MINIMUM_SEEDS) & (p < alpha)


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
    p: float  # paired t
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
    distinguishable: bool = False  # p_holm < alpha, and at least MINIMUM_SEEDS
    equivalent: bool = False  # p_equivalence_holm < alpha, and at least MINIMUM_SEEDS


def pairwise(
    values: np.ndarray,
    names: Sequence[str],
    pairs: Sequence[tuple[str, str]],
    rope: float,
    alpha: float = ALPHA,
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
        low, high = mean.interval(alpha / len(pairs))
        low_alone, high_alone = mean.interval(alpha)
        d_z, d_z_low, d_z_high = standardized_difference(d, alpha)
        outperform, outperform_low, outperform_high = probability_of_outperforming(d, alpha)
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
                p=mean.p,
                p_sign_flip=sign_flip_p(d),
                p_wilcoxon=wilcoxon_p(d),
                d_z=d_z,
                d_z_low=d_z_low,
                d_z_high=d_z_high,
                p_outperform=outperform,
                p_outperform_low=outperform_low,
                p_outperform_high=outperform_high,
                outperform=read_outperforming(mean.n, outperform_low, outperform_high),
                p_equivalence=mean.p_equivalent(rope),
                correlation=correlation(column[left], column[right]),
            )
        )
    table = pd.DataFrame(rows, columns=Comparison._fields)
    for name in ("p", "p_sign_flip", "p_wilcoxon", "p_equivalence"):
        table[f"{name}_holm"] = holm(table[name])
    table["distinguishable"] = decided(table["n"], table["p_holm"], alpha)
    table["equivalent"] = decided(table["n"], table["p_equivalence_holm"], alpha)
    return table


def baseline_pairs(names: Sequence[str], baseline: str) -> list[tuple[str, str]]:
    """(variant, baseline) for every other variant."""
    return [(name, baseline) for name in names if name != baseline]


def all_pairs(names: Sequence[str]) -> list[tuple[str, str]]:
    return list(combinations(names, 2))


def compare_families(
    values: np.ndarray, names: Sequence[str], baseline: str, rope: float, alpha: float = ALPHA
) -> pd.DataFrame:
    """The two families of `pairwise`, stacked, with the column family: `baseline` (k - 1 rows) or `all`."""
    families = {"baseline": baseline_pairs(names, baseline), "all": all_pairs(names)}
    tables = [pairwise(values, names, pairs, rope, alpha).assign(family=f) for f, pairs in families.items()]
    return pd.concat(tables, ignore_index=True)[["family", *Comparison._fields]]


# Omnibus


class Omnibus(NamedTuple):
    """Friedman's chi-square, Iman and Davenport's F with its degrees of freedom, and the p of the latter."""

    n: int
    k: int
    chi2: float
    f: float
    df1: int
    df2: int
    p: float


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


def average_ranks(values: np.ndarray, higher: bool = True) -> np.ndarray:
    """Mean rank of each variant over the seeds [variants]; rank 1 is the largest value, or if not `higher`
    the smallest.
    """
    return stats.rankdata(np.round(-values if higher else values, DECIMALS), axis=1).mean(axis=0)


def critical_difference(n: int, k: int, alpha: float = ALPHA) -> float:
    """Nemenyi's critical difference of average ranks, with q the studentized range over √2 (Demšar 2006)."""
    if n < 2 or k < 2:
        return np.nan
    return float(stats.studentized_range.isf(alpha, k, np.inf) / np.sqrt(2) * np.sqrt(k * (k + 1) / (6 * n)))


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


# Interaction of normalization and dropout


def _design(spec: Mapping, without: Sequence[str] = ()) -> str:
    """Text that two variants share if they are the same network, with the words `without` out of the
    order."""
    order = [word for word in spec["order"].split() if word not in without]
    kept = {key: spec[key] for word, key in (("norm", "norm"), ("drop", "dropout")) if word in order}
    return json.dumps([order, kept, spec["activation"], spec["backbone"]], sort_keys=True)


def counterparts(specs: Mapping[str, Mapping]) -> dict[str, tuple[str, str, str]]:
    """For each variant with both norm and drop: its counterparts without drop, without norm, without both.

    They are the same order with those steps taken out, and the same in all else; a variant that lacks one is
    absent.

    Args:
        specs: By variant, what VariantSpec.to_dict gives, which is what history.json has under `spec`.
    """
    by_design = {_design(spec): name for name, spec in specs.items()}
    found = {}
    for name, spec in specs.items():
        if {"norm", "drop"} <= set(spec["order"].split()):
            others = tuple(by_design.get(_design(spec, w)) for w in (["drop"], ["norm"], ["norm", "drop"]))
            if None not in others:
                found[name] = others
    return found


class Interaction(NamedTuple):
    """One row of `interactions`."""

    variant: str
    norm_only: str
    dropout_only: str
    neither: str
    n: int
    interaction: float
    sd: float
    low: float  # simultaneous over the rows
    high: float
    t: float
    p: float
    p_sign_flip: float
    p_holm: float = np.nan
    distinguishable: bool = False


def interactions(
    values: np.ndarray, names: Sequence[str], specs: Mapping[str, Mapping], alpha: float = ALPHA
) -> pd.DataFrame:
    """What dropout does beside normalization, beyond what it does without it.

    By seed (variant - norm_only) - (dropout_only - neither), for each variant that `counterparts` finds;
    columns of `Interaction`.
    """
    column = dict(zip(names, values.T, strict=True))
    designs = counterparts({name: specs[name] for name in names})
    rows = []
    for variant, others in designs.items():
        norm_only, dropout_only, neither = (column[name] for name in others)
        d = paired_differences(column[variant] - norm_only, dropout_only - neither)
        mean = StudentMean.of(d)
        low, high = mean.interval(alpha / len(designs))
        effect = (mean.n, mean.mean, mean.sd, low, high, mean.t, mean.p, sign_flip_p(d))
        rows.append(Interaction(variant, *others, *effect))
    table = pd.DataFrame(rows, columns=Interaction._fields)
    table["p_holm"] = holm(table["p"])
    table["distinguishable"] = decided(table["n"], table["p_holm"], alpha)
    return table


# New seeds, and new images too


class Crossed(NamedTuple):
    """Mean of a seeds x images design, its standard errors and their degrees of freedom, its components."""

    mean: float
    se_seeds: float
    df_seeds: float
    se_both: float
    df_both: float
    variance_seeds: float
    variance_images: float
    variance_residual: float


def crossed_mean(values: np.ndarray) -> Crossed:
    """Mean of `values` [seeds, images] with both factors random, by two-way analysis of variance.

    The model is mean + seed + image + residual, without replication (Searle, Casella & McCulloch 1992). For
    new seeds on these images the variance of the mean is MS_seeds / (S I): the paired t test on the means of
    seeds. For new seeds and new images it is var_seeds / S + var_images / I + var_residual / (S I), which is
    (MS_seeds + MS_images - MS_residual) / (S I) unless a component was estimated below zero and taken as
    zero: the denominator of the quasi-F' of Clark (1973), with the degrees of freedom of Satterthwaite
    (1946). It is never less than the first. NaN for fewer than two seeds or images.
    """
    s, i = values.shape
    if s < 2 or i < 2:
        return Crossed(float(np.mean(values)) if values.size else np.nan, *[np.nan] * 7)
    mean, seed_means, image_means = values.mean(), values.mean(axis=1), values.mean(axis=0)
    residuals = values - seed_means[:, None] - image_means[None, :] + mean
    df = np.array([s - 1, i - 1, (s - 1) * (i - 1)])
    squares = np.array(
        [
            i * StudentMean.of(seed_means).sd ** 2,
            s * StudentMean.of(image_means).sd ** 2,
            np.sum(residuals**2) / df[2],
        ]
    )
    seeds, images = np.maximum(squares[:2] - squares[2], 0) / (i, s)
    both = seeds / s + images / i + squares[2] / (s * i)
    df_both = (both * s * i) ** 2 / np.sum(squares**2 / df) if both > 0 else np.nan
    # A standard error of zero is no spread to infer from, as in StudentMean.
    se_seeds, se_both = (np.sqrt(v) if v > 0 else np.nan for v in (squares[0] / (s * i), both))
    return Crossed(*map(float, (mean, se_seeds, s - 1, se_both, df_both, seeds, images, squares[2])))


class Question(NamedTuple):
    """One row of `two_questions`: `_seeds` asks about new seeds on these images, `_both` about new images
    too."""

    left: str
    right: str
    n: int
    images: int
    difference: float  # points
    low_seeds: float  # intervals are simultaneous over the rows
    high_seeds: float
    p_seeds: float
    low_both: float
    high_both: float
    p_both: float
    df_both: float
    sd_seeds: float  # square roots of the variance components, points
    sd_images: float
    sd_residual: float
    p_seeds_holm: float = np.nan
    p_both_holm: float = np.nan
    distinguishable_seeds: bool = False
    distinguishable_both: bool = False


def two_questions(correct: Mapping[str, np.ndarray], baseline: str, alpha: float = ALPHA) -> pd.DataFrame:
    """Difference in accuracy to the baseline, for new seeds on these images and for new images too.

    Args:
        correct: By variant, whether each image was classified correctly, [seeds, images]: the same ones in
        all.

    Returns:
        A row for each other variant, with the columns of `Question`.
    """
    pairs = baseline_pairs(list(correct), baseline)
    rows = []
    for left, right in pairs:
        d = 100 * (correct[left].astype(float) - correct[right].astype(float))
        c = crossed_mean(d)
        answers = []
        for se, df in ((c.se_seeds, c.df_seeds), (c.se_both, c.df_both)):
            margin = float(stats.t.isf(alpha / (2 * len(pairs)), df)) * se
            answers += [c.mean - margin, c.mean + margin, 2 * float(stats.t.sf(abs(c.mean) / se, df))]
        sds = np.sqrt([c.variance_seeds, c.variance_images, c.variance_residual]).tolist()
        rows.append(Question(left, right, *d.shape, c.mean, *answers, c.df_both, *sds))
    table = pd.DataFrame(rows, columns=Question._fields)
    for question in ("seeds", "both"):
        table[f"p_{question}_holm"] = holm(table[f"p_{question}"])
        table[f"distinguishable_{question}"] = decided(table["n"], table[f"p_{question}_holm"], alpha)
    return table


# Power


def paired_t_power(effect: float, n: int, alpha: float = ALPHA) -> float:
    """Power of the two-sided paired t test on `n` seeds for a true difference of `effect` sd of
    differences."""
    df, shift = n - 1, effect * np.sqrt(n)
    critical = stats.t.isf(alpha / 2, df)
    # SciPy gives NaN where the far tail is too small to matter.
    return float(stats.nct.sf(critical, df, shift) + np.nan_to_num(stats.nct.cdf(-critical, df, shift)))


def detectable_effect(n: int, alpha: float = ALPHA, power: float = POWER) -> float:
    """Smallest true difference, in sd of differences, that `n` seeds find with `power`. NaN with one seed."""
    if n < 2:
        return np.nan
    low, high = 0.0, 1.0
    while paired_t_power(high, n, alpha) < power:
        high *= 2
    for _ in range(60):
        middle = (low + high) / 2
        low, high = (low, middle) if paired_t_power(middle, n, alpha) >= power else (middle, high)
    return high


def seeds_needed(effect: float, alpha: float = ALPHA, power: float = POWER) -> float:
    """Fewest seeds that find a true difference of `effect` sd with `power`. NaN without a positive effect."""
    if not (np.isfinite(effect) and effect > 0):
        return np.nan
    high = 2
    while paired_t_power(effect, high, alpha) < power:
        high *= 2
    low = high // 2
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if paired_t_power(effect, middle, alpha) >= power else (middle, high)
    return float(high)


def power_table(comparisons: pd.DataFrame, alpha: float = ALPHA, power: float = POWER) -> pd.DataFrame:
    """What this study could find, and what more seeds could, from the observed sd of paired differences.

    Args:
        comparisons: Rows of one family of `pairwise`; of columns left, right, n and sd.

    Returns:
        One row a pair: left, right, n, sd, detectable (difference found with `power` by a two-sided test at
        `alpha` of this pair alone), detectable_family (at `alpha` divided by the number of rows, the first
        step of Holm), and seeds_for_0.2, seeds_for_0.5, seeds_for_1.0 (seeds needed for such a true
        difference, pair alone).
    """
    rows = []
    for left, right, n, sd in comparisons[["left", "right", "n", "sd"]].itertuples(index=False):
        sd = sd if sd > 0 else np.nan
        found = (sd * detectable_effect(n, level, power) for level in (alpha, alpha / len(comparisons)))
        needed = (seeds_needed(d / sd, alpha, power) for d in TARGET_DIFFERENCES)
        rows.append((left, right, n, sd, *found, *needed))
    targets = [f"seeds_for_{d}" for d in TARGET_DIFFERENCES]
    names = ["left", "right", "n", "sd", "detectable", "detectable_family", *targets]
    return pd.DataFrame(rows, columns=names)
