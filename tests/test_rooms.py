"""The rooms of the package: who may import whom, and who imports TensorFlow."""

import ast
import os
from pathlib import Path

import pytest

from checkout import ROOT

PACKAGE = ROOT / "workflow/scripts/placement"
# What every room may use stands beside the rooms, and uses none of them.
MAY_IMPORT = {
    "": set(),
    "data": set(),
    "network": set(),
    "study": {"data", "network", "training"},
    "training": {"data", "network"},
    "runs": set(),
    "analysis": {"data", "network", "runs", "study"},
    "reading": {"analysis", "study"},
}
MODULES = sorted(PACKAGE.rglob("*.py"))


def room(path: Path) -> str:
    parts = path.relative_to(PACKAGE).parts
    return parts[0] if len(parts) > 1 else ""


def imports(tree: ast.Module) -> set[str]:
    """Dotted names of what is imported, wherever it stands."""
    names = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            names |= {f"{node.module}.{alias.name}" for alias in node.names}
    return names


def rooms(used: set[str]) -> set[str]:
    """The rooms of the package that dotted names are in."""
    return {name.split(".")[1] for name in used if name.startswith("placement.")} & MAY_IMPORT.keys()


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_imports_go_one_way_and_tensorflow_stays_in_its_rooms(path):
    used = imports(ast.parse(path.read_text()))
    assert rooms(used) <= MAY_IMPORT[room(path)] | {room(path)}
    libraries = {name.split(".")[0] for name in used}
    if room(path) not in ("network", "training"):
        assert not libraries & {"tensorflow", "keras"}
    if path != PACKAGE / "reading/figures/backend.py":  # it keeps a user's settings out of the import
        assert "matplotlib" not in libraries


def test_no_room_is_said_to_use_another_that_it_does_not():
    used = {name: set() for name in MAY_IMPORT}
    for path in MODULES:
        used[room(path)] |= rooms(imports(ast.parse(path.read_text()))) - {room(path)}
    assert used == MAY_IMPORT


@pytest.mark.parametrize(
    "path", [path for path in MODULES if path.name == "__init__.py"], ids=lambda path: path.parent.name
)
def test_a_room_is_described_and_holds_nothing_else(path):
    """Else sources.digests would have to follow it."""
    (docstring,) = ast.parse(path.read_text()).body or [None]
    assert isinstance(docstring, ast.Expr) or path.parent == PACKAGE


def test_there_is_no_circle_of_rooms():
    left = dict(MAY_IMPORT)
    while left:
        free = {name for name, others in left.items() if not others & left.keys()}
        assert free, f"a circle among {sorted(left)}"
        left = {name: others for name, others in left.items() if name not in free}


@pytest.mark.skipif("PYTEST_XDIST_WORKER" not in os.environ, reason="one process runs all tests")
def test_a_files_tests_share_a_worker(request):
    """One cluster is started for all tests of Slurm, and one study for all that change copies of it."""
    assert request.node.nodeid.endswith("@test_rooms")
