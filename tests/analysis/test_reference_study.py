"""What docs/reference_study shows is what its measures say, by the code as it is."""

import runpy

import pandas as pd
import yaml
from scipy import stats

import page_tables
import study_page
from checkout import ROOT
from pages import unwrapped
from placement.analysis import conventions, judgements
from placement.reading import words
from placement.runs import tables
from placement.study.claims import Claim

STUDY = ROOT / "docs" / "reference_study"


def test_the_tables_shown_follow_from_the_measures_kept():
    config = yaml.safe_load((STUDY / "config.yaml").read_text(encoding="utf-8"))
    labels = {name: fields["label"] for name, fields in config["variants"].items()}
    runs = runpy.run_path(str(STUDY / "pool.py"))["pool"](labels).runs
    assert list(zip(runs["variant"], runs["seed"], strict=True)) == [(v, s) for v in labels for s in range(10)]
    shown = tables.read(STUDY / "runs.csv")
    pd.testing.assert_frame_equal(runs.reset_index(drop=True), shown, check_dtype=False)
    comparison = config["comparison"]
    found = judgements.judge(
        [Claim.of(written) for written in comparison["claims"]],
        conventions.in_display_units(runs),
        comparison["rope"],
    )
    columns = ["sentence", "estimate", "low", "high", "p_holm", "n", "verdict"]
    pd.testing.assert_frame_equal(found[columns], tables.read(STUDY / "claims.csv")[columns], check_dtype=False)


def test_the_tables_in_pages_are_of_what_was_measured():
    config = yaml.safe_load((STUDY / "config.yaml").read_text(encoding="utf-8"))
    pages = study_page.tables_in_pages(STUDY, config)
    assert pages.keys() == {STUDY / "README.md", ROOT / "README.md"}
    for page, made in pages.items():
        text = page.read_text(encoding="utf-8")
        assert text == page_tables.replaced(text, made)


def test_readme_s_answer_is_what_was_measured():
    readme, runs = unwrapped(ROOT / "README.md"), tables.read(STUDY / "runs.csv")
    spread = runs.groupby("variant")["test_accuracy"].agg(lambda accuracies: accuracies.max() - accuracies.min())
    assert f"another seed alone can move one of them by {100 * spread.max():.2f} points." in readme
    pairs = tables.read(STUDY / "pairwise.csv").set_index(["family", "left", "right"])
    of = pairs.loc[("baseline", "pre_activation_batchnorm", "modern_baseline")]
    assert f"loses {-of['difference']:.2f} points of test accuracy against no BatchNorm" in readme
    assert f"interval: {-of['high']:.2f} to {-of['low']:.2f})." in readme
    shift = tables.read(STUDY / "variance_shift.csv").set_index("variant").loc["pre_activation_batchnorm"].iloc[0]
    rise = f"{100 * shift['accuracy']:.2f} to {100 * shift['accuracy_reestimated']:.2f} %"
    assert f"`conv norm act` rises from {rise}." in readme
    claims = tables.read(STUDY / "claims.csv")
    (supported,) = claims[claims["verdict"] == "supported"].itertuples()
    assert len(claims) == 9 and "Of nine claims of the 2025 study [one is supported]" in readme
    assert f"by {supported.estimate:.2f} points (p = {words.p(supported.p_holm)}, adjusted for nine)." in readme
    apart = pairs.loc["all"]
    with_dropout = {"batchnorm_first": "pre_activation_batchnorm", "dropout_first": "post_activation_batchnorm"}
    with_dropout |= {"classical": "post_activation_batchnorm", "dropout_only": "modern_baseline"}
    shown = [{*pair} for pair in apart.index[apart["distinguishable"].astype(bool)]]
    assert not [pair for pair in with_dropout.items() if {*pair} in shown]
    assert not [pair for pair in shown if pair <= with_dropout.keys()]


def test_the_page_says_what_re_estimation_and_early_stopping_have_to_do_with_it():
    page = unwrapped(STUDY / "README.md")
    of_runs = tables.read(STUDY / "seeds5-9" / "shifts.csv").drop_duplicates(["variant", "seed"])
    for measure, says in (
        ("accuracy", "by {} points [{}, {}] as trained"),
        ("accuracy_reestimated", "by {} [{}, {}]."),
    ):
        of = 100 * of_runs.pivot(index="seed", columns="variant", values=measure)
        lead = of["post_activation_batchnorm"] - of["pre_activation_batchnorm"]
        low, high = stats.t.interval(0.95, len(lead) - 1, lead.mean(), lead.sem())
        assert says.format(*(f"{value:.2f}" for value in (lead.mean(), low, high))) in page
    runs = tables.read(STUDY / "runs.csv")
    of = runs.groupby("variant")[["stopped_early", "best_epoch"]].agg({"stopped_early": "sum", "best_epoch": "mean"})
    before, after, neither = (
        of.loc[name] for name in ("pre_activation_batchnorm", "post_activation_batchnorm", "modern_baseline")
    )
    assert (before["stopped_early"], after["stopped_early"], neither["stopped_early"]) == (8, 10, 0)
    assert "It ended eight of ten runs of `pre_activation_batchnorm`, all ten of" in page
    assert f"{before['best_epoch']:.1f}, {after['best_epoch']:.1f} and {neither['best_epoch']:.1f}, on average" in page
