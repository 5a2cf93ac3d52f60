"""Estimates of one question from several studies, put together: a random-effects mean, and how far they disagree.

The model: each study estimates an effect of its own, and these effects spread around a mean with variance τ² (Higgins,
Thompson & Spiegelhalter 2009, J. R. Stat. Soc. A 172, 137). τ² is Paule and Mandel's (1982, J. Res. NBS 87, 377), which
needs no distribution; the mean's interval is Hartung and Knapp's (2001, Stat. Med. 20, 3875), which keeps its level
with few studies. A study's own standard error is an estimate too, a rough one from few seeds.
"""

from typing import NamedTuple

import numpy as np
from scipy import stats
from statsmodels.stats.meta_analysis import combine_effects

from placement.analysis.conventions import ALPHA

MINIMUM_STUDIES = 3
# Of fewer a prediction interval is so wide that it says nothing: t has one degree of freedom with three studies.
MINIMUM_PREDICTION = 5


class RandomEffects(NamedTuple):
    """What k studies say together, in their unit.

    Attributes:
        studies: k.
        mean, low, high: of the effects' distribution, with its interval.
        prediction_low, prediction_high: where the effect of one more study is expected; NaN below MINIMUM_PREDICTION.
        tau2: the variance of effects between studies.
        i2: the share of the estimates' spread that is not from seeds, 0 to 1.
    """

    studies: int
    mean: float = np.nan
    low: float = np.nan
    high: float = np.nan
    prediction_low: float = np.nan
    prediction_high: float = np.nan
    tau2: float = np.nan
    i2: float = np.nan


def random_effects(estimates: np.ndarray, errors: np.ndarray) -> RandomEffects:
    """Put estimates [k] with their standard errors [k] together; NaN for fewer than MINIMUM_STUDIES with an error."""
    known = np.isfinite(errors) & (errors > 0)
    estimates, errors = estimates[known], errors[known]
    k = len(estimates)
    if k < MINIMUM_STUDIES:
        return RandomEffects(k)
    found = combine_effects(estimates, errors**2, method_re="iterated", use_t=True, alpha=ALPHA)
    # The larger of Hartung and Knapp's error and the plain one: few studies that agree by chance don't know the mean
    # better than their own errors say (Röver, Knapp & Friede 2015, BMC Med. Res. Methodol. 15, 99).
    mean, error = float(found.mean_effect_re), float(max(found.sd_eff_w_re_hksj, found.sd_eff_w_re))
    half = float(stats.t.isf(ALPHA / 2, k - 1)) * error
    # k - 2 degrees of freedom, as Higgins et al. have it: τ² is estimated too.
    critical = float(stats.t.isf(ALPHA / 2, k - 2)) if k >= MINIMUM_PREDICTION else np.nan
    ahead = critical * float(np.sqrt(found.tau2 + error**2))
    return RandomEffects(
        studies=k,
        mean=mean,
        low=mean - half,
        high=mean + half,
        prediction_low=mean - ahead,
        prediction_high=mean + ahead,
        tau2=float(found.tau2),
        i2=float(max(1 - (k - 1) / found.q, 0.0)) if found.q > 0 else 0.0,
    )
