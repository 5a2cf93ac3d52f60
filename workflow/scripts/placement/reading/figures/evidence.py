"""What a claim rests on: pairs of values by seed."""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from placement.reading.figures import parts
from placement.reading.figures.backend import Figure, MaxNLocator, mpl
from placement.reading.figures.look import GREY, LOOK, OKABE_ITO, WIDTH

LEFT, RIGHT, STATED = OKABE_ITO[:3]


@mpl.rc_context(LOOK)
def draw(pairs: pd.DataFrame, claim: pd.Series, stated: Sequence[float]) -> Figure:
    """Both sides of every seed, joined, and their differences with the claim's estimate and interval.

    Args:
        pairs: seed, the left side, the right side; the columns are named by the sides.
        claim: its row of judgements.judge: estimate, low and high, of left minus right, an interval that is NaN is not
            drawn; rope, half-width of the region of practical equivalence, NaN where there is none; unit; against.
        stated: the sizes that sources state, left minus right.
    """
    rope, unit = claim["rope"], claim["unit"]
    figure = Figure((WIDTH, 2.1), layout="constrained")
    values, differences = figure.subplots(1, 2, width_ratios=(3, 2))
    at = np.arange(len(pairs))
    _, left, right = pairs.columns
    values.vlines(at, pairs[left], pairs[right], color=GREY, linewidth=0.8, zorder=1)
    values.plot(at, pairs.iloc[:, 1], "o", color=LEFT, label=parts.wrapped(left))
    values.plot(at, pairs.iloc[:, 2], "s", color=RIGHT, markerfacecolor="white", label=parts.wrapped(right))
    few = at[:: max(len(at) // 20, 1)]
    values.set_xticks(few, pairs["seed"].iloc[few])
    of_two = f"Difference ({unit})" if unit else "Difference"  # the two that are compared are differences themselves
    values.set(xlabel="Seed", ylabel=of_two if claim["against"] else unit.capitalize(), xlim=(-0.6, len(at) - 0.4))
    values.grid(axis="x", visible=False)
    if np.isfinite(rope):
        parts.equivalent(differences, rope)
    parts.reference(differences, 0)
    if len(pairs) > 1:  # one is its own mean
        differences.plot(pairs.iloc[:, 1] - pairs.iloc[:, 2], -parts.offsets(len(pairs)), "o", color=GREY, markersize=3)
    differences.plot(claim[["low", "high"]], [0.12, 0.12], color=LEFT, linewidth=1.6)
    differences.plot(claim["estimate"], 0.12, "o", color=LEFT, markersize=6)
    if stated:
        differences.plot(stated, [0.27] * len(stated), "D", color=STATED, markersize=5, label="Stated")
    differences.set(
        ylim=(-0.5, 0.4), yticks=[], xlabel=f"Filled minus hollow ({unit})" if unit else "Filled minus hollow"
    )
    differences.spines["left"].set_visible(False)
    differences.xaxis.set_major_locator(MaxNLocator(5))
    figure.legend(loc="outside upper left", ncols=2)
    return figure
