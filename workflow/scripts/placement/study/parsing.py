"""Configs as people write them, in files and on the command line, read as YAML.

Snakemake has read them already by the time that ours is asked. It keeps the last of two equal keys without a word, and
leaves nested values of the command line text.
"""

import ast
import json
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import yaml


def repeated_names(file: str | Path) -> list[str]:
    """The names that a YAML or JSON file gives twice in one mapping, a line of text each.

    A key that overrides one of a merge (`<<: *base`) isn't given twice.
    """
    text = Path(file).read_text(encoding="utf-8-sig")
    try:
        return _repeated_in_json(text)
    except ValueError:
        pass
    loader = yaml.FullLoader(text)
    try:
        return [f"line {line}: '{name}' is given twice, expected it once" for line, name in _repeated(loader)]
    finally:
        loader.dispose()


def _repeated_in_json(text: str) -> list[str]:
    repeated: list[str] = []

    def note(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        counts = Counter(name for name, _ in pairs)
        repeated.extend(f"'{name}' is given twice, expected it once" for name, count in counts.items() if count > 1)
        return dict(pairs)

    json.loads(text, object_pairs_hook=note)
    return repeated


def _repeated(loader: yaml.FullLoader) -> Iterator[tuple[int, Any]]:
    """(line, name) of each name that its mapping has already: on the nodes, before anything is merged."""
    pending, seen = [loader.get_single_node()], set()
    while pending:
        node = pending.pop()
        if id(node) in seen:  # of an anchor
            continue
        seen.add(id(node))
        if isinstance(node, yaml.SequenceNode):
            pending += reversed(node.value)
        elif isinstance(node, yaml.MappingNode):
            names: list[Any] = []
            for key, _ in node.value:
                name = key.value if key.tag == "tag:yaml.org,2002:merge" else loader.construct_object(key, deep=True)
                if name in names:
                    yield key.start_mark.line + 1, name
                names.append(name)
            pending += [value for _, value in reversed(node.value)]


def command_line(entries: Iterable[str]) -> dict[str, Any]:
    """The config of `--config KEY=VALUE ...`, values as Python's literals or YAML, both of which Snakemake documents.

    Args:
        entries: as they were given, and as Snakemake has accepted them.
    """
    return {key: _value(text) for key, text in (entry.split("=", 1) for entry in entries)}


def _value(text: str) -> Any:
    try:
        return ast.literal_eval(text)
    except (ValueError, TypeError, SyntaxError, MemoryError, RecursionError):
        pass
    try:
        return yaml.load(text, Loader=yaml.FullLoader)
    except (yaml.YAMLError, ValueError):  # the latter of what looks like a date or a number, and is none
        return text
