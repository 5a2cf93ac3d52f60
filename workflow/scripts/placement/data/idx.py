"""Reader of MNIST's format: four gzip-compressed IDX files of unsigned bytes, images and labels of each part."""

import gzip
import hashlib
import zlib
from pathlib import Path

import numpy as np

from placement.data.raw import Raw, check_digest
from placement.errors import InputError

FILES = {
    "train": ("train-images-idx3-ubyte.gz", "train-labels-idx1-ubyte.gz"),
    "test": ("t10k-images-idx3-ubyte.gz", "t10k-labels-idx1-ubyte.gz"),
}


def read(folder: Path, files: dict[str, str], contents: dict[str, str]) -> dict[str, Raw]:
    """The parts `train` and `test`.

    Args:
        folder: where the files are.
        files: {file: SHA-256}, checked for the files that `contents` doesn't name.
        contents: {file: SHA-256 of what it holds}.

    Raises:
        InputError: see read_file; it names the file.
    """
    parts = {}
    for part, names in FILES.items():
        arrays = []
        for name in names:
            if name not in contents:
                check_digest(folder / name, files[name])
            arrays.append(read_file(folder / name, contents.get(name)))
        images, labels = arrays
        parts[part] = Raw(images[..., None], labels, *(folder / name for name in names))
    return parts


def read_file(path: Path, sha256: str | None = None) -> np.ndarray:
    """An array of unsigned bytes from a gzip-compressed IDX file (http://yann.lecun.com/exdb/mnist, 'file formats').

    Raises:
        InputError: missing, not gzip, truncated, its content has another SHA-256, is not IDX of unsigned bytes, or
            not of the size that its header gives.
    """
    try:
        with gzip.open(path) as file:
            content = file.read()
    except FileNotFoundError as error:
        raise InputError(f"{path}: missing, expected a gzip-compressed IDX file") from error
    except (OSError, EOFError, zlib.error) as error:
        raise InputError(f"{path}: not a whole gzip file ({error})") from error
    found = hashlib.sha256(content).hexdigest()
    if sha256 is not None and found != sha256:
        raise InputError(f"{path}: SHA-256 of its content is {found}, expected {sha256}")
    if content[:3] != b"\x00\x00\x08" or len(content) < 4 + 4 * content[3]:
        raise InputError(f"{path}: starts with {content[:4].hex()}, expected an IDX file of unsigned bytes (000008..)")
    header = 4 + 4 * content[3]
    shape = tuple(np.frombuffer(content[4:header], dtype=">u4").tolist())
    if len(content) - header != np.prod(shape, dtype=np.int64):
        raise InputError(f"{path}: {len(content) - header} bytes of data, expected {shape} of its header")
    return np.frombuffer(content, dtype=np.uint8, offset=header).reshape(shape)
