"""The literature's studies at their limited size: what their atlas rests on, and the tables that show it.

    for study in workflow/studies/literature/limited/*.yaml; do snakemake --cores 2 --configfile $study; done
    snakemake --cores 1 atlas --config studies='[chen2019_limited, garbin2020_limited, he2016_limited,
        ioffe2015_limited, kaifabi2022_limited, kim2023_limited, li2019_limited, mishkin2016_limited,
        zagoruyko2016_limited]'
    python docs/literature/keep.py results

The first line trains, for an hour or two on two cores. The last takes what is kept from results/, and writes the atlas
and the tables of this folder and of README; without `results` it writes them anew of what is kept.
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
from placement.study import bases, grids  # noqa: E402

FILES = {f"{path.stem}_limited": path for path in sorted(ROOT.glob("workflow/studies/literature/limited/*.yaml"))}
NAMES = sorted(FILES)
SHOWN = ("atlas.html", "claims.csv", "contrasts.csv", "answers.csv")
# A run's, in the archive as under results/.
MEASURED = ("history.json", "variance_shift.json")


def keep(results: Path) -> None:
    """Take from results/ every run's history and shifts, and the tables of runs."""
    with tarfile.open(HERE / "runs.tar.xz", "w:xz") as archive:
        for file in sorted(file for name in NAMES for file in results.glob(f"{name}/runs/*/seed*/*.json")):
            if file.name in MEASURED:
                archive.add(file, file.relative_to(results))
    runs = [tables.read(results / name / "runs.csv").assign(study=name) for name in NAMES]
    tables.write(HERE / "runs.csv", pd.concat(runs, ignore_index=True))


def draw() -> None:
    """The atlas of what is kept, its page and tables."""
    with tempfile.TemporaryDirectory() as folder:
        script.write(studies(), folder)
        for name in SHOWN:
            shutil.copy(Path(folder) / name, HERE)


def studies() -> list[questions.Study]:
    """The studies as they are kept, as the atlas takes them."""
    identities: dict[str, dict] = {name: {} for name in NAMES}
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
        for name in NAMES
    ]


def judged(name: str, runs: pd.DataFrame) -> pd.DataFrame:
    """A study's claims, by its runs in display units."""
    written = bases.read(FILES[name], load_configfile)
    config = grids.expanded(written)
    comparison = config["comparison"]
    return judgements.judge(
        comparison["claims"], runs, list(config["variants"]), comparison["rope"], grids.grid(written)
    )


def table(found: pd.DataFrame) -> str:
    """Claims in Markdown: what is claimed, the published size and what of, and what was measured here."""
    lines = [
        "| study | claim | published | here, at the limited size | seeds | verdict |",
        "| --- | --- | ---: | ---: | ---: | --- |",
    ]
    for c in found.itertuples():
        file = f"{c.study.removesuffix('_limited')}.yaml"
        published = words.in_unit(claimed(c), c.unit) if np.isfinite(c.claimed) else ""
        here = f"{words.in_unit(c.estimate, c.unit)} {interval(c)}"
        link = f"[{file.removesuffix('.yaml')}]({{up}}workflow/studies/literature/{file})"
        lines.append(f"| {link} | {c.sentence} | {published} | {here} | {c.n} | {c.verdict} |")
    return "\n".join(lines) + "\n"


def shown(page: Path, found: pd.DataFrame) -> str:
    """The page with the table of these claims in the place of the one that it has."""
    up = "../" * (len(page.relative_to(ROOT).parts) - 1)
    made = table(found).replace("{up}", up)
    text = page.read_text(encoding="utf-8")
    return re.sub(r"\| study \| claim \|.*\n(\|.*\n)+", lambda _: made, text)


def pages() -> dict[Path, str]:
    """What the two pages read with the claims that are kept: README has the first claim of each study."""
    found = tables.read(HERE / "claims.csv")
    return {
        HERE / "README.md": shown(HERE / "README.md", found),
        ROOT / "README.md": shown(ROOT / "README.md", found.groupby("study", sort=False).head(1)),
    }


if __name__ == "__main__":
    if sys.argv[1:]:
        keep(Path(sys.argv[1]))
    draw()
    for page, text in pages().items():
        page.write_text(text, encoding="utf-8")
