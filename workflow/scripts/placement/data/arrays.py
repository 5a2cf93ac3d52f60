"""Prepared arrays: .npz files that are read back whole and unchanged, or not at all.

Training knows a data set only by these, so that another data set or another source reruns no training.
"""

import hashlib
from pathlib import Path

import numpy as np

from placement.errors import InputError


def fingerprint(arrays: dict[str, np.ndarray]) -> dict[str, str]:
    """SHA-256 of each array's bytes."""
    return {name: hashlib.sha256(np.ascontiguousarray(array).data).hexdigest() for name, array in arrays.items()}


def load(path: str | Path, expected: dict[str, str] | None = None) -> dict[str, np.ndarray]:
    """All arrays of an .npz file, checked against their fingerprint where it is given.

    Raises:
        InputError: it can't be read, or its arrays aren't the ones of the fingerprint; the remedy is to delete it.
    """
    try:
        with np.load(path, allow_pickle=False) as file:
            arrays = {name: file[name] for name in file.files}
    except Exception as error:  # zipfile, zlib and numpy have no common base for a damaged file
        raise InputError(f"{path}: can't be read ({error}); delete it and run again") from error
    if expected is not None and fingerprint(arrays) != expected:
        raise InputError(f"{path}: not the arrays that were prepared; delete it and run again")
    return arrays
