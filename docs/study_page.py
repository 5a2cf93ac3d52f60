"""A study's tables, figures and findings, of what is kept of its runs, as the workflow makes them of the runs.

    snakemake --cores 2 --config seeds=10
    python docs/study_page.py docs/reference_study results/fashion_mnist

The first line trains. The second adds what the results have to the folder's `kept`: further seeds, trained elsewhere,
join those that are there. Then it writes the folder's tables and figures, and the tables in its README.md; of the
reference study in the repository's too. Once something is kept it takes no results: it then writes them anew of that.
"""

import io
import json
import shutil
import sys
from collections.abc import Mapping
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import pandas as pd
from snakemake.common.configfile import load_configfile

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT / "workflow/scripts"), str(ROOT / "docs")]

import compare  # noqa: E402
import kept_runs  # noqa: E402
import page_tables  # noqa: E402
from placement.analysis import convergence, measured, summary  # noqa: E402
from placement.errors import InputError  # noqa: E402
from placement.reading import outputs  # noqa: E402
from placement.runs import tables  # noqa: E402
from placement.study import study as asked  # noqa: E402
from placement.study.measures import MEASURES  # noqa: E402

REFERENCE = ROOT / "docs/reference_study"  # README.md shows its orders


def measures(kept: Path, study: asked.Study) -> measured.Measured:
    """What the workflow's comparison takes, of all runs of a study, from the folder where they are kept.

    Raises:
        InputError: something of a run isn't there, as in what was kept before this page was made of it.
    """
    files = kept_runs.archived(kept)
    histories, bins, confusion = [], [], dict.fromkeys(study.variants, 0)
    for variant in study.variants:
        for seed in study.seeds:
            names = (kept_runs.HISTORY, kept_runs.CONFUSION, kept_runs.RELIABILITY)
            if missing := [name for name in names if f"{variant}/seed{seed}/{name}" not in files]:
                raise InputError(f"{kept}: of {variant}, seed {seed}, {missing[0]} isn't kept; add its results anew")
            history, confused, reliability = (io.BytesIO(files[f"{variant}/seed{seed}/{name}"]) for name in names)
            # A run may be another study's as well, which calls it by another name.
            histories.append(json.load(history) | {"variant": variant})
            bins.append(pd.read_csv(reliability).assign(variant=variant, seed=seed))
            confusion[variant] = confusion[variant] + np.load(confused)
    relative = convergence.relative_convergence(histories, study.comparison["baseline"])
    runs = relative[kept_runs.OF_A_RUN].merge(tables.read(kept / "runs.csv")).merge(relative)
    # A measure that is younger than the runs is unknown of them.
    runs = runs.reindex(columns=[*runs, *(measure for measure in MEASURES if measure not in runs)])
    return measured.Measured(
        runs=runs,
        summary=summary.summary_table(runs, {name: variant.label for name, variant in study.variants.items()}),
        curves=convergence.learning_curves(histories),
        reliability=pd.concat(bins),
        images=kept_runs.images(files, list(study.variants)),
        confusion=confusion,
        shifts=tables.read(shifts) if (shifts := kept / "variance_shift.csv").is_file() else measured.NO_SHIFTS,
    )


def make(page: Path) -> str:
    """Write the tables and figures of a page's folder; return the summary as text."""
    kept = page / "kept"
    study = asked.read(load_configfile(str(kept / "config.yaml")), {})
    found = measures(kept, study)
    names = outputs.tables(study.grid is not None, "select" in study.comparison)
    # As a reader of the repository finds it, whoever makes the page.
    config_file = kept.relative_to(ROOT) / "config.yaml" if kept.is_relative_to(ROOT) else kept / "config.yaml"
    with TemporaryDirectory() as folder:
        compare.compare(found, study.compared(str(config_file), names), folder)
        for name in ("findings.md", *(f"{name}.csv" for name in names), *(f"{name}.png" for name in outputs.FIGURES)):
            shutil.copy(Path(folder, name), page / name)
    tables.write(page / "runs.csv", found.runs)
    tables.write(page / "summary.csv", found.summary)
    return summary.render_summary(found.summary)


def tables_in_pages(page: Path, config: Mapping[str, Any]) -> dict[Path, dict[str, str]]:
    """{file: its tables in Markdown by their first columns}, of the tables in a page's folder.

    Args:
        config: the study's.
    """
    found = {page / "README.md": {"claim | estimate": page_tables.claims(tables.read(page / "claims.csv"))}}
    if page == REFERENCE:
        orders = page_tables.orders(page, config["variants"], config["comparison"]["baseline"])
        found[ROOT / "README.md"] = {"order (in the figure) | accuracy, % (sd)": orders}
    return found


if __name__ == "__main__":
    page = Path(sys.argv[1]).resolve()
    for results in sys.argv[2:]:
        kept_runs.add(Path(results), page / "kept")
    print(make(page))
    page_tables.write(tables_in_pages(page, load_configfile(str(page / "kept/config.yaml"))))
