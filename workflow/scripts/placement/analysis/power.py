"""What a number of seeds can find.

statsmodels' TTestPower isn't used: with few seeds and small levels its search ends where the power is still too low
(at 2.94 sd for five seeds and 0.05/21, where it is 0.54).
"""

import numpy as np
import pandas as pd
from scipy import stats

from placement.analysis.conventions import ALPHA, INFERENCE_SEEDS

POWER = 0.8
TARGET_DIFFERENCES = (0.2, 0.5, 1.0)


def paired_t_power(effect: float, n: int, alpha: float = ALPHA) -> float:
    """Power of the two-sided paired t test on `n` seeds for a true difference of `effect` sd of
    differences."""
    df, shift = n - 1, effect * np.sqrt(n)
    critical = stats.t.isf(alpha / 2, df)
    # SciPy gives NaN where the far tail is too small to matter.
    return float(stats.nct.sf(critical, df, shift) + np.nan_to_num(stats.nct.cdf(-critical, df, shift)))


def detectable_effect(n: int, alpha: float = ALPHA) -> float:
    """Smallest true difference, in sd of differences, that `n` seeds find with POWER. NaN below INFERENCE_SEEDS."""
    if n < INFERENCE_SEEDS:
        return np.nan
    low, high = 0.0, 1.0
    while paired_t_power(high, n, alpha) < POWER:
        high *= 2
    for _ in range(60):
        middle = (low + high) / 2
        low, high = (low, middle) if paired_t_power(middle, n, alpha) >= POWER else (middle, high)
    return high


def seeds_needed(effect: float) -> float:
    """Fewest seeds, INFERENCE_SEEDS at least, that find a true difference of `effect` sd with POWER. NaN without a
    positive effect."""
    if not (np.isfinite(effect) and effect > 0):
        return np.nan
    # Where the normal approximation is, with what t adds to it, and from there to the fewest.
    z = stats.norm.isf(ALPHA / 2)
    n = max(INFERENCE_SEEDS, int(np.ceil(((z + stats.norm.ppf(POWER)) / effect) ** 2 + z**2 / 2)))
    while paired_t_power(effect, n) < POWER:
        n += 1
    while n > INFERENCE_SEEDS and paired_t_power(effect, n - 1) >= POWER:
        n -= 1
    return float(n)


def sd_interval(sd: float, n: int) -> tuple[float, float]:
    """Interval of a normal sd, of the sample sd of `n` values."""
    return tuple(sd * np.sqrt((n - 1) / stats.chi2.ppf([1 - ALPHA / 2, ALPHA / 2], n - 1)))


def power_table(comparisons: pd.DataFrame) -> pd.DataFrame:
    """What this study could find, and what more seeds could, from the observed sd of paired differences.

    Args:
        comparisons: Rows of one family of `pairwise`; of columns left, right, n and sd.

    Returns:
        One row a pair: left, right, n, sd with its interval sd_low, sd_high, detectable (difference found with POWER
        by a two-sided test at ALPHA of this pair alone), detectable_family (at ALPHA divided by the number of rows, the
        first step of Holm), and seeds_for_D (seeds needed for a true difference of D in TARGET_DIFFERENCES, pair
        alone), with seeds_for_D_low and _high for the ends of the sd's interval.
    """
    rows = []
    for left, right, n, sd in comparisons[["left", "right", "n", "sd"]].itertuples(index=False):
        sd = sd if sd > 0 else np.nan
        found = (sd * detectable_effect(n, level) for level in (ALPHA, ALPHA / len(comparisons)))
        ends = sd_interval(sd, n) if n >= INFERENCE_SEEDS else (np.nan, np.nan)
        of = (sd if n >= INFERENCE_SEEDS else np.nan, *ends)
        needed = (seeds_needed(d / each) for d in TARGET_DIFFERENCES for each in of)
        rows.append((left, right, n, sd, *ends, *found, *needed))
    targets = [f"seeds_for_{d}{end}" for d in TARGET_DIFFERENCES for end in ("", "_low", "_high")]
    names = ["left", "right", "n", "sd", "sd_low", "sd_high", "detectable", "detectable_family", *targets]
    return pd.DataFrame(rows, columns=names)
