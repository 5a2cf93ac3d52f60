"""One-sided tests, and how often a family of claims that rests on them is wrong."""

from functools import partial

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from placement.analysis import paired, tails, verdicts

pytestmark = pytest.mark.filterwarnings("error")


def test_both_tails_of_the_sign_flip_test_are_those_of_its_two_sided_p():
    d = np.random.default_rng(0).normal(0.1, 1, (12, 4))
    above, below = tails.sign_flip(d)
    assert 2 * np.minimum(above, below) == pytest.approx([paired.sign_flip_p(column) for column in d.T])


@given(st.lists(st.integers(-20, 20), min_size=3, max_size=12).filter(lambda d: len(set(d)) > 1), st.integers(-3, 3))
@settings(max_examples=50)
def test_halls_t_is_his_cubic_of_students(d, bound):
    """In the form ((1 + gs/3)^3 - 1)/g + g/6n, of skewness g and s = t/sqrt(n)."""
    d, n = np.array(d, float), len(d)
    student, g = tails.student(d[:, None], bound), stats.skew(d)
    hall = tails.hall(d[:, None], bound)
    if abs(g) < 1e-6:
        np.testing.assert_allclose(hall, student)
        return
    s = stats.ttest_1samp(d, bound).statistic / np.sqrt(n)
    t = np.sqrt(n) * (((1 + g * s / 3) ** 3 - 1) / g + g / (6 * n))
    np.testing.assert_allclose(hall.above, stats.t.sf(t, n - 1), atol=1e-9)
    np.testing.assert_allclose(hall.below, stats.t.cdf(t, n - 1), atol=1e-9)


def test_an_interval_that_ends_at_one_half_is_on_no_side_and_a_side_without_spread_has_no_correlation():
    read = partial(paired.read_outperforming, 10, comparisons=1)
    assert [read(0.5, 0.9), read(0.2, 0.5), read(0.51, 0.9), read(0.2, 0.49)] == ["undecided"] * 2 + ["left", "right"]
    varied, flat = np.array([1.0, 2, 4]), np.ones(3)
    assert np.isnan([paired.correlation(varied, flat), paired.correlation(flat, varied)]).all()


@pytest.mark.parametrize("test", [tails.student, tails.hall])
def test_without_spread_a_tail_is_that_of_the_exact_test_and_with_few_seeds_there_is_none(test):
    above, below = test(np.tile([1.0, -1.0, 0.0], (5, 1)))
    assert (above.tolist(), below.tolist()) == ([2**-5, 1, 1], [1, 2**-5, 1])
    assert test(np.ones((5, 1)), bound=2.0).below.tolist() == [2**-5]
    for each in test(np.zeros((4, 2, 3))):
        assert each.shape == (4, 3) and np.isnan(each).all()


def test_both_kinds_of_tails_are_one_test_of_many_studies_at_once():
    d = np.random.default_rng(0).normal(0, 1, (3, 10, 2))
    for kind in (tails.student, tails.sign_flip):
        at_once = kind(d, 0.2)
        for i, one in enumerate(d):
            assert np.array_equal([side[i] for side in at_once], kind(one, 0.2))


# Error rates: of a family of claims of each kind, in studies whose truth is at the border


TRIALS, ROPE = 2_000, 0.2
MOST = 0.05 + 3 * np.sqrt(0.05 * 0.95 / TRIALS)


def family(true, direction, about):
    """Share of studies with any verdict of each kind, of five claims whose `about` contrasts have this true mean."""
    rng = np.random.default_rng(7)
    noise = rng.normal(0, 1, (5, TRIALS, 10, 1)) + rng.normal(0, 0.5, (5, TRIALS, 10, about))
    found = [verdicts.evidence(true + 0.2 * noise[i], direction, ROPE) for i in range(5)]
    shares = {}
    for kind in ("p", "p_equivalence"):
        p = np.array([getattr(each, kind) for each in found])  # [claims, trials]
        shares[kind] = float((5 * p.min(axis=0) < 0.05).mean())  # what Holm's first step is
    return shares


@pytest.mark.parametrize("about", [1, 4])
@pytest.mark.parametrize("direction", ["higher", "equal"])
def test_a_family_of_claims_is_wrong_no_more_often_than_alpha(direction, about):
    """Where there is no difference none is shown, in either direction; where it is as large as the region of practical
    equivalence, no equivalence. The same for sides by name, by level and against: they are contrasts all."""
    assert family(0.0, direction, about)["p"] < MOST
    assert family(ROPE, direction, about)["p_equivalence"] < MOST


@pytest.mark.parametrize("about", [1, 4])
def test_a_difference_within_the_region_refutes_no_equality_however_surely_it_is_one(about):
    assert family(0.15, "higher", about)["p"] > 0.2  # it is seen
    assert family(0.15, "equal", about)["p"] < family(ROPE, "equal", about)["p"] < MOST
    assert family(0.6, "equal", about)["p"] > 0.9
