"""All figures of a study, drawn and written."""

from collections.abc import Sequence
from itertools import combinations
from pathlib import Path
from typing import Any

import numpy as np

from placement.analysis import conventions, factors, ranks
from placement.analysis.measured import Measured
from placement.reading.facts import Found
from placement.reading.figures import (
    calibration,
    comparison,
    confusion,
    convergence,
    critical_difference,
    evidence,
    inline,
    look,
    pair,
    pairwise,
    pareto,
    variance_shift,
)
from placement.reading.figures.backend import Figure
from placement.study.grids import Grid

COSTS = {
    "parameters_total": ("Parameters (thousands)", 1e3),
    "multiply_accumulates": ("Multiply-accumulates (millions)", 1e6),
    "training_seconds": ("CPU-seconds of training", 1),
}


def draw(
    measures: Measured,
    found: Found,
    blocks: conventions.Blocks,
    study: dict[str, Any],
    grid: Grid | None,
    stated: Sequence[Sequence[float]],
    folder: str | Path,
) -> dict[str, str]:
    """Write a .png and a .svg (and a .pdf, if outputs have it) of each figure, and of confusion/{variant}.

    Args:
        measures, found, study, folder: as in compare.py.
        blocks: of test accuracy.
        grid: the study's.
        stated: the sizes that the sources of each claim state, left minus right.

    Returns:
        The figures of the page, with the evidence of claims: {name: element}.
    """
    baseline, rope = study["comparison"]["baseline"], study["comparison"]["rope"]
    styles = look.styles(study["variants"], *(grid or ()))
    average = ranks.average_ranks(blocks.values)
    seeds, variants = blocks.values.shape
    difference = ranks.critical_difference(seeds, variants)
    groups = ranks.rank_groups(blocks.names, average, difference)
    named_ranks = dict(zip(blocks.names, average.tolist(), strict=True))
    figures = {
        "comparison": comparison.draw(measures.runs, styles, found.variants, found.against_baseline, baseline, rope),
        "critical_difference": critical_difference.draw(named_ranks, groups, difference, styles),
        "pairwise": pairwise.draw(found.all_pairs, styles),
        "convergence": convergence.draw(measures.runs, measures.curves, styles),
        "calibration": calibration.draw(measures.reliability, measures.runs, styles),
        "variance_shift": variance_shift.draw(measures.shifts, styles),
        "pareto": pareto.draw(measures.summary, styles, COSTS),
    }
    if grid:
        figures |= draw_grid(factors.block(blocks.values, blocks.names, grid), grid)
    note, pdf = study.get("note", ""), "pdf" in study["outputs"]
    texts = {name: look.save(figure, Path(folder, f"{name}.png"), note, pdf) for name, figure in figures.items()}
    for variant, style in styles.items():
        matrix = confusion.draw(measures.confusion[variant], study["classes"], style.label)
        look.save(matrix, Path(folder, "confusion", f"{variant}.png"), note, pdf)
    for row, pairs in found.evidence.items():
        shown = evidence.draw(pairs, found.claims.iloc[row], stated[row])
        texts[f"claim_{row}"] = look.svg(look.noted(shown, note))
    return {name: inline.element(text, name) for name, text in texts.items()}


def draw_grid(cells: np.ndarray, grid: Grid) -> dict[str, Figure]:
    """The figure of each pair of factors by name, in factors/; `cells` is test accuracy as factors.block has it."""
    drawn = {}
    for a, b in combinations(range(len(grid.factors)), 2):
        (rows, row_levels), (columns, levels) = (list(grid.factors.items())[i] for i in (a, b))
        drawn[f"factors/{grid.pair_name(rows, columns)}"] = pair.draw(
            *factors.averages(cells, (a, b)), rows, row_levels, columns, levels
        )
    return drawn
