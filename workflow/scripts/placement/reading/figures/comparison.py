"""Test accuracy by variant and its differences from the baseline."""

from collections.abc import Mapping

import numpy as np
import pandas as pd

from placement.analysis.minimum import seeds_to_judge
from placement.reading import words
from placement.reading.figures import parts
from placement.reading.figures.backend import Figure, Line2D, Patch, mpl
from placement.reading.figures.look import GREY, GRID, LOOK, ROW, WIDTH, Style


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

    A seed has the same height in every row, so that it can be followed. Intervals that are NaN are not drawn. Marks
    are hollow where a difference isn't distinguishable, but not with so few seeds that none could be.

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
    several, judged = len(accuracy) > 1, len(accuracy) >= seeds_to_judge(len(differences))
    has_intervals = bool(np.isfinite(means["low"]).any())
    means, differences = means.set_index("variant"), differences.set_index("left")
    offsets = parts.offsets(len(accuracy))
    for row, (variant, style) in enumerate(styles.items()):
        parts.seeds(left, row, offsets, accuracy[variant], style)
        parts.mean(left, row - 0.12, means.loc[variant, ["mean", "low", "high"]], style, filled=True)
        if variant in differences.index:
            found = differences.loc[variant]
            parts.seeds(right, row, offsets, accuracy[variant] - accuracy[baseline], style)
            filled = found["distinguishable"] or not judged
            parts.mean(right, row - 0.12, found[["difference", "low", "high"]], style, filled=filled)
        else:
            right.text(0, row, "\N{NO-BREAK SPACE}baseline", va="center", color=GREY, fontsize=7)
    parts.reference(left, means.loc[baseline, "mean"])
    parts.reference(right, 0)
    parts.equivalent(right, rope)
    alone = f", {words.LEVEL} interval of each mean alone" if has_intervals else ""
    left.set(xlabel="Test accuracy (%)", title=f"Accuracy{alone}")
    few = f": {len(accuracy)} seeds, no intervals" if several else ": one seed, no intervals"
    right.set(
        xlabel=parts.wrapped(f"Difference from {styles[baseline].label} (points)", 50),
        title=f"Paired by seed{f', simultaneous {words.LEVEL} intervals' if has_intervals else few}",
    )
    parts.rows(left, styles)
    right.tick_params(axis="y", length=0)
    right.grid(axis="y", visible=False)
    legend = parts.seeds_and_mean(len(accuracy), f"{words.LEVEL} interval" if has_intervals else "")
    if judged:
        hollow = Line2D([], [], color=GREY, marker="o", markersize=6, markerfacecolor="white")
        legend["not distinguishable from 0"] = hollow
    legend[f"within ±{rope:g} points"] = Patch(color=GRID)  # the band's own is too pale for a patch
    figure.legend(legend.values(), legend.keys(), loc="outside lower center", ncols=4)
    return figure
