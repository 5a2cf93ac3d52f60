"""A look at a study that is under way."""

import shutil

import pytest

from checkout import STUDY, Checkout

VARIANTS = list(STUDY["variants"])


@pytest.fixture
def under_way(finished, tmp_path) -> Checkout:
    """A study of three seeds: seed 0 is complete, of seed 1 a run is missing, seed 2 hasn't begun."""
    checkout = finished.copy(tmp_path / "checkout")
    shutil.rmtree(checkout.results / "runs" / VARIANTS[-1] / "seed1")
    checkout.edit_config(lambda config: config.update(seeds=3))
    return checkout


def test_it_trains_nothing_and_says_in_text_and_figures_what_it_has(under_way):
    planned = under_way.planned("--cores", "1", "partial")
    assert planned >= {"partial_summarize", "partial_compare"} and not {job for job in planned if "train" in job}
    before = {path: path.stat().st_mtime_ns for path in under_way.results.rglob("*") if path.is_file()}
    under_way.snakemake("--nolock", "partial")
    partial = under_way.results / "partial"
    assert before == {path: path.stat().st_mtime_ns for path in before}
    assert {path.name for path in under_way.results.glob("*.csv")} == {path.name for path in partial.glob("*.csv")}
    note = "Under way: 1 of 3 seeds"
    assert f"**{note}.**" in (partial / "findings.md").read_text(encoding="utf-8")
    figures = list(partial.rglob("*.svg"))
    assert len(figures) == len(list(under_way.results.rglob("*.svg"))) / 2
    assert all(note in figure.read_text(encoding="utf-8") for figure in figures)
    page = (partial / "findings.html").read_text(encoding="utf-8")
    assert len(on_page := page.split("<svg")[1:]) == 7 and all(note in figure for figure in on_page)
    assert under_way.planned("--cores", "1", "partial") <= {"partial"}


def test_without_a_complete_seed_a_line_says_so(under_way):
    shutil.rmtree(under_way.results / "runs" / VARIANTS[0] / "seed0")
    printed = under_way.snakemake("partial")
    assert "no seed has the finished runs of all 3 variants yet" in printed
    assert not (under_way.results / "partial").exists()


@pytest.mark.parametrize("content", [None, "{}"], ids=["lost", "of other code"])
def test_a_shift_that_the_study_has_not_got_is_measured_beside_it(under_way, content):
    (shift, *_) = under_way.results.glob("runs/*/seed0/variance_shift.json")
    shift.unlink()
    if content:
        shift.write_text(content)
    assert under_way.planned("--cores", "1", "partial") >= {"partial_variance_shift batchnorm 0", "partial_compare"}
