"""What every reader gives and checks: a part of a data set as its files have it."""

import hashlib
from pathlib import Path
from typing import NamedTuple

import numpy as np

from placement.errors import InputError


class Raw(NamedTuple):
    """A part of a data set: images uint8 [N, height, width, channels] and labels uint8 [N], with the file of each."""

    images: np.ndarray
    labels: np.ndarray
    images_file: str | Path
    labels_file: str | Path


def check_digest(path: Path, sha256: str) -> None:
    """Raises InputError where the file is missing or has another SHA-256."""
    try:
        with open(path, "rb") as file:
            found = hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise InputError(f"{path}: can't be read ({error.strerror or error})") from error
    if found != sha256:
        raise InputError(f"{path}: SHA-256 is {found}, expected {sha256}; delete it and run again")
