"""Accuracy and loss of one variant by epoch."""

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from placement.analysis import convergence
from placement.reading.figures import parts
from placement.reading.figures.backend import Axes, Figure, Line2D, LineStyleType, MaxNLocator, mpl
from placement.reading.figures.look import DASHES, LOOK, WIDTH

TRAINING, VALIDATION = "#E69F00", "#0072B2"
# Fixed, so that plots of different variants compare though none waits for another.
ACCURACY_SCALE = (70.0, 100.0)
LOSS_SCALE = (0.0, 1.0)


@mpl.rc_context(LOOK)
def draw(histories: Sequence[Mapping[str, Any]], label: str) -> Figure:
    """Accuracy and loss by epoch, training and validation: every seed thin, their mean thick, kept epochs marked.

    The mean is over the seeds still training at an epoch, and fades from where the first has stopped on: from there it
    describes a selection of seeds. Scales are the same for every variant, and only wider where its curves need it.

    Args:
        histories: of one variant, a seed each.
        label: the variant's.
    """
    figure = Figure((WIDTH, 3.5), layout="constrained")
    panels = figure.subplots(1, 2)
    curves = convergence.learning_curves(histories)
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
    figure.suptitle(parts.wrapped(label, 80), x=0.01, ha="left")
    handles = [
        Line2D([], [], color=TRAINING, linestyle=DASHES[1], linewidth=2.2),
        Line2D([], [], color=VALIDATION, linewidth=2.2),
        Line2D([], [], color=VALIDATION, marker="o", markeredgecolor="white", linestyle="none", markersize=5.5),
    ]
    names = ["training (average over the epoch)", "validation", "kept epoch"]
    figure.legend(handles, names, loc="outside lower center", ncols=3, title=_ragged_note(curves), title_fontsize=7)
    return figure


def _seeds_and_mean(axes: Axes, table: pd.DataFrame, colour: str, dash: LineStyleType) -> None:
    # Axes end where curves do: a line along their edge is drawn whole.
    axes.plot(table.index, table, color=colour, linewidth=0.6, alpha=0.5, clip_on=False)
    mean, whole = table.mean(axis=1), table.notna().all(axis=1)
    axes.plot(mean[whole].index, mean[whole], color=colour, linestyle=dash, linewidth=2.2, clip_on=False)
    rest = mean[max(whole.sum() - 1, 0) :]
    axes.plot(rest.index, rest, color=colour, linestyle=dash, linewidth=2.2, alpha=0.4, clip_on=False)


def _ragged_note(curves: pd.DataFrame) -> str:
    running = curves.groupby("epoch").size()
    if running.iloc[0] == 1:
        return "One seed."
    spans = running.reset_index(name="seeds").groupby("seeds", sort=False)["epoch"].agg(["min", "max"])
    counted = [
        f"{seeds} in epoch{f's {first}-{last}' if last > first else f' {first}'}"
        for seeds, first, last in spans.itertuples()
    ]
    counts = ", ".join(counted)
    return parts.wrapped(
        f"Thin: a seed each. Thick: mean of the seeds still training, pale once some have stopped ({counts}).", 120
    )
