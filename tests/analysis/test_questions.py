"""Which pairs of variants ask a question, and by which names."""

import pandas as pd
import pytest

from finished_studies import spec, study
from placement.analysis import questions


@pytest.mark.parametrize(
    ("order", "head", "placement"),
    [
        ("conv act norm drop", "", "act norm drop"),
        ("conv conv", "", ""),
        ("norm drop conv act", "", "act norm drop"),  # the next block's norm follows upon this one's activation
        ("conv norm act conv norm add act", "", "norm act"),
        ("norm act conv norm act conv add", "norm act", "norm act"),
        ("norm act conv drop norm act conv add", "", "drop norm act / norm act"),  # from its first convolution on
        ("conv act conv act norm pool", "", "act / act norm"),
        ("conv conv act", "", "nothing / act"),
        ("conv act", "flatten drop", "act, drop in the head"),
        ("conv", "drop pool", "drop before pooling in the head"),
        ("conv", "pool drop", "drop in the head"),
    ],
)
def test_a_placement_is_what_stands_between_two_convolutions(order, head, placement):
    dropout = {"kind": "element", "rates": [0.0, 0.1], "dense_rate": 0.4}
    backbone = {"kind": "plain", "head": head}
    assert questions.placement({"order": order, "backbone": backbone, "dropout": dropout}) == placement


def test_dropout_at_no_rate_is_no_part_of_a_placement():
    assert questions.placement(spec("conv norm act drop", dropout={"rates": [0, 0], "dense_rate": 0.4})) == "norm act"


def test_only_variants_that_differ_in_nothing_else_ask_a_question():
    specs = {
        "before": spec("conv norm act"),
        "after": spec("conv act norm"),
        "after_tanh": spec("conv act norm", activation="tanh"),
        "neither": spec("conv act"),
        "wide": spec("conv norm act", backbone={"filters": [16, 16]}),
    }
    found = {(left, right) for left, right, *_ in questions.questions(study("one", specs, dict.fromkeys(specs, 0.0)))}
    assert found == {("norm act", "act norm"), ("norm act", "act"), ("act norm", "act")}


def test_placements_that_are_equal_are_told_apart_by_their_orders():
    residual = {"kind": "residual", "depths": [1, 1]}
    orders = ["conv norm act conv norm add act", "conv norm act conv add norm act"]
    specs = {name: spec(order, backbone=residual) for name, order in zip("ab", orders, strict=True)}
    ((left, right, *_),) = questions.questions(study("one", specs, {"a": 0.0, "b": 0.0}))
    assert {left, right} == set(orders)


@pytest.mark.parametrize(
    ("orders", "asked"),
    [
        (("conv norm act drop", "conv act norm drop pool"), [""]),
        (("conv norm act pool drop", "conv act norm drop"), []),  # dropout behind pooling, and before it
        (("conv norm act pool drop", "conv norm act"), ["pooling before drop"]),
        (("conv drop norm act", "conv norm act"), [""]),
        (("norm act conv", "act norm conv"), ["pooling before norm act"]),
        (("norm act conv", "conv act norm"), []),
        (("norm conv act", "act conv norm"), []),
        (("conv norm act conv act norm", "conv norm act conv norm act"), [""]),
    ],
)
def test_placements_are_compared_where_pooling_stands_the_same(orders, asked):
    specs = {name: spec(order) for name, order in zip("ab", orders, strict=True)}
    found = [words for _, _, words, _ in questions.questions(study("one", specs, dict.fromkeys(specs, 0.0)))]
    assert len(found) == len(asked)
    for words, pooling in zip(found, asked, strict=True):
        assert (pooling in words) if pooling else ("pooling" not in words)


def test_one_network_in_two_orders_asks_nothing():
    one = study("one", {"before": spec("conv norm act"), "after": spec("conv act norm")}, {"before": 0.0, "after": 0.0})
    first = one.runs[one.runs["variant"] == "before"].assign(test_loss=0.5)
    again = first.assign(variant="after")
    assert not list(questions.questions(one._replace(runs=pd.concat([first, again]))))
    again.loc[again["seed"] == 3, "test_loss"] = 0.25  # as accurate in every seed, and another network
    assert len(list(questions.questions(one._replace(runs=pd.concat([first, again]))))) == 1


def test_the_place_of_pooling_alone_is_asked_by_whole_orders():
    specs = {
        name: spec(order) for name, order in zip("ab", ["conv norm act pool drop", "conv norm act drop"], strict=True)
    }
    ((left, right, *_),) = questions.questions(study("one", specs, {"a": 0.0, "b": 0.0}))
    assert (left, right) == ("conv norm act pool drop", "conv norm act drop")


def test_a_block_that_does_not_pool_is_compared_wherever_its_words_stand():
    residual = {"kind": "residual", "depths": [1, 1]}
    orders = ["norm act conv norm act conv add", "conv act norm conv act norm add"]
    specs = {name: spec(order, backbone=residual) for name, order in zip("ab", orders, strict=True)}
    assert len(list(questions.questions(study("one", specs, {"a": 0.0, "b": 0.0})))) == 1
