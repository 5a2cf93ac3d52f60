"""What is measured of one run. No inference here.

Accuracies are fractions in [0, 1], losses are categorical cross-entropies in nats, seconds are CPU seconds of training
and validation. "Kept weights" are those of the best validation epoch, or of the last one where nothing stops early, in
inference mode. A quantity that a run is too short to define is NaN, never a stand-in value.
"""

from collections.abc import Mapping
from typing import Any

import numpy as np

from placement.analysis.calibration import as_wide, brier_score, calibration_error, null_calibration_error
from placement.analysis.convergence import TARGET_ACCURACY, learning_curve_area, time_to_accuracy
from placement.data.chosen import described
from placement.network import backbones
from placement.network.cost import multiply_accumulates
from placement.seeding import generator

SPIKE_FACTOR = 1.5
STABLE_FROM_EPOCH = 3


def run_metrics(
    history: Mapping[str, Any], labels: np.ndarray, probabilities: np.ndarray, reestimated: float | None = None
) -> dict[str, Any]:
    """Every scalar of one run: a row of the frame that the analysis calls `runs`.

    Args:
        history: the run's history.json.
        labels: true classes of the test images, integers [N].
        probabilities: predicted class probabilities of the test images [N, C].
        reestimated: accuracy on the same images with BatchNorm's statistics re-estimated; None without BatchNorm.

    Returns:
        variant, seed
        test_accuracy_reestimated: as given, or test_accuracy; what the weights have learned, whatever the moving
            averages are.
        test_accuracy, test_loss, train_accuracy, train_loss, validation_accuracy: at the kept weights.
        test_accuracy_last, test_loss_last: at the last epoch's; NaN of an older history, which doesn't say.
        best_validation_accuracy: the highest of any epoch; equals validation_accuracy if that is what is monitored.
        best_epoch (1-based, the kept one), epochs_run, stopped_early (bool).
        accuracy_gap: train - test accuracy; loss_gap: test - train loss; both grow with overfitting.
        validation_gap: train - validation accuracy.
        optimism: validation - test accuracy, what choosing the epoch by validation accuracy flatters it by.
        validation_sd_of_differences, largest_drawdown, loss_spikes: see the functions of those names.
        learning_curve_area: see the function of that name.
        epochs_to_090, steps_to_090, seconds_to_090, reached_090: see time_to_accuracy.
        parameters_total, parameters_trainable, multiply_accumulates (forward pass, one image).
        accuracy_per_million_parameters: test accuracy / (parameters_total / 10^6).
        training_seconds: all epochs run, those after the kept one included.
        brier, ece, ece_null: see the functions brier_score, calibration_error and null_calibration_error.
    """
    labels, probabilities = as_wide(labels, probabilities)
    epochs = history["epochs"]
    validation = np.array([epoch["val_accuracy"] for epoch in epochs])
    validation_loss = np.array([epoch["val_loss"] for epoch in epochs])
    train, kept = history["evaluation"]["train"], history["evaluation"]["validation"]
    test, parameters = history["test"], history["parameters"]
    last = history["evaluation"].get("last", {}).get("test", {"accuracy": np.nan, "loss": np.nan})
    target = time_to_accuracy(history, TARGET_ACCURACY)
    shape, classes, _ = described(history["dataset"])
    return {
        "variant": history["variant"],
        "seed": history["seed"],
        "test_accuracy": test["accuracy"],
        "test_loss": test["loss"],
        "test_accuracy_last": last["accuracy"],
        "test_loss_last": last["loss"],
        "test_accuracy_reestimated": test["accuracy"] if reestimated is None else reestimated,
        "train_accuracy": train["accuracy"],
        "train_loss": train["loss"],
        "validation_accuracy": kept["accuracy"],
        "best_validation_accuracy": float(validation.max()),
        "best_epoch": history["best_epoch"],
        "epochs_run": len(epochs),
        "stopped_early": history["stopped_early"],
        "accuracy_gap": train["accuracy"] - test["accuracy"],
        "loss_gap": test["loss"] - train["loss"],
        "validation_gap": train["accuracy"] - kept["accuracy"],
        "optimism": kept["accuracy"] - test["accuracy"],
        "validation_sd_of_differences": sd_of_differences(validation),
        "largest_drawdown": largest_drawdown(validation),
        "loss_spikes": loss_spikes(validation_loss),
        "learning_curve_area": learning_curve_area(validation, history["training"]["epochs"]),
        "epochs_to_090": target.epochs,
        "steps_to_090": target.steps,
        "seconds_to_090": target.seconds,
        "reached_090": target.reached,
        "parameters_total": parameters["total"],
        "parameters_trainable": parameters["trainable"],
        "multiply_accumulates": multiply_accumulates(backbones.from_dict(history["spec"]), shape, len(classes)),
        "accuracy_per_million_parameters": test["accuracy"] / (parameters["total"] / 1e6),
        "training_seconds": float(sum(epoch["seconds"] for epoch in epochs)),
        "brier": brier_score(labels, probabilities),
        "ece": calibration_error(labels, probabilities),
        "ece_null": null_calibration_error(
            probabilities.max(axis=1), generator(history["seed"], "null_calibration_error")
        ),
    }


def sd_of_differences(validation: np.ndarray) -> float:
    """Sample sd of the differences between successive validation accuracies, from epoch 3 on (v4 - v3 is the first).

    Differences take a steady rise out of the spread. In [0, 1]; NaN with fewer than two differences.
    """
    differences = np.diff(validation[STABLE_FROM_EPOCH - 1 :])
    return float(differences.std(ddof=1)) if len(differences) > 1 else float("nan")


def largest_drawdown(validation: np.ndarray) -> float:
    """The deepest that validation accuracy fell below the best so far, in [0, 1]; 0 for a curve that never falls."""
    return float((np.maximum.accumulate(validation) - validation).max())


def loss_spikes(validation_loss: np.ndarray) -> int:
    """The number of epochs whose validation loss is above 1.5 times the lowest of the epochs before."""
    return int((validation_loss[1:] > SPIKE_FACTOR * np.minimum.accumulate(validation_loss)[:-1]).sum())
