"""Accuracy against cost."""

from collections.abc import Mapping

import numpy as np
import pandas as pd

from placement.reading import words
from placement.reading.figures import parts
from placement.reading.figures.backend import Figure, FuncFormatter, MaxNLocator, mpl
from placement.reading.figures.look import GREY, LOOK, WIDTH, Style


@mpl.rc_context(LOOK)
def draw(summary: pd.DataFrame, styles: Mapping[str, Style], costs: Mapping[str, tuple[str, float]]) -> Figure:
    """Mean test accuracy, with its t interval if it has one, against mean costs; a line is their front.

    Args:
        summary: summary.summary_table of the runs.
        styles: in config order.
        costs: {cost: (axis label, what one of its unit counts)} of those with a front in `summary`, a panel each.
    """
    figure = parts.with_legend(styles, WIDTH, 2.9)
    panels = figure.subplots(1, len(costs), sharey=True, squeeze=False)[0]
    table = summary.set_index("variant")
    accuracy = 100 * table["test_accuracy_mean"]
    bars = 100 * table[["test_accuracy_low", "test_accuracy_high"]]
    for axes, (of, (axis_label, unit)) in zip(panels, costs.items(), strict=True):
        cost = table[of if of in table else f"{of}_mean"] / unit
        front = table[f"pareto_{of}"].astype(bool)
        line = pd.DataFrame({"cost": cost[front], "accuracy": accuracy[front]}).sort_values("cost")
        axes.step(line["cost"], line["accuracy"], where="post", color=GREY, linewidth=0.9, zorder=1)
        for variant, style in styles.items():
            axes.plot([cost[variant]] * 2, bars.loc[variant], color=style.colour, linewidth=0.9, zorder=2)
            axes.plot(cost[variant], accuracy[variant], color=style.colour, marker=style.marker, markersize=6, zorder=3)
        axes.set_xlabel(axis_label)
        axes.margins(0.08)
        axes.xaxis.set_major_locator(MaxNLocator(5))
        axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:,.10g}"))
    panels[0].set_ylabel("Test accuracy (%)")
    has_bars = np.isfinite(bars.to_numpy()).any()
    title = "Line: Pareto front of the means." + (f" Bars: {words.LEVEL} t intervals." if has_bars else "")
    panels[0].set_title(title, loc="left")
    return figure
