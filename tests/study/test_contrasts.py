"""Claims by level: which runs they stand for, and all that can be wrong with them."""

import json

import pytest

from grid_claims import FACTORS, FULL, GRID, claim, written
from placement.errors import InputError
from placement.study import claim_problems, contrasts, grids
from placement.study.grids import Grid
from placement.study.study import read as read_study
from studies import study_of

pytestmark = pytest.mark.filterwarnings("error")


def without(*cells):
    return Grid(FACTORS, {cell: variant for cell, variant in FULL.items() if cell not in cells})


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
