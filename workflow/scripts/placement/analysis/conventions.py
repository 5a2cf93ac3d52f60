"""What all of the analysis agrees on: levels, seeds that it takes to rank, display units, complete blocks of runs."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import pandas as pd

from placement.analysis import minimum
from placement.study.measures import MEASURES

ALPHA = minimum.ALPHA
# With fewer, an interval is wider than anything that it could be about, and d_z isn't defined: there is no standard
# error, no p and nothing that rests on them.
INFERENCE_SEEDS = 3
# Differences of accuracies are multiples of one image; floating-point dust would break their ties at random.
DECIMALS = 9


def in_display_units(runs: pd.DataFrame) -> pd.DataFrame:
    """Copy of `runs` with the accuracies, fractions from 0 to 1, turned into percentage points."""
    return runs.assign(
        **{name: runs[name] * 100 for name in runs.columns if name in MEASURES and MEASURES[name].unit == "points"}
    )


class Blocks(NamedTuple):
    """`values` [seeds, variants] of one metric, and the seeds and variants that it holds."""

    values: np.ndarray
    seeds: tuple[int, ...]
    names: tuple[str, ...]


def complete_blocks(runs: pd.DataFrame, metric: str, variants: Sequence[str]) -> Blocks:
    """The seeds for which every one of `variants` has a finite value of `metric`.

    Args:
        runs: One row a run, with columns `variant`, `seed` and `metric`.
    """
    table = runs.pivot(index="seed", columns="variant", values=metric).reindex(columns=list(variants))
    values = table.to_numpy(dtype=float)
    complete = np.isfinite(values).all(axis=1)
    return Blocks(values[complete], tuple(table.index[complete]), tuple(variants))
