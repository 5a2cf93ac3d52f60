"""Splits of the training images into training and validation, and their files."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from placement.data import arrays
from placement.errors import ConfigError, InputError
from placement.files import atomic

NAMED = 5  # classes that a message names


def split(
    labels: np.ndarray, validation_fraction: float, seed: int, limit: int | None, class_names: Sequence[str]
) -> tuple[np.ndarray, np.ndarray]:
    """Indices [int32] of the training and the validation images, stratified by class, each in ascending order.

    `limit` first draws that many images, stratified as well; None takes all. How many of each class a part gets is
    decided by the classes' sizes and the seed, and not by the images' order.

    Raises:
        InputError: there are fewer images than the limit, or a class would be left without one in one of the parts.
    """
    from sklearn.model_selection import train_test_split
    from sklearn.utils import resample

    if limit is not None and limit > len(labels):
        raise ConfigError(
            ("dataset", "limit"), f"found {limit}, expected at most {len(labels)}, the training images there are"
        )
    chosen = np.arange(len(labels))
    asked = f"validation_fraction {validation_fraction}, limit {limit}"
    try:
        if limit is not None:
            chosen = resample(chosen, replace=False, n_samples=limit, stratify=labels, random_state=seed)
        _check_each(
            labels[chosen], class_names, 2, f"{asked}, split seed {seed}", "image to train on and validate with"
        )
        train, validation = train_test_split(
            chosen, test_size=validation_fraction, stratify=labels[chosen], random_state=seed
        )
    except InputError:
        raise
    except ValueError as error:
        raise ConfigError(("dataset",), f"{asked}: {error}") from error
    for part, indices in (("training", train), ("validation", validation)):
        _check_each(labels[indices], class_names, 1, f"{asked}, split seed {seed}", f"{part} image")
    return np.sort(train).astype(np.int32), np.sort(validation).astype(np.int32)


def _check_each(labels: np.ndarray, class_names: Sequence[str], least: int, asked: str, what: str) -> None:
    counts = np.bincount(labels, minlength=len(class_names))
    if short := [f"{name!r}" for name, count in zip(class_names, counts, strict=True) if count < least]:
        which, has = ("class", "has") if len(short) == 1 else ("classes", "have")
        more = f" and {len(short) - NAMED} more" if len(short) > NAMED else ""
        raise ConfigError(
            ("dataset",),
            f"{asked}: {which} {', '.join(short[:NAMED])}{more} {has} {['no', 'one'][least - 1]} {what}, expected "
            f"{least} of each class at least",
        )


def may_run_short(counts: Sequence[int], validation_fraction: float, limit: int | None) -> bool:
    """Whether `split` may refuse classes of these sizes: so quickly asked that planning asks it of every study."""
    share = 1 if limit is None else limit / sum(counts)
    drawn = min(int(count * share) for count in counts)  # or one more, by its remainder
    validation = int(drawn * validation_fraction)
    return validation < 1 or drawn - validation < 2


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
