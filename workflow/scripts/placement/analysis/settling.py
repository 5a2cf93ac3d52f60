"""Whether a study's runs had learnt what they could: what can be seen of it, a variant at a time."""

import math
from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from placement.counting import how_many

# Of the way from chance to 100 %.
NEAR_CHANCE = 0.1
# Of a run's epochs, at its end.
LAST = 0.1
# Points of accuracy that come back with BatchNorm's statistics measured again.
COSTLY = 1.0
# Of what moving averages start with, at the end of training.
START_LEFT = 0.01


class Settling(NamedTuple):
    """One row of `settling`: accuracies in points, means over runs; NaN where nothing is known.

    Attributes:
        accuracy: test accuracy; `near_chance` where it is less than a tenth of the way from chance to 100 %.
        gain: of the best validation accuracy so far, over the last tenth of the epochs that the recipe has; a run that
            stopped early gains nothing there. `rising` where it is beyond the region of practical equivalence.
        stopped: the share of runs that early stopping ended; NaN where the recipe has none.
        cost: accuracy that comes back with BatchNorm's statistics measured again. `costly` where it is above COSTLY.
    """

    variant: str
    accuracy: float
    near_chance: bool
    gain: float
    rising: bool
    stopped: float
    cost: float
    costly: bool


def settling(
    runs: pd.DataFrame,
    curves: pd.DataFrame,
    shifts: pd.DataFrame,
    recipes: Mapping[str, Mapping[str, Any]],
    chance: float,
    rope: float,
) -> pd.DataFrame:
    """A row of `Settling` for each variant that has a recipe.

    Args:
        runs: in display units; variant, test_accuracy and stopped_early.
        curves: convergence.learning_curves of these runs, or of some of them.
        shifts: shift.variance_shift_table of them.
        recipes: {variant: its recipe}.
        chance: accuracy of the most frequent class's name for every test image, points.
        rope: region of practical equivalence, points.
    """
    costs = 100 * shifts.groupby("variant")["cost_of_shift"].first()
    rows = []
    for variant, recipe in recipes.items():
        of_variant = runs[runs["variant"] == variant]
        accuracy = float(of_variant["test_accuracy"].mean())
        gain = last_gain(curves[curves["variant"] == variant], recipe["epochs"])
        cost = float(costs.get(variant, np.nan))
        rows.append(
            Settling(
                variant,
                accuracy,
                accuracy < chance + NEAR_CHANCE * (100 - chance),
                gain,
                gain > rope,
                float(of_variant["stopped_early"].mean()) if recipe["early_stopping"] else np.nan,
                cost,
                cost > COSTLY,
            )
        )
    return pd.DataFrame(rows, columns=Settling._fields)


def last_gain(curves: pd.DataFrame, epochs: int) -> float:
    """Mean over runs of what the best validation accuracy so far gained in the last tenth of the `epochs`, points."""
    before = epochs - max(1, round(LAST * epochs))
    if curves.empty or before < 1:
        return np.nan
    best, earlier = (of.groupby("seed")["val_accuracy"].max() for of in (curves, curves[curves["epoch"] <= before]))
    return round(float(100 * (best - earlier).mean()), 9)  # 0.2 is no more than 0.2


def chance(confusion: np.ndarray) -> float:
    """Accuracy of the most frequent class's name for every image, points, from counts [true class, predicted]."""
    images = confusion.sum(axis=1)
    return float(100 * images.max() / images.sum())


def start_left(momentum: float, steps: int) -> float:
    """The share of a moving average that is still what it started with."""
    return momentum**steps


def announced(steps: Mapping[str, tuple[float, int]]) -> str:
    """What can be seen of too few steps before training; nothing where there are enough.

    Args:
        steps: {variant: momentum of its norm and steps of all its epochs}, of the variants with moving averages.
    """
    left = {variant: start_left(*each) for variant, each in steps.items()}
    short = {variant: share for variant, share in left.items() if share > START_LEFT}
    if not short:
        return ""
    variant = max(short, key=lambda name: short[name])
    momentum, number = steps[variant]
    alike = sum(steps[name] == steps[variant] for name in short)
    others = f" and {how_many(alike - 1, 'other variant')}" if alike > 1 else ""
    less = f", and less, but over {100 * START_LEFT:.0f} %, in {len(short) - alike} more" if len(short) > alike else ""
    enough = math.floor(100 * START_LEFT ** (1 / max(number, 1))) / 100
    return (
        f"Few steps for BatchNorm's moving averages, in {variant}{others}: after {number:,} steps at a momentum of "
        f"{momentum:g}, {100 * short[variant]:.0f} % of what they start with is left{less}. Give `norm` (in a grid, "
        f"its level) a smaller momentum, `{{kind: batch, momentum: {min(enough, 0.9):g}}}`, or train longer: else "
        "BatchNorm tests worse than its weights are. The findings say whether that was enough"
    )
