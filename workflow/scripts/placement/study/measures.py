"""The measures of a run, the columns of runs.csv: their units, and which of them a claim can be about.

Here, where the config is checked, since a claim about a measure that doesn't exist is to be told before anything
trains; what they are is said where they are measured (analysis/metrics.py, analysis/convergence.py).
"""

from typing import NamedTuple

HISTORY, PREDICTIONS, SHIFT, BASELINE = "history", "predictions", "variance shift", "the baseline's runs"
_NAME = "which says whose run it is"
_YES_OR_NO = "which is yes or no"
_CONSTANT = "which is the same in every seed, so that there is nothing to test"


class Measure(NamedTuple):
    """A column of runs.csv.

    Attributes:
        unit: as people read it: points (per cent of images), epochs, steps, seconds, or nothing. What is shown in
            points is kept as a fraction.
        is_accuracy: whether comparison.rope, in points of accuracy, speaks of its differences too: of an accuracy, of a
            mean of accuracies, or of accuracy on one part less that on another.
        unclaimable: why no claim can be about it, if so.
        source: what it is got from: a run's HISTORY, PREDICTIONS or variance SHIFT, or the histories of the run and of
            the BASELINE's, which change as seeds join.
        reached: the measure that says whether a run got there; where it didn't, this one is only a lower bound.
        last_epoch: the same measure at the last epoch's weights.
        reestimated: the same measure with BatchNorm's statistics re-estimated.
    """

    unit: str = ""
    is_accuracy: bool = False
    unclaimable: str = ""
    source: str = HISTORY
    reached: str = ""
    last_epoch: str = ""
    reestimated: str = ""


MEASURES = {
    "variant": Measure(unclaimable=_NAME),
    "seed": Measure(unclaimable=_NAME),
    "test_accuracy": Measure(
        "points", is_accuracy=True, last_epoch="test_accuracy_last", reestimated="test_accuracy_reestimated"
    ),
    "test_loss": Measure(last_epoch="test_loss_last"),
    "test_accuracy_last": Measure("points", is_accuracy=True),
    "test_loss_last": Measure(),
    "test_accuracy_reestimated": Measure("points", is_accuracy=True, source=SHIFT),
    "train_accuracy": Measure("points", is_accuracy=True),
    "train_loss": Measure(),
    "validation_accuracy": Measure("points", is_accuracy=True),
    "best_validation_accuracy": Measure("points", is_accuracy=True),
    "best_epoch": Measure("epochs"),
    "epochs_run": Measure("epochs"),
    "stopped_early": Measure(unclaimable=_YES_OR_NO),
    "accuracy_gap": Measure("points", is_accuracy=True),
    "loss_gap": Measure(),
    "validation_gap": Measure("points", is_accuracy=True),
    "optimism": Measure("points", is_accuracy=True),
    "validation_sd_of_differences": Measure("points"),
    "largest_drawdown": Measure("points"),
    "loss_spikes": Measure(),
    "learning_curve_area": Measure("points", is_accuracy=True),
    "epochs_to_090": Measure("epochs", reached="reached_090"),
    "steps_to_090": Measure("steps", reached="reached_090"),
    "seconds_to_090": Measure("seconds", reached="reached_090"),
    "reached_090": Measure(unclaimable=_YES_OR_NO),
    "parameters_total": Measure(unclaimable=_CONSTANT),
    "parameters_trainable": Measure(unclaimable=_CONSTANT),
    "multiply_accumulates": Measure(unclaimable=_CONSTANT),
    "accuracy_per_million_parameters": Measure(),
    "training_seconds": Measure("seconds"),
    "brier": Measure(source=PREDICTIONS),
    "ece": Measure(source=PREDICTIONS),
    "ece_null": Measure(source=PREDICTIONS),
    "relative_target": Measure(unclaimable=_CONSTANT, source=BASELINE),
    "epochs_to_relative": Measure("epochs", source=BASELINE, reached="reached_relative"),
    "steps_to_relative": Measure("steps", source=BASELINE, reached="reached_relative"),
    "seconds_to_relative": Measure("seconds", source=BASELINE, reached="reached_relative"),
    "reached_relative": Measure(unclaimable=_YES_OR_NO, source=BASELINE),
}
CLAIMABLE = tuple(name for name, measure in MEASURES.items() if not measure.unclaimable)
