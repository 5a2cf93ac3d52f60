"""What docs/reference_study shows is what its kept runs say, by the code as it is."""

import numpy as np
import pandas as pd
import pytest
from scipy import stats
from snakemake.common.configfile import load_configfile

import compare
import page_tables
import study_page
from checkout import ROOT
from pages import unwrapped
from placement.analysis import conventions
from placement.reading import words
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


def percent(measures, measure="test_accuracy"):
    """A measure in points, a row a seed and a column a variant."""
    return 100 * measures.runs.pivot(index="seed", columns="variant", values=measure)


def with_interval(differences):
    """A mean and its interval as the page has them."""
    low, high = stats.t.interval(0.95, len(differences) - 1, differences.mean(), differences.sem())
    return f"{words.number(differences.mean())} [{words.number(low)}, {words.number(high)}]"


def test_readme_s_answer_is_what_was_measured(measures):
    readme, accuracy = unwrapped(ROOT / "README.md"), percent(measures)
    spread = (accuracy.max() - accuracy.min()).max()
    assert f"another seed alone can move one of them by {spread:.2f} points." in readme
    pairs = tables.read(PAGE / "pairwise.csv").set_index(["family", "left", "right"])
    assert pairs.loc["baseline"].query("distinguishable or equivalent").index.tolist() == [(BEFORE, "modern_baseline")]
    of = pairs.loc[("baseline", BEFORE, "modern_baseline")]
    assert f"loses {-of['difference']:.2f} points of test accuracy against no BatchNorm" in readme
    assert f"interval: {-of['high']:.2f} to {-of['low']:.2f})." in readme
    reestimated = percent(measures, "test_accuracy_reestimated").mean()
    assert f"`conv norm act` rises from {accuracy[BEFORE].mean():.2f} to {reestimated[BEFORE]:.2f} %" in readme
    assert (reestimated.drop(["modern_baseline", "dropout_only"]) > accuracy["modern_baseline"].mean()).all()
    claims = tables.read(PAGE / "claims.csv")
    (supported,) = claims[claims["verdict"] == "supported"].itertuples()
    (refuted,) = claims[claims["verdict"] == "refuted"].itertuples()
    assert len(claims) == 11 and "Of eleven claims about 2025's six orders [one is supported]" in readme
    assert (supported.left, supported.right) == ("dropout_first", "batchnorm_first")
    assert f"by {supported.estimate:.2f} points (p = {words.p(supported.p_holm)}, adjusted for eleven)" in readme
    assert f"where {supported.claimed:.2f} were stated" in readme and "re-estimated: undecided" in supported.fragile
    assert (refuted.left, refuted.right, refuted.direction) == (BEFORE, AFTER, "lower")
    with_dropout = {("batchnorm_first", BEFORE), ("dropout_first", AFTER), ("classical", AFTER)}
    with_dropout |= {("dropout_only", "modern_baseline")}
    apart = {frozenset(pair) for pair in pairs.loc["all"].query("distinguishable").index}
    assert not apart & set(map(frozenset, with_dropout))
    findings = (PAGE / "findings.md").read_text(encoding="utf-8")
    unsettled = next(line for line in findings.splitlines() if line.startswith("**Not settled: 2 of 7 variants.**"))
    assert "Modern Baseline (" in unsettled and "Dropout Only (" in unsettled


def test_the_page_says_what_was_measured(measures):
    page, accuracy = unwrapped(PAGE / "README.md"), percent(measures)
    reestimated, runs = percent(measures, "test_accuracy_reestimated"), measures.runs
    without = with_interval(reestimated[AFTER] - reestimated[BEFORE])
    assert f"Re-estimated it is {without}." in page
    means = reestimated.mean().drop(["modern_baseline", "dropout_only"])
    assert f"lie between {means.min():.2f} and {means.max():.2f} %, and all of them above" in page
    assert f"the {accuracy['modern_baseline'].mean():.2f} % of `conv act`" in page
    leads = [with_interval(of["dropout_first"] - of["batchnorm_first"]) for of in (accuracy, reestimated)]
    assert f"is ahead by {leads[0]} as trained, and by {leads[1]} re-estimated" in page
    assert (accuracy["dropout_first"] > accuracy["batchnorm_first"]).all() and "in every seed" in page
    of = runs.groupby("variant").agg({"stopped_early": "sum", "best_epoch": "mean", "loss_spikes": "mean"})
    assert of["stopped_early"][[BEFORE, AFTER, "modern_baseline"]].tolist() == [9, 7, 1]
    best = of["best_epoch"].round(1)
    assert f"is number {best[BEFORE]}, {best[AFTER]} and {best['modern_baseline']}, on average" in page
    spikes = of["loss_spikes"]
    assert (spikes.pop(BEFORE), spikes.min(), spikes.max()) == pytest.approx((1.5, 0, 0.3))
    seconds = runs["training_seconds"]
    took = f"{seconds.min():.0f} to {seconds.max():.0f} CPU-seconds each, {seconds.sum() / 3600:.1f} core-hours in all"
    assert took in page


def test_the_page_says_what_ten_earlier_seeds_had():
    page = unwrapped(PAGE / "README.md")
    earlier = 100 * pd.read_csv(PAGE / "earlier.csv").pivot(index="seed", columns="variant", values="test_accuracy")
    lead = with_interval(earlier[AFTER] - earlier[BEFORE]).replace(" [", " points [")
    assert f"had {lead}, and was supported" in page
    assert f"had {with_interval(earlier['dropout_first'] - earlier['batchnorm_first'])}, undecided" in page
    behind = (earlier["modern_baseline"] - earlier[BEFORE]).mean()
    assert f"is last, {behind:.2f} points below `conv act`" in page and earlier.mean().idxmin() == BEFORE
