"""Estimates under one another: of each question those of the studies, and what they say together."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from placement.reading.figures import parts
from placement.reading.figures.backend import Figure, mpl
from placement.reading.figures.look import GREY, LOOK, OKABE_ITO, ROW, WIDTH


class Line(NamedTuple):
    """A line of a forest plot.

    Attributes:
        label: whose estimate it is; of a line without one, the heading of those below.
        estimate, low, high: with its interval; NaN where there is none.
        ahead: (low, high) of the prediction interval, where the line is several studies' mean.
    """

    label: str
    estimate: float = np.nan
    low: float = np.nan
    high: float = np.nan
    ahead: tuple[float, float] | None = None


@mpl.rc_context(LOOK)
def draw(lines: Sequence[Line], axis_label: str) -> Figure:
    """A square for each estimate and a diamond, over the prediction interval, for each mean; zero is marked.

    What is far from all others ends in an arrow at the page's edge: an interval, or an estimate.
    """
    figure = Figure((WIDTH, 0.9 + 0.62 * ROW * len(lines)), layout="constrained")
    axes = figure.subplots()
    limit = _limit(lines)
    axes.axvline(0, color=GREY, linewidth=0.8, zorder=1)
    for row, line in enumerate(lines):
        if not np.isfinite(line.estimate):
            continue
        colour = OKABE_ITO[0] if line.ahead is None else OKABE_ITO[1]
        if line.ahead is not None and np.isfinite(line.ahead[0]):
            axes.plot(np.clip(line.ahead, -limit, limit), [row, row], color=colour, linewidth=4, alpha=0.25, zorder=2)
        if np.isfinite(line.low):
            axes.plot(np.clip([line.low, line.high], -limit, limit), [row, row], color=colour, linewidth=1.2, zorder=2)
            for end, marker in ((line.low, "<"), (line.high, ">")):
                if abs(end) > limit:
                    axes.plot(np.sign(end) * limit, row, marker, color=colour, markersize=4, zorder=3)
        marker = "s" if line.ahead is None else "D"
        if abs(line.estimate) > limit:
            marker = "<" if line.estimate < 0 else ">"
        axes.plot(np.clip(line.estimate, -limit, limit), row, marker, color=colour, zorder=3)
    axes.set_yticks(range(len(lines)), [parts.wrapped(line.label, 60) for line in lines])
    for label, line in zip(axes.get_yticklabels(), lines, strict=True):
        label.set_fontweight("normal" if np.isfinite(line.estimate) else "bold")
    axes.set_ylim(len(lines) - 0.4, -0.6)
    axes.set_xlim(-1.04 * limit, 1.04 * limit)
    axes.grid(axis="y", visible=False)
    axes.tick_params(axis="y", length=0)
    axes.set_xlabel(axis_label)
    return figure


def _limit(lines: Sequence[Line]) -> float:
    """Half the width of the axis: nine of ten estimates with room to spare, and intervals up to three times as far."""
    estimates = [abs(line.estimate) for line in lines if np.isfinite(line.estimate)]
    ends = [abs(end) for line in lines for end in (line.low, line.high) if np.isfinite(end)]
    farthest = max(estimates, default=1.0)
    usual = min(farthest, 2 * float(np.quantile(estimates, 0.9))) if estimates else farthest
    return max(usual * 1.1, min(max(ends, default=usual), 3 * usual)) or 1.0
