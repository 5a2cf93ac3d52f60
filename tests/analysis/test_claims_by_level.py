"""What is found of claims by level, and of equality, where the truth is known."""

import numpy as np
import pandas as pd
import pytest
from scipy import stats
from statsmodels.stats.weightstats import ttost_paired

from grid_claims import FACTORS, FULL, GRID, claim
from placement.analysis import judgements

pytestmark = pytest.mark.filterwarnings("error")


def study(n=12, effect=0.0, seed=0):
    rng = np.random.default_rng(seed)
    common = rng.normal(0, 0.3, n)
    return pd.DataFrame(
        [
            (variant, i, 90 + common[i] + effect * (cell[:2] == ("after", "tanh")) + rng.normal(0, 0.2))
            for cell, variant in FULL.items()
            for i in range(n)
        ],
        columns=["variant", "seed", "test_accuracy"],
    )


def judged(entry, runs):
    return judgements.judge([entry], runs, 0.2, GRID).iloc[0]


def test_a_claim_by_names_rests_on_no_combinations_of_the_grid():
    names = list(FULL.values())
    assert judged(claim(left=names[0], right=names[1]), study())["matched"] == ""
    assert judged(claim(), study())["matched"] == "6 of 6"


def by_seed(runs, **levels):
    chosen = [
        v for cell, v in FULL.items() if all(dict(zip(FACTORS, cell, strict=True))[f] == x for f, x in levels.items())
    ]
    return runs[runs["variant"].isin(chosen)].groupby("seed")["test_accuracy"].mean().to_numpy()


def test_levels_are_compared_by_the_paired_t_test_of_their_averages():
    runs = study()
    row, expected = judged(claim(), runs), stats.ttest_rel(by_seed(runs, order="after"), by_seed(runs, order="before"))
    assert row["p"] == pytest.approx(expected.pvalue, rel=1e-6)
    assert (row["low"], row["high"]) == pytest.approx(tuple(expected.confidence_interval()), abs=1e-6)
    assert (row["left"], row["right"], row["matched"]) == ("order: after", "order: before", "6 of 6")


def test_against_is_the_t_test_of_the_interaction():
    runs = study(effect=1)
    row = judged(claim(within={"activation": "tanh"}, against={"within": {"activation": "relu"}}), runs)
    parts = [
        by_seed(runs, order="after", activation=a) - by_seed(runs, order="before", activation=a)
        for a in ("tanh", "relu")
    ]
    assert row["p"] == pytest.approx(stats.ttest_1samp(parts[0] - parts[1], 0).pvalue, rel=1e-6)
    assert row["estimate"] == pytest.approx(np.mean(parts[0] - parts[1])) and row["verdict"] == "supported"
    assert (row["within"], row["against"]) == ("activation: tanh", "activation: relu")


def test_equality_is_supported_by_the_two_one_sided_tests_and_refuted_by_a_difference():
    runs = study()
    row = judged(claim(direction="equal", claimed={"difference": -0.1, "n": 3, "network": "VGG"}, source="Kim"), runs)
    left, right = by_seed(runs, order="after"), by_seed(runs, order="before")
    assert row["p_equivalence"] == pytest.approx(ttost_paired(left, right, -0.2, 0.2)[0], rel=1e-6)
    assert row["verdict"] == "supported" and np.isnan(row["p_outperform"])
    assert tuple(row[["claimed", "claimed_n", "claimed_network", "source"]]) == (-0.1, 3, "VGG", "Kim")
    within = {"activation": "tanh"}
    runs = study(effect=1)
    row = judged(claim(direction="equal", within=within), runs)
    d = by_seed(runs, order="after", activation="tanh") - by_seed(runs, order="before", activation="tanh")
    # A difference beyond the region: the one-sided test against the bound on its side, doubled.
    assert row["p"] == pytest.approx(2 * stats.ttest_1samp(d, 0.2, alternative="greater").pvalue, rel=1e-6)
    assert row["verdict"] == "refuted" and row["low"] > 0.2
    assert judged(claim(direction="equal"), study(n=5))["verdict"] == "not judged"
