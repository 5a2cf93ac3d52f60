"""What finished studies answer to the same question."""

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from finished_studies import SEEDS, spec, study
from placement.analysis import across_studies, meta


def test_a_contrast_is_a_paired_t_test_and_a_study_the_average_of_its_conditions():
    specs = {
        f"{order.replace(' ', '_')}_{activation}": spec(order, activation=activation)
        for order in ("conv norm act", "conv act norm")
        for activation in ("relu", "tanh")
    }
    one = study("one", specs, dict(zip(specs, (0, 1, 3, 9), strict=True)))
    table = across_studies.contrasts([one])
    values = one.runs.pivot(index="seed", columns="variant", values="test_accuracy")
    whole = table[table["condition"] == ""].iloc[0]
    differences = {
        activation: values[f"conv_norm_act_{activation}"] - values[f"conv_act_norm_{activation}"]
        for activation in ("relu", "tanh")
    }
    average = sum(differences.values()) / 2
    tested = stats.ttest_1samp(average, 0)
    assert whole["estimate"] == pytest.approx(average.mean())
    assert whole["p"] == pytest.approx(tested.pvalue, rel=1e-6)
    assert (whole["low"], whole["high"]) == pytest.approx(tuple(tested.confidence_interval(0.95)))
    apart = pd.DataFrame(differences).to_numpy()
    assert whole["between"] == pytest.approx(meta.between_conditions(apart))
    assert whole["between"] == pytest.approx(25 / 2, rel=0.1)  # of effects of 3 and 8 points
    assert table["between"].notna().sum() == 1
    assert across_studies.answers(table, [one])["omega2"].tolist() == pytest.approx([whole["between"]])
    tanh = table[table["condition"].str.contains("tanh")].iloc[0]
    wanted = stats.ttest_1samp(differences["tanh"], 0).confidence_interval(0.975)
    assert (tanh["low"], tanh["high"]) == pytest.approx(tuple(wanted))


def test_what_changes_sign_comes_first_and_three_studies_are_put_together():
    plain = {"before": spec("conv norm act"), "after": spec("conv act norm"), "neither": spec("conv act")}
    studies = [
        study("one", plain, {"before": 0, "after": 2, "neither": 5}, seed=1),
        study("two", plain, {"before": 0, "after": -2, "neither": 5}, seed=2, epochs=9),
        study("three", plain, {"before": 0, "after": 1, "neither": 5}, seed=3, optimizer="sgd"),
        study("four", {name: plain[name] for name in ("before", "neither")}, {"before": 0, "neither": 5}, seed=4),
    ]
    table = across_studies.contrasts(studies)
    found = across_studies.answers(table, studies)
    assert (found["left"] + " / " + found["right"]).tolist() == [
        "norm act / act norm",
        "norm act / act",
        "act norm / act",
    ]
    first = found.iloc[0]
    assert first["signs"] == "shown" and (found["signs"][1:] == "").all()
    assert found["studies"].tolist() == [3, 4, 3]
    assert first["low"] < first["mean"] < first["high"] and np.isnan(first["prediction_low"])
    of_studies = table[(table["left"] == "norm act") & (table["right"] == "act norm") & (table["condition"] == "")]
    of_one = np.ones(3), np.full(3, np.nan)
    together = meta.random_effects(of_studies["estimate"].to_numpy(), of_studies["error"].to_numpy(), *of_one)
    assert first["i2"] == together.i2 > 0.9 and first["mean"] == together.mean
    assert of_studies["estimate"].round().tolist() == [-2, 2, -1]


def test_two_studies_stand_side_by_side_without_a_mean():
    plain = {"before": spec("conv norm act"), "after": spec("conv act norm")}
    studies = [study(name, plain, {"before": 0, "after": 1}, seed) for seed, name in enumerate("ab")]
    found = across_studies.answers(across_studies.contrasts(studies), studies)
    assert found["studies"].tolist() == [2] and found["mean"].isna().all() and found["i2"].isna().all()


@pytest.mark.parametrize(
    "changes",
    [
        {"dropout": {"kind": "element", "rates": [0.2, 0.2], "dense_rate": 0.4}},
        {"dropout": {"kind": "spatial", "rates": [0.1, 0.1], "dense_rate": 0.4}},
        {"backbone": {"filters": [16, 16]}},
        {"norm": {"kind": "batch", "momentum": 0.9}},
        {"backbone": {"kernels": [5, 5]}},  # of which the words say nothing
    ],
    ids=["rates", "kind", "filters", "momentum", "kernels"],
)
def test_every_condition_counts(changes):
    orders = ("conv norm act drop", "conv act norm drop")
    specs = {f"{order} {i}": spec(order, **change) for order in orders for i, change in enumerate(({}, dict(changes)))}
    table = across_studies.contrasts([study("one", specs, {name: float(i) for i, name in enumerate(specs)})])
    assert table["conditions"].tolist() == [2, 2, 2] and table["estimate"].round().tolist() == [-2] * 3
    assert table["condition"].nunique() == (2 if "kernels" in changes.get("backbone", {}) else 3)


def test_two_seeds_have_no_interval_and_no_weight_in_a_mean():
    plain = {"before": spec("conv norm act"), "after": spec("conv act norm")}
    effects = {"before": 0.0, "after": 1.0}
    studies = [study(str(seed), plain, effects, seed) for seed in range(3)]
    table = across_studies.contrasts([*studies, study("few", plain, effects, 9, seeds=2)])
    few = table[table["study"] == "few"]
    assert few[["low", "high", "error", "p"]].isna().all(axis=None) and few["estimate"].notna().all()
    (found,) = across_studies.answers(table, studies).itertuples()
    (without,) = across_studies.answers(across_studies.contrasts(studies), studies).itertuples()
    assert (found.studies, found.pooled, found.mean) == (4, 3, without.mean)


def test_a_change_of_sign_takes_the_seeds_that_its_conditions_are_judged_from():
    plain = {"before": spec("conv norm act"), "after": spec("conv act norm")}
    studies = [
        study(name, plain, {"before": 0, "after": after}, seed, seeds=6)
        for seed, (name, after) in enumerate({"one": 3, "two": -3}.items())
    ]
    assert across_studies.answers(across_studies.contrasts(studies), studies)["signs"].tolist() == ["estimates"]


def test_the_same_run_counts_once_for_the_study_that_has_more():
    plain = {"before": spec("conv norm act"), "after": spec("conv act norm")}
    one, two, three = (study(name, plain, {"before": 0, "after": i}, i) for i, name in enumerate("abc"))
    copy = one._replace(name="copy")
    part = one._replace(name="part", runs=one.runs[one.runs["seed"] < 4])
    wider = study("wider", plain, {"before": 0, "after": 1}, seeds=SEEDS + 4)  # the runs of `one`, and four seeds more
    alone, found = (across_studies.contrasts(each) for each in ([one, two, three], [part, one, copy, two, three]))
    pd.testing.assert_frame_equal(found, alone)
    assert across_studies.repeated([part, one, copy, two, three]) == {"copy": 20, "part": 8}
    table = across_studies.contrasts([one, wider])
    assert table["study"].unique().tolist() == ["wider"] and (table["n"] == SEEDS + 4).all()
    assert across_studies.repeated([one, two, three]) == {}


def test_a_baseline_that_two_studies_share_leaves_each_its_own_question():
    plain = {"before": spec("conv norm act"), "after": spec("conv act norm"), "neither": spec("conv act")}
    one, other = (
        study(name, {key: plain[key] for key in keys}, dict.fromkeys(keys, 0))
        for name, keys in (("one", ("before", "neither")), ("other", ("after", "neither")))
    )
    assert across_studies.contrasts([one, other])["study"].unique().tolist() == ["other", "one"]


def test_what_studies_share_is_said():
    plain = {"before": spec("conv norm act"), "after": spec("conv act norm")}
    studies = [study(name, plain, {"before": 0, "after": 1}, i, seeds=3 + i) for i, name in enumerate("abc")]
    for identity in studies[2].identities.values():
        identity["dataset"] = identity["dataset"] | {"limit": 2000}
    assert across_studies.shared(studies) == (
        "test images (a, b, c); training images and their split (a, b); 3 seeds (all of them)"
    )
