"""Splits of the training images into training and validation, and their files."""

from pathlib import Path

import numpy as np

from placement.data import arrays
from placement.errors import InputError
from placement.files import atomic


def split(
    labels: np.ndarray, validation_fraction: float, seed: int, limit: int | None = None
) -> tuple[np.ndarray, np.ndarray]:
    """Indices [int32] of the training and the validation images, stratified by class, each in ascending order.

    `limit` first draws that many images, stratified as well; None takes all.

    Raises:
        InputError: a class would be left without an image in one of the parts.
    """
    from sklearn.model_selection import train_test_split
    from sklearn.utils import resample

    chosen = np.arange(len(labels))
    try:
        if limit is not None:
            chosen = resample(chosen, replace=False, n_samples=limit, stratify=labels, random_state=seed)
        train, validation = train_test_split(
            chosen, test_size=validation_fraction, stratify=labels[chosen], random_state=seed
        )
    except ValueError as error:
        raise InputError(f"dataset: validation_fraction {validation_fraction}, limit {limit}: {error}") from error
    classes = set(np.unique(labels).tolist())
    for part, indices in (("training", train), ("validation", validation)):
        if missing := classes - set(labels[indices].tolist()):
            raise InputError(
                f"dataset: validation_fraction {validation_fraction}, limit {limit}: class {min(missing)} has no "
                f"{part} image, expected one of each class at least"
            )
    return np.sort(train).astype(np.int32), np.sort(validation).astype(np.int32)


def write(path: str | Path, train: np.ndarray, validation: np.ndarray) -> None:
    """Write the indices of the two parts atomically."""
    with atomic(path) as temporary:
        np.savez(temporary, train=train, validation=validation)


def read(path: str | Path) -> dict[str, np.ndarray]:
    """The indices int32 into the training images, under `train` and `validation`.

    Raises:
        InputError: it can't be read or lacks one.
    """
    return arrays.load(path, ("train", "validation"))
