"""The literature's studies at their small size: what is kept of their runs, and the page and the atlas made of it.

    for study in workflow/studies/literature/small/*.yaml; do snakemake --cores 2 --configfile $study; done
    python docs/literature/keep.py results

The first line trains, as long as the head of each file says. The second adds what results/ has to what is kept: further
seeds of a study, trained elsewhere with `--config seeds='[5, 6, 7, 8, 9]'`, join those that are there. Then it writes
the atlas and the tables of this folder; without `results` it writes them anew of what is kept.
"""

import io
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
from placement.analysis import conventions, judgements, measured  # noqa: E402
from placement.analysis.crossed import Images  # noqa: E402
from placement.analysis.questions import FinishedStudy  # noqa: E402
from placement.reading import judged, words  # noqa: E402
from placement.runs import history, tables  # noqa: E402
from placement.study import grids  # noqa: E402
from placement.study.claims import Claim  # noqa: E402
from placement.study.measures import BASELINE, MEASURES  # noqa: E402
from write_config import write_config  # noqa: E402

SMALL = [f"{path.stem}_small" for path in sorted(ROOT.glob("workflow/studies/literature/small/*.yaml"))]
PAGE = HERE / "README.md"
# Of each study: its config as it was when its runs were trained, of all seeds that are kept; the tables of its runs and
# of its BatchNorm layers; of every run the history, and the bits of which test images it got right.
KEPT = HERE / "kept"
HISTORY, CORRECT = "history.json", "correct.npy"
SHOWN = ("atlas.html", "claims.csv", "contrasts.csv", "answers.csv")
# What is measured against other runs says nothing of seeds that are yet to join.
RELATIVE = [name for name, measure in MEASURES.items() if measure.source == BASELINE]


def keep(results: Path) -> None:
    """Add every finished study's runs to those that are kept of it. They replace those of its limited size."""
    for name in SMALL:
        if (results / name / "runs.csv").is_file():
            add(results / name, KEPT / name)
            shutil.rmtree(KEPT / f"{name.removesuffix('_small')}_limited", ignore_errors=True)


def add(study: Path, kept: Path) -> None:
    """Add a study's runs. One that is kept already is replaced."""
    kept.mkdir(parents=True, exist_ok=True)
    runs = tables.read(study / "runs.csv").drop(columns=RELATIVE)
    images, _ = measured.read_images(study / "test_images.npz")
    files = archived(kept)
    shifts = []
    for variant, seed in zip(runs["variant"], runs["seed"], strict=True):
        folder = study / "runs" / variant / f"seed{seed}"
        correct = io.BytesIO()
        np.save(correct, np.packbits(images.correct[variant][images.seeds.index(seed)]))
        files[f"{variant}/seed{seed}/{HISTORY}"] = (folder / HISTORY).read_bytes()
        files[f"{variant}/seed{seed}/{CORRECT}"] = correct.getvalue()
        if (shift := folder / "variance_shift.json").is_file():
            shifts += measured.shift_rows(str(shift))
    with tarfile.open(kept / "runs.tar.xz", "w:xz") as archive:
        for file in sorted(files):
            member = tarfile.TarInfo(file)
            member.size = len(files[file])
            archive.addfile(member, io.BytesIO(files[file]))
    for table, rows in {"runs": runs, "variance_shift": pd.DataFrame(shifts)}.items():
        joined(kept / f"{table}.csv", rows)
    config = load_configfile(str(study / "config.yaml"))
    seeds = sorted(set(map(int, tables.read(kept / "runs.csv")["seed"])))
    write_config(config | {"seeds": seeds}, str(kept / "config.yaml"))


def joined(file: Path, rows: pd.DataFrame) -> None:
    """Add rows to a table of runs, in the place of those of the same runs."""
    if rows.empty:
        return
    if file.is_file():
        before = tables.read(file)
        own = ["variant", "seed"]
        others = ~before.set_index(own).index.isin(rows.set_index(own).index)
        rows = pd.concat([before[others], rows], ignore_index=True)
    tables.write(file, rows.sort_values("seed", kind="stable"))


def archived(kept: Path) -> dict[str, bytes]:
    """The files of a study's runs, by their paths in its archive."""
    if not (kept / "runs.tar.xz").is_file():
        return {}
    with tarfile.open(kept / "runs.tar.xz") as archive:
        return {member.name: archive.extractfile(member).read() for member in archive}


def study(kept: Path) -> FinishedStudy:
    """A study as it is kept, as the atlas takes it, its claims judged by the code as it is."""
    config, grid = grids.expanded(load_configfile(str(kept / "config.yaml")))[:2]
    variants = list(config["variants"])
    runs = conventions.in_display_units(tables.read(kept / "runs.csv"))
    files = archived(kept)
    identities, correct = {}, {variant: {} for variant in variants}
    for path, content in files.items():
        variant, seed, file = path.split("/")
        if file == HISTORY:
            record = json.loads(content)
            identities[variant] = {key: record[key] for key in history.OF_VARIANT}
        elif file == CORRECT:
            correct[variant][int(seed.removeprefix("seed"))] = np.unpackbits(np.load(io.BytesIO(content)))
    whole = sorted(set.intersection(*map(set, correct.values())))
    images = Images(tuple(whole), {name: np.array([of[seed] for seed in whole], bool) for name, of in correct.items()})
    comparison = config["comparison"]
    claims = [Claim.of(written) for written in comparison["claims"]]
    judged = judgements.judge(claims, runs, variants, comparison["rope"], grid, images)
    return FinishedStudy(kept.name, runs, {name: identities[name] for name in variants}, judged)


def studies() -> list[FinishedStudy]:
    """All that are kept."""
    return [study(folder) for folder in sorted(KEPT.iterdir())]


def draw() -> None:
    """The atlas of what is kept, its page and tables."""
    with tempfile.TemporaryDirectory() as folder:
        script.write(studies(), folder)
        for name in SHOWN:
            shutil.copy(Path(folder) / name, HERE)


def table(found: pd.DataFrame) -> str:
    """Claims in Markdown: what is claimed, the published size and what of, and what was measured here."""
    lines = [
        "| study | claim | published | here | seeds | verdict | leans |",
        "| --- | --- | ---: | ---: | ---: | --- | --- |",
    ]
    for c in found.itertuples():
        file = f"{c.study.rsplit('_', 1)[0]}.yaml"
        sizes = [words.in_unit(judged.claimed(c), c.unit)] if np.isfinite(c.claimed) else []
        published = "; ".join(filter(None, [*sizes, words.given(c.claimed_by_others)]))
        here = f"{words.in_unit(c.estimate, c.unit)} {judged.interval(c)}"
        link = f"[{file.removesuffix('.yaml')}](../../workflow/studies/literature/{file})"
        verdict = f"{c.verdict}, fragile" if isinstance(c.fragile, str) else c.verdict
        lines.append(f"| {link} | {c.sentence} | {published} | {here} | {c.n} | {verdict} | {words.given(c.leans)} |")
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
