import copy
from pathlib import Path

import pytest
import yaml

from conftest import ROOT
from placement.errors import InputError
from placement.study import config as study_config
from placement.study import identities

STUDIES = [ROOT / "config.yaml", *sorted((ROOT / "workflow/studies").glob("*.yaml"))]


def problems(config, schema, files=()) -> list[str]:
    try:
        study_config.check(config, schema, list(files))
    except InputError as error:
        return str(error).splitlines()
    return []


def change(config, path: str, value):
    """The config with the value at a dotted path replaced."""
    changed = copy.deepcopy(config)
    *folders, key = path.split(".")
    place = changed
    for folder in folders:
        place = place[folder]
    place[key] = value
    return changed


@pytest.mark.parametrize("study", STUDIES, ids=lambda path: path.name)
def test_the_studies_that_come_along_are_valid(study, schema):
    assert problems(yaml.safe_load(study.read_text()), schema, [study]) == []


@pytest.mark.parametrize(
    ("path", "value", "key", "words"),
    [
        ("typo", 1, "typo", "unknown key"),
        ("dataset.typo", 1, "dataset.typo", "unknown key, expected one of limit, name"),
        ("training.early_stopping.typo", 1, "training.early_stopping.typo", "unknown key"),
        ("variants.classical.typo", 1, "variants.classical.typo", "unknown key"),
        ("comparison.typo", 1, "comparison.typo", "unknown key"),
        ("study", "../elsewhere", "study", "found '../elsewhere', expected a name"),
        ("study", "data", "study", "found 'data'"),
        ("seeds", 0, "seeds", "found 0, expected a count of 1 or more"),
        ("seeds", "five", "seeds", "found 'five'"),
        ("seeds", 5.0, "seeds", "found 5.0"),
        ("seeds", True, "seeds", "found True"),
        ("seeds", [], "seeds", "found []"),
        ("seeds", [1, 1], "seeds", "distinct"),
        ("seeds", [0, -1], "seeds", "found [0, -1]"),
        ("seeds", [0, 1.5], "seeds", "found [0, 1.5]"),
        ("training.epochs", 0, "training.epochs", "found 0, expected an integer of 1 or more"),
        ("training.epochs", "12", "training.epochs", "found '12'"),
        ("training.early_stopping.patience", -1, "training.early_stopping.patience", "found -1"),
        ("training.early_stopping.monitor", "accuracy", "training.early_stopping.monitor", "val_accuracy or"),
        ("training.optimizer", "adamm", "training.optimizer", "found 'adamm', expected one of adam,"),
        ("training.precision", "float16", "training.precision", "expected float32 or bfloat16"),
        ("dataset.name", "fashion", "dataset.name", "found 'fashion', expected one of fashion_mnist"),
        ("dataset.validation_fraction", 1, "dataset.validation_fraction", "found 1"),
        ("dataset.validation_fraction", 0.99999, "dataset.validation_fraction", "for training"),
        ("dataset.limit", 20, "dataset.validation_fraction", "leaves 4 for validation"),
        ("dataset.limit", 70000, "dataset.limit", "found 70000, expected at most 60000"),
        ("dataset.split_seed", -1, "dataset.split_seed", "found -1"),
        ("backbone.kind", "resnet", "backbone.kind", "found 'resnet', expected plain"),
        ("backbone.filters", [32, 0, 1, 1], "backbone.filters.1", "found 0"),
        ("backbone.filters", [8] * 7, "variants.modern_baseline", "backbone.kernels has 4 sizes, expected 7"),
        ("dropout.rates", [0.1, 0.1, 0.1, 1], "dropout.rates.3", "found 1, expected a number from 0 to below 1"),
        ("dropout.rates", [0.1, 0.1, 0.1, -0.1], "dropout.rates.3", "found -0.1"),
        ("dropout.rates", [0.1], "variants.classical", "dropout.rates has 1 rates, expected 4"),
        ("dropout.dense_rate", "0.4", "dropout.dense_rate", "found '0.4'"),
        ("variants", {}, "variants", "one variant at least"),
        ("variants.../up", {"label": "x", "order": "conv"}, "variants.../up", "found '../up', expected a name"),
        ("variants.a/b", {"label": "x", "order": "conv"}, "variants.a/b", "which can be a folder's name"),
        ("variants.classical.order", "act norm", "variants.classical.order", "no 'conv'"),
        ("variants.classical.order", "conv relu", "variants.classical.order", "unknown word 'relu'"),
        ("variants.classical.order", "conv act act", "variants.classical.order", "'act' stands 2 times"),
        ("variants.classical.label", "two\nlines", "variants.classical.label", "one line of text"),
        ("variants.classical.norm", "instance", "variants.classical.norm", "batch, layer or group"),
        ("comparison.baseline", "nothing", "comparison.baseline", "found 'nothing', expected one of modern_baseline"),
        ("comparison.rope", 0, "comparison.rope", "found 0, expected a number above 0"),
    ],
)
def test_each_mistake_is_one_line_that_names_the_key(config, schema, path, value, key, words):
    *folders, last = path.split(".") if not path.startswith("variants...") else ("variants", "../up")
    changed = copy.deepcopy(config)
    place = changed
    for folder in folders:
        place = place[folder]
    place[last] = value
    found = problems(changed, schema, [ROOT / "config.yaml"])
    mine = [line for line in found if f"config.yaml: {key}: " in line or f"config.yaml: {key}." in line]
    assert mine, found
    assert words in mine[0]


def test_a_missing_key_says_what_was_expected(config, schema):
    del config["training"]["epochs"]
    assert problems(config, schema) == [
        "config: training.epochs: missing, expected an integer of 1 or more, the most epochs of a run"
    ]


def test_all_problems_come_at_once(config, schema):
    config["seeds"] = -3
    config["training"]["epochs"] = 0
    config["typo"] = 1
    config["variants"]["classical"]["order"] = "act conv act"
    config["comparison"]["baseline"] = "nothing"
    assert len(problems(config, schema)) == 5


def test_claims_name_variants_of_the_study(config, schema):
    claim = {"sentence": "x", "metric": "test_accuracy", "direction": "higher"}
    config["comparison"]["claims"] = [claim | {"left": "classical", "right": {"mean": ["classical", "nobody"]}}]
    (problem,) = problems(config, schema)
    assert "comparison.claims.0.right: found 'nobody'" in problem


def test_a_name_given_twice_is_found_though_yaml_keeps_the_last(config, schema, tmp_path: Path):
    file = tmp_path / "twice.yaml"
    file.write_text((ROOT / "config.yaml").read_text().replace("  classical: {", "  dropout_only: {"))
    assert "'dropout_only' is given twice" in problems(yaml.safe_load(file.read_text()), schema, [file])[0]


def test_a_file_that_is_not_yaml_is_named(schema, config, tmp_path: Path):
    file = tmp_path / "broken.yaml"
    file.write_text("study: [")
    assert problems(config, schema, [file])[0].startswith(f"{file}: not YAML")


def test_seeds_are_a_count_or_a_list():
    assert identities.seeds({"seeds": 3}) == [0, 1, 2]
    assert identities.seeds({"seeds": [7, 2]}) == [7, 2]


def test_seeds_listed_on_the_command_line_are_numbers():
    assert study_config.integers(["7", "-2", 3]) == [7, -2, 3]
    assert study_config.integers(["7", "x", "1.5"]) == [7, "x", "1.5"]  # for the schema to name
    assert study_config.integers(5) == 5


def test_a_run_depends_on_its_own_variant_and_not_on_labels(config):
    before = {name: identities.run_identity(config, name, 0) for name in config["variants"]}
    config["variants"]["classical"] |= {"label": "Another", "colour": "#123456"}
    config["dropout"]["rates"][0] = 0.3
    config["comparison"]["rope"] = 1.0
    changed = {name for name in config["variants"] if identities.run_identity(config, name, 0) != before[name]}
    assert changed == {"batchnorm_first", "dropout_first", "classical", "dropout_only"}


def test_the_order_of_keys_is_no_change(config):
    reordered = {key: config[key] for key in reversed(config)}
    reordered["training"] = {key: config["training"][key] for key in reversed(config["training"])}
    reordered["backbone"] = {key: config["backbone"][key] for key in reversed(config["backbone"])}
    one, other = (identities.run_identity(c, "classical", 1) for c in (config, reordered))
    assert repr(one) == repr(other)
