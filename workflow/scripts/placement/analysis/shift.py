"""The variance shift of BatchNorm layers (Li et al., CVPR 2019) and what it costs, put into a table."""

from collections.abc import Mapping

import numpy as np
import pandas as pd


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
