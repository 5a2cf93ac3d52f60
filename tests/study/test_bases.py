"""Studies built on one another: what counts where several files say something, and what is told of a bad base."""

import json

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st
from snakemake.common.configfile import load_configfile

from placement.errors import InputError
from placement.study import bases
from placement.study.merging import merged
from placement.study.study import read as read_study


@pytest.fixture
def write(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)

    def write(file, content):
        (tmp_path / file).parent.mkdir(exist_ok=True)
        (tmp_path / file).write_text(content if isinstance(content, str) else yaml.safe_dump(content, sort_keys=False))

    return write


def read(*files, said=None):
    """As the workflow reads files and `--config`."""
    sources = {file: load_configfile(file) for file in files} | {"--config": said or {}}
    return bases.merged(sources, load_configfile)


def test_mappings_merge_key_by_key_and_all_else_replaces(write, config):
    write("config.yaml", config)
    own = {"training": {"early_stopping": {"patience": 9}}, "backbone": {"filters": [8, 8], "kernels": [3, 3]}}
    own |= {"variants": {"a": {"order": "conv act"}}, "comparison": {"baseline": "a", "claims": []}}
    write("studies/mine.yaml", {"base": "../config.yaml", "study": "mine"} | own)
    write("studies/third.yaml", {"base": "mine.yaml", "study": "third", "seeds": [7]})
    whole, sources = read("studies/third.yaml")
    assert list(sources) == ["config.yaml", "studies/mine.yaml", "studies/third.yaml", "--config"]
    assert (whole["study"], whole["seeds"], "base" in whole) == ("third", [7], False)
    assert whole["training"] == config["training"] | {"early_stopping": {"monitor": "val_accuracy", "patience": 9}}
    assert whole["backbone"] == config["backbone"] | own["backbone"]
    assert whole["variants"] == own["variants"]
    assert whole["comparison"] == {"baseline": "a", "rope": 0.2, "claims": []}


OWN = {
    "training": {"optimizer": {"name": "sgd", "learning_rate": 0.1}},
    "backbone": {"kind": "residual", "filters": [8, 16], "depths": [1, 1]},
    "norm": {"kind": "layer"},
    "variants": {"a": {"order": "conv norm add act"}},
}


def test_the_command_line_files_and_bases_go_over_one_another_alike(write, config):
    """Snakemake's own merging would keep the other optimizer's decay, the plain backbone's keys and all variants."""
    config["training"]["optimizer"] = {"name": "adamw", "weight_decay": 0.05}
    config["norm"] = {"momentum": 0.9}
    write("config.yaml", config)
    write("own.yaml", OWN)
    write("mine.yaml", {"base": "config.yaml", "study": "mine", **OWN})
    by_command_line, by_file = read("config.yaml", said=OWN)[0], read("config.yaml", "own.yaml")[0]
    assert by_command_line == by_file == read("mine.yaml")[0] | {"study": config["study"]}
    assert by_file == config | OWN | {"training": config["training"] | OWN["training"]}


def test_a_name_alone_is_that_kind_at_its_defaults(write, config):
    write("config.yaml", config | {"norm": {"momentum": 0.9}})
    write("mine.yaml", {"base": "config.yaml", "study": "mine", "training": {"optimizer": {"learning_rate": 0.1}}})
    whole = read("mine.yaml", said={"norm": "batch", "training": {"epochs": 20}})[0]
    assert whole["norm"] == "batch"
    assert whole["training"] == config["training"] | {
        "optimizer": {"name": "adam", "learning_rate": 0.1},
        "epochs": 20,
    }


def test_of_several_files_the_last_base_counts_and_what_each_says_goes_over_it_in_turn(write, config):
    """Of an optimizer that says no name it isn't known what it is over, but below it."""
    write("config.yaml", config | {"training": config["training"] | {"optimizer": {"name": "adamw", "beta_1": 0.8}}})
    write("other.yaml", {"base": "none.yaml", "study": "other", "training": {"optimizer": {"learning_rate": 0.1}}})
    write("mine.yaml", {"base": "config.yaml", "study": "mine"})
    whole, sources = read("other.yaml", "mine.yaml", said={"training": {"optimizer": {"name": "sgd", "momentum": 0.9}}})
    assert whole["training"]["optimizer"] == {"name": "sgd", "momentum": 0.9}
    assert (whole["study"], [*sources]) == ("mine", ["config.yaml", "other.yaml", "mine.yaml", "--config"])


def test_a_base_in_a_home_folder_is_found(write, config, tmp_path, monkeypatch):
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    write("home/config.yaml", config)
    write("mine.yaml", {"base": "~/config.yaml", "study": "mine"})
    assert read("mine.yaml")[0] == config | {"study": "mine"}
    write("mine.yaml", {"base": "~/none.yaml", "study": "mine"})
    with pytest.raises(InputError, match=r"found '~/none.yaml', expected .* there is none at home/none.yaml"):
        read("mine.yaml")


def test_what_json_says_is_written_as_what_yaml_says(write, config):
    write("config.json", json.dumps(config))
    whole = read("config.json")[0]
    assert whole == config and {type(value) for value in whole.values()} <= {str, int, dict}
    assert type(whole["variants"]["classical"]) is dict


def test_what_is_of_another_kind_starts_from_its_own_defaults():
    base = {"backbone": {"kind": "plain", "dense": 8}, "norm": "group", "training": {"optimizer": "adam"}}
    own = {"backbone": {"kind": "residual"}, "norm": {"groups": 4}, "training": {"optimizer": {"learning_rate": 1.0}}}
    assert merged(base, own) == {
        "backbone": {"kind": "residual"},
        "norm": {"kind": "group", "groups": 4},
        "training": {"optimizer": {"name": "adam", "learning_rate": 1.0}},
    }
    assert merged(base, {"norm": "batch", "backbone": {"dense": 4}})["backbone"] == {"kind": "plain", "dense": 4}
    unsaid = {"norm": {"momentum": 0.9}}  # which is of batch
    assert merged(unsaid, {"norm": {"kind": "layer"}})["norm"] == {"kind": "layer"}
    assert merged(unsaid, {"norm": {"kind": "batch"}})["norm"] == {"kind": "batch", "momentum": 0.9}


trees = st.recursive(st.integers(), lambda inner: st.dictionaries(st.sampled_from("abc"), inner), max_leaves=8)
mappings = st.dictionaries(st.sampled_from("abc"), trees)


@given(mappings, mappings)
def test_merging_has_a_neutral_element_and_changes_nothing_it_is_given(one, two):
    before = repr((one, two))
    assert merged(one, {}) == one == merged({}, one) == merged(one, one)
    assert merged(merged(one, two), two) == merged(one, two)
    assert repr((one, two)) == before


def test_a_mistake_is_said_of_the_file_that_made_it(write, config):
    config["training"]["epochs"] = 0
    write("config.yaml", config)
    write("mine.yaml", {"base": "config.yaml", "study": "mine", "seeds": 0, "variants": {"a": {"order": "conv act"}}})
    whole, sources = read("mine.yaml")
    with pytest.raises(InputError) as error:
        read_study(whole, sources)
    lines = str(error.value).splitlines()
    assert [line.split(": found")[0] for line in lines[:3]] == [
        "mine.yaml: seeds",
        "config.yaml: training.epochs",
        "config.yaml: comparison.baseline",
    ]
    assert lines[3].startswith("config.yaml: comparison.claims: they name dropout_first, ")
    assert lines[3].endswith("which this study hasn't (`variants` of mine.yaml), expected claims about those that are "
        "there, or `comparison: {claims: []}` for none")  # fmt: skip
    assert len(lines) == 4


def test_a_study_s_own_claims_over_a_base_are_told_one_by_one(write, config):
    grid = {"order": {"none": "conv act", "before": "conv norm act"}, "norm": ["batch", "group"]}
    write("config.yaml", config)
    base = {"base": "config.yaml", "study": "base", "variants": {}, "grid": grid}
    write("base.yaml", base | {"comparison": {"baseline": "none", "claims": []}})
    claim = {"sentence": "so", "metric": "test_accuracy", "right": "none", "direction": "higher"}
    mine = {"base": "base.yaml", "study": "mine", "comparison": {"claims": [claim | {"left": "befoer"}]}}
    write("mine.yaml", mine)
    (line,) = problems_of("mine.yaml")
    assert line == (
        "mine.yaml: comparison.claims.0.left: found 'befoer', expected one of none, before-batch, before-group"
    )
    mine["comparison"]["claims"][0]["left"] = "before"
    write("mine.yaml", mine)
    (line,) = problems_of("mine.yaml")
    assert line.endswith("before-group, or {where: {order: before}} for all variants with that level")


def problems_of(file):
    with pytest.raises(InputError) as error:
        read_study(*read(file))
    return str(error.value).splitlines()


@pytest.mark.parametrize(
    ("base", "line"),
    [
        ("none.yaml", "mine.yaml: base: found 'none.yaml', expected a study's file, but there is none at none.yaml"),
        (3, "mine.yaml: base: found 3, expected the path of a study, as text"),
        (["a.yaml"], "mine.yaml: base: found ['a.yaml'], expected the path of a study, as text"),
        (".", "mine.yaml: base: found '.', expected a study's file, but there is none at ."),
        ("list.yaml", "mine.yaml: base: found 'list.yaml', which can't be read as a study: Config file must be given"),
        ("broken.yaml", "mine.yaml: base: found 'broken.yaml', which can't be read as a study: "),
        ("binary.yaml", "mine.yaml: base: found 'binary.yaml', which can't be read as a study: "),
        ("mine.yaml", "mine.yaml: base: found 'mine.yaml', which is based on this file again (mine.yaml > mine.yaml)"),
        (
            "back.yaml",
            "back.yaml: base: found 'mine.yaml', which is based on this file again (mine.yaml > back.yaml > ",
        ),
    ],
)
def test_a_base_that_is_none_is_one_line(write, tmp_path, base, line):
    write("list.yaml", "- 1\n")
    write("broken.yaml", "a: [1\nb: {")
    (tmp_path / "binary.yaml").write_bytes(b"\xff\xfe\x00")
    write("back.yaml", {"base": "mine.yaml"})
    write("mine.yaml", {"base": base, "study": "mine"})
    with pytest.raises(InputError) as error:
        read("mine.yaml")
    assert str(error.value).startswith(line) and "\n" not in str(error.value)


def test_a_study_that_is_based_on_another_has_a_name_of_its_own(write, config):
    write("config.yaml", config)
    write("mine.yaml", {"base": "config.yaml", "seeds": 2})
    line = f"mine.yaml: study: missing; '{config['study']}' is the name of its base, expected one of its own"
    with pytest.raises(InputError, match=line):
        read("mine.yaml")
    write("again.yaml", {"base": "named.yaml", "study": config["study"]})
    write("named.yaml", {"base": "config.yaml", "study": "named"})
    with pytest.raises(
        InputError, match=f"again.yaml: study: found '{config['study']}', which is the name of its base"
    ):
        read("again.yaml")
    assert read("mine.yaml", said={"study": "other"})[0]["study"] == "other"
