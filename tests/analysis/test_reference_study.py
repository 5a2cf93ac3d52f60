"""What docs/reference_study shows is what its measures say, by the code as it is."""

import runpy

import pandas as pd
import yaml
from scipy import stats

from checkout import ROOT
from pages import unwrapped
from placement.analysis import conventions, judgements
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
    judged = judgements.judge(
        [Claim.of(written) for written in comparison["claims"]],
        conventions.in_display_units(runs),
        list(labels),
        comparison["rope"],
    )
    columns = ["sentence", "estimate", "low", "high", "p_holm", "n", "verdict"]
    pd.testing.assert_frame_equal(judged[columns], tables.read(STUDY / "claims.csv")[columns], check_dtype=False)


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
