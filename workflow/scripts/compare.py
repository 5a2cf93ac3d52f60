"""Compare the variants of a study: tables, figures and the written findings."""

import shlex
from collections.abc import Iterable
from itertools import combinations
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from placement.analysis import (
    conventions,
    crossed,
    factors,
    families,
    judgements,
    minimum,
    norm_dropout,
    paired,
    power,
    ranks,
    selection,
    settling,
    shift,
)
from placement.data import arrays
from placement.errors import reported
from placement.files import atomic
from placement.reading import document, findings, latex, page, words
from placement.reading.facts import Facts, Found, OverGrid
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
from placement.runs import shifts, tables
from placement.study import claims, select
from placement.study.grids import Grid

COSTS = {
    "parameters_total": ("Parameters (thousands)", 1e3),
    "multiply_accumulates": ("Multiply-accumulates (millions)", 1e6),
    "training_seconds": ("CPU-seconds of training", 1),
}


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


def compare(measures: Measures, study: dict[str, Any], folder: str | Path) -> None:
    """Write everything that compares variants: tables, findings.md and figures, as draw says.

    Args:
        measures: of all runs.
        study: study, dataset (names), classes (their names), copies (what the data has twice, in words), seeds,
            config_file (path of the one beside the results),
            comparison (baseline, rope, claims), variants ({name: {label, colour}} in config order), specs
            ({variant: spec, with `training`, its recipe}), tables ({name, see Found.table: title}), grid (see
            Grid.to_dict; None where there is none), outputs (see the config's) and, of a study that is under way, a
            note, which says so.
        folder: where to: a .csv of each table and findings.md, the same as pages (tables.html, findings.html), and
            the figures; tables.tex, if outputs have latex.
    """
    labels = {variant: fields["label"] for variant, fields in study["variants"].items()}
    baseline, rope = study["comparison"]["baseline"], study["comparison"]["rope"]
    runs = conventions.in_display_units(measures.runs)
    blocks = conventions.complete_blocks(runs, "test_accuracy", list(labels))
    pairs = families.compare_families(blocks.values, blocks.names, baseline, rope)
    grid = Grid.from_dict(study["grid"]) if study["grid"] else None
    claimed = study["comparison"]["claims"]
    judged = judgements.judge(claimed, runs, list(labels), rope, grid, measures.images)
    rests_on = {
        row.Index: judgements.by_seed(claimed[row.Index], row, runs, labels, grid) for row in judged.itertuples()
    }
    shifted = shift.variance_shift_table(measures.shifts, labels)
    recipes = {variant: spec["training"] for variant, spec in study["specs"].items()}
    chance = settling.chance(sum(measures.confusion.values()))
    found = Found(
        runs=runs,
        summary=measures.summary,
        evidence={row: by_seed for row, by_seed in rests_on.items() if by_seed is not None},
        variants=paired.describe(runs, "test_accuracy", list(labels)),
        omnibus=ranks.friedman(blocks.values),
        pairwise=pairs,
        claims=judged,
        power=power.power_table(pairs[pairs["family"] == "baseline"]),
        norm_dropout=norm_dropout.interactions(blocks.values, blocks.names, study["specs"]),
        seeds_and_images=crossed.two_questions(measures.images.correct, baseline),
        variance_shift=shifted,
        associations=shift.associations(measures.shifts),
        settling=settling.settling(runs, measures.curves, shifted, recipes, chance, rope),
        chance=chance,
        over_grid=over_grid(grid, blocks, runs, study["comparison"]) if grid else None,
    )
    for name in study["tables"]:
        tables.write(Path(folder, f"{name}.csv"), found.table(name))
    facts = Facts(
        study=study["study"],
        dataset=study["dataset"],
        baseline=baseline,
        labels=labels,
        seeds=len(blocks.seeds),
        left_out=blocks.left_out,
        rope=rope,
        note=study.get("note", ""),
        copies=study["copies"],
        recipes=len({repr(spec["training"]) for spec in study["specs"].values()}),
        stops_early=frozenset(spec["training"]["early_stopping"] is not None for spec in study["specs"].values()),
        more_seeds=more_seeds(
            study["seeds"],
            max(map(minimum.seeds_to_judge, minimum.families(len(labels), len(claimed)).values()), default=0),
            study["config_file"],
        ),
        claims=len(claimed),
    )
    written = findings.findings(facts, found)
    drawn = draw(measures, found, blocks, study, grid, folder)
    # Transposed: it has more measures than a page is wide.
    summary = (
        measures.summary.set_index("label").drop(columns="variant").T.rename_axis(index="", columns=None).reset_index()
    )
    shown = {"Summary": summary} | {title: found.table(name) for name, title in study["tables"].items()}
    texts = {
        "findings.md": document.markdown(written),
        "findings.html": page.of(written, drawn),
        "tables.html": page.of_tables(shown, f"Tables: {study['study']}"),
    }
    if "latex" in study["outputs"]:
        texts["tables.tex"] = latex.of(written, f"Study {study['study']}, n = {words.seeds(len(blocks.seeds))}.")
    for name, content in texts.items():
        with atomic(Path(folder, name)) as temporary:
            temporary.write_text(content, encoding="utf-8")


def over_grid(grid: Grid, blocks: conventions.Blocks, runs: pd.DataFrame, comparison: dict[str, Any]) -> OverGrid:
    """Effects, interactions and, where comparison.select wants it, each placement at its own best.

    Args:
        blocks: of test accuracy.
        runs: in display units.
        comparison: as in `compare`.
    """
    found = OverGrid(*(find(blocks.values, blocks.names, grid) for find in (factors.factors, factors.interactions)))
    if "select" not in comparison:
        return found
    over, by, baseline = select.over(comparison["select"]), comparison["select"]["by"], comparison["baseline"]
    validation = runs.pivot(index="seed", columns="variant", values=by).loc[list(blocks.seeds), list(blocks.names)]
    own = select.choosing_seeds(comparison["select"])
    table = selection.selection(
        blocks.values,
        validation.to_numpy(float),
        blocks.names,
        grid,
        over,
        baseline,
        choosing=None if own is None else np.isin(blocks.seeds, own),
    )
    home = select.where(select.placements(grid, over), baseline)
    return found._replace(selection=table, over=tuple(over), baseline=home, apart=own is not None)


def draw_grid(cells: np.ndarray, grid: Grid) -> dict[str, Figure]:
    """The figure of each pair of factors by name, factors/{a}-{b}; `cells` is test accuracy as factors.block has it."""
    drawn = {}
    for a, b in combinations(range(len(grid.factors)), 2):
        (rows, row_levels), (columns, levels) = (list(grid.factors.items())[i] for i in (a, b))
        drawn[f"factors/{rows}-{columns}"] = pair.draw(
            *factors.averages(cells, (a, b)), rows, row_levels, columns, levels
        )
    return drawn


def read(inputs: dict[str, Any]) -> Measures:
    """Read the measures of a study.

    Args:
        inputs: paths of runs, summary, curves, reliability, images, and shifts, a list of paths.

    Raises:
        InputError: one is damaged.
    """
    return Measures(
        *(tables.read(inputs[name]) for name in ("runs", "summary", "curves", "reliability")),
        *read_images(inputs["images"]),
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


def more_seeds(seeds: list[int], wanted_seeds: int, config_file: str) -> str:
    """The command that trains as many seeds as are wanted, of which it leaves those that are there as they are."""
    missing = max(wanted_seeds - len(seeds), 0)
    unused = [seed for seed in range(len(seeds) + missing) if seed not in seeds]
    wanted = [*seeds, *unused[:missing]]
    value = len(wanted) if wanted == list(range(len(wanted))) else f"'{wanted}'"
    return f"snakemake --cores N --configfile {shlex.quote(config_file)} --config seeds={value}"


def draw(
    measures: Measures,
    found: Found,
    blocks: conventions.Blocks,
    study: dict[str, Any],
    grid: Grid | None,
    folder: str | Path,
) -> dict[str, str]:
    """Write a .png and a .svg (and a .pdf, if outputs have it) of each figure, and of confusion/{variant}; arguments as
    in `compare`.

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
        "pareto": pareto.draw(
            measures.runs.assign(**{cost: measures.runs[cost] / scale for cost, (_, scale) in COSTS.items()}),
            styles,
            {cost: axis_label for cost, (axis_label, _) in COSTS.items()},
        ),
    }
    if grid:
        figures |= draw_grid(factors.block(blocks.values, blocks.names, grid), grid)
    note, pdf = study.get("note", ""), "pdf" in study["outputs"]
    texts = {name: look.save(figure, Path(folder, f"{name}.png"), note, pdf) for name, figure in figures.items()}
    for variant, style in styles.items():
        matrix = confusion.draw(measures.confusion[variant], study["classes"], style.label)
        look.save(matrix, Path(folder, "confusion", f"{variant}.png"), note, pdf)
    for row, pairs in found.evidence.items():
        claim = found.claims.iloc[row]
        published = claims.stated(study["comparison"]["claims"][row])
        shown = evidence.draw(pairs, *claim[["estimate", "low", "high", "rope", "unit"]], published)
        texts[f"claim_{row}"] = look.svg(look.noted(shown, note))
    return {name: inline.element(text, name) for name, text in texts.items()}


if __name__ == "__main__":
    with reported(snakemake.log[0]):
        inputs = {name: snakemake.input[name] for name in ("runs", "summary", "curves", "reliability", "images")}
        compare(
            read(inputs | {"shifts": list(snakemake.input.shifts)}),
            study=snakemake.params.study,
            folder=Path(snakemake.output.findings).parent,
        )
