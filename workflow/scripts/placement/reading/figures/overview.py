"""All questions and all studies at a glance: which way each difference points, how large it is, and how sure."""

from collections.abc import Sequence
from functools import partial

import numpy as np
import pandas as pd

from placement.reading.figures import parts
from placement.reading.figures.backend import Figure, Line2D, mpl
from placement.reading.figures.look import GREY, LOOK, OKABE_ITO, ROW, WIDTH

# By the sign of first minus second.
MARKS = {1: ("^", OKABE_ITO[0], "the first is ahead"), -1: ("v", OKABE_ITO[1], "the second is ahead")}
SMALLEST, LARGEST = 3.0, 13.0  # points of the page, across a mark


@mpl.rc_context(LOOK)
def draw(questions: Sequence[str], studies: Sequence[str], contrasts: pd.DataFrame) -> Figure:
    """A row a question, a column a study; where the study asks it, a triangle.

    It points up where the first placement is ahead, and down where the second is. Its area grows with the difference,
    up to the ninth decile of all. It is filled where the interval leaves zero out.

    Args:
        contrasts: question (an index of questions), study (a name), estimate, low, high in points.
    """
    sizes = contrasts["estimate"].abs()
    most = float(sizes.quantile(0.9)) or 1.0
    labels = [parts.wrapped(question, 48) for question in questions]
    lines = np.array([1 + label.count("\n") for label in labels])
    rows = np.cumsum(lines) - (lines + 1) / 2
    height = 1.9 + 0.5 * lines.sum() * ROW
    figure = Figure((WIDTH, height), layout="constrained")
    axes = figure.subplots()
    for contrast in contrasts.itertuples():
        marker, colour, _ = MARKS[1 if contrast.estimate >= 0 else -1]
        sure = contrast.low > 0 or contrast.high < 0
        axes.plot(
            studies.index(contrast.study),
            rows[contrast.question],
            marker,
            color=colour,
            markerfacecolor=colour if sure else "white",
            markersize=_across(abs(contrast.estimate), most),
        )
    axes.set_yticks(rows, labels)
    axes.set_ylim(lines.sum() - 0.4, -0.6)
    axes.set_xticks(range(len(studies)), studies, rotation=45, ha="left", rotation_mode="anchor")
    axes.xaxis.tick_top()
    axes.set_xlim(-0.6, len(studies) - 0.4)
    axes.tick_params(length=0)
    figure.legend(handles=_legend(most), loc="outside lower left", ncols=3)
    return figure


def _across(size: float, most: float) -> float:
    return max(LARGEST * np.sqrt(min(size / most, 1)), SMALLEST)


def _legend(most: float) -> list[Line2D]:
    mark = partial(Line2D, [], [], linestyle="none")
    grey = partial(mark, marker="^", color=GREY)
    return [
        *(mark(color=colour, marker=marker, label=label, markersize=7) for marker, colour, label in MARKS.values()),
        grey(markerfacecolor="white", markersize=7, label="the interval has zero in it"),
        *(
            grey(markersize=_across(size, most), label=f"{size:.1f} points{more}")
            for size, more in ((most / 4, ""), (most, " or more"))
        ),
    ]
