"""Which code a result depends on."""

import json
import os
import shutil
import subprocess
import sys

import pytest

from checkout import ROOT, Checkout
from placement import sources

SCRIPTS = sorted(path.stem for path in (ROOT / "workflow/scripts").glob("*.py"))
ROOMS = [
    list(path.parent.relative_to(ROOT / "workflow/scripts/placement").parts)
    for path in (ROOT / "workflow/scripts/placement").rglob("*/__init__.py")
]
SOURCE = '"""A."""\nfrom placement.room import b\n\n\ndef f(x):\n    """Doc."""\n    return b.g(x)\n'


@pytest.fixture
def tree(tmp_path, monkeypatch):
    """A script `a` that imports b, which imports c; d stands apart."""
    monkeypatch.setattr(sources, "SCRIPTS", tmp_path)
    (tmp_path / "placement/room").mkdir(parents=True)
    (tmp_path / "a.py").write_text(SOURCE)
    (tmp_path / "placement/room/b.py").write_text("def g(x):\n    from placement.c import h\n\n    return h(x)\n")
    (tmp_path / "placement/c.py").write_text("import placement.e\n\n\ndef h(x):\n    return x\n")
    (tmp_path / "placement/d.py").write_text("D = 1\n")
    (tmp_path / "placement/e.py").write_text("E = 1\n")
    return tmp_path


def digests():
    """As another command finds them."""
    for known in (sources._noted, sources._module, sources.digests):
        known.cache_clear()
    return sources.digests("a")


def test_imports_are_followed_wherever_they_stand(tree):
    assert list(digests()) == ["a", "placement/c", "placement/e", "placement/room/b"]


@pytest.mark.parametrize(
    ("file", "old", "new", "changed"),
    [
        ("a.py", "Doc.", "Another.", set()),
        ("a.py", "return b.g(x)", "return b.g(x)  # why", set()),
        ("a.py", "return b.g(x)", "return b.g(\n        x\n    )", set()),
        ("a.py", "b.g(x)", "b.g(x + 1)", {"a"}),
        ("placement/c.py", "return x", "return -x", {"placement/c"}),
        ("placement/d.py", "1", "2", set()),
    ],
)
def test_what_changes_a_digest(tree, file, old, new, changed):
    before = digests()
    source = (tree / file).read_text()
    assert old in source
    (tree / file).write_text(source.replace(old, new))
    after = digests()
    assert {name for name in after if after[name] != before[name]} == changed


def test_commands_parse_a_source_once_unless_what_they_noted_is_damaged(tree, monkeypatch):
    found, parsed = digests(), []
    parse = sources.ast.parse
    monkeypatch.setattr(sources.ast, "parse", lambda text: parsed.append(text) or parse(text))
    assert digests() == found and not parsed
    for damaged in ("", "[1]", "null"):
        (tree / sources.NOTES).write_text(damaged)
        assert digests() == found and len(parsed) == len(found)
        parsed.clear()


@pytest.mark.parametrize("suffix", ["html", "css"])
def test_a_file_beside_a_module_is_part_of_it(tree, suffix):
    (tree / f"placement/c.{suffix}").write_text("<p>")
    before = digests()
    (tree / f"placement/c.{suffix}").write_text("<b>")
    after = digests()
    assert {name for name in after if after[name] != before[name]} == {"placement/c"}


@pytest.mark.parametrize("left", ["c.py~", "c.py.orig", "c.py.rej", "c.html~", "c.bak", "c.d.py", ".c.py.swp"])
def test_what_editors_and_merges_leave_beside_a_module_is_no_part_of_it(tree, left):
    before = digests()
    (tree / "placement" / left).write_text("<p>")
    assert digests() == before


# What each script loads of the package, in one process that keeps the libraries.
LOAD = """
import importlib, json, sys
loaded = {}
for script in sys.argv[1:]:
    importlib.import_module(script)
    loaded[script] = [name for name in sys.modules if name.startswith("placement.")]
    for name in [name for name in sys.modules if name.partition(".")[0] == "placement"]:
        del sys.modules[name]
print(json.dumps(loaded))
"""


def test_no_module_that_a_script_loads_is_left_out():
    command = [sys.executable, "-c", LOAD, *SCRIPTS]
    done = subprocess.run(command, cwd=ROOT / "workflow/scripts", capture_output=True, text=True, check=True)
    sources.digests.cache_clear()
    for script, loaded in json.loads(done.stdout).items():
        modules = {name.replace(".", "/") for name in loaded if name.split(".")[1:] not in ROOMS}
        assert modules and modules <= sources.digests(script).keys(), script


# What each rule goes by; runs are addressed by the first.
RULES = {"train": "placement/training/run", "variance_shift": "placement/training/norm_inputs"} | {
    rule: rule for rule in ("prepare_data", "split_data", "plot_variant", "summarize", "compare", "write_config")
}


@pytest.mark.parametrize(
    ("source", "rules"),
    [
        ("placement/network/layers", "train variance_shift"),
        ("placement/network/backend", "train variance_shift"),
        ("placement/network/batchnorm", "variance_shift"),
        ("placement/training/run", "train"),
        ("placement/training/fit", "train"),
        ("placement/training/checkpoint", "train"),
        ("placement/training/norm_inputs", "variance_shift"),
        ("placement/data/datasets", "prepare_data split_data summarize compare"),
        ("placement/data/arrays", "train variance_shift prepare_data split_data compare"),
        ("placement/data/splits", "train variance_shift split_data compare"),
        ("placement/analysis/metrics", "summarize"),
        ("placement/analysis/paired", "summarize compare"),
        ("placement/analysis/judgements", "compare"),
        ("placement/reading/findings", "compare"),
        ("placement/reading/sections/claims", "compare"),
        ("placement/reading/figures/pareto", "compare"),
        ("placement/reading/figures/look", "plot_variant compare"),
        ("placement/reading/figures/training_curves", "plot_variant"),
        # Where runs are kept, and the scripts around what trains and measures, change no bits.
        ("placement/runs/kept", ""),
        ("train", ""),
        ("variance_shift", ""),
        *((rule, rule) for rule in sorted(RULES.keys() - {"train", "variance_shift"})),
    ],
)
def test_which_rules_a_source_counts_for(source, rules):
    assert (sources.SCRIPTS / f"{source}.py").is_file()
    assert [rule for rule, by in RULES.items() if source in sources.digests(by)] == rules.split()


# What the Pythons write differently: f-strings, type parameters' fields, strings that only newer ones can print.
SYNTAX = '''
import os, placement.room.b as b
class A(b.B, metaclass=type):
    """Doc."""
    x: int = 1_000; y = (1.5e-7, 2j, b"\\x00\\xff", None, ..., True, u"u", "\\u0378 \\U0001fae8", "")
    @property
    async def f(self, /, a, *b, c=3, **d) -> "list[int]":
        return [f"{a!r:>{c}}" "tail" f"{a=} {{}} {d['k']:{c}.{c}f}" f"", *b] if not (a := lambda: 0) else f"{a:}"
match A():
    case {"k": [1, *_], **rest} | A(x=0): pass
try: pass
except* (OSError, ValueError) as error: raise error from None
'''
CODE = "import sys, ast; from placement import sources; print(sources._digest(ast.parse(sys.stdin.read()), []))"


@pytest.mark.parametrize("version", ["3.11", "3.12", "3.13"])
def test_a_digest_is_the_same_under_every_python(version):
    """Written down for each: the one that runs the tests is always held to it, the others where they are installed."""
    here = f"{sys.version_info.major}.{sys.version_info.minor}" == version
    python = sys.executable if here else shutil.which(f"python{version}")
    run = python and subprocess.run(
        [python, "-c", CODE],
        input=SYNTAX,
        cwd=ROOT / "workflow/scripts",
        env=os.environ | {"PYENV_VERSION": version},  # pyenv has a name for each Python, and runs the chosen one
        capture_output=True,
        text=True,
    )
    if not run or (not here and run.returncode == 127):
        pytest.skip(f"no python{version} here")
    assert (run.stdout.strip(), run.stderr) == ("93a38997e365", "")


def test_no_pythonpath_decides_which_code_runs(tmp_path, monkeypatch):
    """Neither another checkout's scripts nor an unrelated package of that name."""
    hostile = tmp_path / "other"
    (hostile / "placement").mkdir(parents=True)
    (hostile / "placement/__init__.py").write_text("raise SystemExit('other code')")
    monkeypatch.setenv("PYTHONPATH", str(hostile))
    checkout = Checkout.create(tmp_path / "checkout", dataset={"name": "digits"})
    process = checkout.start_anew("results/data/digits/fingerprint.json")
    printed, _ = process.communicate(timeout=300)
    assert process.returncode == 0 and "digits: 1438 + 359 images" in printed, printed
