"""Each placement at its best: what is chosen, by what, and that the numbers reported of it don't flatter."""

from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from placement.analysis import selection
from placement.analysis.conventions import ALPHA
from placement.study.grids import Grid

pytestmark = pytest.mark.filterwarnings("error")

FACTORS = {"order": ["before", "after"], "rate": ["low", "high"], "epochs": ["5", "9"]}
CELLS = {cell: "-".join(cell) for cell in product(*FACTORS.values())}
GRID = Grid(FACTORS, CELLS)
NAMES = list(CELLS.values())


def runs(seeds=10, seed=0):
    rng = np.random.default_rng(seed)
    validation = 90 + rng.normal(0, 1, (seeds, len(NAMES))).round(2)
    return validation + rng.normal(0, 0.3, validation.shape).round(2), validation


def test_placements_are_the_combinations_of_the_other_factors():
    found = selection.placements(GRID, ["rate"])
    assert list(found) == ["before, 5", "before, 9", "after, 5", "after, 9"]
    assert found["after, 5"] == {"low": "after-low-5", "high": "after-high-5"}
    assert selection.placements(GRID, ["epochs", "rate"])["after"]["9, low"] == "after-low-9"


def test_holes_are_no_candidates_and_of_levels_that_are_the_same_network_the_first_is_one():
    cells = {cell: name for cell, name in CELLS.items() if cell != ("before", "high", "9")}
    cells[("after", "low", "9")] = cells[("after", "low", "5")]
    table, values = selection.selection(*runs()[:1] * 2, NAMES, Grid(FACTORS, cells), ["rate", "epochs"])
    assert table[["placement", "candidates", "of"]].to_numpy().tolist() == [["before", 3, 4], ["after", 3, 4]]
    assert values.shape == (10, 2)


def test_the_level_is_that_of_validation_alone():
    _, validation = runs()
    validation[:, NAMES.index("before-high-9")] += 5
    opposed = -validation
    table, values = selection.selection(opposed, validation, NAMES, GRID, ["rate", "epochs"])
    row = table.set_index("placement").loc["before"]
    assert (row["level"], row["chosen"], row["candidates"]) == ("high, 9", "high, 9: 10", 4)
    at = opposed[:, NAMES.index("before-high-9")]
    expected = stats.ttest_1samp(at, 0)
    assert (row["accuracy"], row["accuracy_at_level"]) == pytest.approx((at.mean(), at.mean()))
    assert (row["low"], row["high"]) == pytest.approx(tuple(expected.confidence_interval(0.95)))
    np.testing.assert_array_equal(values[:, 0], at)


def test_each_seed_is_reported_at_the_level_that_the_others_choose():
    validation = np.array([[9.0, 0.0], [5.0, 6.0], [5.0, 6.0]])
    test = np.array([[1.0, 10.0], [2.0, 20.0], [3.0, 30.0]])
    # Without seed 0, whose level 0 did so well, level 1 is ahead by one; with it, level 0 is.
    assert selection.choices(validation).tolist() == [1, 0, 0]
    assert selection.left_out(validation, test).tolist() == [10, 2, 3]
    grid = Grid({"order": ["a"], "rate": ["low", "high"]}, {("a", "low"): "x", ("a", "high"): "y"})
    row = selection.selection(test, validation, ["x", "y"], grid, ["rate"])[0].iloc[0]
    assert (row["level"], row["accuracy"], row["accuracy_at_level"]) == ("low", 5, 2)
    assert row["chosen"] == "low: 2; high: 1"
    lead = stats.ttest_rel(*validation.T).confidence_interval(0.95)
    assert (row["runner_up"], row["ahead"], row["validation_range"]) == ("high", pytest.approx(7 / 3), pytest.approx(7 / 3))
    assert (row["ahead_low"], row["ahead_high"]) == pytest.approx(tuple(lead))


def test_of_equal_levels_the_first_is_chosen():
    validation = np.array([[0.1 + 0.2, 0.3], [0.3, 0.1 + 0.2]] * 2)  # apart by the last bit alone
    assert selection.choices(validation).tolist() == [0] * 4


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 99), st.permutations(range(6)), st.integers(-9, 9))
def test_neither_the_order_of_the_seeds_nor_the_scale_of_validation_matters(seed, order, shift):
    test, validation = runs(6, seed)
    one, values = selection.selection(test, validation, NAMES, GRID, ["rate"])
    other, moved = selection.selection(test[list(order)], 2 * validation[list(order)] + shift, NAMES, GRID, ["rate"])
    np.testing.assert_array_equal(moved, values[list(order)])
    assert other["level"].tolist() == one["level"].tolist() and other["chosen"].tolist() == one["chosen"].tolist()
    np.testing.assert_allclose(other[["accuracy", "low", "high"]], one[["accuracy", "low", "high"]])


@pytest.mark.parametrize("seeds", [0, 1, 2])
def test_few_seeds(seeds):
    table, values = selection.selection(*runs(seeds), NAMES, GRID, ["rate"])
    assert values.shape == (seeds, 4) and (table["n"] == seeds).all()
    assert np.isnan(values).all() == (seeds < 2)
    assert table["low"].notna().all() == (seeds > 1)


# What it is for: simulated studies whose runs do well in validation and test together


def simulated(levels, seeds, effects, studies=3000):
    """test, validation [studies, seeds, levels]: noise of a run that both share, and of each."""
    rng = np.random.default_rng(levels * seeds)
    run, one, other = rng.normal(size=(3, studies, seeds, levels))
    truth = np.broadcast_to(effects, (levels,))
    return truth + run + 0.5 * one, truth + run + 0.5 * other


def errors(test, validation):
    """Of each study, what is reported by leaving seeds out and what isn't, its standard error, and the truth's rank."""
    left_out = np.array([selection.left_out(v, t) for t, v in zip(test, validation, strict=True)])
    best = validation.mean(axis=1).argmax(axis=1)
    naive = test.mean(axis=1)[np.arange(len(test)), best]
    return left_out, naive


@pytest.mark.parametrize(("levels", "seeds"), [(3, 5), (4, 10)])
def test_where_all_levels_are_equal_only_leaving_seeds_out_is_unbiased(levels, seeds):
    left_out, naive = errors(*simulated(levels, seeds, 0))
    means = left_out.mean(axis=1)
    assert abs(means.mean()) < 3.5 * means.std() / np.sqrt(len(means))
    assert naive.mean() > 0.5 / np.sqrt(seeds)
    within = np.abs(means) <= stats.t.isf(ALPHA / 2, seeds - 1) * left_out.std(axis=1, ddof=1) / np.sqrt(seeds)
    print(levels, seeds, within.mean(), means.mean(), naive.mean())
    assert within.mean() > 1 - ALPHA - 0.02


def test_where_levels_differ_the_interval_covers_what_the_choice_is_worth():
    effects = np.array([0.0, 0.3, 0.6])
    test, validation = simulated(3, 10, effects)
    left_out, _ = errors(test, validation)
    worth = np.mean([effects[selection.choices(v)].mean() for v in validation])
    means = left_out.mean(axis=1)
    assert means.mean() == pytest.approx(worth, abs=3.5 * means.std() / np.sqrt(len(means)))
    within = np.abs(means - worth) <= stats.t.isf(ALPHA / 2, 9) * left_out.std(axis=1, ddof=1) / np.sqrt(10)
    print(within.mean(), worth, means.mean())
    assert within.mean() > 1 - ALPHA - 0.02
