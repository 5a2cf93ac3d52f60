"""Test accuracy by variant and its differences from the baseline."""

from collections.abc import Mapping

import pandas as pd

from placement.reading.figures import parts
from placement.reading.figures.backend import Figure, Line2D, Patch, mpl
from placement.reading.figures.look import DASHES, GREY, LOOK, ROW, WIDTH, Style


@mpl.rc_context(LOOK)
def draw(
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
        means: paired.describe of test accuracy: variant, mean, low, high.
        differences: the family 'baseline' of families.compare_families: left (the variant), difference, low, high
            (simultaneous), distinguishable.
        baseline: the variant compared with.
        rope: half-width in points of the region of practical equivalence, shaded.
    """
    figure = Figure((WIDTH, 1.3 + ROW * len(styles)), layout="constrained")
    left, right = figure.subplots(1, 2, sharey=True)
    accuracy = 100 * runs.pivot(index="seed", columns="variant", values="test_accuracy")
    several = len(accuracy) > 1
    means, differences = means.set_index("variant"), differences.set_index("left")
    offsets = parts.offsets(len(accuracy))
    for row, (variant, style) in enumerate(styles.items()):
        parts.seeds(left, row, offsets, accuracy[variant], style)
        parts.mean(left, row - 0.12, *means.loc[variant, ["mean", "low", "high"]], style, filled=True)
        if variant in differences.index:
            found = differences.loc[variant]
            parts.seeds(right, row, offsets, accuracy[variant] - accuracy[baseline], style)
            parts.mean(right, row - 0.12, *found[["difference", "low", "high"]], style, filled=found["distinguishable"])
        else:
            right.text(0, row, " baseline", va="center", color=GREY, fontsize=7)
    left.axvline(means.loc[baseline, "mean"], color=GREY, linewidth=0.8, linestyle=DASHES[2], zorder=1)
    right.axvline(0, color=GREY, linewidth=0.8, linestyle=DASHES[2], zorder=1)
    right.axvspan(-rope, rope, color="#F0F0F0", linewidth=0, zorder=0)
    left.set(xlabel="Test accuracy (%)", title=f"Accuracy{', 95 % interval of each mean alone' if several else ''}")
    right.set(
        xlabel=f"Difference from {parts.one_line(styles[baseline].label)} (points)",
        title=f"Paired by seed{', simultaneous 95 % intervals' if several else ': one seed, no intervals'}",
    )
    parts.rows(left, styles)
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
