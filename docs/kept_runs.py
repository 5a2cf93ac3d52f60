"""What is kept of a study's runs in this repository, and how it is read back.

A folder of it has the config as it was when the runs were trained, of all seeds that are kept; runs.csv and
variance_shift.csv, the tables of the runs and of their BatchNorm layers; and runs.tar.xz, of every run its history,
which test images it got right, and what figures of its classes and its calibration take; what was kept before gcr2016
lacks the last two. Models aren't kept.
"""

import io
import json
import tarfile
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd
from snakemake.common.configfile import load_configfile

from placement.analysis import calibration, measured
from placement.analysis.crossed import Images
from placement.errors import InputError
from placement.files import atomic
from placement.runs import history, predictions, tables
from placement.study.measures import BASELINE, MEASURES
from write_config import write_config

HISTORY, CORRECT, CONFUSION, RELIABILITY = "history.json", "correct.npy", "confusion.npy", "reliability.csv"
OF_A_RUN = ["variant", "seed"]
# What is measured against other runs says nothing of seeds that are yet to join.
RELATIVE = [name for name, measure in MEASURES.items() if measure.source == BASELINE]


def add(study: Path, kept: Path) -> None:
    """Add the runs of a folder of results. One that is kept already is replaced.

    Raises:
        InputError: a variant has other data, another network or recipe than in the runs that are kept.
    """
    runs = tables.read(study / "runs.csv").drop(columns=RELATIVE)
    files = archived(kept)
    shifts = []
    for variant, seed in zip(runs["variant"], runs["seed"], strict=True):
        folder = study / "runs" / variant / f"seed{seed}"
        files |= {f"{variant}/seed{seed}/{name}": content for name, content in of_a_run(folder).items()}
        if (shift := folder / "variance_shift.json").is_file():
            shifts += measured.shift_rows(str(shift))
    for variant, of in named(files, HISTORY).items():
        if len({history_of_variant(content) for content in of.values()}) > 1:
            raise InputError(f"{study}: {variant} has other data, another network or recipe than the runs in {kept}")
    kept.mkdir(parents=True, exist_ok=True)
    archive(files, kept)
    for table, rows in {"runs": runs, "variance_shift": pd.DataFrame(shifts)}.items():
        joined(kept / f"{table}.csv", rows)
    config = load_configfile(str(study / "config.yaml"))
    seeds = sorted(set(map(int, tables.read(kept / "runs.csv")["seed"])))
    write_config(config | {"seeds": seeds}, str(kept / "config.yaml"))


def of_a_run(folder: Path) -> dict[str, bytes]:
    """What is archived of a run, by the names of the files."""
    truth, probabilities = predictions.read(folder / "predictions.npz")
    return {
        HISTORY: (folder / HISTORY).read_bytes(),
        CORRECT: as_file(probabilities.argmax(axis=1) == truth),
        CONFUSION: as_file(calibration.confusion_matrix(truth, probabilities)),
        RELIABILITY: calibration.reliability(truth, probabilities).to_csv(index=False).encode(),
    }


def as_file(array: np.ndarray) -> bytes:
    """An array as a file of NumPy's."""
    file = io.BytesIO()
    np.save(file, array)
    return file.getvalue()


def history_of_variant(content: bytes) -> str:
    """What the runs of a variant have in common, as a history says it."""
    record = json.loads(content)
    return json.dumps({key: record.get(key) for key in history.OF_VARIANT}, sort_keys=True)


def archive(files: dict[str, bytes], kept: Path) -> None:
    """Write the files of all runs, the same bytes for the same files."""
    with atomic(kept / "runs.tar.xz") as temporary, tarfile.open(temporary, "w:xz") as written:
        for file in sorted(files):
            member = tarfile.TarInfo(file)
            member.size = len(files[file])
            written.addfile(member, io.BytesIO(files[file]))


def joined(file: Path, rows: pd.DataFrame) -> None:
    """Add rows to a table of runs, in the place of those of the same runs."""
    if rows.empty:
        return
    if file.is_file():
        before = tables.read(file)
        others = ~before.set_index(OF_A_RUN).index.isin(rows.set_index(OF_A_RUN).index)
        rows = pd.concat([before[others], rows], ignore_index=True)
    tables.write(file, rows.sort_values("seed", kind="stable"))


def archived(kept: Path) -> dict[str, bytes]:
    """The files of a study's runs, by their paths in its archive."""
    if not (kept / "runs.tar.xz").is_file():
        return {}
    with tarfile.open(kept / "runs.tar.xz") as archive:
        return {member.name: archive.extractfile(member).read() for member in archive}


def named(files: dict[str, bytes], name: str) -> dict[str, dict[int, bytes]]:
    """The files of one name, {variant: {seed: content}}."""
    found: dict[str, dict[int, bytes]] = {}
    for path, content in files.items():
        variant, seed, file = path.split("/")
        if file == name:
            found.setdefault(variant, {})[int(seed.removeprefix("seed"))] = content
    return found


def images(files: dict[str, bytes], variants: Sequence[str]) -> Images:
    """Which test images each run got right, of the seeds of which every variant has that."""
    kept = named(files, CORRECT)
    correct = {variant: kept.get(variant, {}) for variant in variants}
    seeds = sorted(set.intersection(*map(set, correct.values())))
    return Images(
        tuple(seeds),
        {variant: np.array([np.load(io.BytesIO(of[seed])) for seed in seeds], bool) for variant, of in correct.items()},
    )
