"""A grid as a config writes it: its factors, the levels of each, what these are called and say of a variant."""

from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any, NamedTuple

from placement.study import schema
from placement.study.measures import MEASURES
from placement.study.merging import KINDS
from placement.study.problems import Problem, one_of

# The keys of a variant that may differ between cells (tests/study/test_grids.py holds them to the schema).
KEYS = ("order", "norm", "activation", "backbone", "dropout", "augmentation", "training")
EXCLUDE = "exclude"
# What beginners give numbers, and the keys that numbers are for.
_OF_NUMBERS = {"dropout": ("rates", "dense_rate")}
# Columns of tables that factors have columns beside.
_TAKEN = {*MEASURES, "label", "run"}

Path = tuple[str, ...]


class Level(NamedTuple):
    """A level of a factor.

    Attributes:
        name: as people read it; empty where it needs one and has none.
        key: its place in the config, a name or an index.
        fields: {path of a key in a variant: value}, where the value is no mapping of further keys.
    """

    name: str
    key: str | int
    fields: dict[Path, Any]


def factors(grid: Mapping[str, Any]) -> dict[str, list[Level]]:
    """{factor: its levels}, of a grid that is as the schema wants it."""
    found: dict[str, list[Level]] = {}
    for factor, given in grid.items():
        if factor != EXCLUDE:
            named = isinstance(given, Mapping)
            at = tuple(factor.split(".")) if _is_key(factor) else ()
            found[factor] = [
                Level(str(key) if named else name(value), key, dict(_fields(at, value)))
                for key, value in (given.items() if named else enumerate(given))
            ]
    return found


def name(value: Any) -> str:
    """What a value is called that has no name given: 1e-3 for 0.001, true, none, the numbers of a list; a mapping is
    called nothing."""
    if isinstance(value, Mapping):
        return ""
    if isinstance(value, list):
        return " ".join(map(name, value))
    if value is None or isinstance(value, bool):
        return {None: "none", True: "true", False: "false"}[value]
    if isinstance(value, float):
        number = Decimal(repr(value + 0.0)).normalize()  # -0.0 is 0
        return min(f"{number:f}", f"{number:e}".replace("+", ""), key=len)
    return " ".join(str(value).split())


def label(factor: str, level: str) -> str:
    """What readers call a level: `relu`, `momentum 0.9`, `learning rate 1e-3`."""
    if "." not in factor:
        return level
    return f"{factor.removesuffix('.kind').rpartition('.')[2].replace('_', ' ')} {level}"


def problems(grid: Mapping[str, Any], ordered: bool = False) -> Iterator[Problem]:
    """What is wrong with factors and levels, one by one.

    Args:
        grid: as the schema wants it.
        ordered: whether the study has an order for all variants.
    """
    found = factors(grid)
    if not found:
        yield Problem(("grid",), "it has no factor, expected one at least; a base's grid can't be left out over it")
        return
    for factor, levels in found.items():
        yield from dict.fromkeys(_problems_of(factor, grid[factor], levels, _variant(schema.load())))
    if not ordered and not any(all(("order",) in level.fields for level in levels) for levels in found.values()):
        yield Problem(
            ("grid",),
            "no factor gives each cell an order, expected a factor `order`, levels that each have one, or `order` "
            "beside the grid for all cells",
        )
    givers: dict[Path, str] = {}
    for factor, levels in found.items():
        for path in dict.fromkeys(path for level in levels for path in _said(level)):
            if (first := givers.setdefault(path, factor)) != factor:
                yield Problem(("grid", factor), f"{'.'.join(path)} is given by {first} too, expected it of one alone")
    for index, cell in enumerate(grid.get(EXCLUDE, [])):
        for factor, value in cell.items():
            at = ("grid", EXCLUDE, index, factor)
            if factor not in found:
                yield Problem(at, f"no factor of the grid, expected {one_of(found, factor)}")
            elif name(value) not in (names := [level.name for level in found[factor]]):
                yield Problem(at, f"found {value!r}, expected {one_of(names, name(value))}")


def _problems_of(factor: str, given: Any, levels: list[Level], variant: dict[str, Any]) -> Iterator[Problem]:
    at = ("grid", factor)
    if factor in _TAKEN:
        yield Problem(at, "is a column of a table already, expected a key of a variant or another name")
        return
    if not _is_key(factor) and not (isinstance(given, Mapping) and all(isinstance(v, Mapping) for v in given.values())):
        meant = [f"{path}, as in `{path}: {given!r}`" for path in dotted(variant) if path.split(".")[-1] == factor]
        yield Problem(
            at,
            f"no key of a variant, expected {meant[0] if len(meant) == 1 else 'one of ' + ', '.join(KEYS)}, "
            "or named levels that are mappings of such keys",
        )
        return
    if factor in _OF_NUMBERS and any(isinstance(level, int | float) for level in _values(given)):
        inner = " or ".join(f"{factor}.{key}" for key in _OF_NUMBERS[factor])
        yield Problem(at, f"found {given!r}, expected mappings; a factor of numbers is {inner}")
        return
    steps = len(factor.split(".")) if _is_key(factor) else 0
    said: dict[str, Level] = {}
    for level in levels:
        if not level.name:
            yield Problem((*at, level.key), f"found {given[level.key]!r}, expected it to have a name: {{name: value}}")
            continue
        if level.name.startswith("_"):
            yield Problem((*at, level.key), "expected a name that doesn't begin with '_': legends leave it out")
        if (first := said.setdefault(level.name, level)) is not level:
            yield Problem((*at, level.key), f"is {level.name!r}, as {first.key} is, expected another level")
        elif twin := next((other for other in said.values() if other is not level and _same(other, level)), None):
            yield Problem((*at, level.key), f"is the same as {twin.name!r}, expected another level")
        for problem in schema.problems(nested(level.fields), variant):
            above = len(problem.path) <= steps and "unknown key" in problem.text
            if "unknown key" in problem.text and problem.path[-1] in KEYS:
                text = (
                    f"no key of {factor}, expected another name for the factor, such as placement: {{{level.key}: …}}"
                )
                yield Problem(at, f"{problem.path[-1]}: {text}")
            else:
                yield problem._replace(path=at if above else (*at, level.key, *problem.path[steps:]))


def dotted(wanted: Mapping[str, Any], at: Path = ()) -> Iterator[str]:
    """The keys that a schema knows, with dots between steps."""
    whole = schema.resolved(wanted, schema.load()["$defs"])
    for part in (whole, *whole.get("oneOf", ()), *whole.get("anyOf", ())):
        for key, inner in part.get("properties", {}).items():
            yield ".".join((*at, key))
            yield from dotted(inner, (*at, key))


def _values(given: Any) -> list[Any]:
    return list(given.values()) if isinstance(given, Mapping) else given


def nested(fields: Mapping[Path, Any]) -> dict[str, Any]:
    """A variant of these keys. A text that stands for a mapping becomes one where more is said of it (`norm: group`
    with `norm.groups`); what is null has no keys."""
    made: dict[str, Any] = {}
    for path in sorted(fields, key=len):
        *folders, key = path
        place: Any = made
        for folder in folders:
            inner = place.setdefault(folder, {})
            if isinstance(inner, str) and folder in KINDS:
                place[folder] = inner = {KINDS[folder]: inner}
            place = inner
            if not isinstance(place, dict):
                break
        else:
            place[key] = fields[path]
    return made


def _fields(at: Path, value: Any) -> Iterator[tuple[Path, Any]]:
    if isinstance(value, Mapping):
        for key, inner in value.items():
            yield from _fields((*at, key), inner)
    elif at:
        yield at, value


def _said(level: Level) -> Iterator[Path]:
    """The keys that a level says something of; of a kind too where its name stands for it (`norm: group`)."""
    for path, value in level.fields.items():
        yield path
        if isinstance(value, str) and path[-1] in KINDS:
            yield (*path, KINDS[path[-1]])


def _is_key(factor: str) -> bool:
    return factor.split(".")[0] in KEYS


def _same(one: Level, other: Level) -> bool:
    return repr(one.fields) == repr(other.fields)


def _variant(wanted: Mapping[str, Any]) -> dict[str, Any]:
    """The schema of what a level says of a variant."""
    whole = wanted["properties"]["variants"]["additionalProperties"]
    return whole | {
        "properties": {key: value for key, value in whole["properties"].items() if key in KEYS},
        "$defs": wanted["$defs"],
    }
