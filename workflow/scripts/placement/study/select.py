"""comparison.select: what each placement's level is chosen over, by which measure, and what can be wrong with it."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any

from placement.study.problems import Problem

# Of validation alone: a choice that looked at the test would flatter what the test then says of it.
BY = ("validation_accuracy", "best_validation_accuracy")


def over(select: Mapping[str, Any]) -> list[str]:
    """The factors that are selected over."""
    return [select["over"]] if isinstance(select["over"], str) else list(select["over"])


def problems(
    select: Mapping[str, Any], factors: Sequence[str], cells: Collection[str], baseline: str
) -> Iterator[Problem]:
    """What is wrong with a `select` that is as the schema wants it.

    Args:
        factors: of the grid; none where the study has none.
        cells: variants of the grid.
        baseline: comparison.baseline, a variant.
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
    if baseline not in cells:
        yield Problem(
            ("comparison", "baseline"),
            f"found {baseline!r}, which is no cell of the grid, expected one, since comparison.select compares its "
            "placement with the others",
        )
