"""Claims by level and of equality: which runs they stand for, all that can be wrong with them, what the tests say where
the truth is known, and what turns a verdict."""

import json
from functools import partial

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats
from statsmodels.stats.weightstats import ttost_paired

from placement.analysis import crossed, judgements, paired, tails, verdicts
from placement.errors import InputError
from placement.study import claim_problems, contrasts, grids
from placement.study.claims import Claim
from placement.study.grids import Grid
from placement.study.study import read as read_study
from studies import study_of

pytestmark = pytest.mark.filterwarnings("error")

FACTORS = {"order": ["before", "after"], "activation": ["relu", "tanh", "gelu"], "norm.momentum": ["0.9", "0.99"]}
FULL = {
    (order, activation, momentum): f"{order}-{activation}-{momentum}"
    for order in FACTORS["order"]
    for activation in FACTORS["activation"]
    for momentum in FACTORS["norm.momentum"]
}
GRID = Grid(FACTORS, FULL)


def without(*cells):
    return Grid(FACTORS, {cell: variant for cell, variant in FULL.items() if cell not in cells})


def written(**changed):
    return {
        "sentence": "A",
        "metric": "test_accuracy",
        "left": {"where": {"order": "after"}},
        "right": {"where": {"order": "before"}},
        "direction": "higher",
    } | changed


def claim(**changed):
    return Claim.of(written(**changed))


def weights(entry, grid=GRID):
    (contrast,) = contrasts.contrasts(entry, grid)
    assert sum(contrast.weights.values()) == pytest.approx(0)
    return contrast.weights


# What the sides stand for


def test_a_side_is_the_average_of_its_cells():
    assert weights(claim()) == pytest.approx(
        {variant: (1 if cell[0] == "after" else -1) / 6 for cell, variant in FULL.items()}
    )


def test_within_restricts_both_sides_and_levels_may_be_the_numbers_that_they_are():
    entry = claim(within={"activation": ["tanh", "gelu"], "norm.momentum": 0.9})
    assert weights(entry) == pytest.approx(
        {f"{o}-{a}-0.9": s / 2 for o, s in (("after", 1), ("before", -1)) for a in ("tanh", "gelu")}
    )
    assert contrasts.matched(entry, GRID) == (2, 2)


def test_a_side_of_several_levels_is_their_average_and_may_say_factors_that_the_other_does_not():
    smooth = claim(left={"where": {"activation": ["tanh", "gelu"]}}, right={"where": {"activation": "relu"}})
    share = {"tanh": 1 / 8, "gelu": 1 / 8, "relu": -1 / 4}
    assert weights(smooth) == pytest.approx({variant: share[cell[1]] for cell, variant in FULL.items()})
    best = weights(claim(left={"where": {"order": "after", "activation": "gelu"}}))
    assert {name: weight for name, weight in best.items() if weight > 0} == pytest.approx(
        {"after-gelu-0.9": 1 / 2, "after-gelu-0.99": 1 / 2}
    )
    assert [weight for name, weight in best.items() if name.startswith("before")] == pytest.approx([-1 / 6] * 6)


def test_the_sides_of_a_contrast_add_up_to_it_and_are_named():
    (contrast,) = contrasts.contrasts(claim(), GRID)
    ((left, right),) = contrasts.sides(claim(), GRID)
    assert contrast.name == f"{left.name} - {right.name}" == "order: after - order: before"
    assert left.weights | right.weights == pytest.approx({name: abs(w) for name, w in contrast.weights.items()})
    assert all(contrast.weights[name] > 0 for name in left.weights)
    entry = claim(within={"activation": "tanh"}, against={"within": {"activation": "relu"}})
    ((tanh, relu),) = contrasts.sides(entry, GRID)
    assert (tanh.name, relu.name) == ("activation: tanh", "activation: relu")
    one, other = ({name: s * w for name, w in side.weights.items()} for s, side in ((1, tanh), (-1, relu)))
    assert one | other == pytest.approx(weights(entry))


def test_a_hole_on_one_side_takes_its_match_from_the_other():
    grid = without(("after", "relu", "0.9"))
    found = weights(claim(), grid)
    assert contrasts.matched(claim(), grid) == (5, 6)
    assert "before-relu-0.9" not in found and set(map(abs, found.values())) == {1 / 5}
    # The orders are equal and relu is better: unmatched averages would make a difference of that.
    values = {variant: cell[1] == "relu" for cell, variant in grid.cells.items()}
    assert sum(weight * values[variant] for variant, weight in found.items()) == pytest.approx(0)


def test_against_is_the_difference_of_two_differences_at_equal_levels_of_the_rest():
    entry = claim(within={"activation": "tanh"}, against={"within": {"activation": "relu"}})
    assert weights(entry) == pytest.approx(
        {
            f"{o}-{a}-{m}": s * t / 2
            for o, s in (("after", 1), ("before", -1))
            for a, t in (("tanh", 1), ("relu", -1))
            for m in ("0.9", "0.99")
        }
    )
    grid = without(("before", "relu", "0.99"))
    assert contrasts.matched(entry, grid) == (1, 2)
    assert {name.rpartition("-")[2] for name in weights(entry, grid)} == {"0.9"}


def test_cells_of_one_variant_count_for_each_of_them():
    cells = FULL | {("before", "relu", momentum): "same" for momentum in FACTORS["norm.momentum"]}
    assert weights(claim(), Grid(FACTORS, cells))["same"] == pytest.approx(-2 / 6)


# What can be wrong


@pytest.mark.parametrize(
    ("changed", "grid", "problem"),
    [
        ({}, None, "left.where: found {'order': 'after'}, expected variants by name: the study has no grid"),
        ({"left": "a"}, GRID, "left: found 'a', expected {where: levels}"),
        ({"right": "b"}, GRID, "right: found 'b', expected {where: levels}"),
        ({"left": "a", "right": "b", "within": {"order": "after"}}, GRID, "left: found 'a', expected {where: levels}"),
        (
            {"left": {"where": {"oder": "after"}}},
            GRID,
            "left.where.oder: unknown factor of the grid, expected one of order, activation, norm.momentum",
        ),
        (
            {"right": {"where": {"order": ["before", "first"]}}},
            GRID,
            "right.where.order: found 'first', expected one of before, after",
        ),
        ({"within": {"activation": "tan"}}, GRID, "within.activation: found 'tan', expected one of relu, tanh, gelu"),
        (
            {"within": {"activation": "relu"}, "against": {"within": {"activation": "tan"}}},
            GRID,
            "against.within.activation: found 'tan', expected one of relu, tanh, gelu",
        ),
        ({"within": {"norm.momentum": 0.5}}, GRID, "within.norm.momentum: found 0.5, expected one of 0.9, 0.99"),
        ({"within": {"order": "after"}}, GRID, "within.order: is in left.where too, expected a factor in one of them"),
        ({"against": {"within": {"activation": "relu"}}}, GRID, "within: missing, expected the part of the grid"),
        (
            {"within": {"activation": "tanh"}, "against": {"within": {"norm.momentum": 0.9}}},
            GRID,
            "against.within: found the factors norm.momentum, expected those of within: activation",
        ),
        (
            {"within": {"activation": "tanh"}, "against": {"within": {"activation": ["relu", "tanh"]}}},
            GRID,
            "against.within: the cell order: before, activation: tanh, norm.momentum: 0.9 is within `within` too",
        ),
        (
            {"right": {"where": {"activation": "relu"}}},
            GRID,
            "right: the cell order: after, activation: relu, norm.momentum: 0.9 is on the left too",
        ),
        (
            {"within": {"activation": "gelu"}},
            without(("after", "gelu", "0.9"), ("after", "gelu", "0.99")),
            "left: no cell of the grid has order: after, activation: gelu, expected one at least",
        ),
        (
            {"within": {"activation": "gelu"}},
            without(("after", "gelu", "0.9"), ("before", "gelu", "0.99")),
            "right: no combination of the grid's other factors has all cells of the claim",
        ),
        (
            {"left": {"where": {"norm.momentum": 0.9}}, "right": {"where": {"norm.momentum": 0.99}}},
            Grid(FACTORS, {cell: cell[0] for cell in FULL}),
            "right: stands for the same runs as the left",
        ),
        (
            {"within": {"activation": "gelu"}},
            without(("before", "gelu", "0.9"), ("before", "gelu", "0.99")),
            "right: no cell of the grid has order: before, activation: gelu, expected one at least",
        ),
        ({"metric": "test_acuracy"}, GRID, "metric: found 'test_acuracy', expected test_accuracy"),
        ({"metric": "speed of light"}, GRID, "metric: found 'speed of light', expected one of "),
        ({"direction": "equal", "metric": "best_epoch"}, GRID, "rope: missing, expected a number above 0"),
        ({"claimed": {"difference": -2}}, GRID, "claimed.difference: found -2, expected a number above 0"),
    ],
)
def test_each_mistake_is_one_line(changed, grid, problem):
    found = [p.line({}) for p in claim_problems.problems([written(**changed)], ["a", "b"], grid)]
    assert found and found[0].startswith(f"config: comparison.claims.0.{problem}")
    assert len(found) == 1 or grid is None or changed["left"] == "a"


def test_what_can_be_claimed_has_no_problems():
    entries = [
        written(),
        written(within={"activation": "tanh"}, against={"within": {"activation": "relu"}}, claimed={"difference": 1}),
        written(direction="equal", claimed=-0.19, source="Someone (2020)"),
    ]
    entries = [entry | {"sentence": str(i)} for i, entry in enumerate(entries)]
    assert list(claim_problems.problems(entries, list(FULL.values()), GRID)) == []


def test_claims_about_a_grid_are_checked_with_the_config_and_reach_the_comparison(config):
    made = config | {
        "variants": {},
        "grid": {
            "order": {"before": "conv norm act", "after": "conv act norm"},
            "activation": ["relu", "tanh"],
            "norm.momentum": [0.9, 0.99],
        },
        "comparison": {
            "baseline": "before-relu-0.9",
            "rope": 0.2,
            "claims": [
                written(within={"activation": "tanh", "norm.momentum": 0.9}),
                written(sentence="B", within={"activation": "tan"}),
                written(sentence="C", left={"where": {"order": []}}),
            ],
        },
    }
    with pytest.raises(InputError) as caught:
        read_study(made, {"mine.yaml": made})
    assert "claims.2.left: found {'where': {'order': []}}, expected a variant" in str(caught.value)
    made["comparison"]["claims"].pop()
    with pytest.raises(InputError) as caught:
        read_study(made, {"mine.yaml": made})
    expected = "mine.yaml: comparison.claims.1.within.activation: found 'tan', expected one of relu, tanh"
    assert str(caught.value) == expected
    grid = grids.expanded(made).grid
    handed_over = json.loads(json.dumps(study_of(made).compared("config.yaml", {})))
    assert grids.Grid.from_dict(handed_over["grid"]) == grid


# What is found


def study(n=12, effect=0.0, seed=0):
    rng = np.random.default_rng(seed)
    common = rng.normal(0, 0.3, n)
    return pd.DataFrame(
        [
            (variant, i, 90 + common[i] + effect * (cell[:2] == ("after", "tanh")) + rng.normal(0, 0.2))
            for cell, variant in FULL.items()
            for i in range(n)
        ],
        columns=["variant", "seed", "test_accuracy"],
    )


def judged(entry, runs):
    return judgements.judge([entry], runs, 0.2, GRID).iloc[0]


def test_a_claim_by_names_rests_on_no_combinations_of_the_grid():
    names = list(FULL.values())
    assert judged(claim(left=names[0], right=names[1]), study())["matched"] == ""
    assert judged(claim(), study())["matched"] == "6 of 6"


def by_seed(runs, **levels):
    chosen = [
        v for cell, v in FULL.items() if all(dict(zip(FACTORS, cell, strict=True))[f] == x for f, x in levels.items())
    ]
    return runs[runs["variant"].isin(chosen)].groupby("seed")["test_accuracy"].mean().to_numpy()


def test_levels_are_compared_by_the_paired_t_test_of_their_averages():
    runs = study()
    row, expected = judged(claim(), runs), stats.ttest_rel(by_seed(runs, order="after"), by_seed(runs, order="before"))
    assert row["p"] == pytest.approx(expected.pvalue, rel=1e-6)
    assert (row["low"], row["high"]) == pytest.approx(tuple(expected.confidence_interval()), abs=1e-6)
    assert (row["left"], row["right"], row["matched"]) == ("order: after", "order: before", "6 of 6")


def test_against_is_the_t_test_of_the_interaction():
    runs = study(effect=1)
    row = judged(claim(within={"activation": "tanh"}, against={"within": {"activation": "relu"}}), runs)
    parts = [
        by_seed(runs, order="after", activation=a) - by_seed(runs, order="before", activation=a)
        for a in ("tanh", "relu")
    ]
    assert row["p"] == pytest.approx(stats.ttest_1samp(parts[0] - parts[1], 0).pvalue, rel=1e-6)
    assert row["estimate"] == pytest.approx(np.mean(parts[0] - parts[1])) and row["verdict"] == "supported"
    assert (row["within"], row["against"]) == ("activation: tanh", "activation: relu")


def test_equality_is_supported_by_the_two_one_sided_tests_and_refuted_by_a_difference():
    runs = study()
    row = judged(claim(direction="equal", claimed={"difference": -0.1, "n": 3, "network": "VGG"}, source="Kim"), runs)
    left, right = by_seed(runs, order="after"), by_seed(runs, order="before")
    assert row["p_equivalence"] == pytest.approx(ttost_paired(left, right, -0.2, 0.2)[0], rel=1e-6)
    assert row["verdict"] == "supported" and np.isnan(row["p_outperform"])
    assert tuple(row[["claimed", "claimed_n", "claimed_network", "source"]]) == (-0.1, 3, "VGG", "Kim")
    within = {"activation": "tanh"}
    runs = study(effect=1)
    row = judged(claim(direction="equal", within=within), runs)
    d = by_seed(runs, order="after", activation="tanh") - by_seed(runs, order="before", activation="tanh")
    # A difference beyond the region: the one-sided test against the bound on its side, doubled.
    assert row["p"] == pytest.approx(2 * stats.ttest_1samp(d, 0.2, alternative="greater").pvalue, rel=1e-6)
    assert row["verdict"] == "refuted" and row["low"] > 0.2
    assert judged(claim(direction="equal"), study(n=5))["verdict"] == "not judged"


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


# What turns a verdict


def test_a_verdict_that_hangs_on_one_seed_is_fragile_and_says_on_which():
    d = np.array([0.9, 0.1, 0.5, -0.2, 0.4, 0.3, 0.0, 0.6, -0.1, 0.3])
    a = 90 + np.random.default_rng(1).normal(0, 0.1, 10)
    runs = pd.DataFrame(
        [("a", i, a[i] + d[i]) for i in range(10)] + [("b", i, a[i]) for i in range(10)],
        columns=["variant", "seed", "test_accuracy"],
    )
    row = judgements.judge([claim(left="a", right="b")], runs, 0.2).iloc[0]
    assert row["verdict"] == "supported" and stats.ttest_1samp(d, 0).pvalue < 0.05
    open_without = [seed for seed in range(10) if stats.ttest_1samp(np.delete(d, seed), 0).pvalue >= 0.05]
    assert 0 < len(open_without) < 10
    expected = f"without seed {', '.join(map(str, open_without))}: undecided"
    assert row["verdict_without_a_seed"] == expected
    assert row["fragile"].split("; ")[-1] == expected
    assert row["verdict_last_epoch"] == row["verdict_reestimated"] == "not measured"


def steady(seeds=10, **others):
    """A difference of a point in every seed, with exactly the seeds that it takes; other measures by its size."""
    rng = np.random.default_rng(2)
    noise = rng.normal(0, 0.1, 10)
    runs = pd.DataFrame(
        [(name, i, 90 + (name == "a") * (1 + noise[i]), i) for name in "ab" for i in range(seeds)],
        columns=["variant", "seed", "test_accuracy", "i"],
    )
    for metric, size in others.items():
        runs[metric] = 90 + (runs["variant"] == "a") * (size + noise[runs["i"]])
    return judgements.judge([claim(left="a", right="b")], runs, 0.2).iloc[0]


def test_with_exactly_the_seeds_that_it_takes_leaving_one_out_makes_nothing_fragile():
    row = steady(seeds=6)
    assert (row["n"], row["verdict"], row["fragile"]) == (6, "supported", "")
    assert row["verdict_without_a_seed"] == row["verdict_skewness"] == "supported"


def test_the_last_epoch_and_re_estimated_statistics_may_turn_a_verdict():
    row = steady(test_accuracy_last=1.0, test_accuracy_reestimated=-1.0)
    assert (row["verdict_last_epoch"], row["verdict_reestimated"]) == ("supported", "refuted")
    assert row["fragile"] == "re-estimated: refuted"
    assert steady(test_accuracy_last=0.0)["fragile"] == "last epoch: equivalent"
    assert steady(test_accuracy_last=np.nan)["verdict_last_epoch"] == "not measured"


def pair(metric, a, b):
    """Of seeds in turn: one row a run."""
    return pd.DataFrame(
        [(name, i, value) for name, values in {"a": a, "b": b}.items() for i, value in enumerate(values)],
        columns=["variant", "seed", metric],
    )


def test_a_loss_has_a_last_epoch_too():
    noise = np.random.default_rng(5).normal(0, 0.01, 8)
    runs = pair("test_loss", 1 + noise, 2 - noise)
    runs["test_loss_last"] = 3 - runs["test_loss"]
    row = judgements.judge([claim(left="a", right="b", metric="test_loss", direction="lower")], runs, 0.2)
    assert row[["verdict", "verdict_last_epoch"]].iloc[0].tolist() == ["supported", "refuted"]


def test_a_claim_is_judged_again_beside_all_others_as_they_are():
    """The last epoch's p is below 0.05 alone, and not when it counts as one of two, the other open."""
    d = np.array([0.7, 0.6, 0.1, 0.2, 0.1, 0.2, -0.2, 0.6])
    assert 0.025 < stats.ttest_1samp(d, 0).pvalue < 0.05
    runs = pair("test_accuracy", 95 + d, np.full(8, 90.0)).assign(open=np.tile([1.0, -1, 1, -1, 1, -1, 2, -2], 2))
    runs["open"] *= runs["variant"] == "a"
    runs["test_accuracy_last"] = np.concatenate([90 + d, np.full(8, 90.0)])
    entries = [claim(left="a", right="b"), claim(left="a", right="b", metric="open")]
    rows = judgements.judge(entries, runs, 0.2)
    assert rows["verdict"].tolist() == ["supported", "undecided"]
    assert rows["verdict_last_epoch"].tolist() == ["undecided", ""]


def test_the_sign_flip_test_may_turn_a_verdict():
    d = np.array([0.7, 0.6, 0.1, 0.2, 0.1, 0.2, -0.2, 0.6])
    assert stats.ttest_1samp(d, 0).pvalue < 0.05 < paired.sign_flip_p(d)
    row = judgements.judge([claim(left="a", right="b")], pair("test_accuracy", 90 + d, np.full(8, 90)), 0.2)
    assert row["verdict_sign_flip"].iloc[0] == "undecided"
    assert "sign-flip: undecided" in row["fragile"].iloc[0].split("; ")


def test_an_exact_test_that_could_not_confirm_turns_nothing():
    rng = np.random.default_rng(3)
    a = 90 + rng.normal(0, 0.1, 6)
    runs = pd.DataFrame(
        [(f"v{j}", i, a[i] + j + rng.normal(0, 0.05)) for j in range(3) for i in range(6)],
        columns=["variant", "seed", "test_accuracy"],
    )
    entry = claim(left="v0", right=["v1", "v2"])  # refuted by either of two: 2 * 2 / 2^6 is above 0.05
    row = judgements.judge([entry], runs, 0.2).iloc[0]
    assert (row["verdict"], row["verdict_sign_flip"], row["fragile"]) == ("refuted", "out of reach", "")


def skewed():
    """Differences with a long tail below, whose mean t tells from zero and Hall's t doesn't."""
    return np.array([0.9, 0.85, 0.8, 0.75, 0.7, 0.65, 0.6, 0.55, 0.5, -1.0])


def test_a_long_tail_on_the_other_side_makes_a_verdict_fragile():
    d = skewed()
    assert stats.ttest_1samp(d, 0).pvalue < 0.05 and paired.sign_flip_p(d) < 0.05
    a = np.linspace(90, 91, 10)
    runs = pd.DataFrame(
        [(name, i, a[i] + (name == "a") * d[i]) for name in "ab" for i in range(10)],
        columns=["variant", "seed", "test_accuracy"],
    )
    row = judgements.judge([claim(left="a", right="b")], runs, 0.2).iloc[0]
    assert (row["verdict"], row["verdict_sign_flip"], row["verdict_skewness"]) == (
        "supported",
        "supported",
        "undecided",
    )
    assert "skewness: undecided" in row["fragile"]
    other_way = tails.hall(-d[:, None] + 2 * d.mean())  # the tail on the mean's own side costs nothing
    assert other_way.above < tails.student(-d[:, None] + 2 * d.mean()).above


@pytest.mark.parametrize(("images", "expected"), [(20, "undecided"), (20_000, "supported")])
def test_a_difference_on_few_images_may_be_of_these_images(images, expected):
    """Each seed gains on the same twentieth of the images: other images would have another share of such ones."""
    gained = np.arange(images) < images / 20
    rng = np.random.default_rng(4)
    flips = rng.random((10, images)) < 1 / images
    correct = {"a": np.tile(np.ones(images, bool), (10, 1)), "b": ~(gained ^ flips)}
    runs = pd.DataFrame(
        [(name, i, 100 * correct[name][i].mean()) for name in "ab" for i in range(10)],
        columns=["variant", "seed", "test_accuracy"],
    )
    judge = partial(judgements.judge, [claim(left="a", right="b")], runs, 0.2)
    row = judge(images=crossed.Images(tuple(range(10)), correct)).iloc[0]
    assert (row["verdict"], row["verdict_new_images"]) == ("supported", expected)
    assert ("new images: undecided" in row["fragile"]) == (expected == "undecided")
    assert judge(images=crossed.Images(tuple(range(5)), correct)).iloc[0]["verdict_new_images"] == "not measured"
