"""Grids: what a cell is called and what is trained there, and what is told of a grid before anything is."""

import copy

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from placement.errors import InputError
from placement.study import grids, levels, variants
from placement.study.study import read as read_study
from studies import resolve
from summarize import named

ORDERS = {"none": "conv act", "before": "conv norm act", "after": "conv act norm", "drops": "conv act drop"}
VALUES = {
    "order": ORDERS,
    "activation": ["relu", "gelu", "tanh"],
    "norm.momentum": [0.9, 0.99],
    "dropout.rates": {"low": 0.1, "rising": [0.1, 0.15, 0.2, 0.25]},
    "backbone.initializer": ["he_normal", "glorot_uniform"],
    "augmentation.flip": [True, False],
}


def study(config, grid, **changes):
    return {
        **config,
        "variants": {},
        "comparison": {"baseline": "x", "rope": 0.2, "claims": []},
        **changes,
        "grid": grid,
    }


def problems(config) -> list[str]:
    try:
        read_study(config, {"study.yaml": config})
    except InputError as error:
        return str(error).splitlines()
    return []


def trained(config, name) -> tuple:
    """What the run of a variant depends on of the variant."""
    return resolve(name, config), variants.recipe(config["variants"][name], config)


def test_the_grid_of_the_manual(config):
    grid = {
        "order": {"before": "conv norm act", "after": "conv act norm"},
        "activation": ["relu", "gelu", "tanh"],
        "norm.momentum": [0.9, 0.99],
        "norm.epsilon": [3.0e-4, 1.0e-3],
        "exclude": [{"activation": "tanh", "norm.momentum": 0.9}],
    }
    config = study(config, grid)
    config["comparison"]["baseline"] = "before-relu-0.9-1e-3"
    assert problems(config) == []
    found = grids.expanded(config).grid
    assert found.factors["norm.epsilon"] == ["3e-4", "1e-3"]
    assert len(found.cells) == 24 - 4 and ("before", "tanh", "0.9", "1e-3") not in found.cells
    assert found.cells["before", "relu", "0.9", "1e-3"] == "before-relu-0.9-1e-3"
    whole = grids.expanded(config).config
    assert whole["variants"]["before-relu-0.9-1e-3"]["label"] == "before, relu, momentum 0.9, epsilon 1e-3"
    by_hand = config | {"variants": {"x": {"order": "conv norm act", "norm": {"momentum": 0.9, "epsilon": 1e-3}}}}
    assert trained(whole, "before-relu-0.9-1e-3") == trained(by_hand, "x")


@given(
    factors=st.lists(st.sampled_from([name for name in VALUES if name != "order"]), unique=True),
    names=st.lists(st.sampled_from(list(ORDERS)), min_size=2, unique=True),
    at=st.integers(0, 4),
)
@settings(max_examples=25)
def test_a_cell_is_the_variant_that_one_would_write_by_hand(config_file, factors, names, at):
    """And cells share a variant where they are the same network, and nowhere else."""
    factors.insert(min(at, len(factors)), "order")
    grid = {factor: VALUES[factor] for factor in factors} | {"order": {name: ORDERS[name] for name in names}}
    config = study(config_file, {factor: grid[factor] for factor in factors})
    whole, found = grids.expanded(config).config, grids.expanded(config).grid
    of_variant = {}
    for cell, variant in found.cells.items():
        hand = {}
        for factor, level in zip(factors, cell, strict=True):
            values = grid[factor]
            named = values if isinstance(values, dict) else {levels.name(value): value for value in values}
            key, _, inner = factor.partition(".")
            hand[key] = {inner: named[level]} if inner else named[level]
        words = hand["order"].split()
        for key, word in (("activation", "act"), ("norm", "norm"), ("dropout", "drop")):
            if word not in words:
                hand.pop(key, None)
        expected = trained(config | {"variants": {"hand": hand}}, "hand")
        assert trained(whole, variant) == expected
        of_variant.setdefault(variant, expected)
    networks = list(map(repr, of_variant.values()))
    assert len(set(networks)) == len(networks)


@pytest.fixture(scope="module")
def config_file():
    import yaml

    from checkout import ROOT

    return yaml.safe_load((ROOT / "config.yaml").read_text())


def test_where_a_key_has_no_effect_a_network_is_trained_once_for_all_its_cells(config):
    config = study(config, {"order": {"none": "conv act", "norm": "conv norm act"}, "norm.momentum": [0.9, 0.99]})
    found = grids.expanded(config).grid
    assert found.cells == {
        ("none", "0.9"): "none",
        ("none", "0.99"): "none",
        ("norm", "0.9"): "norm-0.9",
        ("norm", "0.99"): "norm-0.99",
    }
    runs = pd.DataFrame({"variant": ["none", "norm-0.9", "other"], "seed": 0, "test_accuracy": 0.9})
    table = named(runs, ["a", "b", "c"], found.columns())
    assert list(table) == ["variant", "seed", "run", "order", "norm.momentum", "test_accuracy"]
    assert table.fillna("").iloc[:, 3:5].values.tolist() == [["none", ""], ["norm", "0.9"], ["", ""]]
    assert list(named(runs, ["a", "b", "c"], {})) == ["variant", "seed", "run", "test_accuracy"]


def test_what_is_excluded_changes_no_name_and_what_is_added_only_adds(config):
    grid = {"order": {"none": "conv act", "norm": "conv norm act"}, "norm.momentum": [0.9, 0.99]}
    before = grids.expanded(study(config, grid)).config["variants"]
    fewer = grids.expanded(study(config, grid | {"exclude": [{"order": "none", "norm.momentum": 0.9}]})).config[
        "variants"
    ]
    assert fewer == before
    more = grids.expanded(study(config, grid | {"norm.momentum": [0.5, 0.9, 0.99]})).config["variants"]
    assert {name: more[name] for name in before} == before and set(more) - set(before) == {"norm-0.5"}


def test_a_factor_may_be_of_a_name_of_its_own_whose_levels_say_several_things(config):
    config = study(
        config,
        {
            "placement": {
                "original": {"order": "conv norm act conv norm add act"},
                "full": {"order": "norm act conv norm act conv add", "backbone": {"stem": "conv", "head": "norm act"}},
            },
            "backbone.depths": [[1, 1], [2, 2]],
            "norm": {"group": "group", "quick": {"momentum": 0.9}},
        },
        backbone={"kind": "residual", "filters": [8, 16], "depths": [1, 1]},
        comparison={"baseline": "full-1_1-group", "rope": 0.2, "claims": []},
    )
    assert problems(config) == []
    whole = grids.expanded(config).config
    spec = resolve("full-2_2-quick", whole).to_dict()
    assert (spec["backbone"]["stem"], spec["backbone"]["depths"], spec["norm"]["momentum"]) == ("conv", [2, 2], 0.9)
    assert whole["variants"]["full-2_2-quick"]["label"] == "full, depths 2 2, quick"


def test_a_key_of_a_kind_is_said_beside_the_kind(config):
    grid = {"order": {"before": "conv norm act", "after": "conv act norm"}, "norm": ["batch", "group"]}
    config = study(config, grid | {"norm.groups": [4, 8]})
    whole = grids.expanded(config).config
    assert [name for name in whole["variants"] if "before" in name] == [
        "before-batch",
        "before-group-4",
        "before-group-8",
    ]
    assert resolve("before-group-4", whole).to_dict()["norm"]["groups"] == 4


@pytest.mark.parametrize(
    ("value", "name"),
    [
        (0.001, "1e-3"),
        (0.0003, "3e-4"),
        (0.9, "0.9"),
        (0.01, "0.01"),
        (1.0, "1"),
        (-0.0, "0"),
        (128, "128"),
        (0.0025, "0.0025"),
        (1e5, "1e5"),
        (True, "true"),
        (None, "none"),
        ([0.1, 0.15], "0.1 0.15"),
        ("conv  act", "conv act"),
        ({"a": 1}, ""),
    ],
)
def test_values_name_themselves(value, name):
    assert levels.name(value) == name


@given(st.floats(allow_nan=False, allow_infinity=False), st.floats(allow_nan=False, allow_infinity=False))
def test_a_number_s_name_is_that_number(one, other):
    assert float(levels.name(one)) == one
    assert (levels.name(one) == levels.name(other)) == (one == other)


def test_the_keys_that_may_differ_are_the_schema_s(schema):
    keys = set(schema["properties"]["variants"]["additionalProperties"]["properties"])
    assert keys - {"label", "colour"} <= set(levels.KEYS) <= keys | {"training"}


GOOD = {"order": {"before": "conv norm act", "after": "conv act norm"}, "activation": ["relu", "gelu"]}


@pytest.mark.parametrize(
    ("change", "line"),
    [
        (
            {"activaton": ["relu", "gelu"]},
            "grid.activaton: no key of a variant, expected one of order, norm, activation",
        ),
        ({"label": ["a", "b"]}, "grid.label: "),
        (
            {"learning_rate": [0.1, 0.01]},
            "grid.learning_rate: no key of a variant, expected training.optimizer.learning_rate, as in "
            "`training.optimizer.learning_rate: [0.1, 0.01]`, or named levels",
        ),
        (
            {"dropout": [0, 0.1]},
            "grid.dropout: found [0, 0.1], expected mappings; a factor of numbers is dropout.rates or "
            "dropout.dense_rate",
        ),
        (
            {"norm": {"before": {"kind": "batch", "order": "conv norm act"}, "after": "group"}},
            "grid.norm: order: no key of norm, expected another name for the factor, such as placement: {before: …}",
        ),
        ({"norm.momentm": [0.1, 0.2]}, "grid.norm.momentm: unknown key, expected one of center, epsilon, groups"),
        ({"norm.momentum": [0.9, 1.5]}, "grid.norm.momentum.1: found 1.5, expected a number from 0 to below 1"),
        (
            {"activation": ["relu", "relu6", "rellu"]},
            "grid.activation.2: found 'rellu', expected an activation of Keras",
        ),
        ({"activation": ["relu"]}, "grid.activation: found ['relu'], expected two levels at least"),
        ({"activation": "relu"}, "grid.activation: found 'relu', expected two levels at least"),
        ({"activation": ["relu", "relu"]}, "grid.activation.1: is 'relu', as 0 is, expected another level"),
        ({"activation": {"a": "relu", "b": "relu"}}, "grid.activation.b: is the same as 'a', expected another level"),
        ({"activation": {True: "relu", "b": "gelu"}}, "grid.activation.True: found True, expected text in quotes"),
        ({"backbone": [{"dense": 8}, {"dense": 9}]}, "grid.backbone.0: found {'dense': 8}, expected it to have a name"),
        (
            {"order": ["conv act", "conv nrom"]},
            "grid: cells conv_nrom-relu and 1 more: order: 'nrom' in 'conv nrom' is no",
        ),
        ({"dropout.dense_rate": [0.1, 0.2]}, "grid.dropout.dense_rate: has no effect in any cell"),
        ({"norm.groups": [4, 8]}, "grid.norm.groups: has no effect in any cell"),
        (
            {"head": {"a": {"backbone": {"head": "drop"}, "dropout": {"rates": 0.1}}, "b": {}}},
            "grid.head.a: dropout.rates has no effect in any cell",
        ),
        ({"x": {"a": {"activation": "relu"}, "b": {}}}, "grid.x: activation is given by activation too"),
        ({"norm": ["batch", "group"], "norm.kind": ["layer", "rms"]}, "grid.norm.kind: norm.kind is given by norm too"),
        ({"x": {"a": {"ordr": "conv"}, "b": {}}}, "grid.x.a.ordr: unknown key, expected one of activation, "),
        ({"test_accuracy": {"a": {"norm": "rms"}, "b": {}}}, "grid.test_accuracy: is a column of a table already"),
        (
            {"activation": {"_r": "relu", "g": "gelu"}},
            "grid.activation._r: expected a name that doesn't begin with '_'",
        ),
        (
            {"len {x}": {"a": {"norm": "rms"}, "b": {}}},
            "grid.len {x}: found 'len {x}', expected a name of letters, digits, '_', '-' and '.'",
        ),
        (
            {"../../../x": {"a": {"norm": "rms"}, "b": {}}},
            "grid.../../../x: found '../../../x', expected a name of letters, digits, '_', '-' and '.'",
        ),
        ({True: {"a": {"norm": "rms"}, "b": {}}}, "grid.True: found True, expected text in quotes, a name of letters"),
        ({"exclude": [{"activation": "tanh"}]}, "grid.exclude.0.activation: found 'tanh', expected one of relu, gelu"),
        ({"exclude": [{"size": 1}]}, "grid.exclude.0.size: no factor of the grid, expected one of order, activation"),
        (
            {"exclude": [{"order": "before"}, {"order": "after"}]},
            "grid.exclude: leaves no cell, expected to leave some",
        ),
        (
            {"exclude": [{"order": "before"}]},
            "grid.exclude: leaves no cell of order: before, expected that level to be",
        ),
        ({"exclude": {"order": "before"}}, "grid.exclude: found {'order': 'before'}, expected a list of mappings"),
        ({"order": {"a" * 60: "conv act", "b": "conv norm act"}}, "and 1 more such, expected 64 characters at most"),
        (
            {"order": {"é": "conv act", "b": "conv norm act"}},
            "grid: the cell é, relu would be called '_-relu', and 1 more such, expected letters",
        ),
        ({"order": {"a b": "conv act", "a_b": "conv norm act"}}, "grid: 2 cells would be called a_b-relu, expected"),
    ],
)
def test_a_mistake_in_a_grid_is_one_line(config, change, line):
    config = study(config, GOOD | change)
    found = [said for said in problems(config) if line in said]
    assert len(found) == 1 and found[0].startswith("study.yaml: ")


@pytest.mark.parametrize("levels", [{"a": {}, "b": {"epochs": 3}}, {"b": {"batch_size": 64}, "a": {}}])
def test_a_level_that_says_nothing_is_the_study_s_own(config, levels):
    config["grid"] = {"order": ["conv act", "conv norm act"], "training": levels}
    assert problems(config) == []
    config["variants"] = {}
    assert len(grids.expanded(config).grid.cells) == 4


def test_levels_whose_names_meet_have_an_effect_all_the_same(config):
    found = problems(study(config, GOOD | {"activation": {"a b": "relu", "a_b": "gelu"}}))
    assert found and all("cells would be called" in line for line in found)


def test_pairs_of_factors_whose_figures_would_meet_are_refused(config):
    rates = {"high": {"training": {"batch_size": 64}}, "low": {"training": {"batch_size": 32}}}
    crops = {"no": {}, "yes": {"augmentation": {"crop": 1}}}
    sizes = {"fives": {"backbone": {"kernels": 5}}, "threes": {"backbone": {"kernels": 3}}}
    grid = {"order": GOOD["order"], "order-a": crops, "a-b": rates, "b": sizes}
    found = problems(study(config, grid))
    assert (
        "study.yaml: grid: 2 pairs of factors would have the figure order-a-b.png, expected factors with other"
        in str(found)
    )


def test_all_of_a_grid_s_mistakes_come_at_once(config):
    grid = GOOD | {"activaton": [1, 2], "norm.momentum": [0.9, 2], "exclude": [{"order": "x"}]}
    assert len(problems(study(config, grid, seeds=0))) == 4


@pytest.mark.parametrize("grid", [{}, {"exclude": []}, 3, None, {"activation": ["relu", "gelu"]}])
def test_a_grid_needs_factors_and_an_order(config, grid):
    (line,) = problems(study(config, grid))
    assert line.startswith("study.yaml: grid: ")


def test_variants_may_stand_beside_and_share_no_name(config):
    beside = {"before-relu": {"order": "conv act"}, "plain": {"order": "conv act"}}
    config = study(config, GOOD, variants=beside)
    config["comparison"]["baseline"] = "plain"
    (line,) = problems(config)
    assert line == (
        "study.yaml: grid: the cell before, relu would be called 'before-relu', expected a name that none of "
        "`variants` has"
    )
    del beside["before-relu"]
    assert problems(config) == []
    assert list(grids.expanded(config).config["variants"]) == [
        "plain",
        "before-relu",
        "before-gelu",
        "after-relu",
        "after-gelu",
    ]
    del config["variants"]
    assert problems(config) == [
        "study.yaml: comparison.baseline: found 'plain', expected one of before-relu, before-gelu, "
        "after-relu, after-gelu"
    ]
    del config["grid"]
    assert problems(config) == [
        "study.yaml: variants: missing, expected one variant at least, a name of letters, "
        "digits, '_', '-' and '.' for each"
    ]


def test_all_cells_may_share_an_order(config):
    config |= {
        "order": "conv norm act drop",
        "variants": {},
        "grid": {"dropout.rates": [0, 0.1], "norm": ["batch", "group"]},
    }
    config["comparison"] |= {"baseline": "0-batch", "claims": []}
    assert problems(config) == []
    found = grids.expanded(config)
    assert {" ".join(cell.spec.order) for cell in found.kept} == {"conv norm act drop"}
    assert [cell.variant for cell in found.kept] == ["0-batch", "0-group", "0.1-batch", "0.1-group"]


def test_rates_are_a_level_only_where_something_drops(config):
    grid = {"order": {"drops": "conv act drop"}, "dropout.dense_rate": [0.1, 0.2]}
    grid["order"] |= {"none": "conv act", "last": "conv norm drop act"}
    config = study(config, grid | {"backbone.dense": {"hidden": 8, "bare": None}})
    config["comparison"]["baseline"] = "none-hidden"
    assert problems(config) == []
    assert list(grids.expanded(config).config["variants"]) == [
        *("drops-0.1-hidden", "drops-bare", "drops-0.2-hidden", "none-hidden", "none-bare"),
        *("last-0.1-hidden", "last-bare", "last-0.2-hidden"),
    ]


@pytest.mark.parametrize("rates", [[1, 2], [0.1, 0.01]])
def test_a_dot_in_a_cell_s_name_parts_no_keys(config, rates):
    grid = GOOD | {
        "training.optimizer.learning_rate": rates,
        "training.schedule": {"steps": {"kind": "step", "at": [99], "factor": 0.1}, "cosine": "cosine"},
    }
    (line,) = [line for line in problems(study(config, grid)) if "comparison" not in line]
    assert line == (
        f"study.yaml: grid: cells before-relu-{rates[0]}-steps and 7 more: training.schedule.at: found [99], expected "
        "rising numbers below the 12 epochs"
    )


def test_a_cell_s_network_names_the_file_of_its_backbone_too(config):
    widths = {"backbone": config["backbone"] | {"filters": [1, 8, 8, 8]}}
    grid = {"norm": ["layer", "rms"]}
    whole = study(config | widths, grid, order="norm conv act")
    with pytest.raises(InputError) as error:
        read_study(whole, {"base.yaml": whole | {"grid": {}}, "widths.yaml": widths, "norms.yaml": {"grid": grid}})
    told = [line for line in str(error.value).splitlines() if "would leave nothing" in line]
    assert told[0].startswith("widths.yaml, norms.yaml: grid: cell layer: norm: layer would leave nothing of norm1")


def test_a_cell_is_called_as_no_variant_beside_it_is(config):
    config = study(config, GOOD, variants={"plain": {"order": "conv act", "label": "before, relu"}})
    config["comparison"]["baseline"] = "plain"
    assert problems(config) == [
        "study.yaml: grid: cell before-relu: label: found 'before, relu', as plain is called too, expected a label of "
        "its own"
    ]


def test_of_many_cells_a_line_names_those_most_like_what_was_found(config):
    grid = GOOD | {"norm.momentum": [0.5, 0.9, 0.99], "backbone.dense": [32, 64, 128, 256]}
    config = study(config, grid)
    config["comparison"]["baseline"] = "before-relu-0.9-12"
    (line,) = problems(config)
    assert "expected one of 48 names such as before-relu-0.9-128" in line and len(line) < 250


def test_the_config_is_left_as_it_is(config):
    config = study(config, GOOD)
    before = copy.deepcopy(config)
    grids.expanded(config).config, grids.expanded(config).grid
    assert config == before
