"""Average ranks, and which are not told apart."""

from collections.abc import Mapping, Sequence

import numpy as np

from placement.reading.figures import parts
from placement.reading.figures.backend import Figure, MaxNLocator, mpl
from placement.reading.figures.look import GREY, LOOK, WIDTH, Style

GAP = "\N{NO-BREAK SPACE}"  # a plain one at the end of a text, or a second one, is lost in an SVG


@mpl.rc_context(LOOK)
def draw(
    ranks: Mapping[str, float],
    groups: Sequence[Sequence[str]],
    difference: float,
    styles: Mapping[str, Style],
) -> Figure:
    """Critical-difference diagram (Demšar 2006): average ranks on a line, bars over those that are not told apart.

    Args:
        ranks: {variant: average rank over seeds}, 1 the best.
        groups: ranks.rank_groups of them.
        difference: the critical one; NaN where there is none, and then no scale is drawn.
        styles: in config order.
    """
    order = sorted(ranks, key=ranks.__getitem__)
    half = (len(order) + 1) // 2
    lines = max(parts.wrapped(styles[variant].label).count("\n") + 1 for variant in order)
    step = 1 if lines == 1 else 0.75 * lines
    labels_from = 0.8 + 0.28 * len(groups)
    bottom = labels_from + step * half
    figure = Figure((WIDTH, 0.6 + 0.19 * (bottom + 1.9)), layout="constrained")
    axes = figure.subplots()
    top_rank = max(len(order), 2)
    margin = 0.62 * (top_rank - 1)
    axes.set(xlim=(1 - margin, top_rank + margin), ylim=(bottom, -1.9 if np.isfinite(difference) else -1.1))
    axes.axis("off")
    axes.plot([1, top_rank], [0, 0], color="black", linewidth=0.8)
    for rank in MaxNLocator(min(top_rank, 10), integer=True).tick_values(1, top_rank):
        if 1 <= rank <= top_rank:
            axes.plot([rank, rank], [0, -0.18], color="black", linewidth=0.8)
            axes.text(rank, -0.3, f"{rank:g}", ha="center", va="bottom", fontsize=7)
    if np.isfinite(difference):
        axes.errorbar([1 + difference / 2], [-1.35], xerr=difference / 2, color="black", linewidth=0.8, capsize=2.5)
        axes.text(
            1 + difference + 0.02 * top_rank, -1.35, f"critical difference {difference:.2f}", va="center", fontsize=7
        )
    for i, variant in enumerate(order):
        style, rank, on_left = styles[variant], ranks[variant], i < half
        y = labels_from + step * (i if on_left else len(order) - 1 - i)
        end = 1 - 0.04 * margin if on_left else top_rank + 0.04 * margin
        axes.plot([rank, rank, end], [0, y, y], color=GREY, linewidth=0.6, zorder=1)
        axes.plot(rank, 0, color=style.colour, marker=style.marker, zorder=3, clip_on=False)
        words = [parts.wrapped(style.label), f"{rank:.2f}"]
        text = (2 * GAP).join(words if on_left else reversed(words))
        axes.text(end, y, f"{GAP}{text}{GAP}", ha="right" if on_left else "left", va="center", fontsize=7)
    for i, group in enumerate(groups):
        ends = [ranks[group[0]], ranks[group[-1]]]
        axes.plot(ends, [0.45 + 0.28 * i] * 2, color="black", linewidth=2.6, solid_capstyle="round", zorder=2)
    return figure
