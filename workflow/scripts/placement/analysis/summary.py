"""Runs put together into one row a variant."""

import unicodedata
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from placement.analysis.convergence import median_time
from placement.analysis.paired import StudentMean


def pareto_front(accuracy: np.ndarray, cost: np.ndarray) -> np.ndarray:
    """Which points no other dominates [n, bool]: none is at least as accurate and as cheap, and better in one."""
    accuracy, cost = np.asarray(accuracy, dtype=float), np.asarray(cost, dtype=float)
    as_good = (accuracy[:, None] >= accuracy) & (cost[:, None] <= cost)
    better = (accuracy[:, None] > accuracy) | (cost[:, None] < cost)
    return np.logical_not((as_good & better).any(axis=0))


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
_FURTHER = (
    "test_accuracy_reestimated",
    "train_accuracy",
    "train_loss",
    "validation_accuracy",
    "best_validation_accuracy",
    "validation_gap",
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
        runs: rows of run_metrics, with the columns of relative_convergence.
        labels: {variant: label} in config order.

    Returns:
        variant, label, n (runs);
        test_accuracy_mean, _sd, and _low, _high, the 95 % t interval of the mean (NaN below
        INFERENCE_SEEDS); X_mean and X_sd of the other metrics in _LEADING and _FURTHER;
        parameters_total, parameters_trainable, multiply_accumulates;
        stopped_early_share, reached_T_share (shares of runs) and the medians over all runs epochs_to_T, steps_to_T,
        seconds_to_T for T of 090 and relative (NaN: fewer than half of the runs got there);
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
    for metric in _FURTHER:
        row |= _mean_and_sd(runs, metric)
    row["stopped_early_share"] = runs["stopped_early"].mean()
    for target in ("090", "relative"):
        reached = runs[f"reached_{target}"]
        row[f"reached_{target}_share"] = reached.mean()
        for unit in ("epochs", "steps", "seconds"):
            row[f"{unit}_to_{target}"] = median_time(runs[f"{unit}_to_{target}"], reached)
    return row


def _mean_and_sd(runs: pd.DataFrame, metric: str) -> dict[str, float]:
    return {f"{metric}_mean": runs[metric].mean(), f"{metric}_sd": runs[metric].std(ddof=1)}


def t_interval(values: Sequence[float] | np.ndarray) -> tuple[float, float]:
    """Student's 95 % interval of the mean of independent values; NaN for fewer than INFERENCE_SEEDS or equal ones."""
    return StudentMean.of(np.asarray(values, dtype=float)).interval()


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
