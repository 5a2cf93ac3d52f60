"""Confidence against accuracy."""

from collections.abc import Mapping

import numpy as np
import pandas as pd

from placement.analysis.calibration import CALIBRATION_BINS
from placement.reading.figures import parts
from placement.reading.figures.backend import Figure, Line2D, mpl
from placement.reading.figures.look import DASHES, GREY, LOOK, Style


@mpl.rc_context(LOOK)
def draw(bins: pd.DataFrame, runs: pd.DataFrame, styles: Mapping[str, Style]) -> Figure:
    """Reliability curves of all variants, and each run's calibration error beside what chance alone would show.

    Args:
        bins: calibration.reliability of every run, with columns variant and seed; curves are means over
            seeds, bin by bin.
        runs: variant, seed, ece, ece_null.
        styles: in config order.
    """
    figure, (left,), right = parts.curves_beside_rows(1, len(styles))
    left.plot([0, 100], [0, 100], color=GREY, linewidth=0.8, linestyle=DASHES[2])
    points = 100 * bins.groupby(["variant", "bin"])[["confidence", "accuracy"]].mean()
    for variant, style in styles.items():
        left.plot(*points.loc[variant].to_numpy().T, **parts.line_style(style, markersize=3.5))
    low = np.floor(points.to_numpy().min() / 10) * 10
    left.set(
        xlim=(low - 1, 101),
        ylim=(low - 1, 101),
        xlabel="Confidence (%)",
        ylabel="Accuracy (%)",
        title=f"Reliability, {CALIBRATION_BINS} bins of equal mass",
    )
    error = 100 * runs.pivot(index="seed", columns="variant", values="ece")
    null = 100 * runs.groupby("variant")["ece_null"].mean()
    offsets = parts.offsets(len(error))
    for row, (variant, style) in enumerate(styles.items()):
        parts.seeds(right, row, offsets, error[variant], style)
        parts.mean(right, row - 0.12, (error[variant].mean(), np.nan, np.nan), style, filled=True)
        right.plot([null[variant]] * 2, [row - 0.35, row + 0.4], color="black", linewidth=1.4)
    right.set(xlabel="Expected calibration error (points)", title="Calibration error")
    right.set_xlim(left=-0.02 * right.get_xlim()[1])
    parts.rows(right, styles)
    by_chance = Line2D([], [], color="black", marker="|", markersize=9, markeredgewidth=1.4, linestyle="none")
    legend = parts.seeds_and_mean(len(error)) | {"expected of a perfectly calibrated model": by_chance}
    figure.legend(legend.values(), legend.keys(), loc="outside lower center", ncols=3)
    return figure
