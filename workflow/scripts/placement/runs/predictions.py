"""The saved test predictions of a run: labels uint8 [N] and class probabilities float32 [N, classes]."""

from pathlib import Path

import numpy as np

from placement.errors import InputError
from placement.files import atomic


def write(path: str | Path, labels: np.ndarray, probabilities: np.ndarray) -> None:
    """Write predictions atomically."""
    with atomic(path) as temporary:
        np.savez(temporary, labels=labels, probabilities=probabilities)


def accuracy(labels: np.ndarray, probabilities: np.ndarray) -> float:
    """The share of images [0, 1] whose most probable class is the true one, as a history has it."""
    return float((probabilities.argmax(axis=1) == labels).mean())


def read(path: str | Path) -> tuple[np.ndarray, np.ndarray]:
    """Labels and probabilities.

    Raises:
        InputError: damaged, or the two don't belong together.
    """
    try:
        with np.load(path, allow_pickle=False) as file:
            labels, probabilities = file["labels"], file["probabilities"]
    except Exception as error:  # zipfile, zlib and numpy have no common base for a damaged file
        raise InputError(f"{path}: not predictions ({error}); delete it and run again") from error
    if probabilities.ndim != 2 or labels.shape != probabilities.shape[:1]:
        raise InputError(
            f"{path}: labels of shape {labels.shape} and probabilities of shape {probabilities.shape}, "
            "expected one row a label; delete it and run again"
        )
    return labels, probabilities
