"""The literature's studies at their small size: what is kept of their runs, and the page and the atlas made of it.

    for study in workflow/studies/literature/small/*.yaml; do snakemake --cores 2 --configfile $study; done
    python docs/literature/keep.py results

The first line trains, as long as the head of each file says. The second adds what results/ has to what is kept: further
seeds of a study, trained elsewhere with `--config seeds='[5, 6, 7, 8, 9]'`, join those that are there. Then it writes
the atlas and the tables of this folder; without `results` it writes them anew of what is kept.
"""

import json
import shutil
import sys
import tempfile
from pathlib import Path

from snakemake.common.configfile import load_configfile

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
sys.path[:0] = [str(ROOT / "workflow/scripts"), str(ROOT / "docs")]

import atlas as script  # noqa: E402
import kept_runs  # noqa: E402
import literature_page  # noqa: E402
import page_tables  # noqa: E402
from placement.analysis import conventions, judgements  # noqa: E402
from placement.analysis.questions import FinishedStudy  # noqa: E402
from placement.runs import history, tables  # noqa: E402
from placement.study import grids  # noqa: E402
from placement.study.claims import Claim  # noqa: E402

SMALL = [f"{path.stem}_small" for path in sorted(ROOT.glob("workflow/studies/literature/small/*.yaml"))]
PAGE = HERE / "README.md"
KEPT = HERE / "kept"  # a folder a study, as kept_runs says
SHOWN = ("atlas.html", "overview.png", "claims.csv", "contrasts.csv", "answers.csv")


def keep(results: Path) -> None:
    """Add every finished study's runs to those that are kept of it."""
    for name in SMALL:
        if (results / name / "runs.csv").is_file():
            kept_runs.add(results / name, KEPT / name)


def study(kept: Path) -> FinishedStudy:
    """A study as it is kept, as the atlas takes it, its claims judged by the code as it is."""
    config, grid = grids.expanded(load_configfile(str(kept / "config.yaml")))[:2]
    variants = list(config["variants"])
    runs = conventions.in_display_units(tables.read(kept / "runs.csv"))
    files = kept_runs.archived(kept)
    records = {
        variant: json.loads(next(iter(of.values())))
        for variant, of in kept_runs.named(files, kept_runs.HISTORY).items()
    }
    identities = {name: {key: records[name][key] for key in history.OF_VARIANT} for name in variants}
    comparison = config["comparison"]
    claims = [Claim.of(written) for written in comparison["claims"]]
    images = kept_runs.images(files, variants)
    return FinishedStudy(kept.name, runs, identities, judgements.judge(claims, runs, comparison["rope"], grid, images))


def studies() -> list[FinishedStudy]:
    """All that are kept."""
    return [study(folder) for folder in sorted(KEPT.iterdir())]


def draw() -> None:
    """The atlas of what is kept, its page and tables."""
    with tempfile.TemporaryDirectory() as folder:
        script.write(studies(), folder)
        for name in SHOWN:
            shutil.copy(Path(folder) / name, HERE)


if __name__ == "__main__":
    if sys.argv[1:]:
        keep(Path(sys.argv[1]))
    draw()
    page_tables.write({PAGE: literature_page.tables_of(tables.read(HERE / "claims.csv"), KEPT)})
