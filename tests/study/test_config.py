"""What is wrong with a config is one line that names the key; what is right is a study."""

import copy
import math
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml
from snakemake.common.configfile import load_configfile
from snakemake.exceptions import WorkflowError

from checkout import ROOT
from placement.errors import InputError
from placement.study import bases, measures
from placement.study.merging import merged
from placement.study.study import read as read_study
from studies import identity, study_of

STUDIES = [ROOT / "config.yaml", *sorted((ROOT / "workflow/studies").glob("*.yaml"))]


def problems(config, files=(), said=None) -> list[str]:
    """The lines that are said of a config, merged from these files and from what `--config` said."""
    sources = {str(file): load_configfile(file) for file in files} | {"--config": said or {}}
    try:
        read_study(config, sources)
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
def test_the_studies_that_come_along_are_valid(study):
    assert problems(bases.read(study, load_configfile), [study]) == []


@pytest.mark.parametrize(
    ("path", "value", "key", "words"),
    [
        ("typo", 1, "typo", "unknown key"),
        ("dataset.typo", 1, "dataset.typo", "unknown key, expected one of channels, duplicates, limit, name"),
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
        ("training.precision", "float16", "training.precision", "expected float32, tensorfloat32 or bfloat16"),
        ("dataset.name", "fashion", "dataset.name", "found 'fashion', expected one of fashion_mnist"),
        ("dataset.validation_fraction", 1, "dataset.validation_fraction", "found 1"),
        ("dataset.validation_fraction", 0.99999, "dataset.validation_fraction", "for training"),
        ("dataset.limit", 20, "dataset.validation_fraction", "leaves 4 for validation"),
        ("dataset.limit", 70000, "dataset.limit", "found 70000, expected at most 60000"),
        ("dataset.split_seed", -1, "dataset.split_seed", "found -1"),
        ("backbone.kind", "resnet", "backbone.kind", "found 'resnet', expected plain, residual"),
        ("backbone.filters", [32, 0, 1, 1], "backbone.filters.1", "found 0"),
        ("backbone.filters", [8] * 7, "backbone.kernels", "has 4 sizes, expected 7"),
        ("dropout.rates", [0.1, 0.1, 0.1, 1], "dropout.rates.3", "found 1, expected a number from 0 to below 1"),
        ("dropout.rates", [0.1, 0.1, 0.1, -0.1], "dropout.rates.3", "found -0.1"),
        ("dropout.rates", [0.1], "dropout.rates", "has 1 rates, expected 4"),
        ("dropout.rates", [], "dropout.rates", "found [], expected a number from 0 to below 1, the dropout rate in"),
        ("dropout.dense_rate", "0.4", "dropout.dense_rate", "found '0.4'"),
        ("variants", {}, "variants", "one variant at least"),
        ("variants.../up", {"label": "x", "order": "conv"}, "variants.../up", "found '../up', expected a name"),
        ("variants.a/b", {"label": "x", "order": "conv"}, "variants.a/b", "which can be a folder's name"),
        ("variants.classical.order", "act norm", "variants.classical.order", "no 'conv'"),
        ("variants.classical.order", "conv relu", "variants.classical.order", "'relu' in 'conv relu' is no word"),
        ("variants.classical.order", "conv pool pool", "variants.classical.order", "'pool' stands 2 times"),
        ("variants.classical.label", "two\nlines", "variants.classical.label", "one line of text"),
        ("variants.classical.norm", "batchnorm", "variants.classical.norm", "batch, group, layer, instance or rms"),
        ("variants.classical.norm", "instance", "variants.classical", "instance would leave nothing of norm_dense"),
        ("training.batch_size", 1, "training.batch_size", "found 1, which leaves nothing of norm_dense: a channel has"),
        (
            "variants.classical.norm",
            {"kind": "group", "groups": 48},
            "variants.classical",
            "48 groups don't divide the 32",
        ),
        (
            "norm",
            {"kind": "group", "groups": 7},
            "norm.groups",
            "7 groups don't divide the 32 channels of norm1",
        ),
        (
            "training.optimizer",
            {"name": "sgd", "learning_rate": 1e-60},
            "training.optimizer.learning_rate",
            "(0 in float32)",
        ),
        ("training.optimizer", {"name": "adam", "epsilon": 1e-40}, "training.optimizer.epsilon", "(0 in float32)"),
        ("training.optimizer", {"name": "sgd", "learning_rate": 1e60}, "training.optimizer.learning_rate", "(inf in"),
        ("training.label_smoothing", 1 - 1e-9, "training.label_smoothing", "(1 in float32), expected a number from 0"),
        ("dropout.dense_rate", 1 - 1e-9, "dropout.dense_rate", "(1 in float32), expected a number from 0 to below 1"),
        ("norm", {"momentum": 1}, "norm.momentum", "found 1, expected a number from 0 to below 1"),
        ("variants.classical.activation", "prelu", "variants.classical.activation", "takes no arguments"),
        (
            "variants.classical.order",
            "conv add",
            "variants.classical.order",
            "'add' in 'conv add' is no word of a plain",
        ),
        ("backbone.kernels", 0, "backbone.kernels", "found 0, expected an integer of 1 or more"),
        ("comparison.baseline", "nothing", "comparison.baseline", "found 'nothing', expected one of modern_baseline"),
        ("comparison.rope", 0, "comparison.rope", "found 0, expected a number above 0"),
        ("study", 2025, "study", "found 2025, expected text in quotes, a name of letters"),
        ("study", "name\n", "study", "expected a name of letters"),
        ("seeds", 10**12, "seeds", "found 1000000000000, expected a count of 1 or more (to 100000)"),
        ("training.threads", 10**6, "training.threads", "expected an integer from 1 to 1024"),
        ("training", 3, "training", "expected the keys epochs, batch_size, optimizer, early_stopping, "),
        ("variants.classical.label", True, "variants.classical.label", "found True, expected text in quotes"),
        ("variants.classical.label", "tab\tand", "variants.classical.label", "control characters"),
        ("variants.classical.label", "line\n", "variants.classical.label", "one line of text"),
        ("variants.classical.label", "\x9b2J", "variants.classical.label", "control characters"),
        ("variants.classical.label", "\ud800", "variants.classical.label", "control characters"),
        ("variants.classical.label", "a</Script>b", "variants.classical.label", "without '</script'"),
        ("variants.classical.colour", "#123456\n", "variants.classical.colour", "expected a colour as '#rrggbb'"),
    ],
)
def test_each_mistake_is_one_line_that_names_the_key(config, path, value, key, words):
    *folders, last = path.split(".") if not path.startswith("variants...") else ("variants", "../up")
    changed = copy.deepcopy(config)
    place = changed
    for folder in folders:
        place = place[folder]
    place[last] = value
    found = problems(changed, [ROOT / "config.yaml"])
    mine = [line for line in found if f"config.yaml: {key}: " in line or f"config.yaml: {key}." in line]
    assert mine, found
    assert words in mine[0]


@pytest.mark.parametrize(
    ("variants", "line"),
    [
        (
            {"a": {"label": "Same"}, "b": {"label": "Other"}, "c": {"label": "Same"}},
            "variants.c.label: found 'Same', as a is called too, expected a label of its own",
        ),
        ({"a": {"label": "b"}, "b": {}}, "variants.b: found 'b', as a is called too, expected a label of its own"),
        (
            {"b": {}, "a": {"label": "b"}},
            "variants.a.label: found 'b', as b is called too, expected a label of its own",
        ),
        (
            {"a": {"label": "_hidden"}},
            "variants.a.label: found '_hidden', expected a label that doesn't begin with '_': legends leave it out",
        ),
        (
            {"a": {"label": "seed"}},
            "variants.a.label: found 'seed', expected another label: tables have a column of that name",
        ),
        ({"seed": {}}, "variants.seed: found 'seed', expected another label: tables have a column of that name"),
        ({"seed": {"label": "Seed"}, "a": {"label": "A_"}}, None),
    ],
)
def test_labels_tell_variants_apart(config, variants, line):
    config["variants"] = {name: {"order": "conv act"} | fields for name, fields in variants.items()}
    config["comparison"] |= {"baseline": next(iter(variants)), "claims": []}
    assert problems(config) == ([f"config: {line}"] if line else [])


def test_a_dot_in_a_variant_s_name_parts_no_keys(config):
    """So it is still known who said it, in a file that says it of that variant alone."""
    own = {"rate0.1": {"order": "conv act", "training": {"optimizer": {"name": "sgd", "beta_1": 0.9}}}}
    own |= {"width.2": {"order": "conv norm", "norm": {"groups": 4}}, "word.3": {"order": "conv nrom"}}
    said = {"variants": own, "comparison": {"baseline": "rate0.1", "claims": []}}
    found = problems(merged(config, said), [ROOT / "config.yaml"], said)
    assert [line.partition(", expected")[0] for line in found] == [
        f"{ROOT / 'config.yaml'}, --config: variants.width.2.norm.groups: no key of kind batch",
        "--config: variants.word.3.order: 'nrom' in 'conv nrom' is no word of a plain backbone's block",
        "--config: variants.rate0.1.training.optimizer.beta_1: no key of sgd",
    ]


def test_what_a_list_or_the_variants_lack_is_said_of_the_file_that_gave_them(config):
    """However much a base's own list has there."""
    said = {"variants": {"a": {}}, "comparison": {"baseline": "a", "claims": [{"sentence": "A"}]}}
    lines = problems(merged(config, said), [ROOT / "config.yaml"], said)
    assert {line.partition(":")[0] for line in lines} == {"--config"}
    assert "--config: comparison.claims.0.metric: missing, expected a measure" in "\n".join(lines)


def test_an_order_of_a_base_is_no_mistake_of_a_study_with_variants_of_its_own(config):
    base = config | {"order": "conv norm", "variants": {"a": {}}}
    own = {"study": "own", "variants": {"b": {"order": "conv act"}}, "comparison": {"baseline": "b", "claims": []}}
    assert problems(merged(base, own), [], own) == []


def test_variants_without_an_order_have_the_study_s(config):
    orders = {"own": "conv norm act", "shared": "conv act norm"}
    config |= {"order": orders["shared"], "variants": {"own": {"order": orders["own"]}, "shared": {}}}
    config["comparison"] |= {"baseline": "own", "claims": []}
    found = study_of(config)
    assert {name: " ".join(variant.spec.order) for name, variant in found.variants.items()} == orders


def test_an_order_is_the_study_s_or_each_variant_s(config):
    config |= {"variants": {"a": {}, "b": {"order": "conv act"}}}
    config["comparison"] |= {"baseline": "a", "claims": []}
    assert problems(config) == [
        "config: variants.a.order: missing, expected one here, or `order` for all variants",
    ]
    config |= {"order": "conv nrom"}
    assert [line.partition(",")[0] for line in problems(config)] == [
        "config: order: 'nrom' in 'conv nrom' is no word of a plain backbone's block"
    ]
    config |= {"order": "conv norm", "variants": {"b": {"order": "conv act"}}}
    config["comparison"] |= {"baseline": "b"}
    assert problems(config) == ["config: order: given, but each variant has one of its own, expected it to be left out"]


def test_a_norm_or_an_activation_that_changes_no_variant_is_told(config):
    cells = {"batch": {"kind": "batch", "momentum": 0.9}, "group": "group"}
    config |= {"variants": {}, "order": "conv norm act", "grid": {"norm": cells}}
    config["comparison"] |= {"baseline": "batch", "claims": []}
    unused = "given, but each variant has one of its own, expected it to be left out"
    assert problems(config) == []
    # The advice of a plan, in the wrong place: the cell says its own momentum.
    assert problems(config | {"norm": {"momentum": 0.5}}) == [f"config: norm: {unused}"]
    # Of a norm of the same kind a cell keeps what it doesn't say.
    assert problems(config | {"norm": {"epsilon": 1e-5}}) == []
    config["grid"]["activation"] = ["relu", "gelu"]
    config["comparison"]["baseline"] = "batch-relu"
    assert problems(config | {"activation": "tanh"}) == [f"config: activation: {unused}"]


def test_a_missing_key_says_what_was_expected(config):
    del config["training"]["epochs"]
    assert problems(config) == [
        "config: training.epochs: missing, expected an integer of 1 or more, the most epochs of a run"
    ]


def test_all_problems_come_at_once(config):
    config["seeds"] = -3
    config["training"]["epochs"] = 0
    config["typo"] = 1
    config["variants"]["classical"]["order"] = "act norm"
    config["comparison"]["baseline"] = "nothing"
    assert len(problems(config)) == 5


def numbers(value, path=()) -> Iterator[tuple]:
    """The paths of all numbers in a config."""
    if isinstance(value, dict | list):
        for key, item in value.items() if isinstance(value, dict) else enumerate(value):
            yield from numbers(item, (*path, key))
    elif isinstance(value, int | float) and not isinstance(value, bool):
        yield path


@pytest.mark.parametrize(
    ("text", "number"),
    [("1e-3", "0.001"), ("1e-7", "1.0e-07"), ("0.1", "0.1"), ("2", "2"), ("fast", None), ("nan", None)],
)
def test_a_number_that_yaml_takes_for_text_is_told_how_to_write_it(config, text, number):
    (problem,) = problems(change(config, "comparison.rope", text))
    hint = f", written as {number}: to YAML this is text"
    assert problem.endswith(hint) if number else "written as" not in problem
    assert number is None or yaml.safe_load(number) == float(text)


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf, 10**400, -(10**400), True], ids=lambda v: str(v)[:9])
def test_no_number_may_be_without_end_or_no_number(config, value):
    config["comparison"]["claims"][0]["rope"] = 0.5
    paths = list(numbers(config))
    assert {"seeds", "dataset", "training", "backbone", "dropout", "comparison"} == {path[0] for path in paths}
    for path in paths:
        changed = copy.deepcopy(config)
        place = changed
        for step in path[:-1]:
            place = place[step]
        place[path[-1]] = value
        (problem,) = problems(changed)
        assert problem.startswith(f"config: {'.'.join(map(str, path))}: found {value!r}, expected a")


# Claims ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        ({"right": {"mean": ["dropout_only", "nobody"]}}, "right: found 'nobody', expected one of modern_baseline, "),
        ({"metric": "test_acuracy"}, "metric: found 'test_acuracy', expected test_accuracy or "),
        ({"metric": "Epochs"}, "metric: found 'Epochs', expected "),
        ({"metric": "x"}, "metric: found 'x', expected one of test_accuracy, test_loss, "),
        ({"metric": ""}, "metric: found '', expected one of test_accuracy, "),
        ({"metric": "variant"}, "metric: found 'variant', which says whose run it is, expected one of test_accuracy, "),
        ({"metric": "seed"}, "metric: found 'seed', which says whose run it is"),
        ({"metric": "stopped_early"}, "metric: found 'stopped_early', which is yes or no"),
        ({"metric": "parameters_total"}, "metric: found 'parameters_total', which is the same in every seed"),
        ({"right": ["classical", "dropout_only"]}, "right: found 'classical', which is on the left too"),
        ({"right": "classical"}, "right: found 'classical', which is on the left too"),
        ({"left": {"mean": ["classical", "dropout_only"]}, "right": "dropout_only"}, "right: found 'dropout_only', wh"),
        ({"right": ["dropout_only", "dropout_only"]}, "right: found ['dropout_only', 'dropout_only'], expected a "),
        ({"right": []}, "right: found [], expected a variant, a list of variants"),
        ({"right": {"mean": []}}, "right: found {'mean': []}, expected a variant"),
        ({"claimed": -3.41}, "claimed: found -3.41, expected a number above 0, the size that was claimed"),
        (
            {"claimed": math.nan},
            "claimed: found nan, expected a number in the metric's unit, the size that was claimed",
        ),
        ({"rope": math.inf}, "rope: found inf, expected a number above 0"),
        ({"direction": "better"}, "direction: found 'better', expected higher or lower"),
        ({"sentence": "  "}, "sentence: found '  ', expected what is claimed, in one sentence"),
        ({"sentence": 2025}, "sentence: found 2025, expected text in quotes, what is claimed, in one sentence"),
        ({"sentence": "a\x1b[2J"}, "sentence: found 'a\\x1b[2J', expected text without control characters"),
    ],
)
def test_what_is_wrong_with_a_claim_is_told_before_training(config, change, problem):
    claim = {"sentence": "x", "metric": "test_accuracy", "left": "classical", "right": "dropout_only"}
    config["comparison"]["claims"] = [claim | {"direction": "higher"} | change]
    (found,) = problems(config)
    assert found.startswith(f"config: comparison.claims.0.{problem}")


def test_two_claims_with_one_sentence_could_not_be_told_apart(config):
    first = config["comparison"]["claims"][0]
    config["comparison"]["claims"].append(first | {"metric": "test_loss", "sentence": f"{first['sentence']}\n"})
    (found,) = problems(config)
    assert found.startswith("config: comparison.claims.11.sentence: is that of claim 0 too, expected one of its own")


@pytest.mark.parametrize("metric", measures.CLAIMABLE)
def test_a_claim_may_be_about_any_measure_that_varies(config, metric):
    config["comparison"]["claims"][0]["metric"] = metric
    assert problems(config) == []


# Where it was said -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("said", "lines"),
    [
        ({"training": {"epochs": 0}}, ["--config: training.epochs: found 0, "]),
        ({"typo": 1}, ["--config: typo: unknown key, expected one of activation, augmentation, backbone, "]),
        ({"study": 2025}, ["--config: study: found 2025, expected text in quotes, "]),
        ({"seeds": [5, "x"]}, ["--config: seeds: found [5, 'x'], "]),
        ({"dataset": {"limit": 20}}, ["{file}, --config: dataset.validation_fraction: found 0.2 of 20 images"]),
        ({"backbone": {"dense": 8}}, []),
        (
            {
                "variants": {"new": {"label": "New", "order": "conv add"}},
                "comparison": {"baseline": "new", "claims": []},
            },
            ["--config: variants.new.order: 'add' in 'conv add' is no word"],
        ),
        ({"comparison": {"baseline": "nobody"}}, ["--config: comparison.baseline: found 'nobody', "]),
    ],
)
def test_the_command_line_is_blamed_for_what_it_said_and_no_file(config, said, lines):
    file = ROOT / "config.yaml"
    found = problems(merged(config, said), [file], said)
    assert len(found) == len(lines)
    for line, start in zip(found, lines, strict=True):
        assert line.startswith(start.format(file=file))


def test_the_file_is_blamed_where_the_command_line_says_something_else(config, tmp_path):
    file = tmp_path / "mine.yaml"
    config["training"]["epochs"] = 0
    file.write_text(yaml.safe_dump(config))
    (problem,) = problems(config, [file], {"training": {"batch_size": 16}})
    assert problem.startswith(f"{file}: training.epochs: found 0")


def test_of_several_files_the_one_that_counts_is_named(config, tmp_path):
    first, second = tmp_path / "first.yaml", tmp_path / "second.yaml"
    del config["study"]
    first.write_text(yaml.safe_dump(config))
    second.write_text("training: {epochs: 0}\nseeds: 3\n")
    config = merged(config, yaml.safe_load(second.read_text()))
    missing, zero = problems(config, [first, second])
    assert missing.startswith(f"{first}, {second}: study: missing, expected a name")
    assert zero.startswith(f"{second}: training.epochs: found 0")


def test_a_name_given_twice_is_found_though_yaml_keeps_the_last(tmp_path: Path):
    file = tmp_path / "twice.yaml"
    file.write_text((ROOT / "config.yaml").read_text().replace("  classical: {", "  dropout_only: {"))
    assert "'dropout_only' is given twice" in problems(load_configfile(file), [file])[0]


@pytest.mark.parametrize(
    ("old", "new", "problem"),
    [
        ("  classical:", "  2025:", "variants.2025: found 2025, expected text in quotes, a name of letters"),
        ("  classical:", "  yes:", "variants.True: found True, expected text in quotes, a name"),
        (
            "  classical:",
            "  2025-01-01:",
            "variants.2025-01-01: found datetime.date(2025, 1, 1), expected text in quotes",
        ),
        ("  classical:", "  ~:", "variants.None: found null, expected text in quotes"),
        ("  classical:", "  ? [a, b]\n  :", None),
        ("seeds: 5", "seeds: 5\n1: 2", "1: unknown key, expected one of activation, augmentation, backbone, "),
        ("seeds: 5", "seeds: 5\non: 2", "True: unknown key, expected one of activation, augmentation, backbone, "),
        ("study: fashion_mnist", "study: off", "study: found False, expected text in quotes, a name"),
        ("limit: null", "limit: 1e4", "dataset.limit: found '1e4', expected an integer of 1 or more"),
        ("rope: 0.2 ", "rope: .NaN ", "comparison.rope: found nan, expected a number above 0"),
    ],
)
def test_what_yaml_takes_for_no_text_is_one_line_too(tmp_path, old, new, problem):
    text = (ROOT / "config.yaml").read_text()
    assert old in text
    # Claims name the variant whose name is changed.
    text = text.replace(old, new, 1).partition("  claims:")[0] + "  claims: []\n"
    file = tmp_path / "mine.yaml"
    file.write_text(text)
    if problem is None:  # no mapping of Python's could have it, and so it is Snakemake that says so
        with pytest.raises(WorkflowError):
            load_configfile(file)
        return
    (found,) = problems(load_configfile(file), [file])
    assert found.startswith(f"{file}: {problem}")


def test_seeds_are_a_count_or_a_list(config):
    assert study_of(config | {"seeds": 3}).seeds == (0, 1, 2)
    assert study_of(config | {"seeds": [7, 2]}).seeds == (7, 2)


def test_a_run_depends_on_its_own_variant_and_not_on_labels(config):
    before = {name: identity(config, name, 0) for name in config["variants"]}
    config["variants"]["classical"] |= {"label": "Another", "colour": "#123456"}
    config["dropout"]["rates"][0] = 0.3
    config["comparison"]["rope"] = 1.0
    changed = {name for name in config["variants"] if identity(config, name, 0) != before[name]}
    assert changed == {"batchnorm_first", "dropout_first", "classical", "dropout_only"}


def test_the_order_of_keys_is_no_change(config):
    reordered = {key: config[key] for key in reversed(config)}
    reordered["training"] = {key: config["training"][key] for key in reversed(config["training"])}
    reordered["backbone"] = {key: config["backbone"][key] for key in reversed(config["backbone"])}
    one, other = (identity(c, "classical", 1) for c in (config, reordered))
    assert repr(one) == repr(other)


def test_a_data_set_s_name_is_enough(config):
    config["dataset"] = {"name": "fashion_mnist"}
    assert problems(config) == []
    assert identity(config, "classical", 0)["dataset"] == {
        "name": "fashion_mnist",
        "validation_fraction": 0.2,
        "split_seed": 42,
        "limit": None,
    }


@pytest.mark.parametrize(
    ("dataset", "line"),
    [
        ({"name": "imagenet"}, "dataset.name: found 'imagenet', expected one of fashion_mnist, mnist, kmnist, cifar10"),
        ({"name": "mnist", "size": 32}, "dataset.size: given, but mnist isn't image_folder, which alone has it"),
        ({"name": "digits", "path": "x"}, "dataset.path: given, but digits isn't image_folder"),
        ({"name": "image_folder", "size": 32}, "dataset.path: missing, expected the folder's path"),
        ({"name": "image_folder", "path": "."}, "dataset.size: missing, expected an integer"),
        ({"name": "image_folder", "path": "nowhere", "size": 32}, "dataset.path: found 'nowhere', expected a folder"),
        (
            {"name": "image_folder", "path": 3, "size": 32},
            "dataset.path: found 3, expected text in quotes, the path of a folder",
        ),
        ({"name": "image_folder", "path": ".", "size": 0}, "dataset.size: found 0, expected an integer from 1 to 1024"),
        ({"name": "image_folder", "path": ".", "size": 8, "channels": 4}, "dataset.channels: found 4, expected 3"),
        (
            {"name": "image_folder", "path": ".", "size": 8, "test_fraction": 1},
            "dataset.test_fraction: found 1, expected a number between 0 and 1",
        ),
        (
            {"name": "image_folder", "path": ".", "size": 8, "skip_damaged": 1},
            "dataset.skip_damaged: found 1, expected",
        ),
        ({"name": "digits", "limit": 1500}, "dataset.limit: found 1500, expected at most 1438, the training images"),
        (
            {"name": "digits", "limit": 19},
            "dataset.limit: found 19, expected at least 20, for each class an image to train on and one to validate",
        ),
        ({"name": "cifar100", "limit": 200}, "which leaves 40 for validation, expected one of each of the 100 classes"),
    ],
)
def test_a_mistake_in_the_data_set_is_one_line(config, dataset, line, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    found = [problem for problem in problems(config | {"dataset": dataset}) if "config: dataset" in problem]
    assert len(found) == 1 and line in found[0]


def test_a_test_part_that_leaves_too_little_is_said_once_and_of_who_asked_for_it(config, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for label in "ab":
        (tmp_path / "images" / label).mkdir(parents=True)
        for number in range(4):
            (tmp_path / "images" / label / f"{number}.png").write_bytes(f"{label}{number}".encode())
    said = {"dataset": {"name": "image_folder", "path": "images", "size": 8, "test_fraction": 0.9}}
    (line,) = problems(merged(config, said), [ROOT / "config.yaml"], said)
    assert line == (
        "--config: dataset.test_fraction: found 0.9, which leaves 0 of the 4 images of class 'a' for training and "
        "validation, expected 2 at least"
    )


def test_a_class_that_the_split_leaves_without_an_image_is_named_while_planning(config, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for label, count in {"1": 12, "2": 12, "10": 3, "ten's": 12}.items():
        (tmp_path / "images" / label).mkdir(parents=True)
        for number in range(count):
            (tmp_path / "images" / label / f"{number}.png").write_bytes(f"{label} {number}".encode())
    dataset = {"name": "image_folder", "path": "images", "size": 8, "test_fraction": 0.1, "validation_fraction": 0.1}
    (line,) = problems(config | {"dataset": dataset})
    assert line == (
        "config: dataset.validation_fraction: validation_fraction 0.1, limit None, split seed 42: class '10' has no "
        "validation image, expected 1 of each class at least"
    )
    assert problems(config | {"dataset": dataset | {"validation_fraction": 0.4}}) == []
    of_each_seed = config | {"seeds": [7, 3], "dataset": dataset | {"split_seed": None}}
    (line,) = problems(of_each_seed)
    assert "split seed 7: class '10' has no validation image" in line


def augmented(config, study=None, **own):
    if study is not None:
        config["augmentation"] = study
    for name, keys in own.items():
        config["variants"][name]["augmentation"] = keys
    return config


def test_augmentation_is_part_of_a_run_s_identity_only_where_it_is_on(config):
    before = {name: identity(config, name, 0) for name in config["variants"]}
    off = augmented(copy.deepcopy(config), {"flip": False}, classical={"crop": 0})
    assert problems(off) == []
    assert {name: identity(off, name, 0) for name in off["variants"]} == before
    on = augmented(config, {"flip": True}, classical={"crop": 4}, modern_baseline={"flip": False})
    assert problems(on) == []
    found = {name: identity(on, name, 0)["training"].get("augmentation") for name in on["variants"]}
    assert found.pop("classical") == {"flip": True, "crop": 4, "cutout": 0}
    assert found.pop("modern_baseline") is None
    assert all(other == {"flip": True, "crop": 0, "cutout": 0} for other in found.values())


@pytest.mark.parametrize(
    ("study", "own", "line"),
    [
        ({"mixup": 1}, {}, "augmentation.mixup: unknown key, expected one of crop, cutout, flip"),
        ({}, {"rotate": 1}, "variants.classical.augmentation.rotate: unknown key, expected one of crop, cutout, flip"),
        ({"flip": 1}, {}, "augmentation.flip: found 1, expected true or false"),
        ({"crop": -1}, {}, "augmentation.crop: found -1, expected an integer of 0"),
        ({"crop": True}, {}, "augmentation.crop: found True"),
        ({"cutout": 29}, {}, "augmentation.cutout: found 29, expected at most 28, the images' side"),
        ({}, {"crop": 29}, "variants.classical.augmentation.crop: found 29, expected at most 28"),
        ([], {}, "augmentation: found [], expected the keys flip, crop, cutout: what is done to training images"),
    ],
)
def test_a_mistake_in_the_augmentation_is_one_line(config, study, own, line):
    (found,) = problems(augmented(config, study, classical=own))
    assert line in found


def problems_on_the_default(tmp_path, text: str) -> list[str]:
    """The lines that are said of a study which is based on the default one and says this."""
    file = tmp_path / "mine.yaml"
    file.write_text(f"base: {ROOT / 'config.yaml'}\nstudy: mine\n{text}")
    return problems(bases.read(file, load_configfile), [ROOT / "config.yaml", file])


def test_variants_that_a_study_did_not_write_are_told_once(tmp_path):
    residual = "backbone: {kind: residual, filters: [8, 16, 32], depths: [1, 1, 1]}\n"
    (line,) = problems_on_the_default(tmp_path, residual)
    assert "mine.yaml: variants: 7 of the base's don't fit (modern_baseline.order: no 'add' in 'conv act'" in line
    assert line.endswith("or `variants: {}` for none beside its grid")


def test_rates_that_all_variants_share_are_told_once_at_their_key(tmp_path):
    (line,) = problems_on_the_default(tmp_path, "backbone: {filters: [16, 32, 64], kernels: 3}\n")
    assert "mine.yaml: dropout.rates: has 4 rates, expected 3" in line
    own = "variants: {a: {order: conv act drop, dropout: {dense_rate: 0}}, b: {order: conv drop act}}\n"
    own += "dropout: {rates: [0.1]}\ncomparison: {baseline: a, claims: []}\n"
    (line,) = problems_on_the_default(tmp_path, own)
    assert "mine.yaml: dropout.rates: has 1 rates, expected 4" in line
