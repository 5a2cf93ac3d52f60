"""What the sides of a claim stand for: weights of variants, by which their runs of a seed are added up to a difference.

A side is a variant; a list of variants, each of which the claim must hold for; {mean: list}, their average; or
{where: {factor: level or levels}}, the average of the matching cells of the study's grid.

Sides by level are compared at equal levels of all other factors. A combination of those counts only where every cell
that the claim speaks of is there on both sides (and, with `against`, in both parts of the grid); else the sides would
differ in more than the claim says.
"""

from collections.abc import Iterator, Mapping, Sequence
from itertools import product
from typing import Any, NamedTuple, TypeGuard

from placement.study import levels
from placement.study.grids import Grid

Side = str | Sequence[str] | Mapping[str, Any]
Levels = dict[str, list[str]]


class Contrast(NamedTuple):
    """A difference, left minus right.

    Attributes:
        name: what is compared, for people.
        weights: of each variant that has one; they sum to zero.
    """

    name: str
    weights: dict[str, float]


class Matched(NamedTuple):
    """Of the combinations of the other factors' levels that have a cell of the claim: how many have them all."""

    used: int
    all: int


def by_level(side: Side) -> TypeGuard[Mapping[str, Any]]:
    """Whether a side stands for cells of the grid."""
    return isinstance(side, Mapping) and "where" in side


def members(side: Side) -> list[str]:
    """The variants that a side names."""
    return [] if by_level(side) else [name for group in _groups(side) for name in group]


def text(side: Side) -> str:
    """A side in words."""
    if by_level(side):
        return levels_text(side["where"])
    names = ", ".join(members(side))
    return f"mean of {names}" if isinstance(side, Mapping) else names


def levels_text(part: Mapping[str, Any]) -> str:
    """A part of a grid in words, as `activation: relu or gelu, order: after`."""
    return ", ".join(f"{factor}: {' or '.join(map(levels.name, as_list(given)))}" for factor, given in part.items())


def as_list(given: Any) -> list[Any]:
    """One level or several."""
    return given if isinstance(given, list) else [given]


def contrasts(claim: Mapping[str, Any], grid: Grid | None = None) -> list[Contrast]:
    """The differences that a claim is about, each pair of a group on the left and one on the right; one by level.

    Args:
        claim: without problems, see claims.problems.
        grid: the study's.
    """
    if by_level(claim["left"]):
        return [Contrast(f"{text(claim['left'])} - {text(claim['right'])}", _match(claim, grid).weights())]
    return [
        Contrast(f"{'/'.join(left)} - {'/'.join(right)}", _sum([(left, 1 / len(left)), (right, -1 / len(right))]))
        for left, right in product(_groups(claim["left"]), _groups(claim["right"]))
    ]


def sides(claim: Mapping[str, Any], grid: Grid | None = None) -> list[tuple[Contrast, Contrast]]:
    """What each of `contrasts` is the difference of: the averages left and right; with `against`, the differences
    within the two parts of the grid."""
    if not by_level(claim["left"]):
        return [
            (_average(left), _average(right))
            for left, right in product(_groups(claim["left"]), _groups(claim["right"]))
        ]
    match = _match(claim, grid)
    if "against" not in claim:
        left, right = text(claim["left"]), text(claim["right"])
        return [(Contrast(left, match.weights((0,))), Contrast(right, match.weights((1,))))]
    within, against = levels_text(claim["within"]), levels_text(claim["against"]["within"])
    return [(Contrast(within, match.weights((0, 1))), Contrast(against, match.weights((2, 3))))]


def _average(group: Sequence[str]) -> Contrast:
    return Contrast("/".join(group), _sum([(group, 1 / len(group))]))


def matched(claim: Mapping[str, Any], grid: Grid) -> Matched:
    """How many combinations of the other factors a claim by level rests on."""
    match = _match(claim, grid)
    return Matched(len(match.complete), match.all)


def cells(claim: Mapping[str, Any], grid: Grid) -> list[set[tuple[str, ...]]]:
    """The cells of the grid that each side of a claim by level speaks of, by part: those of the left and of the right
    within `within`, and then within that of `against`."""
    return [{cell for cell in grid.cells if _is_of(cell, part, grid)} for part in _parts(claim, grid)]


class _Match(NamedTuple):
    """The variants of the complete combinations: for each, those of each part; and how many combinations there are."""

    complete: list[list[list[str]]]
    all: int

    def weights(self, of: Sequence[int] | None = None) -> dict[str, float]:
        """Of the parts with these indices, the first of them plus, the second minus, and so on in turns; of all."""
        signs = (1, -1, -1, 1)
        return _sum(
            (parts[at], sign / len(parts[at]) / len(self.complete))
            for parts in self.complete
            for sign, at in zip(signs, range(len(parts)) if of is None else of, strict=False)
        )


def _match(claim: Mapping[str, Any], grid: Grid | None) -> _Match:
    assert grid is not None, "the check of a config lets no claim by level pass without one"
    told_apart = set(claim["left"]["where"]) | set(claim["right"]["where"])
    if "against" in claim:
        told_apart |= set(claim["within"])
    own = [factor in told_apart for factor in grid.factors]
    parts = _parts(claim, grid)
    there: dict[tuple[str, ...], dict[tuple[str, ...], str]] = {}
    for cell, variant in grid.cells.items():
        if any(_is_of(cell, part, grid) for part in parts):
            others = tuple(level for level, mine in zip(cell, own, strict=True) if not mine)
            there.setdefault(others, {})[tuple(level for level, mine in zip(cell, own, strict=True) if mine)] = variant
    wanted = [list(product(*(names for names, mine in zip(part.values(), own, strict=True) if mine))) for part in parts]
    complete = [
        [[variants[cell] for cell in part] for part in wanted]
        for variants in there.values()
        if all(cell in variants for part in wanted for cell in part)
    ]
    return _Match(complete, len(there))


def _parts(claim: Mapping[str, Any], grid: Grid) -> list[Levels]:
    """The levels of every factor that make up left and right within `within`, and then within that of `against`."""
    within = [claim.get("within", {})]
    if "against" in claim:
        within.append(claim["against"]["within"])
    return [
        {
            factor: [name for name in names if name in _named(part | side["where"], factor, names)]
            for factor, names in grid.factors.items()
        }
        for part in within
        for side in (claim["left"], claim["right"])
    ]


def _named(given: Mapping[str, Any], factor: str, names: list[str]) -> list[str]:
    return [levels.name(level) for level in as_list(given[factor])] if factor in given else names


def level_name(level: Any, names: Sequence[str]) -> str | None:
    """The name of a level as a claim gives it, by its name or its value: 1.0e-3 is '1e-3'. None if there is none."""
    name = levels.name(level)
    return name if name in names else None


def _is_of(cell: tuple[str, ...], part: Levels, grid: Grid) -> bool:
    return all(level in part[factor] for factor, level in zip(grid.factors, cell, strict=True))


def _groups(side: Side) -> list[list[str]]:
    """The groups of variants that a side names; each is averaged, and the claim must hold for every one."""
    if isinstance(side, str):
        return [[side]]
    return [list(side["mean"])] if isinstance(side, Mapping) else [[name] for name in side]


def _sum(terms: Iterator[tuple[Sequence[str], float]] | Sequence[tuple[Sequence[str], float]]) -> dict[str, float]:
    """Weights of variants, each of which may be in several terms; those that cancel out are left out."""
    weights: dict[str, float] = {}
    for variants, weight in terms:
        for variant in variants:
            weights[variant] = weights.get(variant, 0.0) + weight
    return {variant: weight for variant, weight in weights.items() if abs(weight) > 1e-12}
