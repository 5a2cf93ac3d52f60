"""Put finished studies side by side: every claim, and every contrast between placements. It trains nothing."""

from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import pandas as pd

from placement.analysis import across_studies, conventions
from placement.analysis.judgements import Judgement
from placement.analysis.questions import FinishedStudy
from placement.counting import how_many
from placement.files import atomic
from placement.job import job
from placement.reading import atlas as reading
from placement.reading import page
from placement.reading.figures import atlas as figures
from placement.reading.figures import inline, look
from placement.runs import history, tables
from placement.study.measures import MEASURES


class Sources(NamedTuple):
    """Paths of a finished study: its tables of runs and claims, and the history of one run of each variant."""

    name: str
    runs: str
    claims: str
    histories: list[str]


def read(sources: Sources) -> FinishedStudy:
    """Read a finished study.

    Raises:
        InputError: a file of it is damaged.
    """
    identities = {}
    for file in sources.histories:
        record = history.read(file)
        identities[Path(file).parent.parent.name] = {key: record[key] for key in history.OF_VARIANT}
    runs = tables.read(sources.runs, ("variant", "seed", "test_accuracy"), numbers=("seed", *MEASURES))
    claims = tables.read(sources.claims, Judgement._fields, numbers=("n", "seeds_to_judge", "estimate", "low", "high"))
    return FinishedStudy(sources.name, conventions.in_display_units(runs), identities, claims)


def write(studies: Sequence[FinishedStudy], folder: str | Path) -> str:
    """Write contrasts.csv, answers.csv, claims.csv, the forest plots and atlas.html; return a line on them."""
    contrasts = across_studies.contrasts(studies)
    answers = across_studies.answers(contrasts, studies)
    claims = pd.concat([study.claims.assign(study=study.name) for study in studies], ignore_index=True)
    claims = claims[["study", *(name for name in claims.columns if name != "study")]]
    for name, table in {"contrasts": contrasts, "answers": answers, "claims": claims}.items():
        tables.write(Path(folder, f"{name}.csv"), table)
    drawn = {
        name: inline.element(look.save(figure, Path(folder, f"{name}.png")), name)
        for name, figure in figures.draw(contrasts, answers, claims).items()
    }
    names = [study.name for study in studies]
    document = reading.document(names, contrasts, answers, claims, across_studies.repeated(studies))
    with atomic(Path(folder, "atlas.html")) as temporary:
        temporary.write_text(page.of(document, drawn), encoding="utf-8")
    return (
        f"{how_many(len(studies), 'study')}: {how_many(len(answers), 'pair')} of placements, "
        f"{int((answers['studies'] > 1).sum())} of them in more than one study, and {how_many(len(claims), 'claim')}: "
        f"{Path(folder, 'atlas.html')}"
    )


if __name__ == "__main__":
    with job(snakemake.log[0]):
        found = [
            Sources(
                name,
                snakemake.input[f"{name}_runs"],
                snakemake.input[f"{name}_claims"],
                list(snakemake.input[f"{name}_histories"]),
            )
            for name in snakemake.params.studies
        ]
        print(write([read(sources) for sources in found], Path(snakemake.output.page).parent), flush=True)
