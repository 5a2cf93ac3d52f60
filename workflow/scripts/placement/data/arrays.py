"""Prepared arrays: .npz files that are read back whole and unchanged, or not at all.

Training knows a data set only by these, so that another data set or another source reruns no training. They are stored
uncompressed, so that a file may be mapped into memory: then only what is looked at is read, and the system takes the
memory back where it needs it.
"""

import hashlib
import json
import mmap
import zipfile
from collections.abc import Iterable
from pathlib import Path
from typing import BinaryIO

import numpy as np

from placement.errors import InputError
from placement.files import atomic

PIECE = 1 << 22  # bytes read at once where an array is only passed over


def write(path: str | Path, arrays: dict[str, np.ndarray]) -> dict[str, str]:
    """Write an .npz file atomically; return the fingerprint of its arrays."""
    with atomic(path) as temporary, Writer(temporary) as writer:
        for name, array in arrays.items():
            writer.write(name, array.dtype, array.shape, [array])
    return writer.fingerprint


class Writer:
    """Writes an .npz file array after array, each from pieces, so that no array need fit into memory.

    Attributes:
        fingerprint: SHA-256 of the bytes of each array written so far.
    """

    def __init__(self, path: str | Path) -> None:
        self.archive = zipfile.ZipFile(path, "w")
        self.fingerprint: dict[str, str] = {}

    def __enter__(self) -> "Writer":
        return self

    def __exit__(self, *_) -> None:
        self.archive.close()

    def write(self, name: str, dtype: np.dtype, shape: tuple[int, ...], pieces: Iterable[np.ndarray]) -> None:
        """Append an array whose first axis the pieces make up."""
        digest = hashlib.sha256()
        header = {"descr": np.lib.format.dtype_to_descr(np.dtype(dtype)), "fortran_order": False, "shape": shape}
        with self.archive.open(f"{name}.npy", "w", force_zip64=True) as file:
            np.lib.format.write_array_header_1_0(file, header)
            for piece in pieces:
                data = np.ascontiguousarray(piece, dtype).data.cast("B")
                digest.update(data)
                file.write(data)
        self.fingerprint[name] = digest.hexdigest()


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


def prepared(arrays_file: str | Path, fingerprint_file: str | Path) -> dict[str, np.ndarray]:
    """The arrays of a data set as `mapped` has them, checked against the fingerprint beside them.

    Raises:
        InputError: a file can't be read, or the arrays aren't the ones of the fingerprint; the remedy is to delete it.
    """
    try:
        fingerprint = dict(json.loads(Path(fingerprint_file).read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError) as error:
        raise InputError(f"{fingerprint_file}: not a fingerprint in JSON ({error}); delete it and run again") from error
    return mapped(arrays_file, fingerprint)


def mapped(path: str | Path, expected: dict[str, str] | None = None) -> dict[str, np.ndarray]:
    """All arrays of an uncompressed .npz file, read-only and mapped, checked against their fingerprint where given.

    Raises:
        InputError: it can't be read, or its arrays aren't the ones of the fingerprint; the remedy is to delete it.
    """
    try:
        with open(path, "rb") as file, zipfile.ZipFile(file) as archive:
            view = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
            arrays, found = {}, {}
            for member in archive.infolist():
                name = member.filename.removesuffix(".npy")
                arrays[name] = _array(file, member, view)
                if expected is not None:
                    found[name] = _digest(file, arrays[name].nbytes)
    except Exception as error:  # zipfile and numpy have no common base for a damaged file
        raise InputError(f"{path}: can't be read ({error}); delete it and run again") from error
    if expected is not None and found != expected:
        raise InputError(f"{path}: not the arrays that were prepared; delete it and run again")
    return arrays


def _array(file: BinaryIO, member: zipfile.ZipInfo, view: mmap.mmap) -> np.ndarray:
    """The array of a member, in the map of the file; leaves the file at its first byte."""
    if member.compress_type != zipfile.ZIP_STORED:
        raise ValueError(f"{member.filename} is compressed")
    file.seek(member.header_offset + 26)  # of the local header's 30 bytes; the two lengths that follow it
    lengths = np.frombuffer(file.read(4), "<u2")
    file.seek(int(lengths.sum()), 1)
    version = np.lib.format.read_magic(file)
    read_header = {(1, 0): np.lib.format.read_array_header_1_0, (2, 0): np.lib.format.read_array_header_2_0}[version]
    shape, fortran, dtype = read_header(file)
    if fortran or dtype.hasobject:
        raise ValueError(f"{member.filename} is no plain array")
    return np.ndarray(shape, dtype, view, file.tell())


def _digest(file: BinaryIO, size: int) -> str:
    """SHA-256 of the next bytes. Read, not mapped: pages that were looked at would count as this process's."""
    digest = hashlib.sha256()
    while size:
        piece = file.read(min(size, PIECE))
        if not piece:
            raise EOFError("it is too short")
        digest.update(piece)
        size -= len(piece)
    return digest.hexdigest()
