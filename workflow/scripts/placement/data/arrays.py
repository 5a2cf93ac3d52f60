"""Prepared arrays: a folder of .npy files beside their fingerprint, which are read back unchanged, or not at all.

Training knows a data set only by these, so that another data set or another source reruns no training. They are mapped
into memory: only what is looked at is read, and the system takes the memory back where it needs it.
"""

import hashlib
import json
from collections.abc import Iterable, Mapping
from pathlib import Path

import numpy as np
from numpy.typing import DTypeLike

from placement.errors import InputError
from placement.files import atomic

# Of a data set: images uint8 [N, height, width, channels], labels uint8 or uint16 [N].
NAMES = ("train_images", "train_labels", "test_images", "test_labels")


def write(folder: str | Path, arrays: Mapping[str, np.ndarray]) -> None:
    """Write arrays by name, then their fingerprint."""
    for name, array in arrays.items():
        write_pieces(Path(folder, f"{name}.npy"), array.dtype, array.shape, [array])
    seal(folder, arrays)


def write_pieces(file: str | Path, dtype: DTypeLike, shape: tuple[int, ...], pieces: Iterable[np.ndarray]) -> None:
    """Write an array atomically, from pieces that make up its first axis: it needn't fit into memory."""
    header = {"descr": np.lib.format.dtype_to_descr(np.dtype(dtype)), "fortran_order": False, "shape": shape}
    with atomic(file) as temporary, open(temporary, "wb") as stream:
        np.lib.format.write_array_header_1_0(stream, header)
        for piece in pieces:
            stream.write(np.ascontiguousarray(piece, dtype).data)


def seal(folder: str | Path, names: Iterable[str] = NAMES) -> None:
    """Write fingerprint.json, the SHA-256 of the file of each array."""
    fingerprint = {name: _digest(Path(folder, f"{name}.npy")) for name in names}
    with atomic(Path(folder, "fingerprint.json")) as temporary:
        temporary.write_text(json.dumps(fingerprint, indent=1) + "\n", encoding="utf-8")


def prepared(fingerprint_file: str | Path) -> dict[str, np.ndarray]:
    """The arrays beside a fingerprint, as `mapped` has them.

    Raises:
        InputError: a file can't be read, or isn't the one of the fingerprint; the remedy is to delete it.
    """
    try:
        fingerprint = dict(json.loads(Path(fingerprint_file).read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError) as error:
        raise InputError(f"{fingerprint_file}: not a fingerprint in JSON ({error}); delete it and run again") from error
    arrays = {}
    for name, expected in fingerprint.items():
        file = Path(fingerprint_file).with_name(f"{name}.npy")
        arrays[name] = mapped(file)
        if _digest(file) != expected:
            raise InputError(f"{file}: not the array that was prepared; delete it and run again")
    return arrays


def mapped(file: str | Path) -> np.ndarray:
    """The array of a .npy file, read-only and mapped.

    Raises:
        InputError: it can't be read; the remedy is to delete it.
    """
    try:
        return np.asarray(np.load(file, mmap_mode="r", allow_pickle=False))
    except (OSError, ValueError, EOFError) as error:
        raise InputError(f"{file}: can't be read ({error}); delete it and run again") from error


def load(path: str | Path, names: Iterable[str]) -> dict[str, np.ndarray]:
    """The arrays of these names of an .npz file.

    Raises:
        InputError: it can't be read or lacks one; the remedy is to delete it.
    """
    try:
        with np.load(path, allow_pickle=False) as file:
            return {name: file[name] for name in names}
    except Exception as error:  # zipfile, zlib and numpy have no common base for a damaged file
        raise InputError(f"{path}: can't be read ({error}); delete it and run again") from error


def _digest(file: Path) -> str:
    """SHA-256. Read, not mapped: pages that were looked at would count as this process's."""
    with open(file, "rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()
