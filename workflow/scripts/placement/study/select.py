"""comparison.select: what each placement's level is chosen over, by which measure, and what can be wrong with it."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any

from placement.study.grids import Grid
from placement.study.problems import Problem
from placement.study.seeds import listed

# Of validation alone: a choice that looked at the test would flatter what the test then says of it.
BY = ("validation_accuracy", "best_validation_accuracy")


def over(select: Mapping[str, Any]) -> list[str]:
    """The factors that are selected over."""
    return [select["over"]] if isinstance(select["over"], str) else list(select["over"])


def choosing_seeds(select: Mapping[str, Any]) -> list[int] | None:
    """The seeds that choose and don't judge; None where all do both."""
    return listed(select["seeds"]) if "seeds" in select else None


def placements(grid: Grid, over: Sequence[str]) -> dict[str, dict[str, str]]:
    """{placement: {level: variant}}, both in the order of the cells, and named by the levels of their factors.

    Of levels at which a placement is the same network, it has the first alone.
    """
    found: dict[str, dict[str, str]] = {}
    for levels, variant in grid.cells.items():
        named = dict(zip(grid.factors, levels, strict=True))
        candidates = found.setdefault(", ".join(named[f] for f in grid.factors if f not in over), {})
        if variant not in candidates.values():
            candidates[", ".join(named[f] for f in over)] = variant
    return found


def where(candidates: Mapping[str, Mapping[str, str]], variant: str) -> tuple[str, str]:
    """The first of `placements` that has the variant, and its level there."""
    return next(
        (placement, level)
        for placement, levels in candidates.items()
        for level, name in levels.items()
        if name == variant
    )


def problems(
    select: Mapping[str, Any],
    factors: Sequence[str],
    cells: Collection[str],
    baseline: str | None,
    seeds: Sequence[int],
) -> Iterator[Problem]:
    """What is wrong with a `select` that is as the schema wants it.

    Args:
        factors: of the grid; none where the study has none.
        cells: variants of the grid.
        baseline: comparison.baseline; None where it is no variant.
        seeds: of the study; none where they aren't known.
    """
    path = ("comparison", "select")
    if not factors:
        yield Problem(path, "found it in a study without `grid`, expected one, over whose factors to select")
        return
    for factor in over(select):
        if factor not in factors:
            yield Problem((*path, "over"), f"found {factor!r}, expected factors of the grid: {', '.join(factors)}")
    if set(factors) <= set(over(select)):
        yield Problem((*path, "over"), "found every factor of the grid, expected one at least to be left to compare")
    if select["by"] not in BY:
        yield Problem(
            (*path, "by"), f"found {select['by']!r}, expected a measure of validation alone, {' or '.join(BY)}"
        )
    choosing = choosing_seeds(select)
    if choosing is not None and seeds and not set(choosing) < set(seeds):
        yield Problem(
            (*path, "seeds"),
            f"found {select['seeds']!r}, expected some of the study's {len(seeds)} seeds, and others of them left to "
            "judge",
            (("seeds",),),
        )
    if baseline is not None and baseline not in cells:
        yield Problem(
            ("comparison", "baseline"),
            f"found {baseline!r}, which is no cell of the grid, expected one, since comparison.select compares its "
            "placement with the others",
        )
