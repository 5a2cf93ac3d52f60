"""Each placement at its best: what is chosen, by what, and that the numbers reported of it don't flatter."""

from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from placement.analysis import selection
from placement.analysis.conventions import ALPHA
from placement.analysis.families import holm
from placement.study import select
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
    found = select.placements(GRID, ["rate"])
    assert list(found) == ["before, 5", "before, 9", "after, 5", "after, 9"]
    assert found["after, 5"] == {"low": "after-low-5", "high": "after-high-5"}
    assert select.placements(GRID, ["epochs", "rate"])["after"]["9, low"] == "after-low-9"


def test_holes_are_no_candidates_and_of_levels_that_are_the_same_network_the_first_is_one():
    cells = {cell: name for cell, name in CELLS.items() if cell != ("before", "high", "9")}
    cells[("after", "low", "9")] = cells[("after", "low", "5")]
    table = selection.selection(*runs(), NAMES, Grid(FACTORS, cells), ["rate", "epochs"], "after-low-5")
    assert table[["placement", "candidates", "of"]].to_numpy().tolist() == [["before", 3, 4], ["after", 3, 4]]


def test_the_level_is_that_of_validation_alone():
    _, validation = runs()
    validation[:, NAMES.index("before-high-9")] += 5
    opposed = -validation
    table = selection.selection(opposed, validation, NAMES, GRID, ["rate", "epochs"], NAMES[0])
    row = table.set_index("placement").loc["before"]
    assert (row["level"], row["chosen"], row["candidates"]) == ("high, 9", "high, 9: 10", 4)
    at = opposed[:, NAMES.index("before-high-9")]
    expected = stats.ttest_1samp(at, 0)
    assert (row["accuracy"], row["accuracy_at_level"]) == pytest.approx((at.mean(), at.mean()))
    assert (row["low"], row["high"]) == pytest.approx(tuple(expected.confidence_interval(0.95)))


def test_each_seed_is_reported_at_the_level_that_the_others_choose():
    validation = np.array([[9.0, 0.0], [5.0, 6.0], [5.0, 6.0]])
    test = np.array([[1.0, 10.0], [2.0, 20.0], [3.0, 30.0]])
    # Without seed 0, whose level 0 did so well, level 1 is ahead by one; with it, level 0 is.
    assert selection.choices(validation).tolist() == [1, 0, 0]
    assert selection.left_out(validation, test).tolist() == [10, 2, 3]
    grid = Grid({"order": ["a"], "rate": ["low", "high"]}, {("a", "low"): "x", ("a", "high"): "y"})
    row = selection.selection(test, validation, ["x", "y"], grid, ["rate"], "x").iloc[0]
    assert (row["level"], row["accuracy"], row["accuracy_at_level"]) == ("low", 5, 2)
    assert row["chosen"] == "low: 2; high: 1"
    lead = stats.ttest_rel(*validation.T).confidence_interval(0.95)
    assert (row["runner_up"], row["ahead"], row["validation_range"]) == (
        "high",
        pytest.approx(7 / 3),
        pytest.approx(7 / 3),
    )
    assert (row["ahead_low"], row["ahead_high"]) == pytest.approx(tuple(lead))


def test_of_equal_levels_the_first_is_chosen():
    validation = np.array([[0.1 + 0.2, 0.3], [0.3, 0.1 + 0.2]] * 2)  # apart by the last bit alone
    assert selection.choices(validation).tolist() == [0] * 4


def test_where_the_choice_is_clear_it_adds_nothing_to_the_paired_t_test():
    test, validation = runs()
    validation[:, [NAMES.index("before-high-9"), NAMES.index("after-low-9")]] += 9
    np.testing.assert_allclose(selection.influences(validation[:, :4], test[:, :4]), test[:, 3])
    table = selection.selection(test, validation, NAMES, GRID, ["rate", "epochs"], "after-low-5")
    row, home = table.set_index("placement").loc[["before", "after"]].itertuples()
    expected = stats.ttest_rel(test[:, NAMES.index("before-high-9")], test[:, NAMES.index("after-low-9")])
    interval = expected.confidence_interval(0.95)
    assert (row.p, row.difference_low, row.difference_high) == pytest.approx((expected.pvalue, *interval))
    assert row.difference == pytest.approx(row.accuracy - home.accuracy) and np.isnan(home.difference)


def test_the_others_are_one_family():
    table = selection.selection(*runs(), NAMES, GRID, ["rate"], "before-high-9").set_index("placement")
    others = table.drop("before, 9")
    assert table.loc["before, 9", ["difference", "p", "p_holm"]].isna().all() and not table["distinguishable"].any()
    np.testing.assert_allclose(others["p_holm"], holm(others["p"]))


@settings(max_examples=30)
@given(st.integers(0, 99), st.permutations(range(6)), st.integers(-9, 9))
def test_neither_the_order_of_the_seeds_nor_the_scale_of_validation_matters(seed, order, shift):
    test, validation = runs(6, seed)
    one = selection.selection(test, validation, NAMES, GRID, ["rate"], NAMES[0])
    other = selection.selection(test[list(order)], 2 * validation[list(order)] + shift, NAMES, GRID, ["rate"], NAMES[0])
    assert other["level"].tolist() == one["level"].tolist() and other["chosen"].tolist() == one["chosen"].tolist()
    numbers = ["accuracy", "low", "high", "difference", "difference_low", "p_holm"]
    np.testing.assert_allclose(other[numbers], one[numbers], atol=1e-7)


@pytest.mark.parametrize("seeds", [0, 1, 2, 3])
def test_few_seeds(seeds):
    table = selection.selection(*runs(seeds), NAMES, GRID, ["rate"], NAMES[0])
    assert (table["n"] == seeds).all() and not table["distinguishable"].any()
    assert table["accuracy"].isna().all() == (seeds < 2)
    assert table["low"].isna().all() == (seeds < 3)
    assert (table["level"] == "").all() == (seeds == 0)
    assert (table["chosen"] == "").all() == (seeds < 2)


def test_one_seed_has_no_others_to_choose_for_it():
    assert np.isnan(selection.left_out(np.zeros((3, 1, 2)), np.zeros((3, 1, 2)))).tolist() == [[True]] * 3


# Seeds that choose, and others that judge

CHOOSING = np.arange(10) < 4


def apart(test, validation, choosing=CHOOSING):
    table = selection.selection(test, validation, NAMES, GRID, ["rate", "epochs"], "after-low-5", choosing)
    return table.set_index("placement")


def test_seeds_that_judge_are_a_paired_t_test_of_the_cells_that_the_others_chose():
    test, validation = runs()
    validation[:4, [NAMES.index("before-high-9"), NAMES.index("after-low-9")]] += 9
    before, after = apart(test, validation).loc[["before", "after"]].itertuples()
    left, right = (test[4:, NAMES.index(name)] for name in ("before-high-9", "after-low-9"))
    expected = stats.ttest_rel(left, right)
    interval = expected.confidence_interval(0.95)
    assert (before.p, before.difference_low, before.difference_high) == pytest.approx((expected.pvalue, *interval))
    alone = stats.ttest_1samp(left, 0).confidence_interval(0.95)
    assert (before.accuracy, before.low, before.high) == pytest.approx((left.mean(), *alone))
    assert (before.level, before.chosen, before.choosing, before.n) == ("high, 9", "high, 9: 4", 4, 6)
    assert (after.level, after.accuracy) == ("low, 9", pytest.approx(right.mean()))
    assert before.accuracy_at_level == pytest.approx(test[:, NAMES.index("before-high-9")].mean())


def test_seeds_that_judge_have_no_say_and_those_that_choose_are_not_looked_at_in_the_test():
    test, validation = runs()
    told = apart(test, validation)
    other_validation, other_test = validation.copy(), test.copy()
    other_validation[4:], other_test[:4] = -validation[4:], 0
    same = [name for name in told.columns if name != "accuracy_at_level"]
    assert apart(other_test, other_validation)[same].equals(told[same])


def test_they_are_judged_by_their_own_number_and_without_spread_by_the_exact_test():
    test, validation = np.full((10, 8), 90.0), np.zeros((10, 8))
    test[:, :4] += 1
    found = apart(test, validation).loc["before"]
    assert (found["n"], found["p"], found["distinguishable"]) == (6, 2 / 2**6, True)
    assert not apart(test, validation, np.arange(10) < 5).loc["before", "distinguishable"]


@pytest.mark.parametrize("choosing", [[], [True, True], [False, False]])
def test_they_may_all_be_missing(choosing):
    found = apart(*runs(len(choosing)), np.array(choosing, bool))
    assert (found["n"] == 0).all() and found[["accuracy", "difference", "p"]].isna().all(axis=None)
    assert (found["level"] == "").all() == (not any(choosing))


# What it is for: simulated studies whose runs do well in validation and test together

STUDIES = 3000


def simulated(seeds, effects):
    """validation, test [studies, seeds, levels]: noise of a run that both share, and of each."""
    rng = np.random.default_rng(len(effects) * seeds)
    run, one, other = rng.normal(size=(3, STUDIES, seeds, len(effects)))
    return effects + run + 0.5 * one, effects + run + 0.5 * other


def t_of(values):
    """[studies, seeds] -> t of the means."""
    n = values.shape[-1]
    return values.mean(axis=-1) / values.std(axis=-1, ddof=1) * np.sqrt(n)


CASES = pytest.mark.parametrize(("seeds", "effects"), [(5, [0, 0, 0]), (10, [0, 0, 0, 0]), (10, [0, 0.3, 0.6])])


@CASES
def test_leaving_seeds_out_is_unbiased_and_its_interval_covers_what_the_choice_is_worth(seeds, effects):
    validation, test = simulated(seeds, np.array(effects))
    worth = np.array(effects)[selection.choices(validation)].mean()
    means = selection.left_out(validation, test).mean(axis=1)
    assert means.mean() == pytest.approx(worth, abs=3.5 * means.std() / np.sqrt(STUDIES))
    t = t_of(selection.influences(validation, test) - worth)
    assert (np.abs(t) <= stats.t.isf(ALPHA / 2, seeds - 1)).mean() > 1 - ALPHA - 3 * np.sqrt(ALPHA / STUDIES)


def test_all_seeds_at_the_level_that_they_chose_flatter():
    validation, test = simulated(10, np.zeros(4))
    best = validation.mean(axis=1).argmax(axis=1)
    assert np.take_along_axis(test.mean(axis=1), best[:, None], axis=1).mean() > 0.25


def test_of_equal_placements_one_is_told_apart_no_more_often_than_alpha():
    """Three of the same three levels against a fourth, by Holm over the three."""
    validation, test = simulated(10, np.zeros(12))
    values = [selection.influences(validation[..., i : i + 3], test[..., i : i + 3]) for i in (0, 3, 6, 9)]
    p = np.stack([2 * stats.t.sf(np.abs(t_of(each - values[0])), 9) for each in values[1:]], axis=1)
    assert (p.min(axis=1) * 3 < ALPHA).mean() < ALPHA  # Holm's first step decides whether there is any


# What a config can have wrong


@pytest.mark.parametrize(
    ("fields", "key", "found"),
    [
        ({"over": "rates"}, "over", "'rates', expected factors of the grid: order, rate"),
        ({"over": ["order", "rate"]}, "over", "every factor"),
        ({"by": "test_accuracy"}, "by", "'test_accuracy', expected a measure of validation alone"),
        ({"by": "val_accuracy"}, "by", "'val_accuracy', expected a measure of validation alone"),
        ({"seeds": [1, 3]}, "seeds", "[1, 3], expected some of the study's 3 seeds, and others of them left to judge"),
        ({"seeds": 3}, "seeds", "3, expected some of the study's 3 seeds"),
    ],
)
def test_what_is_wrong_is_one_line(fields, key, found):
    given = {"over": "rate", "by": "validation_accuracy"} | fields
    (problem,) = select.problems(given, ["order", "rate"], ["a", "b"], "a", [0, 1, 2])
    assert problem.path == ("comparison", "select", key) and found in problem.text


def test_it_takes_a_grid_that_has_the_baseline():
    given = {"over": "rate", "by": "best_validation_accuracy", "seeds": 2}
    assert not list(select.problems(given, ["order", "rate"], ["a", "b"], "a", [0, 1, 2]))
    (problem,) = select.problems(given, ["order", "rate"], ["a", "b"], "beside", [0, 1, 2])
    assert problem.path == ("comparison", "baseline") and "no cell of the grid" in problem.text
    (problem,) = select.problems(given, [], [], "a", [0, 1, 2])
    assert problem.path == ("comparison", "select") and "without `grid`" in problem.text
