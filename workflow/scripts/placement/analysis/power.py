"""What a number of seeds can find."""

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
    """Fewest seeds that find a true difference of `effect` sd with POWER. NaN without a positive effect."""
    if not (np.isfinite(effect) and effect > 0):
        return np.nan
    high = 2
    while paired_t_power(effect, high) < POWER:
        high *= 2
    low = high // 2
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if paired_t_power(effect, middle) >= POWER else (middle, high)
    return float(high)


def power_table(comparisons: pd.DataFrame) -> pd.DataFrame:
    """What this study could find, and what more seeds could, from the observed sd of paired differences.

    Args:
        comparisons: Rows of one family of `pairwise`; of columns left, right, n and sd.

    Returns:
        One row a pair: left, right, n, sd, detectable (difference found with POWER by a two-sided test at
        ALPHA of this pair alone), detectable_family (at ALPHA divided by the number of rows, the first
        step of Holm), and seeds_for_0.2, seeds_for_0.5, seeds_for_1.0 (seeds needed for such a true
        difference, pair alone).
    """
    rows = []
    for left, right, n, sd in comparisons[["left", "right", "n", "sd"]].itertuples(index=False):
        sd = sd if sd > 0 else np.nan
        found = (sd * detectable_effect(n, level) for level in (ALPHA, ALPHA / len(comparisons)))
        needed = (seeds_needed(d / sd) if n >= INFERENCE_SEEDS else np.nan for d in TARGET_DIFFERENCES)
        rows.append((left, right, n, sd, *found, *needed))
    targets = [f"seeds_for_{d}" for d in TARGET_DIFFERENCES]
    names = ["left", "right", "n", "sd", "detectable", "detectable_family", *targets]
    return pd.DataFrame(rows, columns=names)
