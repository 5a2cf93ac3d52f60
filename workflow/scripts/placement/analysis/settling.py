"""Whether a study's runs had learnt what they could: what can be seen of it, a variant at a time."""

from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from placement.analysis.conventions import DECIMALS
from placement.analysis.paired import StudentMean

# Of the way from chance to 100 %.
NEAR_CHANCE = 0.1
# Of a run's epochs, at its end.
LAST = 0.1
# Points of accuracy that come back with BatchNorm's statistics re-estimated.
COSTLY = 1.0


class Settling(NamedTuple):
    """One row of `settling`: accuracies in points, means over runs; NaN where nothing is known.

    Means alone decide what is named. Where the 95 % interval has the bound in it, that may be chance.

    Attributes:
        accuracy: test accuracy; `near_chance` where it is less than a tenth of the way from chance to 100 %.
        gain: of the best validation accuracy so far, over the last tenth of the epochs that the recipe has; a run that
            stopped early gains nothing there. `rising` where it is beyond the region of practical equivalence.
        gain_low, gain_high: its interval, NaN where there is none.
        stopped: the share of runs that early stopping ended; NaN where the recipe has none.
        cost: accuracy that comes back with BatchNorm's statistics re-estimated. `costly` where it is above COSTLY.
        cost_low, cost_high: its interval.
    """

    variant: str
    accuracy: float
    near_chance: bool
    gain: float
    gain_low: float
    gain_high: float
    rising: bool
    stopped: float
    cost: float
    cost_low: float
    cost_high: float
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
    costs = shifts.drop_duplicates("variant").set_index("variant").reindex(list(recipes)).fillna({"n": 0})
    rows = []
    for variant, recipe in recipes.items():
        of_variant = runs[runs["variant"] == variant]
        accuracy = float(of_variant["test_accuracy"].mean())
        gain = StudentMean.of(last_gains(curves[curves["variant"] == variant], recipe["epochs"]))
        of_shift = costs.loc[variant]
        cost = StudentMean(int(of_shift["n"]), 100 * of_shift["cost_of_shift"], 100 * of_shift["cost_of_shift_sd"])
        rows.append(
            Settling(
                variant,
                accuracy,
                accuracy < chance + NEAR_CHANCE * (100 - chance),
                gain.mean,
                *gain.interval(),
                is_rising(gain, rope),
                float(of_variant["stopped_early"].mean()) if recipe["early_stopping"] else np.nan,
                cost.mean,
                *cost.interval(),
                cost.mean > COSTLY,
            )
        )
    return pd.DataFrame(rows, columns=Settling._fields)


def is_rising(gain: StudentMean, rope: float) -> bool:
    """Whether a mean gain is beyond the region of practical equivalence; 0.2 is no more than 0.2."""
    return round(gain.mean, DECIMALS) > rope


def last_gains(curves: pd.DataFrame, epochs: int, measure: str = "val_accuracy") -> np.ndarray:
    """What the best so far of each run's `measure` gained in the last tenth of the `epochs` [runs], points."""
    before = epochs - max(1, round(LAST * epochs))
    if before < 1:
        return np.array([])
    best, earlier = (of.groupby("seed")[measure].max() for of in (curves, curves[curves["epoch"] <= before]))
    return 100 * (best - earlier).to_numpy()


def chance(confusion: np.ndarray) -> float:
    """Accuracy of the most frequent class's name for every image, points, from counts [true class, predicted]."""
    images = confusion.sum(axis=1)
    return float(100 * images.max() / images.sum())
