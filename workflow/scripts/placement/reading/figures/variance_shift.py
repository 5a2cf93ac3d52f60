"""What BatchNorm layers assume against what they get."""

from collections.abc import Mapping

import pandas as pd

from placement.analysis import shift, summary
from placement.reading.figures import parts
from placement.reading.figures.backend import Figure, Line2D, mpl
from placement.reading.figures.look import DASHES, GREY, LOOK, WIDTH, Style


@mpl.rc_context(LOOK)
def draw(shifts: pd.DataFrame, styles: Mapping[str, Style]) -> Figure:
    """The shifts of variance and mean of each BatchNorm layer, and the accuracy that re-estimated statistics win back.

    Args:
        shifts: as in shift.variance_shift_table; of variants without BatchNorm there are no rows.
        styles: in config order.
    """
    shifted = {variant: style for variant, style in styles.items() if (shifts["variant"] == variant).any()}
    if not shifted:
        figure = Figure((WIDTH, 3.2), layout="constrained")
        figure.text(0.5, 0.5, "No variant of this study has BatchNorm.", ha="center", va="center", color=GREY)
        return figure
    figure, curves, right = parts.curves_beside_rows(2, len(shifted))
    axes = dict(zip(("variance", "mean"), curves, strict=True))
    layers = list(dict.fromkeys(shifts["layer"]))
    table = shift.variance_shift_table(shifts, {variant: style.label for variant, style in shifted.items()})
    for variant, rows in table.groupby("variant", sort=False):
        style, x = shifted[variant], [layers.index(layer) for layer in rows["layer"]]
        for name, column in (("variance", "shift"), ("mean", "mean_shift")):
            on_train = parts.line_style(style, linestyle=DASHES[2], markerfacecolor="white")
            axes[name].plot(x, rows[f"{column}_test"], **parts.line_style(style, linestyle="-"))
            axes[name].plot(x, rows[f"{column}_train"], **on_train)
    for name in ("variance", "mean"):
        axes[name].set_xticks(range(len(layers)), layers, rotation=30, ha="right", rotation_mode="anchor")
    axes["variance"].tick_params(labelbottom=False)
    axes["variance"].set(ylabel="max(r, 1/r), r = moving / actual", title="Shift of the variance (1: none)")
    axes["mean"].set(
        xlabel="BatchNorm layer", ylabel="|moving - actual|, sd of the input", title="Shift of the mean (0: none)"
    )
    cost = (
        100
        * shifts.drop_duplicates(["variant", "seed"])
        .set_index(["seed", "variant"])[["accuracy", "accuracy_reestimated"]]
        .diff(axis=1)["accuracy_reestimated"]
        .unstack()
    )
    offsets = parts.offsets(len(cost))
    for row, (variant, style) in enumerate(shifted.items()):
        values = cost[variant].dropna()
        parts.seeds(right, row, offsets, cost[variant], style)
        parts.mean(right, row - 0.12, values.mean(), *summary.t_interval(values), style, filled=True)
    right.axvline(0, color=GREY, linewidth=0.8, linestyle=DASHES[2], zorder=1)
    right.set(xlabel="Change of test accuracy (points)", title="Statistics re-estimated, dropout off")
    parts.rows(right, shifted)
    handles = [
        Line2D([], [], color=GREY, marker="o", linestyle="-"),
        Line2D([], [], color=GREY, marker="o", markerfacecolor="white", linestyle=DASHES[2]),
        Line2D([], [], color=GREY, marker="o", markersize=2.8, linestyle="none", alpha=0.7),
        Line2D([], [], color=GREY, marker="o", markersize=6),
    ]
    names = ["test images", "training images", "a seed", "mean, 95 % t interval"]
    figure.legend(handles, names, loc="outside lower center", ncols=4)
    return figure
