"""Variants in words."""

from placement.study import wording
from studies import study_of

ADAMW = {"name": "adamw", "learning_rate": 0.001, "weight_decay": 0.01, "clipnorm": None, "amsgrad": False}
RECIPE = {"epochs": 3, "batch_size": 32, "optimizer": ADAMW, "schedule": {"kind": "cosine", "warmup": 1}}
RECIPE |= {"early_stopping": None, "precision": "float32", "threads": 1}
DROPOUT = {"kind": "element", "rates": [0, 0.1], "dense_rate": None}
NORM = {"kind": "batch", "momentum": 0.9, "scale": True, "center": False}


def test_a_recipe_in_words():
    assert wording.recipe(RECIPE) == (
        "3 epochs, batches of 32, adamw (learning_rate 0.001, weight_decay 0.01), cosine schedule (warmup 1), "
        "no early stopping, precision float32"
    )
    other = RECIPE | {"optimizer": "adam", "early_stopping": {"monitor": "val_accuracy", "patience": 3}}
    del other["schedule"]
    assert wording.recipe(other | {"augmentation": {"flip": True, "crop": 4}}) == (
        "3 epochs at most, batches of 32, adam, constant schedule, early stopping (monitor val_accuracy, patience 3), "
        "augmentation (flip, crop 4), precision float32"
    )


def test_the_parts_of_a_network_in_words():
    spec = {"activation": "gelu", "norm": NORM, "dropout": DROPOUT}
    assert wording.parts(spec) == "gelu; batch norm (momentum 0.9, scale); element dropout (rates [0, 0.1])"
    assert wording.parts(dict.fromkeys(spec)) == "no activation; no norm; no dropout"


def lines(config, **variants):
    config["variants"], config["comparison"] = variants, {"baseline": "a", "rope": 0.2, "claims": []}
    return wording.lines(study_of(config).variants, (28, 28, 1), 10)


def test_variants_of_one_network_share_a_line_and_a_recipe_of_all_is_said_once(config):
    one, other = {"order": "conv act"}, {"order": "conv norm act", "norm": {"kind": "batch", "momentum": 0.8}}
    *networks, last = lines(config, a=one, b={**one, "label": "B"}, c=other, d=one)
    assert [line.partition(":")[0] for line in networks] == ["a, b, d", "c"]
    assert "batch norm (momentum 0.8" in networks[1] and last.startswith("recipe: 12 epochs at most, batches of 128")


def test_each_recipe_names_its_variants(config):
    one = {"order": "conv act"}
    network, first, second = lines(config, a=one, b=one | {"training": {"batch_size": 16}}, c=one)
    assert network.startswith("a, b, c: ") and first.startswith("recipe of a, c: 12 epochs")
    assert second.startswith("recipe of b: ") and "batches of 16" in second
