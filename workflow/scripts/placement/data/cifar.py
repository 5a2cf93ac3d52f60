"""Reader of the binary CIFAR archives: records of label bytes and 3,072 bytes of an image as (3, 32, 32).

Source of the layout: https://www.cs.toronto.edu/~kriz/cifar.html, 'Binary version'.
"""

import tarfile
import zlib
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np

from placement.data.raw import Raw, check_digest
from placement.errors import InputError

IMAGE = (3, 32, 32)


def read_10(folder: Path, files: dict[str, str], contents: dict[str, str]) -> dict[str, Raw]:
    """CIFAR-10's parts `train` and `test`; arguments and errors as in `_read`."""
    members = {"train": [f"data_batch_{number}.bin" for number in range(1, 6)], "test": ["test_batch.bin"]}
    return _read(folder, files, "cifar-10-batches-bin", members, label_bytes=1)


def read_100(folder: Path, files: dict[str, str], contents: dict[str, str]) -> dict[str, Raw]:
    """CIFAR-100's parts with its 100 fine labels, which come after the coarse ones."""
    return _read(folder, files, "cifar-100-binary", {"train": ["train.bin"], "test": ["test.bin"]}, label_bytes=2)


def _read(
    folder: Path, files: dict[str, str], inside: str, members: Mapping[str, Sequence[str]], label_bytes: int
) -> dict[str, Raw]:
    """The parts, from the members of the one archive in `folder`; of several label bytes the last one counts.

    Raises:
        InputError: the archive is missing, has another SHA-256, can't be unpacked, or a member is missing or no whole
            number of records; it names archive and member.
    """
    ((name, sha256),) = files.items()
    archive = folder / name
    check_digest(archive, sha256)
    try:
        with tarfile.open(archive, "r:gz") as tar:
            held = {
                member.name: content.read()
                for member in tar
                if member.name.removeprefix("./").startswith(f"{inside}/") and (content := tar.extractfile(member))
            }
    except (tarfile.TarError, OSError, EOFError, zlib.error) as error:
        raise InputError(f"{archive}: can't be unpacked ({error})") from error
    held = {path.removeprefix("./").removeprefix(f"{inside}/"): content for path, content in held.items()}
    parts = {}
    for part, names in members.items():
        records = np.concatenate([_records(archive, member, held.get(member), label_bytes) for member in names])
        images = records[:, label_bytes:].reshape(-1, *IMAGE).transpose(0, 2, 3, 1)
        parts[part] = Raw(np.ascontiguousarray(images), records[:, label_bytes - 1].copy(), archive, archive)
    return parts


def _records(archive: Path, member: str, content: bytes | None, label_bytes: int) -> np.ndarray:
    """uint8 [records, label bytes + 3072]."""
    size = label_bytes + int(np.prod(IMAGE))
    if content is None:
        raise InputError(f"{archive}: {member} is missing, expected it in the archive")
    if not content or len(content) % size:
        raise InputError(f"{archive}: {member} has {len(content)} bytes, expected a whole number of {size} a record")
    return np.frombuffer(content, np.uint8).reshape(-1, size)
