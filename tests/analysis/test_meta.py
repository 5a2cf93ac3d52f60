"""Random effects over studies, and the conditions nested in them."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats
from statsmodels.formula.api import ols
from statsmodels.stats.anova import anova_lm
from statsmodels.stats.meta_analysis import combine_effects

from placement.analysis import meta
from placement.analysis.meta import RandomEffects, between_conditions


def random_effects(estimates, errors, conditions=1, between=np.nan) -> RandomEffects:
    """Of studies of one condition each, if no more is said."""
    return meta.random_effects(estimates, errors, *(np.full(len(errors), x, float) for x in (conditions, between)))


def test_equal_errors_have_a_closed_form():
    """With equal errors τ² is the estimates' variance less the error's, and the mean's interval that of a t test."""
    estimates, error = np.array([1.0, 2.0, 4.0, 6.0, 6.5]), 0.5
    found = random_effects(estimates, np.full(5, error))
    low, high = stats.t.interval(0.95, 4, estimates.mean(), stats.sem(estimates))
    assert (found.mean, found.low, found.high) == pytest.approx((estimates.mean(), low, high))
    assert found.tau2 == pytest.approx(estimates.var(ddof=1) - error**2, rel=1e-4)
    assert found.i2 == pytest.approx(1 - error**2 / estimates.var(ddof=1))
    half = stats.t.isf(0.025, 3) * np.sqrt(found.tau2 + stats.sem(estimates) ** 2)
    assert (found.prediction_low, found.prediction_high) == pytest.approx(
        (found.mean - half, found.mean + half), rel=1e-4
    )


def test_the_share_of_the_spread_is_that_of_cochrans_q_whatever_the_errors():
    estimates, errors = np.array([0.0, 1.0, 3.0, 1.5]), np.array([0.1, 0.2, 0.4, 0.8])
    q = combine_effects(estimates, errors**2).q
    assert random_effects(estimates, errors).i2 == pytest.approx(1 - 3 / q)
    assert random_effects(estimates, errors, conditions=2, between=0.3).i2 == pytest.approx(1 - 3 / q)


def test_studies_that_agree_by_chance_know_the_mean_no_better_than_their_errors_say():
    found = random_effects(np.ones(4), np.full(4, 0.5))
    assert found.tau2 == found.i2 == 0
    assert found.high - found.mean == pytest.approx(stats.t.isf(0.025, 3) * 0.5 / 2)


@pytest.mark.parametrize("errors", [[0.1, 0.2], [0.1, 0.2, np.nan], [0.1, 0.2, 0.0]])
def test_fewer_than_three_studies_with_an_error_have_no_mean(errors):
    found = random_effects(np.arange(len(errors), dtype=float), np.array(errors))
    assert found.studies == 2 and np.isnan(found[1:]).all()
    found = random_effects(np.arange(len(errors), dtype=float), np.array(errors), conditions=4, between=0.5)
    assert (found.studies, found.omega2) == (2, 0.5) and np.isnan(found.mean)


def test_below_five_studies_nothing_is_predicted():
    found = random_effects(np.array([1.0, 2.0, 4.0, 6.0]), np.full(4, 0.5))
    assert np.isfinite(found.low) and np.isnan([found.prediction_low, found.prediction_high]).all()


def test_conditions_lie_apart_by_what_seeds_do_not_explain():
    """An additive analysis of variance, seed by condition."""
    rng = np.random.default_rng(1)
    differences = rng.normal(0, 2, (6, 1)) + rng.normal(0, 1, 4) + rng.normal(0, [0.1, 1, 2, 3], (6, 4))
    table = pd.DataFrame(differences).melt(ignore_index=False, var_name="condition").rename_axis("seed").reset_index()
    squares = anova_lm(ols("value ~ C(seed) + C(condition)", table).fit())["mean_sq"]
    assert between_conditions(differences) == pytest.approx((squares["C(condition)"] - squares["Residual"]) / 6)
    assert np.isnan(between_conditions(differences[:1])) and np.isnan(between_conditions(differences[:, :1]))


def test_without_effects_of_conditions_they_are_no_further_apart_on_average_however_seeds_hang_together():
    rng = np.random.default_rng(2)
    draws = rng.multivariate_normal(np.zeros(3), [[1, 0.9, 0], [0.9, 1, 0], [0, 0, 4]], (4000, 5))
    found = np.array([between_conditions(each) for each in draws])
    assert abs(found.mean()) < 3.5 * found.std() / np.sqrt(len(found)) and (found < 0).any()


def test_a_study_of_more_conditions_weighs_more_and_one_condition_more_is_further_out():
    """Studies that agree: τ² is 0, and weights are 1 / (seeds' variance + ω²/m), by hand."""
    conditions, errors = np.array([1, 1, 12, 1, 1]), np.full(5, 0.1)
    between = np.array([np.nan, np.nan, 0.12, np.nan, np.nan])
    found = meta.random_effects(np.ones(5), errors, conditions, between)
    error = 1 / np.sqrt(4 / 0.13 + 1 / 0.02)
    assert (found.omega2, found.tau2) == pytest.approx((0.12, 0))
    assert found.high - found.mean == pytest.approx(stats.t.isf(0.025, 4) * error)
    assert found.prediction_high - found.mean == pytest.approx(stats.t.isf(0.025, 3) * np.sqrt(0.12 + error**2))


def test_conditions_are_weighed_by_their_number_less_one_and_never_add_less_than_nothing():
    errors, estimates = np.full(3, 0.1), np.array([0.0, 1.0, 2.0])
    found = meta.random_effects(estimates, errors, np.array([2, 4, 1]), np.array([0.4, 0.8, np.nan]))
    assert found.omega2 == pytest.approx((0.4 + 3 * 0.8) / 4)
    below = meta.random_effects(estimates, errors, np.array([2, 4, 1]), np.array([0.4, -0.8, np.nan]))
    assert below.omega2 == 0 and below[1:4] == random_effects(estimates, errors)[1:4]
    # Seeds' share of the spread has no part of the conditions'.
    assert found.i2 == pytest.approx(1 - 2 / (2 / 0.01))


@given(st.permutations(range(5)), st.floats(-10, 10), st.floats(0.1, 10))
def test_neither_order_nor_origin_nor_unit_of_the_estimates_matters(order, shift, scale):
    estimates, errors = np.array([0.3, -1.0, 2.0, 0.5, 1.1]), np.array([0.4, 0.3, 0.8, 0.2, 0.5])
    found = random_effects(estimates, errors)
    again = random_effects((shift + scale * estimates)[list(order)], (scale * errors)[list(order)])
    for name in ("mean", "low", "high", "prediction_low", "prediction_high"):
        assert getattr(again, name) == pytest.approx(shift + scale * getattr(found, name), rel=1e-3, abs=1e-3)
    assert again.tau2 == pytest.approx(scale**2 * found.tau2, rel=1e-3)
    assert again.i2 == pytest.approx(found.i2)


def test_the_intervals_cover():
    rng = np.random.default_rng(0)
    mean = ahead = 0
    draws = 400
    for _ in range(draws):
        errors = rng.uniform(0.2, 0.6, 8)
        found: RandomEffects = random_effects(rng.normal(rng.normal(1, 0.5, 8), errors), errors)
        mean += found.low < 1 < found.high
        ahead += found.prediction_low < rng.normal(1, 0.5) < found.prediction_high
    slack = 3 * np.sqrt(0.05 * 0.95 / draws)
    assert mean / draws > 0.95 - slack
    assert ahead / draws > 0.95 - 2 * slack  # approximate by construction (Higgins et al. 2009)
