"""Where runs are kept under what decides their bits, results/runs/{digest}/, so that studies share them.

A study has its runs under its own names, as hard links to these files: copies where a file system has no links.
"""

import hashlib
import json
import os
import shutil
import zipfile
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from placement.errors import InputError
from placement.files import atomic
from placement.runs import history, predictions, shifts

FOLDER = "results/runs"
# The history is the last of its run: where it is, the run is whole.
RESULTS = ("model.keras", "predictions.npz", "history.json")
LOG = "train.log"
SHIFT = "variance_shift.json"
# Of history.IDENTITY, what decides a run's bits. The others are what a study calls it.
DECIDES = ("dataset", "seed", "spec", "training")


def digest(identity: dict[str, Any], contents: Any, code: dict[str, str]) -> str:
    """What a run is addressed by.

    Args:
        identity: see Study.identity.
        contents: what its data set's name stands for, in JSON types.
        code: digests of the sources of training.
    """
    return digest_of([{key: identity[key] for key in DECIDES}, contents, code])


def digest_of(value: Any) -> str:
    """Of a value of JSON types, whatever the order of its keys."""
    return hashlib.sha256(json.dumps(value, sort_keys=True).encode()).hexdigest()[:16]


def folder(run: str) -> str:
    """Where a run of this digest is kept."""
    return f"{FOLDER}/{run}"


def shift_name(code: dict[str, str]) -> str:
    """The file beside a kept run that has its variance shift as this code measures it."""
    return f"variance_shift-{digest_of(code)}.json"


def is_whole(folder: str | Path) -> bool:
    """Whether a run in this folder is finished."""
    return all(os.path.exists(os.path.join(folder, name)) for name in reversed(RESULTS))


def is_sound(folder: str | Path, identity: dict[str, Any]) -> bool:
    """Whether a run is finished, is the one of this identity and has no damaged file, so that studies may have it.

    Its predictions are to be those that its history was written with.
    """
    model, predicted, written = (os.path.join(folder, name) for name in RESULTS)
    try:
        with zipfile.ZipFile(model) as archive:
            if archive.testzip() is not None:
                return False
        labels, probabilities = predictions.read(predicted)
        record = history.read(written, identity)
    except Exception:  # zipfile and zlib have no common base for a damaged file
        return False
    return predictions.accuracy(labels, probabilities) == record["test"]["accuracy"]


def is_sound_shift(file: str | Path, folder: str | Path, identity: dict[str, Any]) -> bool:
    """Whether a variance shift isn't damaged and was measured of the run of this identity that is in a folder."""
    try:
        shifts.read(file)
    except InputError:
        return False
    return is_of(file, identity, None) and history.accuracy(file) == history.accuracy(Path(folder, "history.json"))


def is_here(own: str, kept: str, identity: dict[str, Any], code: dict[str, str]) -> bool:
    """Whether a study has a run in its folder `own`: the one that is kept, or one that says it is of this code."""
    if not is_whole(own):
        return False
    file = os.path.join(own, "history.json")
    return same(file, os.path.join(kept, "history.json")) or is_of(file, identity, code)


def has_shift(own: str, kept: str, identity: dict[str, Any], code: dict[str, str]) -> bool:
    """Whether a study has a run's variance shift in the run's folder, as this code measures it."""
    file = os.path.join(own, SHIFT)
    return same(file, os.path.join(kept, shift_name(code))) or is_of(file, identity, code)


def is_of(file: str | Path, identity: dict[str, Any], code: dict[str, str] | None) -> bool:
    """Whether a run's JSON file says that it was made of this, whatever the study and the variant are called; `code`
    None: of any code."""
    said = history.made_of(file)
    return (code is None or said.get("code") == code) and all(
        key in said and said[key] == identity[key] for key in DECIDES
    )


def same(one: str | Path, other: str | Path) -> bool:
    """Whether two files are there and have the same bytes."""
    try:
        if os.path.samefile(one, other):
            return True
        return os.path.getsize(one) == os.path.getsize(other) and Path(one).read_bytes() == Path(other).read_bytes()
    except OSError:
        return False


def link(source: str | Path, target: str | Path) -> None:
    """Have the target be the source's file, atomically.

    Raises:
        InputError: it can't be written.
    """
    if os.path.exists(target) and os.path.samefile(source, target):
        return
    with atomic(target) as temporary:
        Path(temporary).unlink(missing_ok=True)
        try:
            os.link(source, temporary)
        except OSError:  # no hard links there, or too many of this file
            shutil.copy2(source, temporary)


def take(source: str | Path, target: str | Path) -> None:
    """Have a folder hold the finished run of another, its history last, and no state of an unfinished one."""
    source, target = Path(source), Path(target)
    target.mkdir(parents=True, exist_ok=True)
    # What was measured of a run that lay there before goes with it.
    if not same(source / "history.json", target / "history.json"):
        (target / SHIFT).unlink(missing_ok=True)
    for name in (LOG, *RESULTS):
        if (source / name).exists():
            link(source / name, target / name)
    for file in target.glob("*checkpoint*.npz"):  # and what a kill left of writing one
        file.unlink(missing_ok=True)


def unused(asked: Iterable[str], results: str | Path) -> list[Path]:
    """The kept runs that no study's folder has and that aren't among those that are asked for."""
    asked = set(asked)
    found = {_content(file) for file in Path(results).glob("*/runs/*/*/history.json")}
    return [
        kept
        for kept in sorted(Path(results, "runs").glob("*"))
        if kept.name not in asked and kept.is_dir() and _content(kept / "history.json") not in found
    ]


def _content(file: Path) -> bytes | None:
    try:
        return hashlib.sha256(file.read_bytes()).digest()
    except OSError:
        return None
