"""What BatchNorm layers assume against what they get."""

from collections.abc import Iterable, Mapping, Sequence

import numpy as np
import pandas as pd

from placement.analysis import shift, summary
from placement.reading import words
from placement.reading.figures import parts
from placement.reading.figures.backend import Artist, Axes, Figure, Line2D, mpl
from placement.reading.figures.look import DASHES, GREY, LOOK, WIDTH, Style

NAMED = 12  # layers on an axis whose names can be read


@mpl.rc_context(LOOK)
def draw(shifts: pd.DataFrame, styles: Mapping[str, Style]) -> Figure:
    """The shifts of variance and mean of each BatchNorm layer, and the accuracy that re-estimated statistics win back.

    Networks of the same layers share axes; those of another backbone have their own.

    Args:
        shifts: as in shift.variance_shift_table; of variants without BatchNorm there are no rows.
        styles: in config order.
    """
    shifted = {variant: style for variant, style in styles.items() if (shifts["variant"] == variant).any()}
    if not shifted:
        figure = Figure((WIDTH, 3.2), layout="constrained")
        figure.text(0.5, 0.5, "No variant of this study has BatchNorm.", ha="center", va="center", color=GREY)
        return figure
    groups = _of_the_same_layers(shifts, shifted)
    figure, curves, right = parts.curves_beside_rows(2 * len(groups), len(shifted))
    _shifts(curves, shifts, shifted, groups)
    legend = {
        "test images": Line2D([], [], color=GREY, marker="o", linestyle="-"),
        "training images": Line2D([], [], color=GREY, marker="o", markerfacecolor="white", linestyle=DASHES[2]),
    } | _gains(right, shifts, shifted)
    figure.legend(legend.values(), legend.keys(), loc="outside lower center", ncols=4)
    return figure


def _shifts(
    curves: Sequence[Axes],
    shifts: pd.DataFrame,
    styles: Mapping[str, Style],
    groups: Mapping[tuple[str, ...], Sequence[str]],
) -> None:
    """Two panels for each group: shifts of variance and of mean by layer, on test images and on training images."""
    table = shift.variance_shift_table(shifts, {variant: style.label for variant, style in styles.items()})
    for i, (layers, variants) in enumerate(groups.items()):
        of_variance, of_mean = curves[2 * i : 2 * i + 2]
        for variant in variants:
            style, rows, x = styles[variant], table[table["variant"] == variant], range(len(layers))
            on_train = parts.line_style(style, linestyle=DASHES[2], markerfacecolor="white")
            for axes, column in ((of_variance, "shift"), (of_mean, "mean_shift")):
                axes.plot(x, rows[f"{column}_test"], **parts.line_style(style, linestyle="-"))
                axes.plot(x, rows[f"{column}_train"], **on_train)
        shown = range(0, len(layers), -(-len(layers) // NAMED))
        for axes in (of_variance, of_mean):
            axes.set_xticks(shown, [layers[j] for j in shown], rotation=30, ha="right", rotation_mode="anchor")
        of_variance.tick_params(labelbottom=False)
        of_variance.set_ylabel("max(r, 1/r)")
        of_mean.set_ylabel("sd of the input")
    curves[0].set_title("Shift of the variance (1: none), r = moving / actual")
    curves[1].set_title("Shift of the mean (0: none)")
    curves[-1].set_xlabel("BatchNorm layer")


def _gains(axes: Axes, shifts: pd.DataFrame, styles: Mapping[str, Style]) -> dict[str, Artist]:
    """What re-estimated statistics win back, a row a variant; returns what the legend says of its marks."""
    gains = (
        100
        * shifts.drop_duplicates(["variant", "seed"])
        .set_index(["seed", "variant"])[["accuracy", "accuracy_reestimated"]]
        .diff(axis=1)["accuracy_reestimated"]
        .unstack()
    )
    offsets = parts.offsets(len(gains))
    intervals = {variant: summary.t_interval(gains[variant].dropna()) for variant in styles}
    for row, (variant, style) in enumerate(styles.items()):
        parts.seeds(axes, row, offsets, gains[variant], style)
        parts.mean(axes, row - 0.12, (gains[variant].dropna().mean(), *intervals[variant]), style, filled=True)
    parts.reference(axes, 0)
    axes.set(xlabel="Change of test accuracy (points)", title="Statistics re-estimated, dropout off")
    parts.rows(axes, styles)
    has_intervals = np.isfinite(list(intervals.values())).any()
    return parts.seeds_and_mean(len(gains), f"{words.LEVEL} t interval" if has_intervals else "")


def _of_the_same_layers(shifts: pd.DataFrame, variants: Iterable[str]) -> dict[tuple[str, ...], list[str]]:
    """Layers -> the variants that have these."""
    groups: dict[tuple[str, ...], list[str]] = {}
    for variant in variants:
        layers = tuple(dict.fromkeys(shifts.loc[shifts["variant"] == variant, "layer"]))
        groups.setdefault(layers, []).append(variant)
    return groups
