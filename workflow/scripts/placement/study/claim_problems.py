"""All that can be wrong with claims as a config writes them."""

from collections.abc import Iterator, Mapping, Sequence
from difflib import get_close_matches
from typing import Any

from placement.study import levels
from placement.study.claims import Cells, Claim, Named, as_list, part_text
from placement.study.contrasts import cells, contrasts, matched
from placement.study.grids import Grid
from placement.study.measures import CLAIMABLE, MEASURES
from placement.study.problems import Problem, one_of

Path = tuple[str | int, ...]


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
    for index, written in enumerate(claims):
        claim, path = Claim.of(written), ("comparison", "claims", index)
        first = sentences.setdefault(" ".join(claim.sentence.split()), index)
        if first != index:
            yield Problem((*path, "sentence"), f"is that of claim {first} too, expected one of its own")
        yield from _of_measure(written, path)
        if not claim.speaks_of_levels:
            yield from _of_names(claim, path, variants, grid)
            continue
        found = list(_of_levels(written, claim, path, grid))
        yield from found or _of_cells(claim, path, grid)


def _of_measure(written: Mapping[str, Any], path: Path) -> Iterator[Problem]:
    metric, equal = written["metric"], written["direction"] == "equal"
    if metric not in CLAIMABLE:
        yield Problem((*path, "metric"), _no_measure(metric))
    elif equal and "rope" not in written and not MEASURES[metric].is_accuracy:
        yield Problem(
            (*path, "rope"),
            f"missing, expected a number above 0: what counts as equal in {metric}, which is no accuracy",
        )
    for key in ("source", "claimed"):
        if key in written and "sources" in written:
            yield Problem((*path, key), "given beside sources, expected one of them")
    for index, source in enumerate(written.get("sources", [])):
        if "difference" in source:
            if source["difference"] <= 0 and not equal:
                yield Problem(
                    (*path, "sources", index, "difference"),
                    f"found {source['difference']!r}, expected a number above 0 of the first that states one, since it "
                    "says what is claimed",
                )
            break
    mapping = isinstance(written.get("claimed"), Mapping)
    claimed = written["claimed"]["difference"] if mapping else written.get("claimed", 1)
    if claimed <= 0 and not equal:
        yield Problem(
            (*path, "claimed", "difference") if mapping else (*path, "claimed"),
            f"found {claimed!r}, expected a number above 0, the size that was claimed in that direction",
        )


def _of_names(claim: Claim, path: Path, variants: Sequence[str], grid: Grid | None) -> Iterator[Problem]:
    assert isinstance(claim.left, Named) and isinstance(claim.right, Named)
    for key, side in (("left", claim.left), ("right", claim.right)):
        for name in side.variants:
            if name not in variants:
                level = _as_level(name, grid)
                yield Problem((*path, key), f"found {name!r}, expected {one_of(variants, name)}{level}")
    for name in claim.right.variants:
        if name in claim.left.variants:
            yield Problem(
                (*path, "right"), f"found {name!r}, which is on the left too, expected variants to compare it with"
            )


def _of_levels(written: Mapping[str, Any], claim: Claim, path: Path, grid: Grid | None) -> Iterator[Problem]:
    """Of each key alone: the grid, factors and levels that it takes."""
    given: dict[Path, Mapping[str, Any]] = {}
    for key, side in (("left", claim.left), ("right", claim.right)):
        if isinstance(side, Cells):
            given[(key, "where")] = written[key]["where"]
        else:
            yield Problem(
                (*path, key),
                f"found {written[key]!r}, expected {{where: levels}}: a part of the grid, and a side that is one, are "
                "compared by level",
            )
    if "within" in written:
        given[("within",)] = written["within"]
    if "against" in written:
        given[("against", "within")] = written["against"]["within"]
        if "within" not in written:
            yield Problem((*path, "within"), "missing, expected the part of the grid that is held against the other")
    for keys, part in given.items():
        if grid is None:
            yield Problem((*path, *keys), f"found {dict(part)!r}, expected variants by name: the study has no grid")
            continue
        for factor, wanted in part.items():
            if factor not in grid.factors:
                yield Problem(
                    (*path, *keys, factor), f"unknown factor of the grid, expected one of {', '.join(grid.factors)}"
                )
                continue
            names = grid.factors[factor]
            for level in as_list(wanted):
                if levels.name(level) not in names:
                    yield Problem((*path, *keys, factor), f"found {level!r}, expected one of {', '.join(names)}")


def _of_cells(claim: Claim, path: Path, grid: Grid | None) -> Iterator[Problem]:
    """Of a claim by level whose every key is sound, together: cells that are on both sides, or on none."""
    if grid is None:
        return
    assert isinstance(claim.left, Cells) and isinstance(claim.right, Cells)
    sides = {"left": claim.left, "right": claim.right}
    for key, side in sides.items():
        for factor in side.where:
            if factor in claim.within:
                yield Problem((*path, "within", factor), f"is in {key}.where too, expected a factor in one of them")
                return
    if claim.against is not None and set(claim.against) != set(claim.within):
        found, expected = ", ".join(claim.against), ", ".join(claim.within)
        yield Problem((*path, "against", "within"), f"found the factors {found}, expected those of within: {expected}")
        return
    parts = cells(claim, grid)
    restrictions = [claim.within] if claim.against is None else [claim.within, claim.against]
    for restriction, left, right in zip(restrictions, parts[::2], parts[1::2], strict=True):
        for (key, side), cells_of in zip(sides.items(), (left, right), strict=True):
            if not cells_of:
                wanted = part_text(side.where | restriction)
                yield Problem((*path, key), f"no cell of the grid has {wanted}, expected one at least")
                return
        if left & right:
            yield Problem((*path, "right"), f"{_example(left & right, grid)} on the left too, expected other levels")
            return
    if claim.against is not None and (shared := (parts[0] | parts[1]) & (parts[2] | parts[3])):
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


def _as_level(name: str, grid: Grid | None) -> str:
    """How a claim is made of all variants with a level, where a variant's name is one."""
    factor = next((factor for factor, names in grid.factors.items() if name in names), None) if grid else None
    return f", or {{where: {{{factor}: {name}}}}} for all variants with that level" if factor else ""


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
