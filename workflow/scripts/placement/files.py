"""Atomic writes: a reader sees the old file, or the new one whole, whatever happens to the writer."""

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from placement.errors import InputError


@contextmanager
def atomic(path: str | Path) -> Iterator[Path]:
    """Give a temporary path beside `path` (same suffix) to write to; on success fsync it and rename it to `path`.

    On any exception the temporary file is removed and `path` stays as it was.

    Raises:
        InputError: the file can't be written (full disk, read-only folder); it names `path` and the reason.
    """
    path = Path(path)
    temporary = path.with_name(f".{path.stem}.{os.getpid()}{path.suffix}")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        yield temporary
        with open(temporary, "rb+") as file:
            os.fsync(file.fileno())
        os.replace(temporary, path)
        _fsync_folder(path.parent)
    except OSError as error:
        raise InputError(f"{path}: can't be written: {error.strerror or error}") from error
    finally:
        with suppress(OSError):  # the error above is the one to be told
            temporary.unlink()


def _fsync_folder(folder: Path) -> None:
    # The rename itself is durable only once the folder that records it is.
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
