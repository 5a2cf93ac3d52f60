"""From a data set's files to its arrays on disk."""

import csv
import os
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
from tqdm import tqdm

from placement.counting import how_many
from placement.data import arrays, copies, downloads, folders, images
from placement.data.chosen import FOLDER_DEFAULTS
from placement.data.datasets import DATASETS, read
from placement.data.folders import File
from placement.data.layout import PARTS
from placement.errors import InputError
from placement.files import atomic

NAMED = 20  # damaged files that a message names; images.csv has all
# Scanners give 12 bits in files of 16. Of values below this 16 grey levels would be left, or fewer.
TWELVE_BITS = 1 << 12


def prepare_known(name: str, folder: str | Path) -> str:
    """Write the checked arrays of an entry of the table; return one line on what was done.

    Raises:
        InputError: see downloads.locate and datasets.read.
    """
    dataset = DATASETS[name]
    source = downloads.locate(dataset)
    content = read(dataset, source)
    arrays.write(folder, content)
    copied = copies.count_in_arrays(content)
    told = f"; {copied.text}" if copied else ""
    counts = f"{len(content['train_labels'])} + {len(content['test_labels'])}"
    return f"{name}: {counts} images from {source or 'scikit-learn'}{told}"


def prepare_folder(dataset: dict[str, Any], identity: dict[str, Any], folder: str | Path, workers: int) -> str:
    """Write the arrays of a folder of images, decoded by so many processes, and the list of its files, images.csv;
    return one line on what was done.

    The arrays are those of datasets.read, labels uint16 where there are more than 256 classes. The list has a row a
    file: part and row of its image, or why it was left out; class, path below the folder, SHA-256.

    Args:
        dataset: the study's.
        identity: of the data set (DatasetInfo.identity): what is to come out.
        folder: to write to.
        workers: processes that decode.

    Raises:
        InputError: the folder isn't that of the identity, a file in it is no image, which it names, or all files of 16
            bits are nearly black.
    """
    settings = FOLDER_DEFAULTS | dataset
    path, fraction = folders.expanded(settings["path"]), settings["test_fraction"]
    files = folders.list_files(path, fraction)
    digests = folders.digests(files)
    if folders.content_digest(files, digests) != identity["images"]:
        raise InputError(f"dataset.path: '{path}' has changed since it was looked at; run again")
    hashes = {file.path: digest for file, digest in zip(files, digests, strict=True)}
    problems: dict[str, str] = {}
    while True:
        whole = [file for file in files if file.path not in problems]
        parts = _parts(whole, hashes, identity["classes"], fraction)
        found, highest = _write(folder, parts, hashes, identity, workers)
        if not found:
            break
        problems |= found  # which leaves gaps in what was written: once more, without them
        if not settings["skip_damaged"]:
            raise InputError(_told(problems))
    if highest and max(highest) < TWELVE_BITS:
        raise InputError(
            f"dataset.path: {how_many(len(highest), 'file')} of 16 bits in '{path}' reach {max(highest):,} of 65,535 "
            f"at most, and the upper 8 bits keep {(max(highest) >> 8) + 1} grey levels of that, expected files that "
            "use all 16 bits: rescale them"
        )
    list_file = Path(folder, "images.csv")
    _write_list(list_file, path, parts, hashes, problems)
    arrays.seal(folder)
    counts = [len(members) for members in parts.values()]
    left_out = f", {how_many(len(problems), 'file')} left out (see {list_file})" if problems else ""
    copied = folders.copies_among(files, digests, path)
    told = f"; {copied.text} (the list has each one's SHA-256; dataset.duplicates)" if copied else ""
    return f"{path}: {counts[0]} + {counts[1]} images{left_out}{told}"


def _parts(
    files: list[File], hashes: dict[str, str], classes: list[str], fraction: float | None
) -> dict[str, list[File]]:
    """The files of the parts `train` and `test`."""
    parts: dict[str, list[File]] = {part: [] for part in PARTS}
    for file, part in zip(files, folders.parted(files, [hashes[file.path] for file in files], fraction), strict=True):
        parts[part].append(file)
    for part, least in (("train", folders.LEAST), ("test", 1)):
        found = Counter(file.label for file in parts[part])
        for label in classes:
            if found[label] < least:
                raise InputError(
                    f"dataset.path: class {label!r} is left with {found[label]} of its images for {part}, expected "
                    f"{least} at least"
                )
    return parts


def _write(
    folder: str | Path, parts: dict[str, list[File]], hashes: dict[str, str], identity: dict[str, Any], workers: int
) -> tuple[dict[str, str], list[int]]:
    """Decode and write the parts; return {path: problem} of the files that are no images, and the highest value of each
    of 16 bits."""
    size, channels, classes = (identity[key] for key in ("size", "channels", "classes"))
    labels = {label: index for index, label in enumerate(classes)}
    problems: dict[str, str] = {}
    highest: list[int] = []
    with tqdm(desc="decoding images", total=sum(map(len, parts.values())), unit=" files", disable=None) as progress:
        for part, files in parts.items():

            def decoded(files: list[File] = files) -> Iterator[np.ndarray]:
                remaining = iter(files)
                for chunk in images.decode_all([file.path for file in files], size, channels, workers):
                    for digest, problem in zip(chunk.digests, chunk.problems, strict=True):
                        path = next(remaining).path
                        if digest != hashes[path]:
                            raise InputError(f"{path}: changed while it was read; run again")
                        if problem is not None:
                            problems[path] = problem
                    highest.extend(value for value in chunk.highest if value is not None)
                    progress.update(len(chunk.problems))
                    yield chunk.pixels

            arrays.write_pieces(
                Path(folder, f"{part}_images.npy"), np.uint8, (len(files), size, size, channels), decoded()
            )
            dtype = np.uint8 if len(classes) <= 256 else np.uint16
            numbers = np.array([labels[file.label] for file in files], dtype)
            arrays.write_pieces(Path(folder, f"{part}_labels.npy"), dtype, numbers.shape, [numbers])
    return problems, highest


def _told(problems: dict[str, str]) -> str:
    lines = [f"{path}: {problem}" for path, problem in list(problems.items())[:NAMED]]
    if len(problems) > NAMED:
        lines.append(f"… and {how_many(len(problems) - NAMED, 'file')} more")
    return "\n".join([*lines, "dataset.skip_damaged: true leaves such files out"])


def _write_list(
    list_file: str | Path,
    path: str,
    parts: dict[str, list[File]],
    hashes: dict[str, str],
    problems: dict[str, str],
) -> None:
    with (
        atomic(list_file) as temporary,
        open(temporary, "w", encoding="utf-8", errors="surrogateescape", newline="") as file,
    ):
        rows = csv.writer(file, lineterminator="\n")
        rows.writerow(["part", "row", "class", "file", "sha256", "left_out"])
        for part, members in parts.items():
            for row, member in enumerate(members):
                below = os.path.relpath(member.path, path)
                rows.writerow([part, row, member.label, below, hashes[member.path], ""])
        for found, problem in problems.items():
            rows.writerow(["", "", "", os.path.relpath(found, path), hashes[found], problem])
