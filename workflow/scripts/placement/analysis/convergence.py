"""How fast runs get to an accuracy, if they do, and their learning curves."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from placement.errors import InputError

TARGET_ACCURACY = 0.90
RELATIVE_TARGET = 0.99
# Keras averages accuracies in float32, where 10,800 right of 12,000 is 0.89999998. Far below one image.
_ACCURACY_TOLERANCE = 1e-6


class TimeToAccuracy(NamedTuple):
    """When a run first had the target; where `reached` is False, the end of the run, which never had it."""

    epochs: int
    steps: int
    seconds: float
    reached: bool


def time_to_accuracy(history: Mapping[str, Any], target: float) -> TimeToAccuracy:
    """Epochs, optimizer steps and CPU seconds until validation accuracy first is `target` or more.

    A run that never has it, or that was stopped before it could, has the time of its last epoch, and isn't dropped.
    """
    epochs = history["epochs"]
    hits = [number for number, epoch in enumerate(epochs, 1) if _reaches(epoch["val_accuracy"], target)]
    count = hits[0] if hits else len(epochs)
    seconds = float(sum(epoch["seconds"] for epoch in epochs[:count]))
    return TimeToAccuracy(count, count * history["steps_per_epoch"], seconds, bool(hits))


def learning_curve_area(validation: np.ndarray, budget: int) -> float:
    """Mean over the `budget` of epochs of the best validation accuracy so far, in [0, 1]; higher is faster.

    A run stopped early carries its best on to the end of the budget: that is the model it would hand over at any
    later time. Without this, stopping early would raise or lower the area by itself.
    """
    best = np.maximum.accumulate(validation)
    return float((best.sum() + best[-1] * (budget - len(best))) / budget)


def learning_curves(histories: Iterable[Mapping[str, Any]]) -> pd.DataFrame:
    """Every epoch of every run: variant, seed, epoch, loss, accuracy, val_loss, val_accuracy, learning_rate, seconds.

    `loss` and `accuracy` are Keras's averages over the epoch while the weights change, with dropout on.
    """
    return pd.DataFrame(
        [
            {"variant": history["variant"], "seed": history["seed"], **epoch}
            for history in histories
            for epoch in history["epochs"]
        ]
    )


def relative_convergence(histories: Sequence[Mapping[str, Any]], baseline: str) -> pd.DataFrame:
    """Time to 99 % of the median, over the baseline's runs, of the best validation accuracy.

    Returns:
        One row a run, to be merged into `runs` on variant and seed: variant, seed, relative_target (the same accuracy
        in every row), epochs_to_relative, steps_to_relative, seconds_to_relative, reached_relative.

    Raises:
        InputError: no run is of the baseline.
    """
    best = [max(epoch["val_accuracy"] for epoch in h["epochs"]) for h in histories if h["variant"] == baseline]
    if not best:
        raise InputError(f"comparison.baseline: '{baseline}' has no runs, expected one at least")
    target = RELATIVE_TARGET * float(np.median(best))
    rows = []
    for history in histories:
        time = time_to_accuracy(history, target)
        rows.append(
            {
                "variant": history["variant"],
                "seed": history["seed"],
                "relative_target": target,
                "epochs_to_relative": time.epochs,
                "steps_to_relative": time.steps,
                "seconds_to_relative": time.seconds,
                "reached_relative": time.reached,
            }
        )
    return pd.DataFrame(rows)


def cumulative_incidence(times: np.ndarray, reached: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The share of all runs that have reached the target by a time.

    A run that ended before never reaches it: early stopping is part of the training, and ends the runs that have
    stalled. To count them as censored, as Kaplan and Meier do, would take them to get there like the others.

    Args:
        times: when each run reached the target or ended [n].
        reached: False where it ended without [n].

    Returns:
        The distinct times at which a run reached it, increasing, and the share (0, 1] from each of them on.
    """
    times, reached = np.asarray(times), np.asarray(reached, dtype=bool)
    events, counts = np.unique(times[reached], return_counts=True)
    return events, np.cumsum(counts) / len(times)


def median_time(times: np.ndarray, reached: np.ndarray) -> float:
    """The first time by which half of all runs had reached the target; NaN where fewer did."""
    events, share = cumulative_incidence(times, reached)
    half = events[share >= 0.5]
    return float(half[0]) if len(half) else float("nan")


def _reaches(accuracy: float, target: float) -> bool:
    return accuracy >= target - _ACCURACY_TOLERANCE
