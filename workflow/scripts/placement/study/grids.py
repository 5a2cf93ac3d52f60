"""Grids: the factors of a study, each with its levels, whose combinations are its cells; a cell is a variant."""

import re
from collections import Counter
from collections.abc import Iterator
from itertools import combinations, product
from math import prod
from typing import Any, NamedTuple

from placement.errors import ConfigError
from placement.network.spec import VariantSpec
from placement.study import levels, networks, variants
from placement.study.levels import Level
from placement.study.problems import Problem

# Of a variant: what can be a folder's name (see the schema).
_LONGEST_NAME = 64
_NAME = re.compile("[A-Za-z0-9][A-Za-z0-9_.-]*")
_MOST_CELLS = 10_000


class Grid(NamedTuple):
    """A grid's cells, each with the variant that is trained there.

    Attributes:
        factors: {factor: names of its levels}, in the order of the config; a factor is named by its key in `grid`, such
            as `training.optimizer.learning_rate`.
        cells: {a level of each factor, in their order: the variant}; excluded cells are absent. Where a key has no
            effect, cells are the same network, which is trained once: they name the same variant.
    """

    factors: dict[str, list[str]]
    cells: dict[tuple[str, ...], str]

    def to_dict(self) -> dict[str, Any]:
        """JSON types, the form that params carry: {factors, cells: [{levels, variant}]}."""
        return {
            "factors": self.factors,
            "cells": [{"levels": list(names), "variant": variant} for names, variant in self.cells.items()],
        }

    @classmethod
    def from_dict(cls, record: dict[str, Any]) -> "Grid":
        """The inverse of to_dict."""
        return cls(record["factors"], {tuple(cell["levels"]): cell["variant"] for cell in record["cells"]})

    @staticmethod
    def pair_name(one: str, other: str) -> str:
        """What the figure of a pair of factors is called."""
        return f"{one}-{other}"

    def columns(self) -> dict[str, dict[str, str]]:
        """{variant: {factor: level}}, where the level is empty if the variant stands for several of the factor's."""
        found: dict[str, list[set[str]]] = {}
        for cell, variant in self.cells.items():
            for names, name in zip(found.setdefault(variant, [set() for _ in cell]), cell, strict=True):
                names.add(name)
        return {
            variant: {
                factor: min(names) if len(names) == 1 else ""
                for factor, names in zip(self.factors, of_variant, strict=True)
            }
            for variant, of_variant in found.items()
        }


class Cell(NamedTuple):
    """A combination of levels and what is trained there; cells with the same variant have the same fields.

    Attributes:
        levels: one of each factor.
        variant: its name.
        fields: of the variant, as if it had been written by hand.
        spec: its network; None where that can't be resolved, as the check of the variants tells.
    """

    levels: tuple[Level, ...]
    variant: str
    fields: dict[str, Any]
    spec: VariantSpec | None


class Expansion(NamedTuple):
    """A config's grid, expanded once.

    Attributes:
        config: the config, whose `variants` hold those of the grid too, as if they had been written there by hand.
        grid: None where it has none.
        cells: all combinations, excluded ones too.
        kept: those that aren't excluded.
    """

    config: dict[str, Any]
    grid: Grid | None
    cells: list[Cell]
    kept: list[Cell]

    @property
    def specs(self) -> dict[str, VariantSpec]:
        """The networks of cells by variant."""
        return {cell.variant: cell.spec for cell in self.kept if cell.spec is not None}


def expanded(config: dict[str, Any]) -> Expansion:
    """The expansion of a config whose grid, variants and what they share are each sound."""
    if "grid" not in config:
        return Expansion(config, None, [], [])
    cells = _cells(config)
    kept = _kept(config, cells)
    factors = {factor: [level.name for level in given] for factor, given in levels.factors(config["grid"]).items()}
    whole = {key: value for key, value in config.items() if key != "grid"}
    whole["variants"] = config.get("variants", {}) | {cell.variant: cell.fields for cell in kept}
    return Expansion(whole, Grid(factors, {_names(cell.levels): cell.variant for cell in kept}), cells, kept)


def too_many(config: dict[str, Any]) -> Iterator[Problem]:
    """Whether a grid, whose factors and levels are sound, has more cells than may be expanded."""
    count = prod(map(len, levels.factors(config["grid"]).values()))
    if count > _MOST_CELLS:
        yield Problem(("grid",), f"has {count} cells, expected at most {_MOST_CELLS}")


def problems(config: dict[str, Any], expansion: Expansion) -> Iterator[Problem]:
    """What is wrong with a grid as a whole, where its factors and levels are sound (levels.problems).

    Args:
        config: as it was expanded.
        expansion: what that gave.
    """
    factors = levels.factors(config["grid"])
    yield from _empty(factors, expansion.kept)
    yield from _without_effect(factors, expansion.cells)
    by_name = {cell.variant: cell for cell in expansion.kept}
    for wrong, expected in (
        (lambda name: name in config.get("variants", {}), "a name that none of `variants` has"),
        (lambda name: len(name) > _LONGEST_NAME, f"{_LONGEST_NAME} characters at most: give levels shorter names"),
        (lambda name: not _NAME.fullmatch(name), "letters, digits, '_', '-' and '.': give levels such names"),
    ):
        if names := [name for name in by_name if wrong(name)]:
            more = f", and {len(names) - 1} more such" if len(names) > 1 else ""
            cell = ", ".join(_names(by_name[names[0]].levels))
            yield Problem(("grid",), f"the cell {cell} would be called {names[0]!r}{more}, expected {expected}")
    # Cells that are the same network share a name and fields; others must share none.
    for name, times in Counter(
        cell.variant for cell in {id(cell.fields): cell for cell in expansion.kept}.values()
    ).items():
        if times > 1:
            yield Problem(("grid",), f"{times} cells would be called {name}, expected levels with other names")
    for name, times in Counter(Grid.pair_name(*pair) for pair in combinations(factors, 2)).items():
        if times > 1:
            yield Problem(
                ("grid",),
                f"{times} pairs of factors would have the figure {name}.png, expected factors with other names",
            )


def _cells(config: dict[str, Any]) -> list[Cell]:
    """All combinations, excluded ones too: so the names don't depend on what is excluded."""
    factors = levels.factors(config["grid"])
    alike: dict[Any, list[tuple[Level, ...]]] = {}
    made_of: dict[Any, tuple[dict[str, Any], VariantSpec | None]] = {}
    for cell in product(*factors.values()):
        fields = levels.nested({path: value for level in cell for path, value in level.fields.items()})
        spec, same = None, repr(_names(cell))
        try:
            fields = networks.without_unused(fields, config)
            spec = networks.resolve(fields, config)
            same = repr((spec, variants.recipe(fields, config)))
        except ConfigError:
            pass
        alike.setdefault(same, []).append(cell)
        made_of.setdefault(same, (fields, spec))
    made: dict[tuple[str, ...], Cell] = {}
    for same, cells in alike.items():
        # Levels that make no difference are no part of the name.
        told = [(factor, cells[0][i]) for i, factor in enumerate(factors) if len({cell[i].name for cell in cells}) == 1]
        told = told or list(zip(factors, cells[0], strict=True))
        variant = "-".join(re.sub("[^A-Za-z0-9_.-]+", "_", level.name) for _, level in told)
        text = ", ".join(levels.label(factor, level.name) for factor, level in told)
        fields, spec = made_of[same]
        fields = {"label": text} | fields
        made |= {_names(cell): Cell(cell, variant, fields, spec) for cell in cells}
    return [made[_names(cell)] for cell in product(*factors.values())]


def _names(cell: tuple[Level, ...]) -> tuple[str, ...]:
    return tuple(level.name for level in cell)


def _kept(config: dict[str, Any], cells: list[Cell]) -> list[Cell]:
    """Those that aren't excluded."""
    at = {factor: i for i, factor in enumerate(levels.factors(config["grid"]))}
    excluded = [
        [(at[factor], levels.name(value)) for factor, value in cell.items()]
        for cell in config["grid"].get(levels.EXCLUDE, [])
    ]
    return [
        cell for cell in cells if not any(all(cell.levels[i].name == name for i, name in each) for each in excluded)
    ]


def _empty(factors: dict[str, list[Level]], kept: list[Cell]) -> Iterator[Problem]:
    at = ("grid", levels.EXCLUDE)
    if not kept:
        yield Problem(at, "leaves no cell, expected to leave some")
        return
    for i, (factor, given) in enumerate(factors.items()):
        left = {cell.levels[i].name for cell in kept}
        for level in given:
            if level.name not in left:
                yield Problem(at, f"leaves no cell of {factor}: {level.name}, expected that level to be left out then")


def _without_effect(factors: dict[str, list[Level]], cells: list[Cell]) -> Iterator[Problem]:
    """Factors whose levels, and keys of levels, that change nothing in any cell."""
    for i, (factor, given) in enumerate(factors.items()):
        others: dict[tuple[str, ...], set[int]] = {}
        kept: dict[str, set[levels.Path]] = {level.name: set() for level in given}
        for cell in cells:
            names = _names(cell.levels)
            others.setdefault((*names[:i], *names[i + 1 :]), set()).add(id(cell.fields))
            kept[names[i]] |= {path for path in cell.levels[i].fields if _has(cell.fields, path)}
        if all(len(made) == 1 for made in others.values()):  # cells that are the same network share their fields
            yield Problem(("grid", factor), "has no effect in any cell, expected one that changes what is trained")
            continue
        for level in given:
            for path in level.fields.keys() - kept[level.name]:
                yield Problem(("grid", factor, level.key), f"{'.'.join(path)} has no effect in any cell")


def _has(fields: dict[str, Any], path: levels.Path) -> bool:
    for key in path:
        if not isinstance(fields, dict) or key not in fields:
            return False
        fields = fields[key]
    return True
