"""Drawing only: frames in, matplotlib Figures out; `save` writes the files.

All figures share one look: Okabe & Ito's colours (2008), which colour-blind readers can tell apart, each with a marker
and a dash of its own for readers in grey, and sizes for a page 7.2 inches wide. Where variants stand on rows, the page
grows with them. Labels are drawn as they are, never as mathematics.

`runs` is a frame of metrics.run_metrics, accuracies as fractions. Frames of statistics.py are in its display unit:
accuracies and their differences in percentage points. Axes show per cent and points.
"""

import textwrap
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import matplotlib as mpl
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.collections import QuadMesh
from matplotlib.colors import Normalize, PowerNorm, TwoSlopeNorm
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from matplotlib.ticker import FuncFormatter, MaxNLocator

from placement import metrics
from placement.files import atomic

# Yellow, the eighth of them, is too faint for lines on white.
OKABE_ITO = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#000000")
# As many markers and dashes as share no factor with the colours: their combinations repeat late.
MARKERS = ("o", "s", "^", "D", "v", "P", "X", "<", ">")
DASHES = ("-", (0, (5, 1.5)), (0, (1.5, 1.2)), (0, (5, 1.2, 1.2, 1.2)))

TRAINING, VALIDATION = "#E69F00", "#0072B2"
GREY = "#666666"
WIDTH = 7.2
ROW = 0.34
# Fixed, so that plots of different variants compare though none waits for another.
ACCURACY_SCALE = (70.0, 100.0)
LOSS_SCALE = (0.0, 1.0)

LOOK = {
    "font.family": "DejaVu Sans",
    "font.size": 8,
    "axes.titlesize": 8,
    "axes.labelsize": 8,
    "figure.titlesize": 9,
    "figure.labelsize": 7,
    "legend.fontsize": 7,
    "xtick.labelsize": 7,
    "ytick.labelsize": 7,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.linewidth": 0.6,
    "xtick.major.width": 0.6,
    "ytick.major.width": 0.6,
    "axes.grid": True,
    "axes.axisbelow": True,
    "grid.color": "#E4E4E4",
    "grid.linewidth": 0.6,
    "lines.linewidth": 1.3,
    "lines.markersize": 4.5,
    "legend.frameon": False,
    "legend.handlelength": 2.2,
    "text.parse_math": False,
    "axes.formatter.useoffset": False,
    "savefig.dpi": 200,
    "svg.hashsalt": "placement",
}


class Style(NamedTuple):
    """How a variant looks in every figure."""

    label: str
    colour: str
    marker: str
    dash: Any


def styles(variants: Mapping[str, Mapping[str, Any]]) -> dict[str, Style]:
    """The looks of the variants of a config, in its order: colour by position unless the variant names its own."""
    return {
        variant: Style(
            fields["label"],
            fields.get("colour", OKABE_ITO[i % len(OKABE_ITO)]),
            MARKERS[i % len(MARKERS)],
            DASHES[i % len(DASHES)],
        )
        for i, (variant, fields) in enumerate(variants.items())
    }


@mpl.rc_context(LOOK)
def save(figure: Figure, path: str | Path) -> None:
    """Write a figure as PNG to `path` and as SVG beside it: the same bits for the same figure.

    Raises:
        InputError: a file can't be written.
    """
    path = Path(path)
    for target, metadata in ((path, {"Software": None}), (path.with_suffix(".svg"), {"Date": None})):
        with atomic(target) as temporary:
            figure.savefig(temporary, metadata=metadata)
        figure.set_layout_engine("none")  # both files keep the layout of the first


# One variant -----------------------------------------------------------------------------------------------------


@mpl.rc_context(LOOK)
def training_curves(histories: Sequence[Mapping[str, Any]], label: str) -> Figure:
    """Accuracy and loss by epoch, training and validation: every seed thin, their mean thick, kept epochs marked.

    The mean is over the seeds still training at an epoch, and fades from where the first has stopped on: from there it
    describes a selection of seeds. Scales are the same for every variant, and only wider where its curves need it.

    Args:
        histories: of one variant, a seed each.
        label: the variant's.
    """
    figure = Figure((WIDTH, 3.5), layout="constrained")
    panels = figure.subplots(1, 2)
    curves = metrics.learning_curves(histories)
    for axes, name, factor, scale, axis_label in (
        (panels[0], "accuracy", 100, ACCURACY_SCALE, "Accuracy (%)"),
        (panels[1], "loss", 1, LOSS_SCALE, "Cross-entropy (nats)"),
    ):
        for column, colour, dash in ((name, TRAINING, DASHES[1]), (f"val_{name}", VALIDATION, "-")):
            table = factor * curves.pivot(index="epoch", columns="seed", values=column)
            _seeds_and_mean(axes, table, colour, dash)
        drawn = factor * curves[[name, f"val_{name}"]].to_numpy()
        axes.set_ylim(min(scale[0], drawn.min()), max(scale[1], drawn.max()))
        kept = [(h["best_epoch"], factor * h["epochs"][h["best_epoch"] - 1][f"val_{name}"]) for h in histories]
        marks = {"color": VALIDATION, "markeredgecolor": "white", "markersize": 5.5, "zorder": 4, "clip_on": False}
        axes.plot(*zip(*kept, strict=True), "o", **marks)
        axes.set(xlabel="Epoch", ylabel=axis_label)
        axes.set_xlim(0.5, max(history["training"]["epochs"] for history in histories) + 0.5)
        axes.xaxis.set_major_locator(MaxNLocator(integer=True))
    figure.suptitle(_wrap(label, 80), x=0.01, ha="left")
    handles = [
        Line2D([], [], color=TRAINING, linestyle=DASHES[1], linewidth=2.2),
        Line2D([], [], color=VALIDATION, linewidth=2.2),
        Line2D([], [], color=VALIDATION, marker="o", markeredgecolor="white", linestyle="none", markersize=5.5),
    ]
    names = ["training (average over the epoch)", "validation", "kept epoch"]
    figure.legend(handles, names, loc="outside lower center", ncols=3, title=_ragged_note(curves), title_fontsize=7)
    return figure


def _seeds_and_mean(axes: Axes, table: pd.DataFrame, colour: str, dash: Any) -> None:
    axes.plot(table.index, table, color=colour, linewidth=0.6, alpha=0.5)
    mean, whole = table.mean(axis=1), table.notna().all(axis=1)
    axes.plot(mean[whole].index, mean[whole], color=colour, linestyle=dash, linewidth=2.2)
    rest = mean[max(whole.sum() - 1, 0) :]
    axes.plot(rest.index, rest, color=colour, linestyle=dash, linewidth=2.2, alpha=0.4)


def _ragged_note(curves: pd.DataFrame) -> str:
    running = curves.groupby("epoch").size()
    if running.iloc[0] == 1:
        return "One seed."
    spans = running.reset_index(name="seeds").groupby("seeds", sort=False)["epoch"].agg(["min", "max"])
    parts = [
        f"{seeds} in epoch{f's {first}-{last}' if last > first else f' {first}'}"
        for seeds, first, last in spans.itertuples()
    ]
    counts = ", ".join(parts)
    return _wrap(
        f"Thin: a seed each. Thick: mean of the seeds still training, pale once some have stopped ({counts}).", 120
    )


# All variants ----------------------------------------------------------------------------------------------------


@mpl.rc_context(LOOK)
def comparison(
    runs: pd.DataFrame,
    styles: Mapping[str, Style],
    means: pd.DataFrame,
    differences: pd.DataFrame,
    baseline: str,
    rope: float,
) -> Figure:
    """Test accuracy by variant, and its differences from the baseline paired by seed.

    A seed has the same height in every row, so that it can be followed. Intervals that are NaN are not drawn.

    Args:
        runs: variant, seed, test_accuracy.
        styles: in config order.
        means: statistics.describe of test accuracy: variant, mean, low, high.
        differences: the family 'baseline' of statistics.compare_families: left (the variant), difference, low, high
            (simultaneous), distinguishable.
        baseline: the variant compared with.
        rope: half-width in points of the region of practical equivalence, shaded.
    """
    figure = Figure((WIDTH, 1.3 + ROW * len(styles)), layout="constrained")
    left, right = figure.subplots(1, 2, sharey=True)
    accuracy = 100 * runs.pivot(index="seed", columns="variant", values="test_accuracy")
    several = len(accuracy) > 1
    means, differences = means.set_index("variant"), differences.set_index("left")
    offsets = _offsets(len(accuracy))
    for row, (variant, style) in enumerate(styles.items()):
        _row(left, row, offsets, accuracy[variant], style)
        _mean(left, row - 0.12, *means.loc[variant, ["mean", "low", "high"]], style, filled=True)
        if variant in differences.index:
            found = differences.loc[variant]
            _row(right, row, offsets, accuracy[variant] - accuracy[baseline], style)
            _mean(right, row - 0.12, *found[["difference", "low", "high"]], style, filled=found["distinguishable"])
        else:
            right.text(0, row, " baseline", va="center", color=GREY, fontsize=7)
    left.axvline(means.loc[baseline, "mean"], color=GREY, linewidth=0.8, linestyle=DASHES[2], zorder=1)
    right.axvline(0, color=GREY, linewidth=0.8, linestyle=DASHES[2], zorder=1)
    right.axvspan(-rope, rope, color="#F0F0F0", linewidth=0, zorder=0)
    left.set(xlabel="Test accuracy (%)", title=f"Accuracy{', 95 % interval of each mean alone' if several else ''}")
    right.set(
        xlabel=f"Difference from {_line(styles[baseline].label)} (points)",
        title=f"Paired by seed{', simultaneous 95 % intervals' if several else ': one seed, no intervals'}",
    )
    _rows(left, styles)
    right.tick_params(axis="y", length=0)
    right.grid(axis="y", visible=False)
    handles = [
        Line2D([], [], color=GREY, marker="o", markersize=2.8, linestyle="none", alpha=0.7),
        Line2D([], [], color=GREY, marker="o", markersize=6),
        Line2D([], [], color=GREY, marker="o", markersize=6, markerfacecolor="white"),
        Patch(color="#E4E4E4"),
    ]
    names = [
        f"one of {len(accuracy)} seeds" if several else "the one seed",
        "mean (right: distinguishable from 0)",
        "not distinguishable",
        f"within ±{rope:g} points",
    ]
    figure.legend(handles, names, loc="outside lower center", ncols=4)
    return figure


@mpl.rc_context(LOOK)
def critical_difference(
    ranks: Mapping[str, float],
    groups: Sequence[Sequence[str]],
    difference: float,
    styles: Mapping[str, Style],
) -> Figure:
    """Critical-difference diagram (Demšar 2006): average ranks on a line, bars over those that are not told apart.

    Args:
        ranks: {variant: average rank over seeds}, 1 the best.
        groups: statistics.rank_groups of them.
        difference: the critical one; NaN where there is none, and then no scale is drawn.
        styles: in config order.
    """
    order = sorted(ranks, key=ranks.__getitem__)
    half = (len(order) + 1) // 2
    lines = max(_wrap(styles[variant].label).count("\n") + 1 for variant in order)
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
        text = f"{_wrap(style.label)}  {rank:.2f}" if on_left else f"{rank:.2f}  {_wrap(style.label)}"
        axes.text(end, y, f" {text} ", ha="right" if on_left else "left", va="center", fontsize=7)
    for i, group in enumerate(groups):
        ends = [ranks[group[0]], ranks[group[-1]]]
        axes.plot(ends, [0.45 + 0.28 * i] * 2, color="black", linewidth=2.6, solid_capstyle="round", zorder=2)
    return figure


@mpl.rc_context(LOOK)
def pairwise(comparisons: pd.DataFrame, styles: Mapping[str, Style]) -> Figure:
    """Matrix of mean differences, row minus column, in points.

    Args:
        comparisons: the family 'all' of statistics.compare_families: left, right, difference, distinguishable,
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
    cells = _cells(axes, matrix, names, "PuOr_r", TwoSlopeNorm(0, -limit, limit))
    for (i, j), value in np.ndenumerate(matrix):
        if np.isfinite(value):
            text = f"{value:+.2f}{marks[i, j]}".replace("-", "\N{MINUS SIGN}")
            _annotate(cells, i, j, value, text, bold=marks[i, j] == "*")
    axes.set_title("Test accuracy, row minus column (points)")
    figure.supxlabel(
        "* distinguishable    = equivalent (both adjusted over all pairs)    no mark: undecided", color=GREY
    )
    return figure


@mpl.rc_context(LOOK)
def convergence(runs: pd.DataFrame, curves: pd.DataFrame, styles: Mapping[str, Style]) -> Figure:
    """The share of runs that have reached each target by epoch (Kaplan-Meier), and mean validation curves.

    A tick marks where runs are censored: they ended without having reached the target. The curves are the mean over
    seeds of the best validation accuracy so far, a stopped run carried on at its best: all means are over all seeds.

    Args:
        runs: variant, epochs_to_090, reached_090, epochs_to_relative, reached_relative, relative_target.
        curves: metrics.learning_curves of the same runs.
        styles: in config order.
    """
    figure = _with_legend(styles, WIDTH, 2.7)
    panels = figure.subplots(1, 3)
    last = int(curves["epoch"].max())
    titles = {
        "090": f"{100 * metrics.TARGET_ACCURACY:g} % validation accuracy",
        "relative": f"{100 * runs['relative_target'].iloc[0]:.2f} % (99 % of baseline)",
    }
    for axes, (target, title) in zip(panels, titles.items(), strict=False):
        for variant, style in styles.items():
            group = runs[runs["variant"] == variant]
            _reached(axes, group[f"epochs_to_{target}"].to_numpy(), group[f"reached_{target}"].to_numpy(), style)
        axes.set(title=title, xlabel="Epoch", ylim=(-3, 103), xlim=(0, last + 0.3))
    panels[0].set_ylabel("Runs having reached it (%)")
    best = curves.sort_values("epoch").assign(best=curves.groupby(["variant", "seed"])["val_accuracy"].cummax())
    for variant, style in styles.items():
        table = best[best["variant"] == variant].pivot(index="epoch", columns="seed", values="best")
        mean = 100 * table.reindex(range(1, last + 1)).ffill().mean(axis=1)
        panels[2].plot(mean.index, mean, **_line_style(style), markevery=max(last // 6, 1))
    panels[2].set(title="Best validation accuracy so far", xlabel="Epoch", ylabel="Mean over seeds (%)")
    for axes in panels:
        axes.xaxis.set_major_locator(MaxNLocator(6, integer=True))
    return figure


def _reached(axes: Axes, times: np.ndarray, reached: np.ndarray, style: Style) -> None:
    events, share = metrics.kaplan_meier(times, reached)
    level = 100 * np.concatenate([[0], share])
    x, y = np.concatenate([[0], events, [times.max()]]), np.append(level, level[-1])
    axes.step(x, y, where="post", **_line_style(style, marker=""))
    axes.plot(events, level[1:], linestyle="none", color=style.colour, marker=style.marker)
    censored = np.unique(times[~reached])
    height = level[np.searchsorted(events, censored, side="right")]
    axes.plot(censored, height, linestyle="none", color=style.colour, marker="|", markersize=8)


@mpl.rc_context(LOOK)
def calibration(bins: pd.DataFrame, runs: pd.DataFrame, styles: Mapping[str, Style]) -> Figure:
    """Reliability curves of all variants, and each run's calibration error beside what chance alone would show.

    Args:
        bins: metrics.reliability of every run, with columns variant and seed; curves are means over seeds, bin by bin.
        runs: variant, seed, ece, ece_null.
        styles: in config order.
    """
    figure = Figure((WIDTH, max(1.3 + ROW * len(styles), 3.2)), layout="constrained")
    left, right = figure.subplots(1, 2)
    left.plot([0, 100], [0, 100], color=GREY, linewidth=0.8, linestyle=DASHES[2])
    points = 100 * bins.groupby(["variant", "bin"])[["confidence", "accuracy"]].mean()
    for variant, style in styles.items():
        left.plot(*points.loc[variant].to_numpy().T, **_line_style(style, markersize=3.5))
    low = np.floor(points.to_numpy().min() / 10) * 10
    left.set(
        xlim=(low, 101),
        ylim=(low, 101),
        xlabel="Confidence (%)",
        ylabel="Accuracy (%)",
        title="Reliability, 15 bins of equal mass",
    )
    error = 100 * runs.pivot(index="seed", columns="variant", values="ece")
    null = 100 * runs.groupby("variant")["ece_null"].mean()
    offsets = _offsets(len(error))
    for row, (variant, style) in enumerate(styles.items()):
        _row(right, row, offsets, error[variant], style)
        _mean(right, row - 0.12, error[variant].mean(), np.nan, np.nan, style, filled=True)
        right.plot([null[variant]] * 2, [row - 0.35, row + 0.4], color="black", linewidth=1.4)
    right.set(xlabel="Expected calibration error (points)", title="Calibration error")
    right.set_xlim(left=0)
    _rows(right, styles)
    handles = [
        Line2D([], [], color=GREY, marker="o", markersize=2.8, linestyle="none", alpha=0.7),
        Line2D([], [], color=GREY, marker="o", markersize=6, linestyle="none"),
        Line2D([], [], color="black", marker="|", markersize=9, markeredgewidth=1.4, linestyle="none"),
    ]
    figure.legend(
        handles, ["a seed", "mean", "expected of a perfectly calibrated model"], loc="outside lower center", ncols=3
    )
    return figure


@mpl.rc_context(LOOK)
def variance_shift(shifts: pd.DataFrame, styles: Mapping[str, Style]) -> Figure:
    """The variance shift of each BatchNorm layer, and the accuracy that re-estimated statistics win back.

    Args:
        shifts: as in metrics.variance_shift_table; of variants without BatchNorm there are no rows.
        styles: in config order.
    """
    shifted = {variant: style for variant, style in styles.items() if (shifts["variant"] == variant).any()}
    figure = Figure((WIDTH, max(1.3 + ROW * len(shifted), 3.2)), layout="constrained")
    if not shifted:
        figure.text(0.5, 0.5, "No variant of this study has BatchNorm.", ha="center", va="center", color=GREY)
        return figure
    left, right = figure.subplots(1, 2)
    layers = list(dict.fromkeys(shifts["layer"]))
    table = metrics.variance_shift_table(shifts, {variant: style.label for variant, style in shifted.items()})
    for variant, rows in table.groupby("variant", sort=False):
        style, x = shifted[variant], [layers.index(layer) for layer in rows["layer"]]
        left.plot(x, rows["shift_test"], **_line_style(style, linestyle="-"))
        left.plot(x, rows["shift_train"], **_line_style(style, linestyle=DASHES[2], markerfacecolor="white"))
    left.set_xticks(range(len(layers)), layers, rotation=30, ha="right", rotation_mode="anchor")
    left.set(
        xlabel="BatchNorm layer", ylabel="max(r, 1/r), r = moving / actual variance", title="Variance shift (1: none)"
    )
    cost = (
        100
        * shifts.drop_duplicates(["variant", "seed"])
        .set_index(["seed", "variant"])[["accuracy", "accuracy_reestimated"]]
        .diff(axis=1)["accuracy_reestimated"]
        .unstack()
    )
    offsets = _offsets(len(cost))
    for row, (variant, style) in enumerate(shifted.items()):
        values = cost[variant].dropna()
        _row(right, row, offsets, cost[variant], style)
        _mean(right, row - 0.12, values.mean(), *metrics.t_interval(values), style, filled=True)
    right.axvline(0, color=GREY, linewidth=0.8, linestyle=DASHES[2], zorder=1)
    right.set(xlabel="Change of test accuracy (points)", title="Statistics re-estimated, dropout off")
    _rows(right, shifted)
    handles = [
        Line2D([], [], color=GREY, marker="o", linestyle="-"),
        Line2D([], [], color=GREY, marker="o", markerfacecolor="white", linestyle=DASHES[2]),
        Line2D([], [], color=GREY, marker="o", markersize=2.8, linestyle="none", alpha=0.7),
        Line2D([], [], color=GREY, marker="o", markersize=6),
    ]
    names = ["test images", "training images", "a seed", "mean, 95 % t interval"]
    figure.legend(handles, names, loc="outside lower center", ncols=4)
    return figure


@mpl.rc_context(LOOK)
def confusion(matrix: np.ndarray, class_names: Sequence[str], label: str) -> Figure:
    """Share in per cent of each true class's images that go to each class.

    Args:
        matrix: metrics.confusion_matrix [C, C], of a run or summed over runs.
        class_names: in label order.
        label: the variant's.
    """
    share = 100 * matrix / np.maximum(matrix.sum(axis=1, keepdims=True), 1)
    size = 0.42 * max(len(class_names), 5)
    figure = Figure((2.0 + size, 1.7 + size), layout="constrained")
    axes = figure.subplots()
    # Errors are a few per cent: a power below one lets them be seen beside the diagonal.
    cells = _cells(axes, share, class_names, "Blues", PowerNorm(0.4, 0, 100))
    for (i, j), value in np.ndenumerate(share):
        if matrix[i, j]:
            _annotate(cells, i, j, value, f"{value:.1f}" if value < 99.95 else "100")
    axes.set(xlabel="Predicted class", ylabel="True class")
    axes.set_title(f"{_wrap(label, 60)}: % of the true class's {_images(matrix)} predictions", loc="left")
    return figure


@mpl.rc_context(LOOK)
def pareto(runs: pd.DataFrame, styles: Mapping[str, Style], costs: Mapping[str, str]) -> Figure:
    """Mean test accuracy, with its 95 % t interval, against mean costs; the front of the means is drawn as a line.

    Args:
        runs: variant, test_accuracy and the columns of `costs`.
        styles: in config order.
        costs: {column: axis label}, a panel each.
    """
    figure = _with_legend(styles, WIDTH, 2.9)
    panels = figure.subplots(1, len(costs), sharey=True, squeeze=False)[0]
    grouped = runs.groupby("variant")
    accuracy = 100 * grouped["test_accuracy"].mean()[list(styles)]
    for axes, (column, axis_label) in zip(panels, costs.items(), strict=True):
        cost = grouped[column].mean()[list(styles)]
        front = metrics.pareto_front(accuracy, cost)
        line = pd.DataFrame({"cost": cost[front], "accuracy": accuracy[front]}).sort_values("cost")
        axes.step(line["cost"], line["accuracy"], where="post", color=GREY, linewidth=0.9, zorder=1)
        for variant, style in styles.items():
            low, high = metrics.t_interval(100 * grouped["test_accuracy"].get_group(variant))
            axes.plot([cost[variant]] * 2, [low, high], color=style.colour, linewidth=0.9, zorder=2)
            axes.plot(cost[variant], accuracy[variant], color=style.colour, marker=style.marker, markersize=6, zorder=3)
        axes.set_xlabel(axis_label)
        axes.margins(0.08)
        axes.xaxis.set_major_locator(MaxNLocator(5))
        axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:,.10g}"))
    panels[0].set_ylabel("Test accuracy (%)")
    panels[0].set_title("Line: Pareto front of the means. Bars: 95 % t intervals.", loc="left")
    return figure


# Parts -----------------------------------------------------------------------------------------------------------


def _offsets(seeds: int) -> np.ndarray:
    # Seeds stand below the row's mean, each at a height of its own.
    return np.linspace(0.1, 0.35, seeds) if seeds > 1 else np.array([0.2])


def _row(axes: Axes, row: int, offsets: np.ndarray, values: pd.Series, style: Style) -> None:
    axes.plot(values, row + offsets, style.marker, color=style.colour, markersize=3, alpha=0.7, markeredgewidth=0)


def _mean(axes: Axes, y: float, mean: float, low: float, high: float, style: Style, filled: bool) -> None:
    axes.plot([low, high], [y, y], color=style.colour, linewidth=1.6, zorder=2)
    axes.plot(
        mean,
        y,
        style.marker,
        color=style.colour,
        markerfacecolor=style.colour if filled else "white",
        markersize=6,
        zorder=3,
    )


def _rows(axes: Axes, styles: Mapping[str, Style]) -> None:
    axes.set_yticks(range(len(styles)), [_wrap(style.label) for style in styles.values()])
    axes.set_ylim(len(styles) - 0.5, -0.5)
    axes.grid(axis="y", visible=False)
    axes.tick_params(axis="y", length=0)


def _with_legend(styles: Mapping[str, Style], width: float, height: float) -> Figure:
    """A figure with a legend of the variants below, on whose height the page grows."""
    names = [_wrap(style.label) for style in styles.values()]
    columns = 3
    lines = sum(max(name.count("\n") + 1 for name in names[i : i + columns]) for i in range(0, len(names), columns))
    figure = Figure((width, height + 0.16 * lines), layout="constrained")
    handles = [Line2D([], [], **_line_style(style)) for style in styles.values()]
    figure.legend(handles, names, loc="outside lower center", ncols=columns)
    return figure


def _line_style(style: Style, **changed: Any) -> dict[str, Any]:
    return {"color": style.colour, "linestyle": style.dash, "marker": style.marker} | changed


def _cells(axes: Axes, matrix: np.ndarray, names: Sequence[str], colours: str, norm: Normalize) -> QuadMesh:
    """A square matrix, its first row on top, rows and columns named alike."""
    at = range(len(names))
    cells = axes.pcolormesh(at, at, np.ma.masked_invalid(matrix), cmap=colours, norm=norm, edgecolor="white")
    axes.set_aspect("equal")
    axes.invert_yaxis()
    axes.set_xticks(at, [_wrap(name) for name in names], rotation=45, ha="right", rotation_mode="anchor")
    axes.set_yticks(at, [_wrap(name) for name in names])
    axes.grid(False)
    axes.tick_params(length=0)
    axes.spines[:].set_visible(False)
    return cells


def _annotate(cells: QuadMesh, row: int, column: int, value: float, text: str, bold: bool = False) -> None:
    red, green, blue, _ = cells.to_rgba(value)
    drawn = cells.axes.text(column, row, text, ha="center", va="center", fontsize=6.5)
    drawn.set_color("black" if 0.299 * red + 0.587 * green + 0.114 * blue > 0.5 else "white")
    drawn.set_fontweight("bold" if bold else "normal")
    drawn.set_in_layout(False)  # it is inside its cell, and thousands are slow to lay out


def _images(matrix: np.ndarray) -> str:
    counts = sorted(set(matrix.sum(axis=1).tolist()))
    return f"{counts[0]:,}" if len(counts) == 1 else f"{counts[0]:,} to {counts[-1]:,}"


def _line(label: str) -> str:
    return " ".join(label.split())


def _wrap(label: str, width: int = 30) -> str:
    return textwrap.fill(_line(label), width)
