"""Compare the variants of a study: tables, figures and the written findings."""

import json
import shlex
from collections.abc import Iterable
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from placement.analysis import claims, conventions, crossed, families, interactions, paired, power, ranks, shift
from placement.data import arrays
from placement.errors import InputError, reported
from placement.files import atomic
from placement.reading import findings, pages
from placement.reading.figures import (
    calibration,
    comparison,
    confusion,
    convergence,
    critical_difference,
    look,
    pairwise,
    pareto,
    variance_shift,
)
from placement.runs import tables

COSTS = {
    "parameters_total": ("Parameters (thousands)", 1e3),
    "multiply_accumulates": ("Multiply-accumulates (millions)", 1e6),
    "training_seconds": ("CPU-seconds of training", 1),
}


class Measures(NamedTuple):
    """What summarize.py and variance_shift.py found.

    runs, summary, curves and reliability are tables of the former's, correct {variant: bool [seeds, test images]} and
    confusion {variant: int [classes, classes]} its arrays; shifts as in shift.variance_shift_table.
    """

    runs: pd.DataFrame
    summary: pd.DataFrame
    curves: pd.DataFrame
    reliability: pd.DataFrame
    correct: dict[str, np.ndarray]
    confusion: dict[str, np.ndarray]
    shifts: pd.DataFrame


class Comparisons(NamedTuple):
    """The analysis' tables on test accuracy in points, a row a variant, pair or claim."""

    variants: pd.DataFrame
    pairwise: pd.DataFrame
    claims: pd.DataFrame
    power: pd.DataFrame
    interaction: pd.DataFrame
    seeds_and_images: pd.DataFrame
    variance_shift: pd.DataFrame


def compare(measures: Measures, study: dict[str, Any], folder: str | Path) -> None:
    """Write everything that compares variants: tables, findings.md and figures, as draw says.

    Args:
        measures: of all runs.
        study: study, dataset (names), classes (their names), seeds, configfiles (the study's, where it isn't the
            default), comparison (baseline, rope, claims), variants ({name: {label, colour}} in config order), specs
            ({variant: spec, with augmentation where there is any}) and tables ({name, a field of Comparisons: title});
            of a study that is under way a note, which says so.
        folder: where to: a .csv of each table and findings.md, the same as pages (tables.html, findings.html), and
            the figures.
    """
    labels = {variant: fields["label"] for variant, fields in study["variants"].items()}
    baseline, rope = study["comparison"]["baseline"], study["comparison"]["rope"]
    runs = conventions.in_display_units(measures.runs)
    blocks = conventions.complete_blocks(runs, "test_accuracy", list(labels))
    pairs = families.compare_families(blocks.values, blocks.names, baseline, rope)
    found = Comparisons(
        variants=paired.describe(runs, "test_accuracy", list(labels)),
        pairwise=pairs,
        claims=claims.judge(study["comparison"]["claims"], runs, list(labels), rope),
        power=power.power_table(pairs[pairs["family"] == "baseline"]),
        interaction=interactions.interactions(blocks.values, blocks.names, study["specs"]),
        seeds_and_images=crossed.two_questions(measures.correct, baseline),
        variance_shift=shift.variance_shift_table(measures.shifts, labels),
    )
    for name in study["tables"]:
        tables.write(Path(folder, f"{name}.csv"), getattr(found, name))
    facts = findings.Facts(
        study=study["study"],
        dataset=study["dataset"],
        baseline=baseline,
        labels=labels,
        seeds=len(blocks.seeds),
        left_out=blocks.left_out,
        rope=rope,
        note=study.get("note", ""),
        more_seeds=more_seeds(study["seeds"], study["configfiles"]),
    )
    text = findings.findings(
        facts,
        found.variants,
        ranks.friedman(blocks.values),
        found.pairwise,
        found.claims,
        found.interaction,
        found.seeds_and_images,
        found.variance_shift,
        found.power,
    )
    # Transposed: it has more measures than a page is wide.
    summary = (
        measures.summary.set_index("label").drop(columns="variant").T.rename_axis(index="", columns=None).reset_index()
    )
    shown = {"Summary": summary} | {title: getattr(found, name) for name, title in study["tables"].items()}
    for name, content in {
        "findings.md": text,
        "findings.html": pages.of_markdown(text, f"Findings: {study['study']}"),
        "tables.html": pages.of_tables(shown, f"Tables: {study['study']}"),
    }.items():
        with atomic(Path(folder, name)) as temporary:
            temporary.write_text(content, encoding="utf-8")
    draw(measures, found, blocks, study, folder)


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
            columns=["variant", "seed", "layer", "shift_train", "shift_test", "accuracy", "accuracy_reestimated"],
        ),
    )


def read_images(path: str | Path) -> tuple[dict[str, np.ndarray], dict[str, np.ndarray]]:
    """What Measures calls correct and confusion, from the arrays of summarize.py.

    Raises:
        InputError: it isn't that.
    """
    images = arrays.load(path)
    variants = images["variants"].tolist()
    correct, confused = (dict(zip(variants, images[name], strict=True)) for name in ("correct", "confusion"))
    return correct, confused


def shift_rows(path: str) -> Iterable[dict[str, Any]]:
    """A row for each BatchNorm layer of a run, from what variance_shift.py wrote.

    Raises:
        InputError: it isn't that.
    """
    try:
        record = json.loads(Path(path).read_text(encoding="utf-8"))
        run = {name: record[name] for name in ("variant", "seed", "accuracy", "accuracy_reestimated")}
        return [
            run
            | {"layer": layer["layer"]}
            | {
                f"shift_{part}": shift.variance_shift(
                    layer["moving_variance"], layer[f"{part}_variance"], layer["epsilon"]
                )
                for part in ("train", "test")
            }
            for layer in record["layers"]
        ]
    except (ValueError, KeyError, TypeError) as error:
        raise InputError(f"{path}: not a variance shift ({error!r}); delete it and run again") from error


def more_seeds(seeds: list[int], configfiles: list[str]) -> str:
    """The command that trains as many seeds as a ranking takes, of which it leaves those that are there as they are."""
    missing = max(conventions.MINIMUM_SEEDS - len(seeds), 0)
    unused = [seed for seed in range(len(seeds) + missing) if seed not in seeds]
    wanted = [*seeds, *unused[:missing]]
    value = len(wanted) if wanted == list(range(len(wanted))) else f"'{wanted}'"
    files = f"--configfile {shlex.join(configfiles)} " if configfiles else ""
    return f"snakemake --cores N {files}--config seeds={value}"


def draw(
    measures: Measures,
    found: Comparisons,
    blocks: conventions.Blocks,
    study: dict[str, Any],
    folder: str | Path,
) -> None:
    """Write a .png and a .svg of each figure, and of confusion/{variant}; arguments as in `compare`."""
    baseline, rope = study["comparison"]["baseline"], study["comparison"]["rope"]
    styles = look.styles(study["variants"])
    by_family = dict(list(found.pairwise.groupby("family")))
    none = found.pairwise.iloc[:0]
    average = ranks.average_ranks(blocks.values)
    difference = ranks.critical_difference(*blocks.values.shape)
    groups = ranks.rank_groups(blocks.names, average, difference)
    named_ranks = dict(zip(blocks.names, average.tolist(), strict=True))
    drawn = {
        "comparison": comparison.draw(
            measures.runs, styles, found.variants, by_family.get("baseline", none), baseline, rope
        ),
        "critical_difference": critical_difference.draw(named_ranks, groups, difference, styles),
        "pairwise": pairwise.draw(by_family.get("all", none), styles),
        "convergence": convergence.draw(measures.runs, measures.curves, styles),
        "calibration": calibration.draw(measures.reliability, measures.runs, styles),
        "variance_shift": variance_shift.draw(measures.shifts, styles),
        "pareto": pareto.draw(
            measures.runs.assign(**{cost: measures.runs[cost] / scale for cost, (_, scale) in COSTS.items()}),
            styles,
            {cost: axis_label for cost, (axis_label, _) in COSTS.items()},
        ),
    }
    for name, figure in drawn.items():
        look.save(figure, Path(folder, f"{name}.png"), study.get("note", ""))
    for variant, style in styles.items():
        matrix = confusion.draw(measures.confusion[variant], study["classes"], style.label)
        look.save(matrix, Path(folder, "confusion", f"{variant}.png"), study.get("note", ""))


if __name__ == "__main__":
    with reported(snakemake.log[0]):
        inputs = {name: snakemake.input[name] for name in ("runs", "summary", "curves", "reliability", "images")}
        compare(
            read(inputs | {"shifts": list(snakemake.input.shifts)}),
            study=snakemake.params.study,
            folder=Path(snakemake.output.findings).parent,
        )
