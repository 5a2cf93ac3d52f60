"""What a plan says of networks that aren't what they seem."""

import numpy as np
import pytest

from placement.study import cautions
from studies import study_of


def announced(config, variants):
    config["variants"], config["comparison"] = variants, {"baseline": next(iter(variants)), "rope": 0.2, "claims": []}
    return list(cautions.announced(study_of(config).variants, (28, 28, 1), 10))


def test_dropout_on_either_side_of_relu_is_one_network(config):
    sides = {"before": {"order": "conv drop act"}, "after": {"order": "conv act drop"}, "none": {"order": "conv act"}}
    (line,) = announced(config, sides)
    assert line.startswith("Equal networks: before = after. ")
    assert announced(config, {name: variant | {"activation": "elu"} for name, variant in sides.items()}) == []
    between = {"before": {"order": "conv drop norm act"}, "after": {"order": "conv norm act drop"}}
    assert announced(config, between) == []


def test_orders_that_make_the_same_layers_are_one_network(config):
    """Where each block is the first of its stage, branch and shortcut share its pre-activation."""
    config["backbone"] = {"kind": "residual", "filters": [8, 16], "depths": [1, 1]}
    preactivated = {"preactivation": "shared", "stem": "conv", "head": "norm act"}
    variants = {
        "after_add": {"order": "conv norm act conv add norm act"},
        "full": {"order": "norm act conv norm act conv add", "backbone": preactivated},
        "original": {"order": "conv norm act conv norm add act"},
        "relu_only": {
            "order": "act conv norm act conv norm add",
            "backbone": {"preactivation": "shared", "head": "act"},
        },
    }
    (line,) = announced(config, variants)
    assert line.startswith("Equal networks: after_add = full, original = relu_only. They compute the same: ")
    config["backbone"] |= {"depths": [1, 2]}
    assert announced(config, variants) == []


def test_one_network_under_two_names_is_said(config):
    twice = {"one": {"order": "conv norm act"}, "other": {"order": "conv norm act"}, "none": {"order": "conv act"}}
    (line,) = announced(config, twice)
    assert line.startswith("The same network under several names: one = other. ")


def test_it_is_so_to_the_bit():
    import keras

    values, mask = np.random.default_rng(0).normal(size=(2, 1000)).astype("float32")
    kept = (mask > 0).astype("float32") / np.float32(0.7)
    assert np.array_equal(keras.activations.relu(values * kept), keras.activations.relu(values) * kept)


def test_a_rate_of_zero_that_leaves_the_dense_layer_s_is_said(config):
    drops = {"order": "conv act drop"}
    variants = {f"v{n}": drops | {"dropout": {"rates": rate}} for n, rate in enumerate([0, 0.1])}
    (line,) = announced(config, variants)
    assert line.startswith("Still dropping where dropout.rates are 0, by dropout.dense_rate: v0. ")
    config["dropout"]["dense_rate"] = 0
    assert announced(config, variants) == []


def test_few_steps_for_the_momentum_are_told_before_training():
    told = cautions.few_steps({"slow": (0.99, 39), "fast": (0.9, 60), "other": (0.99, 200), "alike": (0.99, 39)})
    assert told == (
        "Few steps for BatchNorm's moving averages, in slow and 1 other variant: after 39 steps at a momentum of 0.99, "
        "68 % of what they start with is left, and less, but over 1 %, in 1 more. "
        "Give `norm` (in a grid, its level) a smaller momentum, "
        "`{kind: batch, momentum: 0.88}`, or train longer: else BatchNorm tests worse than its weights are. "
        "The findings say whether that was enough"
    )
    assert cautions.few_steps({"slow": (0.88, 39)}) == ""
    assert cautions.few_steps({"a": (0.99, 459), "b": (0.9, 44)}) == cautions.few_steps({}) == ""


@pytest.mark.parametrize(("rope", "images"), [(0.2, 10_000), (0.05, 10_000), (0.84, 600)])
def test_a_region_of_some_images_is_wide_enough(rope, images):
    assert cautions.narrow_rope(rope, images) == ""


def test_a_region_of_about_one_image_is_told_with_what_would_do():
    assert cautions.narrow_rope(0.2, 600) == (
        "±0.2 points of accuracy count as equal (comparison.rope). That is less than 5 of the 600 test images, ±0.83 "
        "points, and a verdict of equality would hang on one or two. Test more images, or give a wider `rope` if you "
        "would count that as equal"
    )
