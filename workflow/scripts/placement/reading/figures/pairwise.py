"""All pairs of variants."""

from collections.abc import Mapping

import numpy as np
import pandas as pd

from placement.reading.figures import parts
from placement.reading.figures.backend import Figure, TwoSlopeNorm, mpl
from placement.reading.figures.look import GREY, LOOK, Style


@mpl.rc_context(LOOK)
def draw(comparisons: pd.DataFrame, styles: Mapping[str, Style]) -> Figure:
    """Matrix of mean differences, row minus column, in points.

    Args:
        comparisons: the family 'all' of families.compare_families: left, right, difference, distinguishable,
            equivalent.
        styles: in config order.
    """
    order = {variant: i for i, variant in enumerate(styles)}
    matrix = np.full((len(order), len(order)), np.nan)
    marks = np.full(matrix.shape, "", dtype=object)
    for row in comparisons.itertuples():
        i, j = order[row.left], order[row.right]
        matrix[i, j], matrix[j, i] = row.difference, -row.difference
        marks[i, j] = marks[j, i] = "*" if row.distinguishable else "=" if row.equivalent else ""
    size = 0.5 * len(order)
    figure = Figure((max(3.1 + size, 4.5), max(2.1 + size, 3.0)), layout="constrained")
    axes = figure.subplots()
    limit = np.nanmax(np.abs(matrix), initial=0) or 1
    names = [style.label for style in styles.values()]
    cells = parts.cells(axes, matrix, names, "PuOr_r", TwoSlopeNorm(0, -limit, limit))
    for (i, j), value in np.ndenumerate(matrix):
        if np.isfinite(value):
            text = f"{value:+.2f}{marks[i, j]}".replace("-", "\N{MINUS SIGN}")
            parts.annotate(cells, i, j, value, text, bold=marks[i, j] == "*")
    axes.set_title("Test accuracy, row minus column (points)")
    figure.supxlabel(
        "* distinguishable    = equivalent (both adjusted over all pairs)    no mark: undecided", color=GREY
    )
    return figure
