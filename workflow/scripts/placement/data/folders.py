"""Data sets that are folders of images: a folder a class, whose name is the class's.

Planning looks at a folder and keeps what it found, so that it need read the images only where one changed: the SHA-256
of all names and contents is part of a run's identity. Preparation decodes them once (see images.py). What counts as an
image of which class is written down in docs/data.md.
"""

import hashlib
import json
import os
import stat
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from placement.counting import how_many
from placement.data import copies
from placement.data.copies import Copies
from placement.data.held_out import held_out
from placement.data.layout import PARTS, is_left_behind, layout
from placement.errors import ConfigError
from placement.files import atomic

RECORDS = Path("results/data/image_folder")
TASK = 256  # files that a thread is handed at once
LEAST = 2  # images of a class: one to train on, one to validate


class File(NamedTuple):
    """An image file: the part whose folder it is in ('' in a tree that has no parts), its class, its name below the
    class's folder, its path, and what changes when it is written: size and times in nanoseconds."""

    part: str
    label: str
    name: str
    path: str
    state: tuple[int, int, int]


class Look(NamedTuple):
    """What planning knows of a folder.

    Attributes:
        classes: sorted.
        counts: {part: files of each class}, of a tree without parts as preparation will part it.
        state: digest of names, sizes and times; with another one the files are read again.
        content: digest of parts, classes, names and contents: the same images elsewhere have the same.
        copies: of what is there more than once.
    """

    classes: list[str]
    counts: dict[str, list[int]]
    state: str
    content: str
    copies: Copies


def look(path: str, test_fraction: float | None) -> Look:
    """Look at a folder, reading its files only if they aren't those of its last record.

    Where the folder is gone, the record stands for it: a finished study needs no more than what is prepared.

    Args:
        path: of the folder.
        test_fraction: the share of a tree without parts that becomes the test part; None: it has train/ and test/.

    Raises:
        InputError: it isn't a folder of two classes or more with enough images each; it names what is wrong.
    """
    known = recorded(path, test_fraction)
    if known is not None and not os.path.lexists(path):
        return known
    files = list_files(path, test_fraction)
    classes = _checked_classes(path, files, test_fraction)
    state = _digest((file.part, file.label, file.name, *file.state) for file in files)
    if known is not None and known.state == state:
        return known
    contents = digests(files)
    of = Counter((part, file.label) for part, file in zip(parted(files, contents, test_fraction), files, strict=True))
    counts = {part: [of[part, label] for label in classes] for part in PARTS}
    found = Look(classes, counts, state, content_digest(files, contents), copies_among(files, contents, path))
    record = {"path": os.path.abspath(path)} | found._asdict() | {"copies": found.copies._asdict()}
    with atomic(_record(path, test_fraction)) as temporary:
        temporary.write_text(json.dumps(record, indent=1) + "\n", encoding="utf-8")
    return found


def expanded(path: str) -> str:
    """A path as a shell would take it, which never saw this one: `~` is a home folder."""
    return os.path.expanduser(path)


def recorded(path: str, test_fraction: float | None) -> Look | None:
    """What the last look at a folder found, if there was one with this test_fraction."""
    try:
        record = json.loads(_record(path, test_fraction).read_text(encoding="utf-8"))
        copied = Copies(**record["copies"] | {"example": tuple(record["copies"]["example"])})
        found = Look(**{name: record[name] for name in Look._fields} | {"copies": copied})
        return found if set(found.counts) == set(PARTS) else None
    except (OSError, ValueError, KeyError, TypeError):
        return None


def _record(path: str, test_fraction: float | None) -> Path:
    of = os.fsencode(os.path.abspath(path)) + (b"" if test_fraction is None else f"\0{test_fraction}".encode())
    return RECORDS / f"{hashlib.sha256(of).hexdigest()[:12]}.json"


def list_files(path: str, test_fraction: float | None) -> list[File]:
    """The files of all classes, sorted by part, class and name.

    Raises:
        InputError: no such folder, or none that can be read, of the layout that is asked for.
    """
    if not os.path.isdir(path):
        raise ConfigError(("dataset", "path"), f"found '{path}', expected a folder")
    files = []
    for part, folder in layout(path, _folders(path), test_fraction).items():
        top = os.path.join(path, folder)
        for label in sorted(_printable(_folders(top), top)):
            below = os.path.join(top, label)
            files += [File(part, label, *found) for found in sorted(_files(below, "", ()))]
            if not files or (files[-1].part, files[-1].label) != (part, label):
                raise ConfigError(("dataset", "path"), f"'{below}' holds no image, expected some in a class's folder")
    return files


def _folders(path: str) -> list[str]:
    """Names of the folders in a folder. Files beside them belong to no class."""
    return [entry.name for entry in _entries(path) if _may(entry.is_dir)]


def _printable(labels: Iterable[str], top: str) -> Iterator[str]:
    """The labels, which are to be shown."""
    for label in labels:
        if not label.isprintable():
            raise ConfigError(
                ("dataset", "path"),
                f"{os.path.join(top, label)!r}: its name is no printable text, expected a class's name",
            )
        yield label


def _files(path: str, below: str, above: tuple[tuple[int, int], ...]) -> Iterator[tuple[str, str, tuple]]:
    """(name, path, state) of what is in a class's folder, at any depth; links are followed."""
    with _readable(path):
        status = os.stat(path)
    here = (status.st_dev, status.st_ino)
    if here in above:
        raise ConfigError(("dataset", "path"), f"'{path}' is a link to a folder that it is in")
    for entry in _entries(path):
        name = f"{below}{entry.name}"
        if _may(entry.is_dir):
            yield from _files(entry.path, f"{name}/", (*above, here))
        else:
            # What a link to nothing is shows when it is decoded, like all that is no image.
            with _readable(path):
                found = entry.stat(follow_symlinks=_may(entry.is_file))
            yield name, entry.path, (found.st_size, found.st_mtime_ns, found.st_ctime_ns)


def _may(be: Callable[[], bool]) -> bool:
    """Whether an entry is that: no link is that leads to itself, or to where one may not look."""
    try:
        return be()
    except OSError:
        return False


def _entries(path: str) -> Iterator[os.DirEntry]:
    with _readable(path), os.scandir(path) as entries:
        yield from (entry for entry in entries if not is_left_behind(entry.name))


@contextmanager
def _readable(path: str) -> Iterator[None]:
    """Around what looks into a folder."""
    try:
        yield
    except OSError as error:
        raise ConfigError(("dataset", "path"), f"'{path}' can't be read: {error.strerror}") from error


def _checked_classes(path: str, files: list[File], test_fraction: float | None) -> list[str]:
    """The classes, sorted, of which there are enough with enough images each."""
    parts = PARTS if test_fraction is None else ("",)
    counts: dict[str, dict[str, int]] = {part: {} for part in parts}
    for file in files:
        counts[file.part][file.label] = counts[file.part].get(file.label, 0) + 1
    classes = sorted(counts[parts[0]])
    if len(classes) < 2:
        raise ConfigError(
            ("dataset", "path"),
            f"'{path}' has {how_many(len(classes), 'folder')} of images, expected one for each of two classes or more",
        )
    if (other := set(classes) ^ set(counts[parts[-1]])) and test_fraction is None:
        raise ConfigError(
            ("dataset", "path"), f"'{path}' has class {min(other)!r} in one of train/ and test/, expected in both"
        )
    least = LEAST + (test_fraction is not None)
    for label in classes:
        if counts[parts[0]][label] < least:
            raise ConfigError(
                ("dataset", "path"),
                f"class {label!r} has {how_many(counts[parts[0]][label], 'image')} for training, validation"
                f"{'' if test_fraction is None else ' and test'}, expected {least} at least",
            )
    return classes


def parted(files: list[File], digests: Sequence[str], test_fraction: float | None) -> list[str]:
    """The part of each file: that whose folder it is in or, in a tree without parts, that of `held_out`."""
    if test_fraction is None:
        return [file.part for file in files]
    _, labels = np.unique([file.label for file in files], return_inverse=True)
    held = held_out(digests, labels, test_fraction)
    return [PARTS[of_test] for of_test in held.astype(int)]


def digests(files: list[File]) -> list[str]:
    """SHA-256 of each file's content; of nothing, where it can't be read."""
    from tqdm import tqdm

    def of_some(start: int) -> list[str]:
        return [_file_digest(file.path) for file in files[start : start + TASK]]

    found: list[str] = []
    with (
        ThreadPoolExecutor() as pool,  # hashing and reading release the interpreter
        tqdm(desc="looking at images", total=len(files), unit=" files", disable=None) as progress,
    ):
        for some in pool.map(of_some, range(0, len(files), TASK)):
            found += some
            progress.update(len(some))
    return found


def _file_digest(path: str) -> str:
    try:
        # A pipe would be waited for.
        if not stat.S_ISREG(os.stat(path).st_mode):
            return copies.NOTHING
        with open(path, "rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError:
        return copies.NOTHING


def content_digest(files: list[File], digests: Iterable[str]) -> str:
    """The digest of all that decides what the images are and of which class."""
    return _digest((file.part, file.label, file.name, sha256) for file, sha256 in zip(files, digests, strict=True))


def copies_among(files: list[File], digests: Sequence[str], path: str) -> Copies:
    """What is there more than once; files are called by what they are below the folder."""
    below = [os.path.relpath(file.path, path) for file in files]
    return copies.count([file.part for file in files], [file.label for file in files], digests, below)


def _digest(rows: Iterable[tuple[Any, ...]]) -> str:
    digest = hashlib.sha256()
    for row in rows:
        digest.update(b"\0".join(os.fsencode(str(value)) for value in row) + b"\n\0")
    return digest.hexdigest()
