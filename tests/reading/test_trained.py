"""What the findings say of the networks and recipes."""

from dataclasses import replace

from placement.reading import document
from placement.reading.facts import Facts
from placement.reading.sections import trained

ADAMW = {"name": "adamw", "learning_rate": 0.001, "weight_decay": 0.01, "clipnorm": None, "amsgrad": False}
RECIPE = {"epochs": 3, "batch_size": 32, "optimizer": ADAMW, "schedule": {"kind": "cosine", "warmup": 1}}
RECIPE |= {"early_stopping": None, "precision": "float32", "threads": 1}
DROPOUT = {"kind": "element", "rates": [0, 0.1], "dense_rate": None}
NORM = {"kind": "batch", "momentum": 0.9, "scale": True, "center": False}
SPEC = {"activation": "gelu", "norm": NORM, "dropout": DROPOUT, "training": RECIPE}
BARE = {"activation": None, "norm": None, "dropout": None, "training": RECIPE}


def written(**specs) -> str:
    facts = Facts("s", "digits", "a", dict.fromkeys(specs, "A label"), 3, (), 0.2, "", specs=specs)
    networks = dict.fromkeys(specs, "[conv act] x3")
    facts = replace(facts, networks=networks, images="8 images train", config_file="c.yaml")
    return document.markdown(document.Document("", (), (trained.section(facts, None),)))


def test_a_recipe_that_all_share_is_said_once():
    text = written(a=SPEC, b=BARE)
    recipe = "3 epochs, batches of 32, adamw (learning\\_rate 0.001, weight\\_decay 0.01), "
    recipe += "cosine schedule (warmup 1), no early stopping, precision float32"
    assert f"8 images train. All variants: {recipe}. The whole config is c.yaml." in text
    parts = "gelu; batch norm (momentum 0.9, scale); element dropout (rates \\[0, 0.1\\])"
    assert f"| A label | \\[conv act\\] x3 | {parts} |" in text
    assert "| no activation; no norm; no dropout |" in text


def test_where_recipes_differ_each_variant_has_its_own():
    other = RECIPE | {"optimizer": "adam", "early_stopping": {"monitor": "val_accuracy", "patience": 3}}
    del other["schedule"]
    text = written(a=SPEC, b=SPEC | {"training": other | {"augmentation": {"flip": True, "crop": 4}}})
    assert "All variants" not in text and "| Activation, norm, dropout | Recipe |" in text
    assert (
        "3 epochs at most, batches of 32, adam, constant schedule, early stopping (monitor val\\_accuracy, "
        "patience 3), augmentation (flip, crop 4), precision float32 |"
    ) in text


def test_of_many_variants_the_first_are_shown():
    text = written(**{f"v{i}": SPEC for i in range(trained.SHOWN + 1)})
    assert "The first 40 of 41 variants:" in text and text.count("| A label |") == trained.SHOWN
