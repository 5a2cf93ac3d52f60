"""Probabilities against truth: Brier score, reliability, calibration error and confusion of classes."""

import numpy as np
import pandas as pd

CALIBRATION_BINS = 15


def brier_score(labels: np.ndarray, probabilities: np.ndarray) -> float:
    """Mean over images of the squared distance between probabilities and one-hot truth, in [0, 2] (Brier 1950)."""
    labels, probabilities = as_wide(labels, probabilities)
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
    labels, probabilities = as_wide(labels, probabilities)
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
    Smith, Weather and Forecasting 2007). 1,000 draws leave a relative error of about 1 %.

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
    labels, probabilities = as_wide(labels, probabilities)
    classes = probabilities.shape[1]
    pairs = labels * classes + probabilities.argmax(axis=1)
    return np.bincount(pairs, minlength=classes**2).reshape(classes, classes)


def as_wide(labels: np.ndarray, probabilities: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    # Saved as uint8, which overflows, and as float32, whose sums drift.
    return np.asarray(labels, dtype=np.int64), np.asarray(probabilities, dtype=np.float64)


def _equal_mass_bins(confidence: np.ndarray) -> np.ndarray:
    """The bin, 0 ... 14, of each image, by the mid-rank of its confidence."""
    _, group, count = np.unique(confidence, return_inverse=True, return_counts=True)
    mid_rank = np.cumsum(count) - (count + 1) / 2
    return (CALIBRATION_BINS * (mid_rank + 0.5) / len(confidence)).astype(int)[group]
