"""What was measured of a study's runs, read back from the tables and arrays of summarize.py and from the shifts."""

from collections.abc import Iterable
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from placement.analysis import crossed, shift
from placement.data import arrays
from placement.runs import shifts, tables


class Measures(NamedTuple):
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


# Some of what each table has.
COLUMNS = {
    "runs": ("variant", "seed", "test_accuracy"),
    "summary": ("variant", "label"),
    "curves": ("variant", "seed", "epoch", "val_accuracy"),
    "reliability": ("variant", "seed", "bin", "count", "confidence", "accuracy"),
}


def read(inputs: dict[str, Any]) -> Measures:
    """Read the measures of a study.

    Args:
        inputs: paths of runs, summary, curves, reliability, images, and shifts, a list of paths.

    Raises:
        InputError: one is damaged.
    """
    images, confusion = read_images(inputs["images"])
    return Measures(
        **{name: tables.read(inputs[name], columns) for name, columns in COLUMNS.items()},
        images=images,
        confusion=confusion,
        shifts=pd.DataFrame(
            [row for path in inputs["shifts"] for row in shift_rows(path)],
            columns=["variant", "seed", "layer", *shift.SHIFTS, "accuracy", "accuracy_reestimated"],
        ),
    )


def read_images(path: str | Path) -> tuple[crossed.Images, dict[str, np.ndarray]]:
    """What Measures calls images and confusion, from the arrays of summarize.py.

    Raises:
        InputError: it isn't that.
    """
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
