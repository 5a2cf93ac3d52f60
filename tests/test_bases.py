"""Studies built on one another: what counts where several files say something, and what is told of a bad base."""

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st
from snakemake.common.configfile import load_configfile

from placement.errors import InputError
from placement.study import bases
from placement.study import config as study_config
from placement.study.merging import merged


@pytest.fixture
def write(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)

    def write(file, content):
        (tmp_path / file).parent.mkdir(exist_ok=True)
        (tmp_path / file).write_text(content if isinstance(content, str) else yaml.safe_dump(content, sort_keys=False))

    return write


def read(file, said=None):
    content = load_configfile(file)
    return bases.merged({**content, **(said or {})}, {file: content, "--config": said or {}}, load_configfile)


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


def test_what_is_of_another_kind_starts_from_its_own_defaults():
    base = {"backbone": {"kind": "plain", "dense": 8}, "norm": "group", "training": {"optimizer": "adam"}}
    own = {"backbone": {"kind": "residual"}, "norm": {"groups": 4}, "training": {"optimizer": {"learning_rate": 1.0}}}
    assert merged(base, own) == {
        "backbone": {"kind": "residual"},
        "norm": {"kind": "group", "groups": 4},
        "training": {"optimizer": {"name": "adam", "learning_rate": 1.0}},
    }
    assert merged(base, {"norm": "batch", "backbone": {"dense": 4}})["backbone"] == {"kind": "plain", "dense": 4}


trees = st.recursive(st.integers(), lambda inner: st.dictionaries(st.sampled_from("abc"), inner), max_leaves=8)
mappings = st.dictionaries(st.sampled_from("abc"), trees)


@given(mappings, mappings)
def test_merging_has_a_neutral_element_and_changes_nothing_it_is_given(one, two):
    before = repr((one, two))
    assert merged(one, {}) == one == merged({}, one) == merged(one, one)
    assert merged(merged(one, two), two) == merged(one, two)
    assert repr((one, two)) == before


def test_a_mistake_is_said_of_the_file_that_made_it(write, config, schema):
    config["training"]["epochs"] = 0
    write("config.yaml", config)
    write("mine.yaml", {"base": "config.yaml", "study": "mine", "seeds": 0, "variants": {"a": {"order": "conv act"}}})
    whole, sources = read("mine.yaml")
    with pytest.raises(InputError) as error:
        study_config.check(whole, schema, sources)
    lines = str(error.value).splitlines()
    assert [line.split(": found")[0] for line in lines[:3]] == [
        "mine.yaml: seeds",
        "config.yaml: training.epochs",
        "config.yaml: comparison.baseline",
    ]
    assert lines[3].startswith("config.yaml: comparison.claims: they name dropout_first, ")
    assert lines[3].endswith("which are none (`variants` of mine.yaml), expected claims about those that are there, or "
        "`comparison: {claims: []}` for none")  # fmt: skip
    assert len(lines) == 4


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
    with pytest.raises(InputError, match="study: missing, expected a name of its own"):
        read("mine.yaml")
    assert read("mine.yaml", {"study": "other"})[0]["study"] == "other"
