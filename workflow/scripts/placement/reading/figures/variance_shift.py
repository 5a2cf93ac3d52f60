"""What BatchNorm layers assume against what they get."""

from collections.abc import Iterable, Mapping

import numpy as np
import pandas as pd

from placement.analysis import shift, summary
from placement.reading.figures import parts
from placement.reading.figures.backend import Figure, Line2D, mpl
from placement.reading.figures.look import DASHES, GREY, LOOK, ROW, WIDTH, Style

NAMED = 12  # layers on an axis whose names can be read


@mpl.rc_context(LOOK)
def draw(shifts: pd.DataFrame, styles: Mapping[str, Style]) -> Figure:
    """The variance shift of each BatchNorm layer, and the accuracy that re-estimated statistics win back.

    Networks of the same layers share axes; those of another backbone have their own.

    Args:
        shifts: as in shift.variance_shift_table; of variants without BatchNorm there are no rows.
        styles: in config order.
    """
    shifted = {variant: style for variant, style in styles.items() if (shifts["variant"] == variant).any()}
    groups = _of_the_same_layers(shifts, shifted)
    figure = Figure((WIDTH, max(1.3 + ROW * len(shifted), 0.8 + 2.4 * len(groups))), layout="constrained")
    if not shifted:
        figure.text(0.5, 0.5, "No variant of this study has BatchNorm.", ha="center", va="center", color=GREY)
        return figure
    grid = figure.add_gridspec(len(groups), 2)
    table = shift.variance_shift_table(shifts, {variant: style.label for variant, style in shifted.items()})
    for i, (layers, variants) in enumerate(groups.items()):
        left = figure.add_subplot(grid[i, 0])
        for variant in variants:
            style, rows = shifted[variant], table[table["variant"] == variant]
            x = range(len(layers))
            left.plot(x, rows["shift_test"], **parts.line_style(style, linestyle="-"))
            left.plot(x, rows["shift_train"], **parts.line_style(style, linestyle=DASHES[2], markerfacecolor="white"))
        shown = range(0, len(layers), -(-len(layers) // NAMED))
        left.set_xticks(shown, [layers[j] for j in shown], rotation=30, ha="right", rotation_mode="anchor")
        left.set(ylabel="max(r, 1/r)", title="Variance shift (1: none), r = moving / actual variance" if not i else "")
    left.set_xlabel("BatchNorm layer")
    right = figure.add_subplot(grid[:, 1])
    cost = (
        100
        * shifts.drop_duplicates(["variant", "seed"])
        .set_index(["seed", "variant"])[["accuracy", "accuracy_reestimated"]]
        .diff(axis=1)["accuracy_reestimated"]
        .unstack()
    )
    offsets = parts.offsets(len(cost))
    intervals = {variant: summary.t_interval(cost[variant].dropna()) for variant in shifted}
    for row, (variant, style) in enumerate(shifted.items()):
        values = cost[variant].dropna()
        parts.seeds(right, row, offsets, cost[variant], style)
        parts.mean(right, row - 0.12, values.mean(), *intervals[variant], style, filled=True)
    right.axvline(0, color=GREY, linewidth=0.8, linestyle=DASHES[2], zorder=1)
    right.set(xlabel="Change of test accuracy (points)", title="Statistics re-estimated, dropout off")
    parts.rows(right, shifted)
    has_intervals = np.isfinite(list(intervals.values())).any()
    handles = [
        Line2D([], [], color=GREY, marker="o", linestyle="-"),
        Line2D([], [], color=GREY, marker="o", markerfacecolor="white", linestyle=DASHES[2]),
        Line2D([], [], color=GREY, marker="o", markersize=2.8, linestyle="none", alpha=0.7),
        Line2D([], [], color=GREY, marker="o", markersize=6, linestyle="-" if has_intervals else "none"),
    ]
    names = ["test images", "training images", "a seed", "mean, 95 % t interval" if has_intervals else "mean"]
    figure.legend(handles, names, loc="outside lower center", ncols=4)
    return figure


def _of_the_same_layers(shifts: pd.DataFrame, variants: Iterable[str]) -> dict[tuple[str, ...], list[str]]:
    """Layers -> the variants that have these."""
    groups: dict[tuple[str, ...], list[str]] = {}
    for variant in variants:
        layers = tuple(dict.fromkeys(shifts.loc[shifts["variant"] == variant, "layer"]))
        groups.setdefault(layers, []).append(variant)
    return groups
