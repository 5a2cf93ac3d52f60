"""What code a result depends on: a source and the modules of this package that it reaches by its imports.

Rules carry this as a parameter, so that an edit reruns exactly the stages whose code it changed. Comments, docstrings,
formatting and a file's age change no result, so they count for nothing. What a module reads beside it, the files that
have its name and one of the suffixes BESIDE, is part of it.
"""

import ast
import hashlib
import json
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from functools import cache
from pathlib import Path

from placement.errors import InputError
from placement.files import atomic

SCRIPTS = Path(__file__).parent.parent
PACKAGE = Path(__file__).parent.name
# What may begin with a docstring, which counts for nothing.
_DESCRIBED = (ast.Module, ast.ClassDef, ast.FunctionDef)
# No others: editors and merges leave files such as fit.py~ and fit.py.orig.
BESIDE = (".css", ".html")
# Beside Python's own: parsing all sources again takes a command as long as reading its study and runs.
NOTES = "__pycache__/digests.json"


@cache
def digests(source: str) -> dict[str, str]:
    """Name -> digest of a source (a path below SCRIPTS without suffix, such as 'compare') and of all modules that it
    reaches."""
    found: dict[str, str] = {}
    pending = [source]
    known = len(_noted())
    while pending:
        name = pending.pop()
        if name not in found:
            found[name], imports = _module(name)
            pending += [path for path in imports if (SCRIPTS / f"{path}.py").is_file()]
    if len(_noted()) > known:
        with suppress(InputError), atomic(SCRIPTS / NOTES) as temporary:
            temporary.write_text(json.dumps(_noted()), encoding="utf-8")
    return dict(sorted(found.items()))


@cache
def _noted() -> dict[str, tuple[str, list[str]]]:
    """What `_module` found, by the content that it was found of."""
    try:
        return dict(json.loads((SCRIPTS / NOTES).read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError):
        return {}


@cache
def _module(name: str) -> tuple[str, list[str]]:
    """The digest of a source and what it may import of the package."""
    path = SCRIPTS / f"{name}.py"
    text = path.read_bytes()
    beside = [file.read_bytes() for file in map(path.with_suffix, BESIDE) if file.is_file()]
    content = hashlib.sha256(b"\0".join([Path(__file__).read_bytes(), text, *beside])).hexdigest()
    if content not in _noted():
        tree = ast.parse(text)
        _noted()[content] = (_digest(tree, beside), _imports(tree))
    return _noted()[content]


def _imports(tree: ast.Module) -> list[str]:
    """What is imported of the package anywhere in a source, modules and names in them, as paths below SCRIPTS.

    A room's `__init__.py` holds nothing but its docstring (tests/test_rooms.py), so that it needs no digest.
    """
    names = []
    for node in _statements(tree.body):
        if isinstance(node, ast.Import):
            names += [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module:
            names += [node.module, *(f"{node.module}.{alias.name}" for alias in node.names)]
    return [name.replace(".", "/") for name in names if name.startswith(f"{PACKAGE}.")]


def _statements(body: Iterable[ast.AST]) -> Iterator[ast.AST]:
    """All statements, those within others too."""
    for node in body:
        yield node
        for part in ("body", "orelse", "finalbody", "handlers", "cases"):
            yield from _statements(getattr(node, part, ()))


def _digest(tree: ast.Module, beside: Sequence[bytes]) -> str:
    return hashlib.sha256(b"\0".join([_canonical(tree).encode(), *beside])).hexdigest()[:12]


def _canonical(node: object) -> str:
    """What a syntax tree says, in text that is the same under every Python: types of nodes and fields that hold
    something. Newer Pythons add fields, which are empty in older code; they differ in how they write source again, and
    in how they cut the text of an f-string."""
    if isinstance(node, list):
        return f"[{','.join(map(_canonical, node))}]"
    if not isinstance(node, ast.AST):
        return ascii(node)
    if isinstance(node, ast.Constant):  # its value may be None; its kind says u"", which is no other text
        return f"Constant(value={node.value!a})"
    said = []
    for name in node._fields:
        value: object = getattr(node, name, None)
        if name == "body" and isinstance(node, _DESCRIBED) and ast.get_docstring(node, clean=False) is not None:
            value = node.body[1:] or [ast.Pass()]
        elif isinstance(node, ast.JoinedStr):
            value = _joined(node.values)
        if value is not None and value != [] and not _is_empty(value):
            said.append(f"{name}={_canonical(value)}")
    return f"{type(node).__name__}({','.join(said)})"


def _joined(values: list[ast.expr]) -> list[ast.expr]:
    """The parts of an f-string, neighbouring texts put together and empty ones left out."""
    joined: list[ast.expr] = []
    for value in values:
        last = joined[-1] if joined else None
        if isinstance(value, ast.Constant) and isinstance(last, ast.Constant):
            joined[-1] = ast.Constant(str(last.value) + str(value.value))
        elif not (isinstance(value, ast.Constant) and value.value == ""):
            joined.append(value)
    return joined


def _is_empty(node: object) -> bool:
    """Whether it is an f-string without any part, which some Pythons make of a format that isn't there."""
    return isinstance(node, ast.JoinedStr) and not _joined(node.values)
