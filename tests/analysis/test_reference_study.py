"""What docs/reference_study shows is what its kept runs say, by the code as it is."""

import numpy as np
import pandas as pd
import pytest
from snakemake.common.configfile import load_configfile

import compare
import page_tables
import study_page
from checkout import ROOT
from placement.analysis import conventions
from placement.runs import tables
from placement.study import study as asked
from placement.study.claims import Claim

PAGE = ROOT / "docs" / "reference_study"
CONFIG = PAGE / "kept/config.yaml"
BEFORE, AFTER = "pre_activation_batchnorm", "post_activation_batchnorm"


@pytest.fixture(scope="module")
def study():
    return asked.read(load_configfile(str(CONFIG)), {})


@pytest.fixture(scope="module")
def measures(study):
    return study_page.measures(PAGE / "kept", study)


def test_the_tables_shown_follow_from_the_runs_kept(study, measures):
    assert list(study.seeds) == list(range(10))
    assert list(zip(measures.runs["variant"], measures.runs["seed"], strict=True)) == [
        (variant, seed) for variant in study.variants for seed in study.seeds
    ]
    runs = conventions.in_display_units(measures.runs)
    blocks = conventions.complete_blocks(runs, "test_accuracy", list(study.variants))
    claims = [Claim.of(written) for written in study.comparison["claims"]]
    found = compare.find(measures, runs, blocks, study.compared(str(CONFIG), {}), None, claims)
    made = {name: found.table(name) for name in ("claims", "pairwise", "power", "variance_shift", "norm_dropout")}
    for name, table in (made | {"runs": measures.runs, "summary": measures.summary}).items():
        shown = tables.read(PAGE / f"{name}.csv")
        pd.testing.assert_frame_equal(
            table.reset_index(drop=True).replace("", np.nan)[shown.columns].infer_objects(),
            shown,
            check_dtype=False,
            obj=name,
        )


def test_the_study_is_the_default_one():
    kept, default = load_configfile(str(CONFIG)), load_configfile(str(ROOT / "config.yaml"))
    assert kept | {"seeds": 0} == default | {"seeds": 0}


def test_the_tables_in_pages_are_of_what_was_measured():
    pages = study_page.tables_in_pages(PAGE, load_configfile(str(CONFIG)))
    assert pages.keys() == {PAGE / "README.md", ROOT / "README.md"}
    for page, made in pages.items():
        text = page.read_text(encoding="utf-8")
        assert text == page_tables.replaced(text, made)
