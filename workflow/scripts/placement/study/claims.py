"""Who says what a config claims, and all that can be wrong with claims as it writes them; what their sides stand for is
in contrasts.py."""

from collections.abc import Iterator, Mapping, Sequence
from difflib import get_close_matches
from typing import Any, NamedTuple

from placement.study.contrasts import as_list, by_level, cells, contrasts, level_name, levels_text, matched, members
from placement.study.grids import Grid
from placement.study.measures import CLAIMABLE, MEASURES
from placement.study.problems import Problem, one_of

Path = tuple[str | int, ...]


class Source(NamedTuple):
    """One that a claim rests on.

    Attributes:
        cite: who says so; empty where that isn't said.
        difference: the size stated, in the direction of the claim and the metric's unit, below 0 where it says the
            reverse; None where none is stated.
        n: the runs of each side that it was seen in, and `network` what was trained; None and empty where unknown.
    """

    cite: str
    difference: float | None = None
    n: int | None = None
    network: str = ""


def sources(claim: Mapping[str, Any]) -> list[Source]:
    """Those that a claim rests on, in the order of the config: of `sources`, or the one of `source` and `claimed`."""
    if "sources" in claim:
        return [Source(**source) for source in claim["sources"]]
    claimed = claim.get("claimed", {})
    claimed = claimed if isinstance(claimed, Mapping) else {"difference": claimed}
    return [Source(claim.get("source", ""), **claimed)] if claimed or "source" in claim else []


def stated(claim: Mapping[str, Any]) -> list[float]:
    """The sizes that the sources of a claim state, left minus right."""
    sign = -1 if claim["direction"] == "lower" else 1
    return [sign * source.difference for source in sources(claim) if source.difference is not None]


def disagree(claim: Mapping[str, Any]) -> bool:
    """Whether a source says the reverse of what is claimed."""
    differences = [source.difference for source in sources(claim) if source.difference is not None]
    return claim["direction"] != "equal" and any(difference <= 0 for difference in differences)


def named(claim: Mapping[str, Any]) -> list[str]:
    """The variants that a claim names."""
    return [name for side in ("left", "right") for name in members(claim[side])]


def problems(
    claims: Sequence[Mapping[str, Any]], variants: Sequence[str], grid: Grid | None = None
) -> Iterator[Problem]:
    """What is wrong with claims that are as the schema wants them.

    Args:
        claims: of the config.
        variants: the study's, those of its grid among them.
        grid: the study's, None where it has none.
    """
    sentences: dict[str, int] = {}
    for index, claim in enumerate(claims):
        path = ("comparison", "claims", index)
        first = sentences.setdefault(" ".join(claim["sentence"].split()), index)
        if first != index:
            yield Problem((*path, "sentence"), f"is that of claim {first} too, expected one of its own")
        yield from _of_measure(claim, path)
        found = list(_of_levels(claim, path, grid) if _speaks_of_levels(claim) else _of_names(claim, path, variants))
        yield from found or _of_cells(claim, path, grid)


def _of_measure(claim: Mapping[str, Any], path: Path) -> Iterator[Problem]:
    metric, equal = claim["metric"], claim["direction"] == "equal"
    if metric not in CLAIMABLE:
        yield Problem((*path, "metric"), _no_measure(metric))
    elif equal and "rope" not in claim and not MEASURES[metric].is_accuracy:
        yield Problem(
            (*path, "rope"),
            f"missing, expected a number above 0: what counts as equal in {metric}, which is no accuracy",
        )
    for key in ("source", "claimed"):
        if key in claim and "sources" in claim:
            yield Problem((*path, key), "given beside sources, expected one of them")
    for index, source in enumerate(claim.get("sources", [])):
        if "difference" in source:
            if source["difference"] <= 0 and not equal:
                yield Problem(
                    (*path, "sources", index, "difference"),
                    f"found {source['difference']!r}, expected a number above 0 of the first that states one, since it "
                    "says what is claimed",
                )
            break
    mapping = isinstance(claim.get("claimed"), Mapping)
    claimed = claim["claimed"]["difference"] if mapping else claim.get("claimed", 1)
    if claimed <= 0 and not equal:
        yield Problem(
            (*path, "claimed", "difference") if mapping else (*path, "claimed"),
            f"found {claimed!r}, expected a number above 0, the size that was claimed in that direction",
        )


def _of_names(claim: Mapping[str, Any], path: Path, variants: Sequence[str]) -> Iterator[Problem]:
    for side in ("left", "right"):
        for name in members(claim[side]):
            if name not in variants:
                yield Problem((*path, side), f"found {name!r}, expected {one_of(variants, name)}")
    for name in members(claim["right"]):
        if name in members(claim["left"]):
            yield Problem(
                (*path, "right"), f"found {name!r}, which is on the left too, expected variants to compare it with"
            )


def _speaks_of_levels(claim: Mapping[str, Any]) -> bool:
    return by_level(claim["left"]) or by_level(claim["right"]) or "within" in claim or "against" in claim


def _of_levels(claim: Mapping[str, Any], path: Path, grid: Grid | None) -> Iterator[Problem]:
    """Of each key alone: the grid, factors and levels that it takes."""
    given: dict[Path, Mapping[str, Any]] = {}
    for side in ("left", "right"):
        if by_level(claim[side]):
            given[(side, "where")] = claim[side]["where"]
        else:
            yield Problem(
                (*path, side),
                f"found {claim[side]!r}, expected {{where: levels}}: a part of the grid, and a side that is one, are "
                "compared by level",
            )
    if "within" in claim:
        given[("within",)] = claim["within"]
    if "against" in claim:
        given[("against", "within")] = claim["against"]["within"]
        if "within" not in claim:
            yield Problem((*path, "within"), "missing, expected the part of the grid that is held against the other")
    for keys, levels in given.items():
        if grid is None:
            yield Problem((*path, *keys), f"found {dict(levels)!r}, expected variants by name: the study has no grid")
            continue
        for factor, wanted in levels.items():
            if factor not in grid.factors:
                yield Problem(
                    (*path, *keys, factor), f"unknown factor of the grid, expected one of {', '.join(grid.factors)}"
                )
                continue
            names = grid.factors[factor]
            for level in as_list(wanted):
                if level_name(level, names) is None:
                    yield Problem((*path, *keys, factor), f"found {level!r}, expected one of {', '.join(names)}")


def _of_cells(claim: Mapping[str, Any], path: Path, grid: Grid | None) -> Iterator[Problem]:
    """Of a claim whose every key is sound, together: cells that are on both sides, or on none."""
    if grid is None or not _speaks_of_levels(claim):
        return
    within = claim.get("within", {})
    for side in ("left", "right"):
        for factor in claim[side]["where"]:
            if factor in within:
                yield Problem((*path, "within", factor), f"is in {side}.where too, expected a factor in one of them")
                return
    if "against" in claim and set(claim["against"]["within"]) != set(within):
        found, expected = ", ".join(claim["against"]["within"]), ", ".join(within)
        yield Problem((*path, "against", "within"), f"found the factors {found}, expected those of within: {expected}")
        return
    parts = cells(claim, grid)
    restrictions = [within, claim["against"]["within"]] if "against" in claim else [within]
    for restriction, left, right in zip(restrictions, parts[::2], parts[1::2], strict=True):
        for side, cells_of in (("left", left), ("right", right)):
            if not cells_of:
                levels = levels_text(claim[side]["where"] | restriction)
                yield Problem((*path, side), f"no cell of the grid has {levels}, expected one at least")
                return
        if left & right:
            yield Problem((*path, "right"), f"{_example(left & right, grid)} on the left too, expected other levels")
            return
    if "against" in claim and (shared := (parts[0] | parts[1]) & (parts[2] | parts[3])):
        yield Problem(
            (*path, "against", "within"), f"{_example(shared, grid)} within `within` too, expected other levels"
        )
    elif not matched(claim, grid).used:
        yield Problem(
            (*path, "right"),
            "no combination of the grid's other factors has all cells of the claim, expected one at least",
        )
    elif not contrasts(claim, grid)[0].weights:
        yield Problem((*path, "right"), "stands for the same runs as the left, expected others to compare them with")


def _example(shared: set[tuple[str, ...]], grid: Grid) -> str:
    cell = next(cell for cell in grid.cells if cell in shared)
    return f"the cell {', '.join(f'{f}: {level}' for f, level in zip(grid.factors, cell, strict=True))} is"


def _no_measure(metric: str) -> str:
    if metric in MEASURES:
        return f"found {metric!r}, {MEASURES[metric].unclaimable}, expected one of {', '.join(CLAIMABLE)}"
    near = get_close_matches(metric, CLAIMABLE)
    return (
        f"found {metric!r}, expected {' or '.join(near)}"
        if near
        else f"found {metric!r}, expected one of " + (", ".join(CLAIMABLE))
    )
