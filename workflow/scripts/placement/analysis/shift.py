"""How far BatchNorm layers are from what they get, in variance (Li et al., CVPR 2019) and in mean, and what goes with
what that costs."""

from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from scipy import stats

from placement.analysis.conventions import ALPHA

PARTS = ("train", "test")
SHIFTS = tuple(f"{kind}_{part}" for kind in ("shift", "mean_shift") for part in PARTS)


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


def mean_shift(moving: np.ndarray, actual: np.ndarray, variance: np.ndarray, epsilon: float) -> float:
    """Mean over channels of |moving - actual mean| in standard deviations of the input, with epsilon as above.

    Args:
        moving: the moving mean that the layer subtracts in inference [channels].
        actual, variance: those that its input has in inference [channels].
        epsilon: the layer's.

    Returns:
        0 without shift: what each channel is off its centre by, before the layer's own scale.
    """
    off = np.abs(np.asarray(moving, dtype=float) - np.asarray(actual, dtype=float))
    return float((off / np.sqrt(np.asarray(variance, dtype=float) + epsilon)).mean())


def of_layer(layer: Mapping[str, Any]) -> dict[str, float]:
    """The SHIFTS of a layer as variance_shift.py records it."""
    epsilon = layer["epsilon"]
    return {
        f"shift_{part}": variance_shift(layer["moving_variance"], layer[f"{part}_variance"], epsilon) for part in PARTS
    } | {
        f"mean_shift_{part}": mean_shift(
            layer["moving_mean"], layer[f"{part}_mean"], layer[f"{part}_variance"], epsilon
        )
        for part in PARTS
    }


def variance_shift_table(shifts: pd.DataFrame, labels: Mapping[str, str]) -> pd.DataFrame:
    """The shift of every BatchNorm layer of every variant, over seeds.

    Args:
        shifts: one row a run and layer, in the network's order of layers: variant, seed, layer, shift_train,
            shift_test (variance_shift on train and on test images), mean_shift_train, mean_shift_test (mean_shift;
            may be missing), accuracy, accuracy_reestimated (of the run on the test images, as trained and after
            re-estimating the BatchNorm statistics with dropout off).
        labels: {variant: label} in config order.

    Returns:
        One row a variant and layer: variant, label, layer, n, shift_train, shift_test (geometric means over seeds),
        mean_shift_train, mean_shift_test (means over seeds), accuracy, accuracy_reestimated, cost_of_shift (mean of
        accuracy_reestimated - accuracy), cost_of_shift_sd. The last four describe the whole network and are the same
        in each row of a variant. Variants without BatchNorm have no rows.
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
                    **{name: runs[name].mean() if name in runs else np.nan for name in SHIFTS[2:]},
                    "accuracy": runs["accuracy"].mean(),
                    "accuracy_reestimated": runs["accuracy_reestimated"].mean(),
                    "cost_of_shift": cost.mean(),
                    "cost_of_shift_sd": cost.std(ddof=1),
                }
            )
    columns = (
        "variant label layer n shift_train shift_test mean_shift_train mean_shift_test accuracy accuracy_reestimated "
        "cost_of_shift cost_of_shift_sd"
    )
    return pd.DataFrame(rows, columns=columns.split())


class Association(NamedTuple):
    """Spearman's rank correlation of a shift with what it costs; NaN where either has no spread, or below three.

    Attributes:
        shift: shift_test or mean_shift_test, of each run the largest of its layers.
        runs: over all runs of all variants; n of them.
        low, high: its interval of level 1 - ALPHA, by Fisher's transformation with the variance of Bonett and Wright
            (Psychometrika 2000, 65(1)); NaN below five runs. It takes runs as independent, which those of one variant
            are not quite: it is rather too short.
        within: over the same runs, each against the mean rank of its variant: what goes together from seed to seed of
            one placement. NaN with fewer than two runs of a variant.
    """

    shift: str
    n: int
    variants: int
    runs: float
    low: float
    high: float
    within: float


def associations(shifts: pd.DataFrame) -> list[Association]:
    """Which of the two shifts goes with the cost, accuracy_reestimated - accuracy.

    Args:
        shifts: as in variance_shift_table.
    """
    kinds = [name for name in ("shift_test", "mean_shift_test") if name in shifts]
    runs = shifts.groupby(["variant", "seed"], sort=False).agg(
        {"accuracy": "first", "accuracy_reestimated": "first"} | dict.fromkeys(kinds, "max")
    )
    runs["cost"] = runs["accuracy_reestimated"] - runs["accuracy"]
    found = []
    for kind in kinds:
        known = runs[[kind, "cost"]].dropna().rank()
        within = known - known.groupby("variant").transform("mean")
        repeated = within[known.groupby("variant")["cost"].transform("size") > 1]
        found.append(
            Association(
                kind,
                len(known),
                known.index.get_level_values("variant").nunique(),
                whole := _correlation(known[kind], known["cost"]),
                *_interval(whole, len(known)),
                _correlation(repeated[kind], repeated["cost"]),
            )
        )
    return found


def _interval(correlation: float, n: int) -> tuple[float, float]:
    if n < 5 or np.isnan(correlation):
        return np.nan, np.nan
    most = 1 - 12 / (n**3 - n)  # with one pair of neighbours swapped; of 1 the transform is infinite
    correlation = np.clip(correlation, -most, most)
    half = stats.norm.isf(ALPHA / 2) * np.sqrt((1 + correlation**2 / 2) / (n - 3))
    return float(np.tanh(np.arctanh(correlation) - half)), float(np.tanh(np.arctanh(correlation) + half))


def _correlation(a: pd.Series, b: pd.Series) -> float:
    return float(stats.pearsonr(a, b)[0]) if len(a) > 2 and np.ptp(a) > 0 and np.ptp(b) > 0 else np.nan
