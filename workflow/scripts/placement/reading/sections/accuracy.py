"""Test accuracy, a variant at a time."""

import numpy as np
import pandas as pd

from placement.analysis.conventions import complete_blocks
from placement.analysis.paired import expected_range, residual_variance
from placement.counting import how_many
from placement.reading import words
from placement.reading.document import Block, Section, Table
from placement.reading.facts import Facts, Found


def section(facts: Facts, found: Found) -> Section:
    variants = found.variants
    blocks: list[Block] = []
    if facts.infers:
        blocks.append("Each interval is for one variant alone; comparisons are further down.")
    # So few runs are told one by one, unless one is all.
    points = {
        variant: ", ".join(map(words.number, found.runs.loc[found.runs["variant"] == variant, "test_accuracy"]))
        for variant in (() if facts.infers or variants["n"].max() == 1 else variants["variant"])
    }
    # Worse, or only its moving averages are?
    shifts = found.variance_shift.groupby("variant")[["n", "accuracy_reestimated"]].first()
    rows = [
        (
            facts.labels[v.variant],
            v.n,
            words.number(v.mean),
            points.get(v.variant, "-"),
            words.number(v.sd) if facts.infers else "-",
            words.interval(v.low, v.high),
            _reestimated(shifts.loc[v.variant], v.n) if v.variant in shifts.index else "-",
        )
        for v in variants.itertuples()
    ]
    head = (
        *("Variant", "Runs", "Mean, %", "Each run, %", "sd", f"{words.LEVEL} interval"),
        "Mean with BatchNorm's statistics re-estimated, %",
    )
    blocks.append(Table.of("Test accuracy by variant", head, rows))
    values = complete_blocks(found.runs, "test_accuracy", variants["variant"].tolist()).values
    sd = np.sqrt(residual_variance(values))
    if np.isfinite(sd):
        spread = variants["mean"].max() - variants["mean"].min()
        of_runs = sd * expected_range(len(variants))
        of_means = of_runs / np.sqrt(len(values))
        blocks.append(
            f"The means spread over {spread:.2f} points. By chance alone the means of {len(variants)} variants that "
            f"don't differ spread over {of_means:.2f} on average, and the runs of one seed over {of_runs:.2f}: without "
            f"what the runs of a seed share, their sd is {sd:.2f}."
        )
    return Section("Test accuracy", tuple(blocks))


def _reestimated(shift: pd.Series, runs: int) -> str:
    mean = words.number(100 * shift["accuracy_reestimated"])
    return mean if shift["n"] == runs else f"{mean} ({how_many(int(shift['n']), 'run')})"
