"""Compare the variants of a study: tables, figures and the written findings."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from placement.analysis import (
    conventions,
    crossed,
    factors,
    families,
    judgements,
    measured,
    minimum,
    norm_dropout,
    paired,
    power,
    ranks,
    selection,
    settling,
    shift,
)
from placement.analysis.conventions import Blocks
from placement.analysis.measured import Measured
from placement.files import atomic
from placement.job import job
from placement.network import backbones
from placement.network.described import line
from placement.reading import document, findings, latex, page, words
from placement.reading.facts import Facts, Found, OverGrid, Trained
from placement.reading.figures import study as figures
from placement.runs import tables
from placement.study import select, wording
from placement.study.claims import Claim
from placement.study.grids import Grid


def compare(measures: Measured, study: dict[str, Any], folder: str | Path) -> None:
    """Write everything that compares variants: tables, findings.md and figures, as figures.study.draw says.

    Args:
        measures: of all runs.
        study: study, dataset (names), classes (their names), shape (of an image), images (how many, in words), copies
            (what the data has twice, in words), seeds, config_file (path of the one beside the results), comparison
            (baseline, rope, claims and perhaps select, as the config's), variants ({name: {label, colour}} in config
            order), specs ({variant: spec, with `training`, its recipe}), tables ({name, see Found.table: title}), grid
            (see Grid.to_dict; None where there is none), outputs (see the config's) and, of a study that is under way,
            a note, which says so.
        folder: where to: a .csv of each table and findings.md, the same as pages (tables.html, findings.html), and
            the figures; tables.tex, if outputs have latex.
    """
    runs = conventions.in_display_units(measures.runs)
    blocks = conventions.complete_blocks(runs, "test_accuracy", list(study["variants"]))
    grid = Grid.from_dict(study["grid"]) if study["grid"] else None
    claims = [Claim.of(written) for written in study["comparison"]["claims"]]
    found = find(measures, runs, blocks, study, grid, claims)
    for name in study["tables"]:
        tables.write(Path(folder, f"{name}.csv"), found.table(name))
    written = findings.findings(facts(blocks, study), found)
    drawn = figures.draw(measures, found, blocks, study, grid, [claim.stated for claim in claims], folder)
    shown = {"Summary": transposed(measures.summary)}
    shown |= {title: found.table(name) for name, title in study["tables"].items()}
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


def find(
    measures: Measured,
    runs: pd.DataFrame,
    blocks: Blocks,
    study: dict[str, Any],
    grid: Grid | None,
    claims: Sequence[Claim],
) -> Found:
    """All that is found of a study.

    Args:
        measures, study: as in `compare`.
        runs: in display units.
        blocks: of test accuracy.
        grid, claims: the study's.
    """
    labels = {variant: fields["label"] for variant, fields in study["variants"].items()}
    baseline, rope = (study["comparison"][key] for key in ("baseline", "rope"))
    pairs = families.compare_families(blocks.values, blocks.names, baseline, rope)
    judged = judgements.judge(claims, runs, rope, grid, measures.images)
    rests_on = {
        row.Index: judgements.by_seed(claims[row.Index], row, runs, labels, grid) for row in judged.itertuples()
    }
    shifted = shift.variance_shift_table(measures.shifts, labels)
    recipes = {variant: spec["training"] for variant, spec in study["specs"].items()}
    chance = settling.chance(sum(measures.confusion.values()))
    return Found(
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


def facts(blocks: Blocks, study: dict[str, Any]) -> Facts:
    """What the findings say of the study itself; arguments as in `find`."""
    recipes = [spec["training"] for spec in study["specs"].values()]
    claimed = len(study["comparison"]["claims"])
    levels = [len(names) for names in study["grid"]["factors"].values()] if study["grid"] else []
    wanted = map(minimum.seeds_to_judge, minimum.families(len(study["variants"]), claimed, levels).values())
    return Facts(
        study=study["study"],
        dataset=study["dataset"],
        baseline=study["comparison"]["baseline"],
        labels={variant: fields["label"] for variant, fields in study["variants"].items()},
        seeds=len(blocks.seeds),
        rope=study["comparison"]["rope"],
        note=study.get("note", ""),
        images=study["images"],
        copies=study["copies"],
        recipes=len(set(map(repr, recipes))),
        stops_early=frozenset(recipe["early_stopping"] is not None for recipe in recipes),
        more_seeds=words.more_seeds(study["seeds"], max(wanted, default=0), study["config_file"]),
        claims=claimed,
        levels=levels,
        trained={
            variant: Trained(
                line(backbones.from_dict(spec), tuple(study["shape"]), len(study["classes"])),
                wording.parts(spec),
                wording.recipe(spec["training"]),
            )
            for variant, spec in study["specs"].items()
        },
        config_file=study["config_file"],
    )


def transposed(summary: pd.DataFrame) -> pd.DataFrame:
    """A summary on its side, since it has more measures than a page is wide."""
    return summary.set_index("label").drop(columns="variant").T.rename_axis(index="", columns=None).reset_index()


def over_grid(grid: Grid, blocks: Blocks, runs: pd.DataFrame, comparison: dict[str, Any]) -> OverGrid:
    """Effects, interactions and, where comparison.select wants it, each placement at its own best.

    Args:
        blocks: of test accuracy.
        runs: in display units.
        comparison: as in `compare`.
    """
    found = OverGrid(*(of(blocks.values, blocks.names, grid) for of in (factors.factors, factors.interactions)))
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


if __name__ == "__main__":
    with job(snakemake.log[0]):
        inputs = {name: snakemake.input[name] for name in ("runs", "summary", "curves", "reliability", "images")}
        compare(
            measured.read(inputs | {"shifts": list(snakemake.input.shifts)}),
            study=snakemake.params.study,
            folder=Path(snakemake.output.findings).parent,
        )
