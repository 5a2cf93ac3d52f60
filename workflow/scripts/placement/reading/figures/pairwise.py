"""All pairs of variants."""

import textwrap
from collections.abc import Mapping

import numpy as np
import pandas as pd

from placement.analysis.minimum import seeds_to_judge
from placement.reading.figures import parts
from placement.reading.figures.backend import Figure, TwoSlopeNorm, mpl
from placement.reading.figures.look import GREY, LOOK, Style

LARGEST = 24  # variants that have a row each
GROUPS = 12  # of more than that
SHORT = 85  # letters of a group's name: three lines, as many as a row is high


@mpl.rc_context(LOOK)
def draw(comparisons: pd.DataFrame, styles: Mapping[str, Style]) -> Figure:
    """Matrix of mean differences, row minus column, in points.

    More than LARGEST variants are folded into groups of neighbours in the order of their means: a cell is the mean over
    its pairs, and says how many of them are distinguishable.

    Args:
        comparisons: the family 'all' of families.compare_families: left, right, difference, distinguishable,
            equivalent; and n, the complete seeds.
        styles: in config order.
    """
    order = {variant: i for i, variant in enumerate(styles)}
    matrix, apart, same = (np.full((len(order), len(order)), blank) for blank in (np.nan, False, False))
    for row in comparisons.itertuples():
        i, j = order[row.left], order[row.right]
        matrix[i, j], matrix[j, i] = row.difference, -row.difference
        apart[i, j] = apart[j, i] = row.distinguishable
        same[i, j] = same[j, i] = row.equivalent
    names = [style.label for style in styles.values()]
    folded = len(order) > LARGEST
    if folded:
        groups = np.array_split(np.argsort(-np.nanmean(matrix, axis=1), kind="stable"), GROUPS)
        ranges = _ranges(groups)
        names = [
            textwrap.shorten(f"{ranks}: {names[group[0]]} to {names[group[-1]]}", SHORT, placeholder="…")
            for ranks, group in zip(ranges, groups, strict=True)
        ]
        matrix, marks = _folded(matrix, apart, groups)
    else:
        marks = np.where(apart, "*", np.where(same, "=", ""))
    size = 0.5 * len(names)
    figure = Figure((max(3.1 + size, 4.5), max(2.1 + size, 3.0)), layout="compressed")
    axes = figure.subplots()
    limit = np.nanmax(np.abs(matrix), initial=0) or 1
    cells = parts.cells(axes, matrix, names, "PuOr_r", TwoSlopeNorm(0, -limit, limit))
    if folded:
        axes.set_xticks(range(GROUPS), ranges)
    for (i, j), value in np.ndenumerate(matrix):
        if np.isfinite(value):
            text = f"{value:+.2f}{marks[i, j]}".replace("-", "\N{MINUS SIGN}")
            parts.annotate(axes, cells, i, j, value, text, bold="*" in marks[i, j])
    axes.set_title("Test accuracy, row minus column (points)")
    figure.supxlabel(_note(comparisons, folded), color=GREY)
    return figure


def _note(comparisons: pd.DataFrame, folded: bool) -> str:
    """What the marks mean."""
    if not comparisons.empty and comparisons["n"].max() < (minimum := seeds_to_judge(len(comparisons))):
        return f"Fewer than {minimum} seeds: no pair is judged"
    if folded:
        return "Groups in the order of the means; mean over the pairs of a cell, and * how many are distinguishable"
    return "* distinguishable; = equivalent (both adjusted over all pairs); no mark: undecided"


def _ranges(groups: list[np.ndarray]) -> list[str]:
    """The ranks that each group has: '1 to 9', '10 to 18'."""
    ends = np.cumsum([len(group) for group in groups])
    return [f"{end - len(group) + 1} to {end}" for group, end in zip(groups, ends, strict=True)]


def _folded(matrix: np.ndarray, apart: np.ndarray, groups: list[np.ndarray]) -> tuple[np.ndarray, np.ndarray]:
    """Mean and mark of each pair of groups; within a group, of the better half of its pairs, so that none is counted
    twice and the mean is not zero by its making."""
    means = np.full((len(groups), len(groups)), np.nan)
    marks = np.full(means.shape, "", dtype=object)
    for i, rows in enumerate(groups):
        for j, columns in enumerate(groups):
            block, told = matrix[np.ix_(rows, columns)], apart[np.ix_(rows, columns)]
            if i == j:
                upper = np.triu_indices(len(rows), 1)
                block, told = block[upper], told[upper]
            if block.size:
                means[i, j] = block.mean()
                marks[i, j] = f"\n*{told.sum()} of {told.size}" if told.any() else ""
    return means, marks
