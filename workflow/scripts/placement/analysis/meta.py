"""Estimates of one question from several studies, put together: a random-effects mean, and how far they disagree.

The model: each study estimates an effect of its own, and these effects spread around a mean with variance τ² (Higgins,
Thompson & Spiegelhalter 2009, J. R. Stat. Soc. A 172, 137). τ² is Paule and Mandel's (1982, J. Res. NBS 87, 377), which
needs no distribution; the mean's interval is Hartung and Knapp's (2001, Stat. Med. 20, 3875), which keeps its level
with few studies. A study's own standard error is an estimate too, a rough one from few seeds.

Conditions are nested in studies (the three-level model: Konstantopoulos 2011, Res. Synth. Methods 2, 61): the effect of
a condition spreads around its study's with variance ω², so that the mean of m conditions is one estimate with variance
τ² + ω²/m + that of its seeds. ω² is one for all studies, by moments, since a study of one condition can't tell.
"""

from typing import NamedTuple

import numpy as np
from scipy import stats
from statsmodels.stats.meta_analysis import combine_effects

from placement.analysis.conventions import ALPHA
from placement.analysis.paired import residual_variance

MINIMUM_STUDIES = 3
# Of fewer a prediction interval is so wide that it says nothing: t has one degree of freedom with three studies.
MINIMUM_PREDICTION = 5


class RandomEffects(NamedTuple):
    """What k studies say together, in their unit.

    Attributes:
        studies: k.
        mean, low, high: of the effects' distribution, with its interval.
        prediction_low, prediction_high: where the effect under one condition of one more study is expected; NaN below
            MINIMUM_PREDICTION.
        tau2: the variance of effects between studies.
        omega2: that between the conditions of a study; NaN where none has two.
        i2: the share of the estimates' spread that is not from seeds, 0 to 1.
    """

    studies: int
    mean: float = np.nan
    low: float = np.nan
    high: float = np.nan
    prediction_low: float = np.nan
    prediction_high: float = np.nan
    tau2: float = np.nan
    omega2: float = np.nan
    i2: float = np.nan


def between_conditions(differences: np.ndarray) -> float:
    """Variance of effects between the conditions of a study, estimated without bias: below 0 where seeds explain more.

    From the mean squares of conditions and of the residual (Searle, Casella & McCulloch 1992), whatever the variances
    of conditions and their correlations, since all have the same seeds. NaN for one condition or seed.

    Args:
        differences: [seeds, conditions].
    """
    seeds, conditions = differences.shape
    if min(seeds, conditions) < 2:
        return np.nan
    of_condition = differences.mean(axis=0)
    return float(np.var(of_condition, ddof=1) - residual_variance(differences) / seeds)


def random_effects(
    estimates: np.ndarray, errors: np.ndarray, conditions: np.ndarray, between: np.ndarray
) -> RandomEffects:
    """Put studies together; all but omega2 is NaN for fewer than MINIMUM_STUDIES with an error.

    Args:
        estimates: [k], each the mean over its study's conditions.
        errors: [k], their standard errors, by seeds.
        conditions: [k], how many.
        between: [k], see `between_conditions`.
    """
    several = np.isfinite(between)
    omega2 = max(float(np.average(between[several], weights=conditions[several] - 1)), 0.0) if several.any() else np.nan
    known = np.isfinite(errors) & (errors > 0)
    estimates, seeds, conditions = estimates[known], errors[known] ** 2, conditions[known]
    k = len(estimates)
    if k < MINIMUM_STUDIES:
        return RandomEffects(k, omega2=omega2)
    within = np.nan_to_num(omega2)
    found = combine_effects(estimates, seeds + within / conditions, method_re="iterated")
    # The larger of Hartung and Knapp's error and the plain one: few studies that agree by chance don't know the mean
    # better than their own errors say (Röver, Knapp & Friede 2015, BMC Med. Res. Methodol. 15, 99).
    mean, error = float(found.mean_effect_re), float(max(found.sd_eff_w_re_hksj, found.sd_eff_w_re))
    half = float(stats.t.isf(ALPHA / 2, k - 1)) * error
    # k - 2 degrees of freedom, as Higgins et al. have it: τ² is estimated too.
    critical = float(stats.t.isf(ALPHA / 2, k - 2)) if k >= MINIMUM_PREDICTION else np.nan
    ahead = critical * float(np.sqrt(found.tau2 + within + error**2))
    q = float(np.sum((estimates - np.average(estimates, weights=1 / seeds)) ** 2 / seeds))
    return RandomEffects(
        studies=k,
        mean=mean,
        low=mean - half,
        high=mean + half,
        prediction_low=mean - ahead,
        prediction_high=mean + ahead,
        tau2=float(found.tau2),
        omega2=omega2,
        i2=max(1 - (k - 1) / q, 0.0) if q > 0 else 0.0,
    )
