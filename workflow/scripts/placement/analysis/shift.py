"""How far BatchNorm layers are from what they get, in variance (Li et al., CVPR 2019) and in mean, and what goes with
what that costs."""

from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from scipy import stats

from placement.analysis.conventions import DECIMALS
from placement.analysis.paired import StudentMean, correlation, sign_flip_p

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
                    **{name: runs[name].mean() for name in SHIFTS[2:]},
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
    """How a shift goes with what it costs over the variants; NaN where either has no spread.

    Attributes:
        shift: shift_test or mean_shift_test, of each run the largest of its layers.
        n, variants: seeds that have every variant with BatchNorm, and those variants.
        mean: over seeds, of Spearman's rank correlation over the variants of one seed; NaN below three variants.
        low, high, p: its Student interval of level 1 - ALPHA, NaN where every seed says the same, and p by the signs
            of the seeds' correlations. Seeds are independent, where runs of one variant are not; so all is about these
            variants, with other seeds.
        within: Pearson's correlation of the ranks among all runs, each less the mean rank of its variant: what goes
            together from seed to seed of one placement. NaN with one seed.
    """

    shift: str
    n: int
    variants: int
    mean: float
    low: float
    high: float
    p: float
    within: float


def associations(shifts: pd.DataFrame) -> list[Association]:
    """Which of the two shifts goes with the cost, accuracy_reestimated - accuracy; nothing of one without whole seeds.

    Args:
        shifts: as in variance_shift_table.
    """
    found = []
    for kind in ("shift_test", "mean_shift_test"):
        layers = shifts.dropna(subset=[kind])
        runs = layers.groupby(["variant", "seed"], sort=False).agg(
            {"accuracy": "first", "accuracy_reestimated": "first", kind: "max"}
        )
        runs["cost"] = (runs["accuracy_reestimated"] - runs["accuracy"]).round(DECIMALS)
        shift, cost = (_by_seed(runs[name]) for name in (kind, "cost"))
        if not len(shift):
            continue
        correlations = np.array(
            [correlation(*map(stats.rankdata, of_seed)) for of_seed in zip(shift, cost, strict=True)]
        )
        known = correlations[np.isfinite(correlations)]
        mean = StudentMean.of(known)
        ranks = (stats.rankdata(values).reshape(values.shape) for values in (shift, cost))
        low, high = np.clip(mean.interval(), -1, 1)
        within = correlation(*((each - each.mean(axis=0)).ravel() for each in ranks))
        n, variants = shift.shape
        found.append(Association(kind, n, variants, mean.mean, low, high, sign_flip_p(known), within))
    return found


def _by_seed(runs: pd.Series) -> np.ndarray:
    """[seeds, variants], of the seeds that have all of the variants."""
    return runs.unstack("variant").dropna().to_numpy()
