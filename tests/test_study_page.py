"""What docs/study_page.py makes of kept runs is what the workflow makes of the runs."""

import shutil

import pytest
import yaml

import kept_runs
import study_page
from checkout import ROOT
from placement.errors import InputError
from placement.runs import tables
from placement.study import study as asked


def test_a_page_of_what_is_kept_is_that_of_the_runs(finished, tmp_path):
    page = tmp_path / "page"
    kept_runs.add(finished.results, page / "kept")
    study_page.make(page)
    for file in page.glob("*.csv"):
        assert file.read_text() == (finished.results / file.name).read_text(), file.name
    # The lines that name the config name the one that is kept.
    made, expected = (
        [line for line in (folder / "findings.md").read_text().splitlines() if "config.yaml" not in line]
        for folder in (page, finished.results)
    )
    assert made == expected


def test_a_study_without_batchnorm_has_its_page(finished, tmp_path):
    results = shutil.copytree(finished.results, tmp_path / "results")
    runs = tables.read(results / "runs.csv")
    tables.write(results / "runs.csv", runs[runs["variant"] != "batchnorm"])
    config = yaml.safe_load((results / "config.yaml").read_text())
    del config["variants"]["batchnorm"]
    (results / "config.yaml").write_text(yaml.safe_dump(config))
    kept_runs.add(results, tmp_path / "page/kept")
    study_page.make(tmp_path / "page")
    assert tables.read(tmp_path / "page/variance_shift.csv").empty


def test_what_was_kept_without_all_that_a_page_takes_is_told():
    kept = ROOT / "docs/literature/kept/garbin2020_small"
    study = asked.read(yaml.safe_load((kept / "config.yaml").read_text()), {})
    with pytest.raises(InputError, match=r"of plain, seed 0, confusion\.npy isn't kept; add its results anew"):
        study_page.measures(kept, study)
