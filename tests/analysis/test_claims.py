"""The rule that turns numbers into a verdict, and what it does to studies whose truth is known."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from placement.analysis import judgements, verdicts
from placement.study import claim_problems
from placement.study.claims import Claim, Source

pytestmark = pytest.mark.filterwarnings("error")


def frame(metric="test_accuracy", **values):
    """One row a run, from a list of values by seed for each variant."""
    rows = [(name, seed, v) for name, column in values.items() for seed, v in enumerate(column)]
    return pd.DataFrame(rows, columns=["variant", "seed", metric])


def claim(left="a", right="b", direction="higher", metric="test_accuracy", **more):
    return {"sentence": "A", "metric": metric, "left": left, "right": right, "direction": direction, **more}


def judged(runs, *given, rope=0.2):
    return judgements.judge([Claim.of(written) for written in given], runs, rope).to_dict("records")


def noise(seed, n=12, sd=0.1):
    return np.random.default_rng(seed).normal(0, sd, n)


# The rule


@pytest.mark.parametrize(
    ("n", "margin", "p", "p_equivalence", "expected"),
    [
        (10, 0.5, 0.01, 0.9, "supported"),
        (10, -0.5, 0.01, 0.9, "refuted"),
        (10, 0.1, 0.3, 0.01, "equivalent"),
        (10, 0.1, 0.01, 0.01, "equivalent"),
        (10, 0.1, 0.05, 0.05, "undecided"),
        (10, 0.1, np.nan, np.nan, "not judged"),
        (10, 0.5, 0.01, np.nan, "supported"),
        (9, 0.5, 0.001, 0.9, "not judged"),
        (9, 0.0, 0.9, 0.001, "not judged"),
    ],
)
def test_rule(n, margin, p, p_equivalence, expected):
    assert verdicts.verdict(n, margin, p, p_equivalence, equal=False, minimum=10) == expected


@given(
    st.integers(0, 50),
    st.floats(-5, 5),
    st.floats(0, 1) | st.just(np.nan),
    st.floats(0, 1) | st.just(np.nan),
)
def test_rule_never_concludes_without_evidence_or_seeds(n, margin, p, p_equivalence):
    result = verdicts.verdict(n, margin, p, p_equivalence, equal=False, minimum=10)
    if n < 10 or not (p < 0.05 or p_equivalence < 0.05):
        assert result == ("not judged" if n < 10 or np.isnan(p) else "undecided")
    assert {verdicts.verdict(n, -margin, p, p_equivalence, equal=False, minimum=10), result} != {"supported"}


# One pair


@pytest.mark.parametrize("direction", ["higher", "lower"])
def test_pair_is_the_paired_t_test(direction):
    a, b = 92 + noise(1), 91.9 + noise(2)
    row = judged(frame(a=a, b=b), claim(direction=direction))[0]
    expected = stats.ttest_rel(a, b)
    assert row["estimate"] == pytest.approx(np.mean(a - b))
    assert (row["low"], row["high"]) == pytest.approx(tuple(expected.confidence_interval()), abs=1e-6)
    assert row["p"] == row["p_holm"] == pytest.approx(expected.pvalue, rel=1e-6)
    wins = np.mean(a > b)
    assert row["p_outperform"] == pytest.approx(wins if direction == "higher" else 1 - wins)


def test_verdicts_of_pairs_with_a_known_truth():
    a = 92 + noise(1)
    runs = frame(a=a, b=a - 1 + noise(2), same=a + noise(3, sd=0.02), noisy=a + noise(4, sd=2))
    rows = judged(
        runs,
        claim("a", "b"),
        claim("a", "b", "lower"),
        claim("a", "same"),
        claim("a", "noisy"),
    )
    assert [row["verdict"] for row in rows] == ["supported", "refuted", "equivalent", "undecided"]
    assert [bool(row["reason"]) for row in rows] == [False, False, False, True]


def test_p_is_adjusted_over_the_tested_claims():
    a, b = 92 + noise(1), 91.92 + noise(2)
    one = judged(frame(a=a, b=b), claim())[0]
    rows = judged(frame(a=a, b=b), claim(), claim(metric="no_such"), claim("b", "a", "lower"))
    assert rows[0]["p_holm"] == pytest.approx(2 * one["p"])
    assert np.isnan(rows[1]["p_holm"])


def test_a_claim_of_several_sources_is_held_against_the_first_size_and_says_where_they_disagree():
    cited = [
        {"cite": "Chollet"},
        {"cite": "Mishkin", "difference": 2.5, "network": "CaffeNet"},
        {"cite": "Mishkin", "difference": -0.7, "n": 3, "network": "GoogLeNet"},
    ]
    said = claim("b", "a", "lower", sources=cited)
    (row,) = judged(frame(a=noise(1) + 2.5, b=noise(2)), said)
    assert [row[key] for key in ("source", "claimed", "claimed_network")] == ["Chollet; Mishkin", 2.5, "CaffeNet"]
    assert row["claimed_by_others"] == "+0.7 (n = 3, GoogLeNet)"
    assert row["sources_disagree"]
    assert Claim.of(said).stated == [-2.5, 0.7]
    assert Claim.of(claim(sources=cited)).stated == [2.5, -0.7]
    assert not Claim.of(claim("a", "b", sources=cited[:2])).sources_disagree(0.2)
    equal = Claim.of(claim("a", "b", "equal", sources=cited))
    assert [equal.sources_disagree(rope) for rope in (0.2, 0.7, 2.4, 2.5)] == [False, True, True, False]
    one = claim(source="Mishkin", claimed={"difference": 2.5, "n": 1})
    assert Claim.of(one).sources == (Source("Mishkin", 2.5, 1),)
    assert Claim.of(claim()).sources == ()


def test_sources_stand_in_the_place_of_source_and_claimed_and_the_first_size_says_what_is_claimed():
    reverse = [{"cite": "A"}, {"cite": "B", "difference": -1.0}, {"cite": "C", "difference": 1.0}]
    found = list(claim_problems.problems([claim(sources=reverse, source="D", claimed=1.0)], ["a", "b"]))
    assert [problem.path[3:] for problem in found] == [("source",), ("claimed",), ("sources", 1, "difference")]
    assert list(claim_problems.problems([claim(sources=reverse[::-1])], ["a", "b"])) == []
    assert list(claim_problems.problems([claim(direction="equal", sources=reverse)], ["a", "b"])) == []


def test_the_interval_of_a_list_is_of_its_smallest_margin_and_of_equality_to_a_list_of_its_largest_difference():
    a = 92 + noise(1)
    values = {"b": a - 1 + noise(2, sd=0.5), "c": a - 1.2 + noise(3, sd=0.2)}
    margin, equality = judged(frame(a=a, **values), claim("a", ["b", "c"]), claim("a", ["b", "c"], "equal"))
    each = [stats.ttest_1samp(a - other, 0) for other in values.values()]
    lows, highs = ([t.confidence_interval(level)[end] for t in each] for end, level in ((0, 0.95), (1, 0.975)))
    assert (margin["low"], margin["high"]) == pytest.approx((min(lows), min(highs)))
    largest = max(each, key=lambda t: abs(t.statistic) * t._standard_error)
    assert (equality["low"], equality["high"]) == pytest.approx(tuple(largest.confidence_interval(0.975)))


def test_claimed_size_is_in_the_direction_of_the_claim():
    a = 92 + noise(1)
    runs = frame(a=a, b=a - 2 + noise(2))
    rows = judged(
        runs,
        claim("a", "b", claimed=2.0),
        claim("b", "a", "lower", claimed=2.0),
        claim("a", "b", claimed=3.41),
        claim("a", "b"),
    )
    assert [row["claimed_size"] for row in rows] == ["inside", "inside", "outside", ""]
    assert [row["claimed_as_mean"] for row in rows] == ["inside", "inside", "outside", ""]
    assert judged(frame(a=a[:2], b=a[:2] - 1), claim(claimed=3.0))[0]["claimed_size"] == ""


def test_the_size_of_a_few_runs_is_held_against_what_a_few_runs_are_expected_to_show():
    a = 92 + noise(1)
    runs = frame(a=a, b=a - 1 + noise(2, sd=0.5))
    one, four, unknown = judged(
        runs, *(claim(claimed=each) for each in ({"difference": 1.6, "n": 1}, {"difference": 2.6, "n": 4}, 1.6))
    )
    d = noise(2, sd=0.5)
    half = stats.t.isf(0.025, 11) * d.std(ddof=1) * np.sqrt(1 / 12 + 1 / 4)
    assert (four["predicted_low"], four["predicted_high"]) == pytest.approx((1 - d.mean() - half, 1 - d.mean() + half))
    assert (one["claimed_size"], one["claimed_as_mean"], four["claimed_size"]) == ("inside", "", "outside")
    assert (unknown["claimed_size"], unknown["claimed_as_mean"]) == ("inside", "outside")


def test_judged_or_not_a_claim_leans_where_its_interval_is():
    a = 92 + noise(1, 3)
    runs = frame(a=a, b=a - 3 + noise(2, 3), x=a + noise(3, 3, sd=2), same=a + noise(4, 3, sd=0.02))
    entries = [claim("a", "b"), claim("a", "b", "lower"), claim("a", "x"), claim("a", "same", "equal")]
    entries += [claim("a", "b", "equal"), claim("a", "x", "equal")]
    rows = judged(runs, *entries)
    assert [row["leans"] for row in rows] == ["for", "against", "either", "for", "against", "either"]
    assert {row["verdict"] for row in rows} == {"not judged"} and {row["reason"] for row in rows} == {"3 of 8 seeds"}


# Lists and means


def test_a_claim_of_equality_rests_on_the_largest_difference_either_way():
    a = 92 + noise(1)
    runs = frame(a=a, near=a + 0.05 + noise(2, sd=0.01), far=a + 0.3 + noise(3, sd=0.01))
    row = judged(runs, claim("a", ["near", "far"], "equal"))[0]
    assert (row["binding"], row["verdict"], row["leans"]) == ("a - far", "refuted", "against")
    assert row["estimate"] == pytest.approx(-0.3 - noise(3, sd=0.01).mean())


def test_a_claim_of_equality_that_is_refuted_shows_the_contrast_that_refutes_it():
    c = 80 + noise(1)
    runs = frame(a=c + 3 + noise(2, sd=0.1), b=c + 8 + np.array([-20, 20] * (len(c) // 2)), c=c)
    row = judged(runs, claim(["a", "b"], "c", "equal"))[0]
    assert (row["binding"], row["verdict"], row["leans"]) == ("a - c", "refuted", "against") and row["low"] > 0.2


def test_no_p_is_above_one():
    runs = frame("best_epoch", **{name: 5 + noise(i) for i, name in enumerate("abcde")})
    rows = judged(runs, claim("a", list("bcde"), metric="best_epoch"), claim("b", ["a"], metric="best_epoch"))
    assert rows[0]["p"] == 1.0 and all(row["p_holm"] <= 1 for row in rows)


def test_a_list_must_hold_for_every_pair():
    top = 92 + noise(1)
    runs = frame(top=top, low=top - 1 + noise(2), near=top + noise(3, sd=0.3), high=top + 1 + noise(4))
    rows = judged(
        runs, claim("top", ["low", "near"]), claim("top", ["low", "high"]), claim(["top", "high"], ["low", "near"])
    )
    assert [row["verdict"] for row in rows] == ["undecided", "refuted", "undecided"]
    assert [row["binding"] for row in rows] == ["top - near", "top - high", "top - near"]
    assert rows[0]["p"] == pytest.approx(stats.ttest_rel(top, runs["test_accuracy"][24:36]).pvalue, rel=1e-6)
    assert rows[1]["estimate"] == pytest.approx(np.mean(top - runs["test_accuracy"][36:48]))


def test_a_list_is_equivalent_only_if_every_pair_is():
    a = 92 + noise(1)
    runs = frame(a=a, same=a + noise(2, sd=0.02), alike=a + noise(3, sd=0.02), noisy=a + noise(4, sd=2))
    rows = judged(runs, claim("a", ["same", "alike"]), claim("a", ["same", "noisy"]))
    assert [row["verdict"] for row in rows] == ["equivalent", "undecided"]


def test_a_mean_is_taken_by_seed():
    a, b, x = 92 + noise(1), 91 + noise(2), 90 + noise(3)
    row = judged(frame(a=a, b=b, x=x), claim({"mean": ["a", "b"]}, "x"))[0]
    assert row["p"] == pytest.approx(stats.ttest_rel((a + b) / 2, x).pvalue, rel=1e-5)
    assert row["left"] == "mean of a, b"


margins = st.floats(-1.5, 1.5)


@settings(max_examples=60)
@given(st.lists(margins, min_size=1, max_size=4), st.sampled_from(["higher", "lower"]), st.integers(0, 10**6))
def test_interval_and_p_of_a_list_say_the_same(shifts, direction, seed):
    rng = np.random.default_rng(seed)
    values = {f"r{i}": 90 - shift + rng.normal(0, 0.5, 10) for i, shift in enumerate(shifts)}
    runs = frame(left=90 + rng.normal(0, 0.5, 10), **values)
    row = judged(runs, claim("left", list(values), direction))[0]
    assert row["low"] <= row["estimate"] <= row["high"]
    assert (row["low"] > 0 or row["high"] < 0) == (row["p"] < 0.05)


# Too little to conclude


@pytest.mark.parametrize("n", [0, 1, 2, 5, 6])
def test_too_few_seeds_leave_every_verdict_open(n):
    a = 92 + noise(1, n)
    runs = frame(a=a, b=a - 5 + noise(2, n), same=a)
    rows = judged(runs, claim("a", "b"), claim("b", "a"), claim("a", "same"))
    assert {row["verdict"] for row in rows} == {"not judged"}
    assert n == 0 or all(row["reason"] == f"{n} of 7 seeds" for row in rows)


def test_as_many_seeds_are_enough_as_the_exact_test_takes_over_the_claims():
    """However many pairs the study has: 6 variants have 15."""
    runs = frame(**{name: 90 - i + noise(i, 8) for i, name in enumerate("abcdef")})  # nine claims: 9
    assert {row["verdict"] for row in judged(runs, *[claim("a", "b")] * 6)} == {"supported"}
    assert {row["reason"] for row in judged(runs, *[claim("a", "b")] * 7)} == {"8 of 9 seeds"}


def test_a_missing_value_leaves_its_seed_out_of_its_own_claims_only():
    a = 92 + noise(1)
    runs = frame(a=a, b=a - 1 + noise(2), other=np.where(np.arange(12) == 0, np.nan, a))
    rows = judged(runs, claim("a", "b"), claim("a", "other"))
    assert [(row["n"], row["left_out"]) for row in rows] == [(12, 0), (11, 1)]


def test_a_claim_about_what_is_not_measured_is_not_judged():
    row = judged(frame(a=92 + noise(1), b=92 + noise(2)), claim(metric="no_such"))[0]
    assert (row["verdict"], row["reason"], row["n"]) == ("not judged", "not measured: no_such", 0)


def test_censored_times_are_not_compared_as_if_they_were_times():
    runs = frame("epochs_to_090", a=[1, 2, 3] * 4, b=[6, 5, 7, 6] * 3).assign(reached_090=True)
    entry = claim(direction="lower", metric="epochs_to_090")
    assert judged(runs, entry)[0]["verdict"] == "supported"
    runs.loc[14, "reached_090"] = False
    row = judged(runs, entry)[0]
    assert (row["verdict"], np.isnan(row["p"])) == ("not judged", True)
    expected = "1 of its runs ended before they got there: their epochs_to_090 is only a lower bound"
    assert row["reason"] == expected


def test_a_measure_that_a_run_of_every_seed_lacks_has_nothing_to_judge():
    a = 92 + noise(1)
    (row,) = judged(frame(a=a, b=np.full(12, np.nan)), claim())
    assert (row["n"], row["verdict"]) == (0, "not judged")
    assert row["reason"] == "in every seed a run has no value of this measure"


def test_an_open_claim_says_what_was_not_shown():
    a = 92 + noise(1)
    values = {"a": a, "b": a + noise(4, sd=2)}
    (accuracy,) = judged(frame(**values), claim())
    (loss,) = judged(frame("test_loss", **values), claim(metric="test_loss"))
    assert [accuracy["verdict"], loss["verdict"]] == ["undecided"] * 2
    assert accuracy["reason"] == "neither a difference nor equivalence shown"
    assert loss["reason"] == "no difference shown, and no region of equivalence is given for this metric"


def test_the_exact_test_decides_where_differences_have_no_spread():
    a = 92 + noise(1)
    runs = frame(a=a, b=a - 1, x=a - 1 + noise(2), same=a, above=a + 1 + noise(3))
    entries = [claim("a", "b"), claim("b", "a"), claim("a", ["b", "x"]), claim("a", ["b", "above"]), claim("a", "same")]
    rows = judged(runs, *entries)
    assert [row["verdict"] for row in rows] == ["supported", "refuted", "supported", "refuted", "equivalent"]
    assert [rows[i]["leans"] for i in (0, 1, 4)] == ["for", "against", "either"]
    assert rows[0]["p"] == 2 / 2**12 and np.isnan(rows[0]["low"])


def test_at_the_edge_of_the_region_a_difference_still_counts_as_none():
    edge, beyond = (
        judged(frame(a=np.full(12, 90 + d), b=np.full(12, 90.0)), claim(direction="equal"))[0] for d in (0.2, 0.21)
    )
    assert (edge["leans"], beyond["leans"]) == ("for", "against")
    over_it = judged(frame(a=90 + np.tile([-0.1, 0.3], 6), b=np.full(12, 90.0)), claim(direction="equal"))[0]
    assert -0.2 < over_it["low"] < 0.2 < over_it["high"] and over_it["leans"] == "either"


def test_only_accuracies_have_the_regions_of_the_study():
    a = 5 + noise(1)
    runs = frame("best_epoch", a=a, b=a + noise(2, sd=0.01))
    rows = judged(runs, claim(metric="best_epoch"), claim(metric="best_epoch", rope=0.5))
    assert [row["verdict"] for row in rows] == ["undecided", "equivalent"]
    assert np.isnan(rows[0]["rope"])


def test_a_seed_goes_the_way_of_a_list_if_every_pair_does():
    runs = frame(a=[91, 91, 91, 91.0], b=[90, 92, 90, 90.0], c=[90, 90, 92, 90.5])
    row = judged(runs, claim("a", ["b", "c"]))[0]
    assert row["p_outperform"] == 0.5  # 0.75 of either pair


def test_no_claims_give_an_empty_table():
    assert judgements.judge([], frame(a=[1.0]), 0.2).empty


# Error rates


def simulated(trials, shift, seed):
    """Share of verdicts on 'a above each of b, c, d' where the true margins are `shift`."""
    rng = np.random.default_rng(seed)
    noise = rng.normal(0, 1, (trials, 10, 4)) * (0.2, 0.2, 0.3, 0.1)
    a, others = noise[..., :1], noise[..., 1:] - np.array(shift)
    differences = a - others
    p, p_equivalence = verdicts.evidence(differences, "higher", 0.2)
    margins = differences.mean(axis=1).min(axis=1)
    found = [
        verdicts.verdict(10, *each, equal=False, minimum=10) for each in zip(margins, p, p_equivalence, strict=True)
    ]
    return {name: found.count(name) / trials for name in set(found)}


def test_wrong_verdicts_are_rare():
    trials = 2_000
    most = 0.025 + 3 * np.sqrt(0.025 * 0.975 / trials)
    assert simulated(trials, (0, 3, 3), 1).get("supported", 0) < most  # false because of one pair, at its boundary
    assert simulated(trials, (1e-9, 1e-9, 1e-9), 2).get("refuted", 0) < most  # true, if barely
    assert simulated(trials, (0.2, 0.2, 0.2), 3).get("equivalent", 0) < 2 * most
    assert simulated(20, (1, 1, 1), 4)["supported"] > 0.9
    assert simulated(20, (1, -1, 1), 5)["refuted"] > 0.9


def test_the_pairs_by_seed_are_those_of_the_estimate():
    runs = frame(a=92 + noise(1), b=90 + noise(2), c=91 + noise(3))
    made = [Claim.of(c) for c in (claim("a", ["b", "c"]), claim({"mean": ["a", "b"]}, "c"), claim(metric="no_such"))]
    table = judgements.judge(made, runs, 0.2)
    labels = {"a": "A", "b": "B", "c": "C"}
    least, mean, absent = (judgements.by_seed(made[row.Index], row, runs, labels) for row in table.itertuples())
    assert list(least.columns) == ["seed", "A", "C"] and absent is None
    assert (least["A"] - least["C"]).mean() == pytest.approx(table["estimate"][0])
    assert list(mean.columns) == ["seed", "A / B", "C"]
    assert (mean["A / B"] - mean["C"]).mean() == pytest.approx(table["estimate"][1])
