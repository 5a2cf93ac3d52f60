"""The literature's studies at their small size: what their atlas rests on, and the tables that show it.

    for study in workflow/studies/literature/small/*.yaml; do snakemake --cores 2 --configfile $study; done
    python docs/literature/keep.py results

The first line trains, as long as the head of each file says. The second takes what is kept from results/, each study's
config among it, and writes the atlas and the tables of this folder; without `results` it writes them anew of what is
kept.
"""

import json
import re
import shutil
import sys
import tarfile
import tempfile
from pathlib import Path

import numpy as np
import pandas as pd
from snakemake.common.configfile import load_configfile

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
sys.path.insert(0, str(ROOT / "workflow" / "scripts"))

import atlas as script  # noqa: E402
from placement.analysis import conventions, judgements, questions  # noqa: E402
from placement.reading import words  # noqa: E402
from placement.reading.sections.claims import claimed, interval  # noqa: E402
from placement.runs import tables  # noqa: E402
from placement.study import grids  # noqa: E402

SMALL = [f"{path.stem}_small" for path in sorted(ROOT.glob("workflow/studies/literature/small/*.yaml"))]
PAGE = HERE / "README.md"
CONFIGS = HERE / "configs"  # of the studies that are kept, as they were when their runs were trained
SHOWN = ("atlas.html", "claims.csv", "contrasts.csv", "answers.csv")
# A run's, in the archive as under results/.
MEASURED = ("history.json", "variance_shift.json")


def keep(results: Path) -> None:
    """Take from results/ every run's history and shifts, the tables of runs, and the configs, of finished studies."""
    finished = [name for name in SMALL if (results / name / "runs.csv").is_file()]
    with tarfile.open(HERE / "runs.tar.xz", "w:xz") as archive:
        for file in sorted(file for name in finished for file in results.glob(f"{name}/runs/*/seed*/*.json")):
            if file.name in MEASURED:
                archive.add(file, file.relative_to(results))
    for file in CONFIGS.glob("*.yaml"):
        file.unlink()
    for name in finished:
        shutil.copy(results / name / "config.yaml", CONFIGS / f"{name}.yaml")
    runs = [tables.read(results / name / "runs.csv").assign(study=name) for name in finished]
    tables.write(HERE / "runs.csv", pd.concat(runs, ignore_index=True))


def draw() -> None:
    """The atlas of what is kept, its page and tables."""
    with tempfile.TemporaryDirectory() as folder:
        script.write(studies(), folder)
        for name in SHOWN:
            shutil.copy(Path(folder) / name, HERE)


def studies() -> list[questions.Study]:
    """The studies as they are kept, as the atlas takes them."""
    names = sorted(path.stem for path in CONFIGS.glob("*.yaml"))
    identities: dict[str, dict] = {name: {} for name in names}
    with tarfile.open(HERE / "runs.tar.xz") as archive:
        for member in archive:
            study, _, variant, _, file = member.name.split("/")
            if file == "history.json" and variant not in identities[study]:
                record = json.load(archive.extractfile(member))
                identities[study][variant] = {key: record[key] for key in ("dataset", "spec", "training")}
    runs = conventions.in_display_units(tables.read(HERE / "runs.csv"))
    return [
        questions.Study(
            name,
            of_study := runs[runs["study"] == name],
            # In the order of the study's config, as the atlas has it.
            {variant: identities[name][variant] for variant in of_study["variant"].unique()},
            judged(name, of_study),
        )
        for name in names
    ]


def judged(name: str, runs: pd.DataFrame) -> pd.DataFrame:
    """A study's claims, by its runs in display units."""
    written = load_configfile(str(CONFIGS / f"{name}.yaml"))
    config, grid = grids.expanded(written)[:2]
    comparison = config["comparison"]
    return judgements.judge(comparison["claims"], runs, list(config["variants"]), comparison["rope"], grid)


def table(found: pd.DataFrame) -> str:
    """Claims in Markdown: what is claimed, the published size and what of, and what was measured here."""
    lines = [
        "| study | claim | published | here | seeds | verdict | leans |",
        "| --- | --- | ---: | ---: | ---: | --- | --- |",
    ]
    for c in found.itertuples():
        file = f"{c.study.rsplit('_', 1)[0]}.yaml"
        sizes = [words.in_unit(claimed(c), c.unit)] if np.isfinite(c.claimed) else []
        published = "; ".join(filter(None, [*sizes, words.given(c.claimed_by_others)]))
        here = f"{words.in_unit(c.estimate, c.unit)} {interval(c)}"
        link = f"[{file.removesuffix('.yaml')}](../../workflow/studies/literature/{file})"
        lines.append(f"| {link} | {c.sentence} | {published} | {here} | {c.n} | {c.verdict} | {c.leans} |")
    return "\n".join(lines) + "\n"


def page() -> str:
    """What the page reads with the table of the claims that are kept in the place of the one that it has."""
    made = table(tables.read(HERE / "claims.csv"))
    return re.sub(r"\| study \| claim \|.*\n(\|.*\n)+", lambda _: made, PAGE.read_text(encoding="utf-8"))


if __name__ == "__main__":
    if sys.argv[1:]:
        keep(Path(sys.argv[1]))
    draw()
    PAGE.write_text(page(), encoding="utf-8")
