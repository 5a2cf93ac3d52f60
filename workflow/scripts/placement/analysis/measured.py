"""What was measured of a study's runs, read back from the tables and arrays of summarize.py and from the shifts."""

from collections.abc import Iterable
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from placement.analysis import crossed, shift
from placement.data import arrays
from placement.errors import InputError
from placement.runs import shifts, tables
from placement.study.measures import MEASURES


class Measured(NamedTuple):
    """What summarize.py and variance_shift.py found.

    runs, summary, curves and reliability are tables of the former's, images and
    confusion {variant: int [classes, classes]} its arrays; shifts as in shift.variance_shift_table.
    """

    runs: pd.DataFrame
    summary: pd.DataFrame
    curves: pd.DataFrame
    reliability: pd.DataFrame
    images: crossed.Images
    confusion: dict[str, np.ndarray]
    shifts: pd.DataFrame


# Of a study without BatchNorm.
NO_SHIFTS = pd.DataFrame(columns=["variant", "seed", "layer", *shift.SHIFTS, "accuracy", "accuracy_reestimated"])
# Some of what each table has.
COLUMNS = {
    "runs": ("variant", "seed", "test_accuracy"),
    "summary": ("variant", "label"),
    "curves": ("variant", "seed", "epoch", "loss", "accuracy", "val_loss", "val_accuracy"),
    "reliability": ("variant", "seed", "bin", "count", "confidence", "accuracy"),
}


def read(inputs: dict[str, Any]) -> Measured:
    """Read the measures of a study.

    Args:
        inputs: paths of runs, summary, curves, reliability, images, and shifts, a list of paths.

    Raises:
        InputError: one is damaged, or of other runs than the images.
    """
    images, confusion = _images(inputs["images"])
    runs = {(variant, seed) for variant in images.correct for seed in images.seeds}
    found = {}
    for name, columns in COLUMNS.items():
        table = tables.read(inputs[name], columns, numbers={*MEASURES, *columns} - {*tables.TEXTS})
        of_runs = "seed" in columns
        rows = set(zip(table["variant"], table["seed"], strict=True)) if of_runs else set(table["variant"])
        if rows != (runs if of_runs else set(images.correct)):
            raise InputError(f"{inputs[name]}: of other runs than {inputs['images']}; delete it and run again")
        found[name] = table
    return Measured(
        **found,
        images=images,
        confusion=confusion,
        shifts=pd.DataFrame(
            [row for path in inputs["shifts"] for row in shift_rows(path)],
            columns=NO_SHIFTS.columns,
        ),
    )


def _images(path: str | Path) -> tuple[crossed.Images, dict[str, np.ndarray]]:
    """What Measured calls images and confusion, from the arrays of summarize.py."""
    images = arrays.load(path, ("variants", "seeds", "correct", "confusion"))
    variants = images["variants"].tolist()
    correct, confused = (dict(zip(variants, images[name], strict=True)) for name in ("correct", "confusion"))
    return crossed.Images(tuple(images["seeds"].tolist()), correct), confused


def shift_rows(path: str) -> Iterable[dict[str, Any]]:
    """A row for each BatchNorm layer of a run, from what variance_shift.py wrote.

    Raises:
        InputError: it isn't that.
    """
    record = shifts.read(path)
    # A run may be another study's as well, which calls it by another name.
    run = {"variant": Path(path).parent.parent.name}
    run |= {name: record[name] for name in ("seed", "accuracy", "accuracy_reestimated")}
    return [run | {"layer": layer["layer"]} | shift.of_layer(layer) for layer in record["layers"]]
