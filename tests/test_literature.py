"""What docs/literature and README show of the literature is what its runs say, by the code as it is."""

import runpy

import pandas as pd
import pytest

from checkout import ROOT
from placement.analysis import questions
from placement.runs import tables

FOLDER = ROOT / "docs/literature"


@pytest.fixture(scope="module")
def kept():
    return runpy.run_path(str(FOLDER / "keep.py"))


def test_the_atlas_shown_follows_from_the_runs_kept(kept):
    studies = kept["studies"]()
    contrasts = questions.contrasts(studies)
    claims = pd.concat([study.claims.assign(study=study.name) for study in studies], ignore_index=True)
    for name, found in {"contrasts": contrasts, "answers": questions.answers(contrasts), "claims": claims}.items():
        shown = tables.read(FOLDER / f"{name}.csv")
        found = found[list(shown.columns)]
        pd.testing.assert_frame_equal(found.replace("", None), shown.replace("", None), check_dtype=False)


def test_every_study_of_the_literature_is_there(kept):
    studies = {path.stem for path in (ROOT / "workflow/studies/literature").glob("*.yaml")}
    assert {name.removesuffix("_limited") for name in tables.read(FOLDER / "claims.csv")["study"]} == studies


def test_the_tables_of_claims_are_those_of_the_atlas(kept):
    pages = kept["pages"]()
    assert len(pages) == 2
    for page, text in pages.items():
        assert page.read_text(encoding="utf-8") == text
