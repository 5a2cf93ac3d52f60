"""Configs as people write them: what is right YAML is taken, what isn't is one line, whoever reads it first."""

import sys
from pathlib import Path

import pytest
import snakemake.cli
from hypothesis import given
from hypothesis import strategies as st
from snakemake.common.configfile import load_configfile
from snakemake.profiles import ProfileConfigFileParser

from checkout import ROOT
from placement.study import parsing

TWICE = "'{}' is given twice, expected it once"


@pytest.fixture
def read(tmp_path):
    """What Snakemake makes of a file of this content, and the names that are given twice in it."""

    def read(content: str | bytes, name: str = "config.yaml"):
        file = tmp_path / name
        file.write_bytes(content.encode() if isinstance(content, str) else content)
        return load_configfile(file), parsing.repeated_names(file)

    return read


@pytest.mark.parametrize(
    ("content", "merged"),
    [
        ("a: &a {x: 1, y: 2}\nb: {<<: *a, y: 3}\n", {"x": 1, "y": 3}),
        ("a: &a {x: 1, y: 2}\nb: {y: 3, <<: *a}\n", {"x": 1, "y": 3}),
        ("a: &a {x: 1, y: 2}\nc: &c {y: 4, z: 5}\nb: {<<: [*a, *c], z: 6}\n", {"x": 1, "y": 2, "z": 6}),
        ("a: &a\n  x: 1\nb:\n  <<: *a\n  y:\n    - *a\n", {"x": 1, "y": [{"x": 1}]}),
        ("a: &a {x: 1}\nc: &c {<<: *a, y: 2}\nb: *c\n", {"x": 1, "y": 2}),
        ("a: 0\nb: &b {<<: {x: 1}, x: 2}\n", {"x": 2}),
    ],
)
def test_what_is_merged_may_be_overridden(read, content, merged):
    config, repeated = read(content)
    assert config["b"] == merged
    assert repeated == []


@pytest.mark.parametrize(
    ("content", "repeated"),
    [
        ("a: 1\nb: 2\na: 3\n", [f"line 3: {TWICE.format('a')}"]),
        ("a: &a {x: 1}\nb:\n  <<: *a\n  x: 2\n  x: 3\n", [f"line 5: {TWICE.format('x')}"]),
        ("a: &a {x: 1}\nb:\n  <<: *a\n  <<: *a\n", [f"line 4: {TWICE.format('<<')}"]),
        ("a: &a {x: 1, x: 2}\nb: *a\nc: *a\n", [f"line 1: {TWICE.format('x')}"]),
        ("a:\n- x: 1\n  x: 2\n", [f"line 3: {TWICE.format('x')}"]),
        ("a: 1\n'a': 2\n\"a\": 3\n", [f"line {line}: {TWICE.format('a')}" for line in (2, 3)]),
        ("1: a\n0x1: b\n", [f"line 2: {TWICE.format('1')}"]),
        ("yes: a\non: b\n", [f"line 2: {TWICE.format('True')}"]),
        ('{"a": {"b": 1,\n\t"b": 2}}', [TWICE.format("b")]),  # JSON may have tabs, YAML may not
    ],
)
def test_a_name_given_twice_is_found_wherever_it_is(read, content, repeated):
    assert read(content)[1] == repeated


@pytest.mark.parametrize(
    "content",
    [
        "\ufeffa: 1\n",
        "a: 1\r\n",
        "--- \na: 1\n...\n",
        "%YAML 1.1\n---\na: 1\n",
        "# comment\na: 1",
        "{a: 1}",
        '{"a": 1}',
    ],
)
def test_the_same_in_other_clothes(read, content):
    assert read(content) == ({"a": 1}, [])


# Before the Snakefile ----------------------------------------------------------------------------------------------


@pytest.fixture
def profile(tmp_path, monkeypatch):
    """What reading the default profile ends with, as Snakemake does first, in an empty folder."""
    monkeypatch.chdir(tmp_path)

    def profile(*arguments: str) -> str | None:
        monkeypatch.setattr(sys, "argv", ["snakemake", "--snakefile", str(ROOT / "Snakefile"), *arguments])
        with open(ROOT / "profiles/default/config.yaml") as stream:
            try:
                options = ProfileConfigFileParser().parse(stream)
            except SystemExit as end:
                return end.code
        assert options["quiet"] == ["rules", "host"]
        return None

    return profile


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (
            b"a: [\n",
            "while parsing a flow node expected the node content, but found '<stream end>' in \"{}\", line 2, ",
        ),
        (b"a:\n\tb: 1\n", "while scanning for the next token found character '\\t' that cannot start any token in "),
        (b"a: caf\xe9\n", "'utf-8' codec can't decode byte 0xe9 in position 6"),
        (b"a: 2025-02-30\n", "day is out of range for month"),
        (b"a: 1\n---\nb: 2\n", "expected a single document in the stream"),
        (b"<<: 3\n", "while constructing a mapping"),
        (b"b: *a\n", "found undefined alias 'a'"),
        (b"? [a]\n: 1\n", "while constructing a mapping"),
        (b"a: &a {b: *a}\n", "maximum recursion depth exceeded"),
        (b"", "Config file must be given as JSON or YAML with keys at top level"),
        (b"- a\n", "Config file must be given as JSON or YAML with keys at top level"),
    ],
)
@pytest.mark.parametrize("arguments", [(), ("--cores", "2", "--configfile"), ("--configfile", "good.yaml")])
def test_a_file_that_can_not_be_read_is_one_line(profile, content, reason, arguments):
    name = Path("mine.yaml" if arguments else "config.yaml")
    Path("good.yaml").write_text("a: 1\n")
    name.write_bytes(content)
    line = profile(*arguments, *([str(name)] if arguments else []))
    assert line.startswith(f"{name}: {reason.format(name)}") and line.endswith(", expected a config in YAML")
    assert "\n" not in line


@pytest.mark.parametrize(
    ("arguments", "line"),
    [
        (
            ["--config", "training.optimizer.name=sgd"],
            "--config training.optimizer.name=sgd: expected a key without dots: "
            "`--config training='{optimizer: {name: sgd}}'`",
        ),
        (
            ["--config", "seeds = 3"],
            "--config seeds = 3: expected a key and nothing around it: `--config seeds=3`",
        ),
        (
            ["-C", "seeds=10", "partial"],
            "--config partial: expected key=value; a target comes first: `snakemake partial --config …`",
        ),
        (
            ["--configfile", "good.yaml", "partial"],
            "partial: No such file or directory, expected a config in YAML; a target comes first: "
            "`snakemake partial --configfile …`",
        ),
    ],
)
def test_a_command_line_that_people_type_is_told_what_to_write(profile, arguments, line):
    Path("good.yaml").write_text("a: 1\n")
    assert profile(*arguments) == line


def test_a_file_that_is_not_there_is_one_line(profile):
    assert profile("--configfile", "mine.yaml") == "mine.yaml: No such file or directory, expected a config in YAML"
    assert profile("--configfiles=mine.yaml", "-n") == "mine.yaml: No such file or directory, expected a config in YAML"
    assert profile("--configfile", "..", "-n") == "..: Is a directory, expected a config in YAML"
    assert profile("-n") is None  # of a config.yaml that isn't there Snakemake says so itself


def test_only_the_configs_in_use_are_read(profile):
    Path("config.yaml").write_text("a: [")
    Path("mine.yaml").write_text("a: 1")
    assert profile("--configfile", "mine.yaml", "--config", "seeds=1", "-c2") is None


# On the command line -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("entry", "value"),
    [
        ("training={epochs: 2}", {"epochs": 2}),
        ("training={'epochs': 2}", {"epochs": 2}),
        ("training={epochs: '2'}", {"epochs": "2"}),
        ("dataset={limit: null}", {"limit": None}),
        ("dataset={'limit': None}", {"limit": None}),
        ("dropout={rates: [0.1, 2.0e-1], dense_rate: .nan}", {"rates": [0.1, 0.2], "dense_rate": "nan"}),
        ("seeds=[5, 6]", [5, 6]),
        ("seeds='[5, 6]'", "[5, 6]"),
        ("seeds=7", 7),
        ("study=x", "x"),
        ("study=2025", 2025),
        ("study='2025'", "2025"),
        ("study=a=b", "a=b"),
        ("study=", None),
        ("study=[", "["),
        ("study=2025-02-30", "2025-02-30"),
        ("dataset={limit: 0x_}", "{limit: 0x_}"),
        ("grid={{1: 2}: 3}", "{{1: 2}: 3}"),
        ("study=yes", True),
        ("comparison={rope: 2e-1}", {"rope": "2e-1"}),
        ("comparison={'rope': 2e-1}", {"rope": 0.2}),
        ("training={early_stopping: {patience: 3}}", {"early_stopping": {"patience": 3}}),
    ],
)
def test_the_command_line_is_read_as_yaml_is(entry, value):
    key, _, _ = entry.partition("=")
    assert snakemake.cli.parse_config([entry]).keys() == {key}
    found = parsing.command_line([entry])
    assert repr(found) == repr({key: value}).replace("'nan'", "nan")


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
        lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    )
)
def test_what_a_profile_says_of_the_config_arrives_as_it_was(value):
    """Snakemake turns a profile's `config:` into Python's literals."""
    assert parsing.command_line([f"key={value!r}"]) == {"key": value}
