"""The measures of a run, the columns of runs.csv: their units, and which of them a claim can be about.

Here, where the config is checked, since a claim about a measure that doesn't exist is to be told before anything
trains; what they are is said where they are measured (analysis/metrics.py, analysis/convergence.py).
"""

from typing import NamedTuple

_NAME = "which says whose run it is"
_YES_OR_NO = "which is yes or no"
_CONSTANT = "which is the same in every seed, so that there is nothing to test"


class Measure(NamedTuple):
    """A column of runs.csv.

    Attributes:
        unit: as people read it: points (per cent of images), epochs, steps, seconds, or nothing. What is shown in
            points is kept as a fraction.
        is_accuracy: whether comparison.rope, in points of accuracy, speaks of its differences too.
        unclaimable: why no claim can be about it, if so.
    """

    unit: str = ""
    is_accuracy: bool = False
    unclaimable: str = ""


MEASURES = {
    "variant": Measure(unclaimable=_NAME),
    "seed": Measure(unclaimable=_NAME),
    "test_accuracy": Measure("points", is_accuracy=True),
    "test_loss": Measure(),
    "test_accuracy_last": Measure("points", is_accuracy=True),
    "test_loss_last": Measure(),
    "test_accuracy_reestimated": Measure("points", is_accuracy=True),
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
    "optimism": Measure("points"),
    "validation_sd_of_differences": Measure("points"),
    "largest_drawdown": Measure("points"),
    "loss_spikes": Measure(),
    "learning_curve_area": Measure("points"),
    "epochs_to_090": Measure("epochs"),
    "steps_to_090": Measure("steps"),
    "seconds_to_090": Measure("seconds"),
    "reached_090": Measure(unclaimable=_YES_OR_NO),
    "parameters_total": Measure(unclaimable=_CONSTANT),
    "parameters_trainable": Measure(unclaimable=_CONSTANT),
    "multiply_accumulates": Measure(unclaimable=_CONSTANT),
    "accuracy_per_million_parameters": Measure(),
    "training_seconds": Measure("seconds"),
    "brier": Measure(),
    "ece": Measure(),
    "ece_null": Measure(),
    "relative_target": Measure(unclaimable=_CONSTANT),
    "epochs_to_relative": Measure("epochs"),
    "steps_to_relative": Measure("steps"),
    "seconds_to_relative": Measure("seconds"),
    "reached_relative": Measure(unclaimable=_YES_OR_NO),
}
CLAIMABLE = tuple(name for name, measure in MEASURES.items() if not measure.unclaimable)
