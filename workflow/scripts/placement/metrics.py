"""What is measured of a run, and how runs are put together into tables. No inference here: see statistics.py.

Accuracies are fractions in [0, 1], losses are categorical cross-entropies in nats, seconds are CPU seconds of training
and validation. "Kept weights" are those of the best validation epoch, in inference mode. A quantity that a run is too
short to define is NaN, never a stand-in value.
"""

import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from scipy.special import stdtrit

from placement.datasets import DATASETS
from placement.errors import InputError
from placement.seeding import generator
from placement.variants import VariantSpec, layer_sequence

TARGET_ACCURACY = 0.90
RELATIVE_TARGET = 0.99
SPIKE_FACTOR = 1.5
STABLE_FROM_EPOCH = 3
CALIBRATION_BINS = 15

# Keras averages accuracies in float32, where 10,800 right of 12,000 is 0.89999998. Far below one image.
_ACCURACY_TOLERANCE = 1e-6


# One run ---------------------------------------------------------------------------------------------------------


def run_metrics(history: Mapping[str, Any], labels: np.ndarray, probabilities: np.ndarray) -> dict[str, Any]:
    """Every scalar of one run: a row of the frame that the functions below call `runs`.

    Args:
        history: the run's history.json.
        labels: true classes of the test images, integers [N].
        probabilities: predicted class probabilities of the test images [N, C].

    Returns:
        variant, seed
        test_accuracy, test_loss, train_accuracy, train_loss, validation_accuracy: at the kept weights.
        best_validation_accuracy: the highest of any epoch; equals validation_accuracy if that is what is monitored.
        best_epoch (1-based, the kept one), epochs_run, stopped_early (bool).
        accuracy_gap: train - test accuracy; loss_gap: test - train loss; both grow with overfitting.
        optimism: validation - test accuracy, what choosing the epoch by validation accuracy flatters it by.
        validation_sd_of_differences, largest_drawdown, loss_spikes: see the functions of those names.
        learning_curve_area: see the function of that name.
        epochs_to_090, steps_to_090, seconds_to_090, reached_090: see time_to_accuracy.
        parameters_total, parameters_trainable, multiply_accumulates (forward pass, one image).
        accuracy_per_million_parameters: test accuracy / (parameters_total / 10^6).
        training_seconds: all epochs run, those after the kept one included.
        brier, ece, ece_null: see the functions brier_score, calibration_error and null_calibration_error.
    """
    labels, probabilities = _predictions(labels, probabilities)
    epochs = history["epochs"]
    validation = np.array([epoch["val_accuracy"] for epoch in epochs])
    validation_loss = np.array([epoch["val_loss"] for epoch in epochs])
    train, kept = history["evaluation"]["train"], history["evaluation"]["validation"]
    test, parameters = history["test"], history["parameters"]
    target = time_to_accuracy(history, TARGET_ACCURACY)
    dataset = DATASETS[history["dataset"]["name"]]
    return {
        "variant": history["variant"],
        "seed": history["seed"],
        "test_accuracy": test["accuracy"],
        "test_loss": test["loss"],
        "train_accuracy": train["accuracy"],
        "train_loss": train["loss"],
        "validation_accuracy": kept["accuracy"],
        "best_validation_accuracy": float(validation.max()),
        "best_epoch": history["best_epoch"],
        "epochs_run": len(epochs),
        "stopped_early": history["stopped_early"],
        "accuracy_gap": train["accuracy"] - test["accuracy"],
        "loss_gap": test["loss"] - train["loss"],
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
        "multiply_accumulates": multiply_accumulates(
            VariantSpec.from_dict(history["spec"]), dataset.shape, len(dataset.class_names)
        ),
        "accuracy_per_million_parameters": test["accuracy"] / (parameters["total"] / 1e6),
        "training_seconds": float(sum(epoch["seconds"] for epoch in epochs)),
        "brier": brier_score(labels, probabilities),
        "ece": calibration_error(labels, probabilities),
        "ece_null": null_calibration_error(
            probabilities.max(axis=1), generator(history["seed"], "null_calibration_error")
        ),
    }


class TimeToAccuracy(NamedTuple):
    """When a run first had the target; where `reached` is False, the end of the run, at which it is censored."""

    epochs: int
    steps: int
    seconds: float
    reached: bool


def time_to_accuracy(history: Mapping[str, Any], target: float) -> TimeToAccuracy:
    """Epochs, optimizer steps and CPU seconds until validation accuracy first is `target` or more.

    A run that never has it, or that was stopped before it could, is censored at its last epoch, not dropped. Early
    stopping censors the runs that have stalled, so that a Kaplan-Meier curve of them is kind to the slow.
    """
    epochs = history["epochs"]
    hits = [number for number, epoch in enumerate(epochs, 1) if _reaches(epoch["val_accuracy"], target)]
    count = hits[0] if hits else len(epochs)
    seconds = float(sum(epoch["seconds"] for epoch in epochs[:count]))
    return TimeToAccuracy(count, count * history["steps_per_epoch"], seconds, bool(hits))


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
    return convergence_to(histories, RELATIVE_TARGET * float(np.median(best)))


def convergence_to(histories: Iterable[Mapping[str, Any]], target: float) -> pd.DataFrame:
    """The rows of relative_convergence for a target that is known."""
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


def kaplan_meier(times: np.ndarray, reached: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The Kaplan-Meier estimate of the share of runs that have reached the target (Kaplan & Meier, JASA 1958).

    Args:
        times: when each run reached the target or was censored [n].
        reached: False where it was censored [n]; censored runs are at risk until their time, itself included.

    Returns:
        The distinct times at which a run reached it, increasing, and the share (0, 1] from each of them on.
    """
    times, reached = np.asarray(times), np.asarray(reached, dtype=bool)
    events, counts = np.unique(times[reached], return_counts=True)
    at_risk = (times[:, None] >= events).sum(axis=0)
    return events, 1 - np.cumprod(1 - counts / at_risk)


def kaplan_meier_median(times: np.ndarray, reached: np.ndarray) -> float:
    """The first time by which half of the runs are estimated to have reached the target; NaN if that isn't seen."""
    events, share = kaplan_meier(times, reached)
    half = events[share >= 0.5 - 1e-12]
    return float(half[0]) if len(half) else float("nan")


# Predictions -----------------------------------------------------------------------------------------------------


def brier_score(labels: np.ndarray, probabilities: np.ndarray) -> float:
    """Mean over images of the squared distance between probabilities and one-hot truth, in [0, 2] (Brier 1950)."""
    labels, probabilities = _predictions(labels, probabilities)
    truth = np.eye(probabilities.shape[1])[labels]
    return float(((probabilities - truth) ** 2).sum(axis=1).mean())


def reliability(labels: np.ndarray, probabilities: np.ndarray) -> pd.DataFrame:
    """Confidence against accuracy in 15 bins of equal mass.

    Equal mass, since with equal widths nearly all images of a good classifier share one bin (Nixon et al., CVPRW
    2019). Images of equal confidence share a bin, which makes the bins independent of the images' order.

    Returns:
        One row a bin that isn't empty: bin (0 is the least confident), count, confidence (mean probability of the
        predicted class), accuracy.
    """
    labels, probabilities = _predictions(labels, probabilities)
    confidence = probabilities.max(axis=1)
    correct = probabilities.argmax(axis=1) == labels
    bins = _equal_mass_bins(confidence)
    count = np.bincount(bins, minlength=CALIBRATION_BINS)
    kept = count > 0
    return pd.DataFrame(
        {
            "bin": np.flatnonzero(kept),
            "count": count[kept],
            "confidence": np.bincount(bins, confidence, CALIBRATION_BINS)[kept] / count[kept],
            "accuracy": np.bincount(bins, correct, CALIBRATION_BINS)[kept] / count[kept],
        }
    )


def calibration_error(labels: np.ndarray, probabilities: np.ndarray) -> float:
    """Expected calibration error over the bins of `reliability`: mean of |accuracy - confidence| by mass, in [0, 1].

    Guo et al., ICML 2017, equation 3. It is biased upwards: read it beside null_calibration_error.
    """
    table = reliability(labels, probabilities)
    return float(((table["accuracy"] - table["confidence"]).abs() * table["count"]).sum() / table["count"].sum())


def null_calibration_error(confidence: np.ndarray, rng: np.random.Generator, draws: int = 1000) -> float:
    """The mean calibration_error that a perfectly calibrated model with these confidences would show, in [0, 1].

    Each draw makes every image right with the probability that was predicted for it (consistency resampling: Bröcker &
    Smith, Weather and Forecasting 2007). 1,000 draws leave a relative error below 1 %.

    Args:
        confidence: probability of the predicted class [N].
        rng: where the draws come from.
    """
    confidence = np.asarray(confidence, dtype=float)
    bins = _equal_mass_bins(confidence)
    # Sorted by bin, a draw's sum in every bin is one reduceat over contiguous images.
    order = np.argsort(bins, kind="stable")
    confidence = confidence[order]
    starts = np.unique(bins[order], return_index=True)[1]
    expected = np.add.reduceat(confidence, starts)
    errors = [
        np.abs(np.add.reduceat((rng.random(len(confidence)) < confidence).astype(float), starts) - expected).sum()
        for _ in range(draws)
    ]
    return float(np.mean(errors) / len(confidence))


def confusion_matrix(labels: np.ndarray, probabilities: np.ndarray) -> np.ndarray:
    """Numbers of images [C, C]: rows are true classes, columns predicted ones. Sum matrices to pool runs."""
    labels, probabilities = _predictions(labels, probabilities)
    classes = probabilities.shape[1]
    pairs = labels * classes + probabilities.argmax(axis=1)
    return np.bincount(pairs, minlength=classes**2).reshape(classes, classes)


def per_class_accuracy(confusion: np.ndarray) -> np.ndarray:
    """Share of each true class's images that are predicted right (recall) [C]; NaN for a class without images."""
    confusion = np.asarray(confusion, dtype=float)
    images = confusion.sum(axis=1)
    return np.divide(np.diag(confusion), images, out=np.full(len(images), np.nan), where=images > 0)


# Cost ------------------------------------------------------------------------------------------------------------


def multiply_accumulates(spec: VariantSpec, input_shape: tuple[int, int, int], classes: int) -> int:
    """Multiply-accumulates of one image's forward pass: convolutions (padding same, stride 1) and dense layers only.

    Biases, norms, activations, dropout and pooling are not counted: each is about 0.5 % of the default backbone's
    arithmetic, though not of the time. The order changes the count only where `pool` stands before `conv`.

    Args:
        spec: a network that is a chain of layers.
        input_shape: height, width, channels.
        classes: units of the output layer.
    """
    height, width, channels = input_shape
    total = 0
    for layer in layer_sequence(spec, classes):
        if layer.kind == "conv":
            outputs = layer.arguments["filters"]
            total += height * width * outputs * layer.arguments["kernel"] ** 2 * channels
            channels = outputs
        elif layer.kind == "pool":
            height, width = height // 2, width // 2
        elif layer.kind in ("dense", "output"):
            total += channels * layer.arguments["units"]
            channels = layer.arguments["units"]
    return total


def pareto_front(accuracy: np.ndarray, cost: np.ndarray) -> np.ndarray:
    """Which points no other dominates [n, bool]: none is at least as accurate and as cheap, and better in one."""
    accuracy, cost = np.asarray(accuracy, dtype=float), np.asarray(cost, dtype=float)
    as_good = (accuracy[:, None] >= accuracy) & (cost[:, None] <= cost)
    better = (accuracy[:, None] > accuracy) | (cost[:, None] < cost)
    return ~(as_good & better).any(axis=0)


# Variance shift --------------------------------------------------------------------------------------------------


def variance_shift(moving: np.ndarray, actual: np.ndarray, epsilon: float) -> float:
    """Geometric mean over channels of max(r, 1/r), r the ratio of a BatchNorm layer's moving to its actual variance.

    Li et al., CVPR 2019 (section 3), with the layer's own epsilon added to both variances, as in the division that the
    layer makes: a channel that is dead in both then counts as unshifted, not as 0/0.

    Args:
        moving: the moving variance that the layer uses in inference [channels].
        actual: the variance that its input has in inference [channels].

        epsilon: the layer's.

    Returns:
        1 without shift, larger with it.
    """
    ratio = (np.asarray(moving, dtype=float) + epsilon) / (np.asarray(actual, dtype=float) + epsilon)
    return float(np.exp(np.abs(np.log(ratio)).mean()))


def variance_shift_table(shifts: pd.DataFrame, labels: Mapping[str, str]) -> pd.DataFrame:
    """The shift of every BatchNorm layer of every variant, over seeds.

    Args:
        shifts: one row a run and layer, in the network's order of layers: variant, seed, layer, shift_train,
            shift_test (variance_shift on train and on test images), accuracy, accuracy_reestimated (of the run on the
            test images, as trained and after re-estimating the BatchNorm statistics with dropout off).
        labels: {variant: label} in config order.

    Returns:
        One row a variant and layer: variant, label, layer, n, shift_train, shift_test (geometric means over seeds),
        accuracy, accuracy_reestimated, cost_of_shift (mean of accuracy_reestimated - accuracy), cost_of_shift_sd. The
        last four describe the whole network and are the same in each row of a variant. Variants without BatchNorm
        have no rows.
    """
    rows = []
    for variant, label in labels.items():
        for layer, runs in shifts[shifts["variant"] == variant].groupby("layer", sort=False):
            cost = runs["accuracy_reestimated"] - runs["accuracy"]
            rows.append(
                {
                    "variant": variant,
                    "label": label,
                    "layer": layer,
                    "n": len(runs),
                    "shift_train": np.exp(np.log(runs["shift_train"]).mean()),
                    "shift_test": np.exp(np.log(runs["shift_test"]).mean()),
                    "accuracy": runs["accuracy"].mean(),
                    "accuracy_reestimated": runs["accuracy_reestimated"].mean(),
                    "cost_of_shift": cost.mean(),
                    "cost_of_shift_sd": cost.std(ddof=1),
                }
            )
    columns = (
        "variant label layer n shift_train shift_test accuracy accuracy_reestimated cost_of_shift cost_of_shift_sd"
    )
    return pd.DataFrame(rows, columns=columns.split())


# Summary ---------------------------------------------------------------------------------------------------------

_CONSTANT = ("parameters_total", "parameters_trainable", "multiply_accumulates")
_LEADING = (
    "test_loss",
    "best_epoch",
    "epochs_run",
    "accuracy_gap",
    "loss_gap",
    "accuracy_per_million_parameters",
    "training_seconds",
)
_EXTENDED = (
    "train_accuracy",
    "train_loss",
    "validation_accuracy",
    "best_validation_accuracy",
    "optimism",
    "validation_sd_of_differences",
    "largest_drawdown",
    "loss_spikes",
    "learning_curve_area",
    "brier",
    "ece",
    "ece_null",
)
_COSTS = ("parameters_total", "multiply_accumulates", "training_seconds")


def summary_table(runs: pd.DataFrame, labels: Mapping[str, str]) -> pd.DataFrame:
    """One row a variant, in config order.

    Args:
        runs: rows of run_metrics, with the columns of relative_convergence merged in or not.
        labels: {variant: label} in config order.

    Returns:
        variant, label, n (runs);
        test_accuracy_mean, _sd, and _low, _high, the 95 % t interval of the mean (NaN where n is 1: nothing is known
        of the spread); X_mean and X_sd of the other metrics of run_metrics;
        parameters_total, parameters_trainable, multiply_accumulates;
        stopped_early_share, reached_T_share (shares of runs) and the Kaplan-Meier medians epochs_to_T, steps_to_T,
        seconds_to_T for T of 090 and relative (NaN: half of the runs didn't get there);
        pareto_C: no other variant has a higher mean test accuracy at no higher mean cost C, for C of parameters_total,
        multiply_accumulates and training_seconds.
    """
    present = {variant: runs[runs["variant"] == variant] for variant in labels}
    table = pd.DataFrame([_summary(v, labels[v], group) for v, group in present.items() if len(group)])
    for cost in _COSTS:
        column = cost if cost in _CONSTANT else f"{cost}_mean"
        table[f"pareto_{cost}"] = pareto_front(table["test_accuracy_mean"], table[column])
    return table


def _summary(variant: str, label: str, runs: pd.DataFrame) -> dict[str, Any]:
    low, high = t_interval(runs["test_accuracy"])
    row = {
        "variant": variant,
        "label": label,
        "n": len(runs),
        **_mean_and_sd(runs, "test_accuracy"),
        "test_accuracy_low": low,
        "test_accuracy_high": high,
    }
    for metric in _LEADING:
        row |= _mean_and_sd(runs, metric)
    row |= {metric: runs[metric].iloc[0] for metric in _CONSTANT}
    for metric in _EXTENDED:
        row |= _mean_and_sd(runs, metric)
    row["stopped_early_share"] = runs["stopped_early"].mean()
    for target in ("090", "relative"):
        if f"reached_{target}" in runs:
            reached = runs[f"reached_{target}"]
            row[f"reached_{target}_share"] = reached.mean()
            for unit in ("epochs", "steps", "seconds"):
                row[f"{unit}_to_{target}"] = kaplan_meier_median(runs[f"{unit}_to_{target}"], reached)
    return row


def _mean_and_sd(runs: pd.DataFrame, metric: str) -> dict[str, float]:
    return {f"{metric}_mean": runs[metric].mean(), f"{metric}_sd": runs[metric].std(ddof=1)}


def t_interval(values: Sequence[float] | np.ndarray, level: float = 0.95) -> tuple[float, float]:
    """Student's t interval of the mean of independent values; (NaN, NaN) for fewer than two."""
    values = np.asarray(values, dtype=float)
    n = len(values)
    if n < 2:
        return float("nan"), float("nan")
    half = stdtrit(n - 1, (1 + level) / 2) * values.std(ddof=1) / np.sqrt(n)
    return float(values.mean() - half), float(values.mean() + half)


def render_summary(table: pd.DataFrame) -> str:
    """The leading columns of a summary_table as text for a terminal, a line a variant."""
    header = (
        "variant",
        "n",
        "accuracy, %",
        "95 % interval",
        "loss",
        "best/run",
        "gap",
        "parameters",
        "acc./M",
        "CPU s",
    )
    rows = [
        (
            " ".join(row["label"].split()),
            f"{row['n']}",
            f"{100 * row['test_accuracy_mean']:.2f}" + _optional(100 * row["test_accuracy_sd"], " ± {:.2f}"),
            _optional(100 * row["test_accuracy_low"], "{:.2f} to ") + _optional(100 * row["test_accuracy_high"]),
            f"{row['test_loss_mean']:.4f}",
            f"{row['best_epoch_mean']:.1f}/{row['epochs_run_mean']:.1f}",
            f"{100 * row['accuracy_gap_mean']:+.2f}",
            f"{row['parameters_total']:,}",
            f"{row['accuracy_per_million_parameters_mean']:.3f}",
            f"{row['training_seconds_mean']:.0f}",
        )
        for row in table.to_dict("records")
    ]
    widths = [max(map(_width, column)) for column in zip(header, *rows, strict=True)]
    lines = [
        "  ".join(_pad(cell, width, i > 0) for i, (cell, width) in enumerate(zip(row, widths, strict=True)))
        for row in (header, *rows)
    ]
    rule = "─" * max(map(_width, lines))
    note = (
        "accuracy: test, mean ± sd over n seeds, t interval of the mean; best/run: kept epoch and epochs run;\n"
        "gap: train - test accuracy in points; acc./M: accuracy (0 to 1) per million parameters; means over seeds"
    )
    return "\n".join([lines[0], rule, *lines[1:], rule, note]) + "\n"


def _optional(value: float, form: str = "{:.2f}") -> str:
    return "" if np.isnan(value) else form.format(value)


def _width(text: str) -> int:
    """Terminal columns of a text: wide East Asian characters take two, combining ones none."""
    return sum((unicodedata.east_asian_width(c) in "WF") + (not unicodedata.combining(c)) for c in text)


def _pad(text: str, width: int, right: bool) -> str:
    fill = " " * (width - _width(text))
    return fill + text if right else text + fill


def _reaches(accuracy: float, target: float) -> bool:
    return accuracy >= target - _ACCURACY_TOLERANCE


def _predictions(labels: np.ndarray, probabilities: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    # Saved as uint8, which overflows, and as float32, whose sums drift.
    return np.asarray(labels, dtype=np.int64), np.asarray(probabilities, dtype=np.float64)


def _equal_mass_bins(confidence: np.ndarray) -> np.ndarray:
    """The bin, 0 ... 14, of each image, by the mid-rank of its confidence."""
    _, group, count = np.unique(confidence, return_inverse=True, return_counts=True)
    mid_rank = np.cumsum(count) - (count + 1) / 2
    return (CALIBRATION_BINS * (mid_rank + 0.5) / len(confidence)).astype(int)[group]
