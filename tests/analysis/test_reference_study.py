"""What docs/reference_study shows is what its measures say, by the code as it is."""

import runpy

import pandas as pd
import yaml

from checkout import ROOT
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
