"""Each statistic against SciPy, statsmodels, scikit-posthocs or a closed form; error rates by simulation."""

import warnings

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy import stats
from statsmodels.formula.api import ols
from statsmodels.stats.anova import anova_lm
from statsmodels.stats.multitest import multipletests
from statsmodels.stats.power import TTestPower
from statsmodels.stats.weightstats import ttost_paired

from placement.analysis import conventions, crossed, families, minimum, norm_dropout, paired, power, ranks, tails
from placement.study.measures import MEASURES
from studies import resolve

pytestmark = pytest.mark.filterwarnings("error")

ACCURACIES = st.integers(8800, 9400).map(lambda correct: correct / 100)


def matrices(min_seeds=3, max_seeds=12, max_variants=6):
    shapes = st.tuples(st.integers(min_seeds, max_seeds), st.integers(3, max_variants))
    return shapes.flatmap(lambda shape: arrays(float, shape, elements=ACCURACIES))


def spread_differences(min_size=3, max_size=14):
    values = st.lists(st.integers(-300, 300).map(lambda d: d / 100), min_size=min_size, max_size=max_size)
    return values.filter(lambda d: len(set(d)) > 1).map(np.array)


def names(k):
    return list("abcdefghij"[:k])


# Blocks and units


def test_only_seeds_with_every_variant_are_complete():
    runs = pd.DataFrame(
        [("a", 0, 0.9), ("b", 0, 0.8), ("a", 3, 0.7), ("a", 1, 0.6), ("b", 1, np.nan), ("b", 2, np.inf)],
        columns=["variant", "seed", "test_accuracy"],
    )
    blocks = conventions.complete_blocks(runs, "test_accuracy", ["b", "a"])
    assert (blocks.seeds, blocks.names) == ((0,), ("b", "a"))
    np.testing.assert_array_equal(blocks.values, [[0.8, 0.9]])
    assert conventions.complete_blocks(runs, "test_accuracy", ["a", "absent"]).values.shape == (0, 2)


def test_only_accuracies_become_points():
    runs = pd.DataFrame({"variant": ["a"], "test_accuracy": [0.92], "best_epoch": [7], "test_loss": [0.3]})
    shown = conventions.in_display_units(runs)
    assert shown.loc[0].tolist() == ["a", 92.0, 7, 0.3]
    assert runs.loc[0, "test_accuracy"] == 0.92
    assert [MEASURES[m].unit for m in ("test_accuracy", "epochs_to_090", "training_seconds", "test_loss")] == [
        *("points", "epochs", "seconds", "")
    ]


# One mean


@given(spread_differences(), st.floats(0.01, 2))
def test_t_inference_agrees_with_scipy_and_statsmodels(d, rope):
    mean, expected = paired.StudentMean.of(d), stats.ttest_1samp(d, 0)
    assert mean.p == pytest.approx(expected.pvalue, rel=1e-9)
    assert mean.interval(0.05) == pytest.approx(tuple(expected.confidence_interval(0.95)), abs=1e-9)
    assert mean.p_equivalent(rope) == pytest.approx(ttost_paired(d, np.zeros_like(d), -rope, rope)[0], rel=1e-6)


@given(spread_differences(), st.sampled_from([0.05, 0.2]))
def test_interval_and_p_say_the_same(d, alpha):
    mean = paired.StudentMean.of(d)
    low, high = mean.interval(alpha)
    assert (low > 0 or high < 0) == (mean.p < alpha)


@pytest.mark.parametrize("d", [[], [0.3], [0.3, 0.3], [0.1] * 12, [0.0] * 12])
def test_no_t_inference_without_spread(d):
    mean = paired.StudentMean.of(np.array(d))
    assert np.isnan([mean.t, mean.p, mean.p_equivalent(0.2), *mean.interval()]).all()


def test_expected_range_is_that_of_tippetts_table():
    assert [paired.expected_range(k) for k in (1, 2, 6, 10)] == pytest.approx([0, 1.12838, 2.53441, 3.07751], abs=1e-5)


def test_the_residual_variance_leaves_out_what_the_runs_of_a_seed_share():
    rng = np.random.default_rng(0)
    own, shared, variants = rng.normal(0, 0.1, (2000, 4)), rng.normal(0, 1, (2000, 1)), np.arange(4)
    assert np.sqrt(paired.residual_variance(own + shared + variants)) == pytest.approx(0.1, rel=0.03)
    assert np.isnan([paired.residual_variance(own[:1]), paired.residual_variance(own[:, :1])]).all()


# One pair


def test_of_two_seeds_nothing_is_inferred():
    values = np.random.default_rng(0).normal(90, 1, (2, 3))
    table = families.compare_families(values, list("abc"), "a", 0.2)
    told = {name for name in table.select_dtypes("number") if table[name].notna().any()}
    assert told == {"n", "difference", "sd"}
    found = power.power_table(table[table["family"] == "baseline"])
    assert {name for name in found.select_dtypes("number") if found[name].notna().any()} == {"n", "sd"}
    correct = {name: np.random.default_rng(i).random((2, 50)) < 0.8 for i, name in enumerate("ab")}
    asked = crossed.two_questions(correct, "a").filter(regex="^(low|high|p)_")
    assert asked.shape == (1, 8) and asked.isna().all(axis=None)


@settings(max_examples=25)
@given(st.lists(st.integers(-20, 20), min_size=3, max_size=10))
def test_sign_flip_agrees_with_scipy(d):
    exact = stats.permutation_test((d,), np.sum, permutation_type="samples", n_resamples=np.inf, vectorized=True)
    assert paired.sign_flip_p(d) == pytest.approx(exact.pvalue)


def test_sign_flip_by_monte_carlo_is_close_to_exact_and_repeats(monkeypatch):
    d = np.random.default_rng(1).normal(0.4, 1, 15)
    exact = paired.sign_flip_p(d)
    monkeypatch.setattr(tails, "EXACT_SEEDS", 14)
    random = paired.sign_flip_p(d)
    assert random == paired.sign_flip_p(d) != exact
    assert random == pytest.approx(exact, abs=4 * np.sqrt(exact / tails.MONTE_CARLO_DRAWS))


def test_sign_flip_by_monte_carlo_is_never_zero():
    assert paired.sign_flip_p(np.ones(40)) == pytest.approx(2 / (1 + tails.MONTE_CARLO_DRAWS))
    assert paired.smallest_exact_p(40, 1_000) == pytest.approx(1_000 * paired.sign_flip_p(np.ones(40)))


@given(st.lists(st.integers(1, 999), min_size=3, max_size=14, unique=True), st.integers(0))
def test_wilcoxon_agrees_with_scipy_where_scipy_is_exact(sizes, seed):
    d = np.array(sizes) * np.random.default_rng(seed).choice([-1, 1], len(sizes))
    assert paired.wilcoxon_p(d) == pytest.approx(stats.wilcoxon(d, method="exact").pvalue)


def test_wilcoxon_with_ties_and_zeros_counts_every_assignment_of_signs():
    # Ranks 2, 2, 2, 4, all positive: only the two assignments of one sign are as extreme, of 16.
    assert paired.wilcoxon_p(np.array([0, 1, 1, 1, 5, 0])) == 2 / 16
    assert paired.wilcoxon_p(np.zeros(5)) == 1


def test_smallest_exact_p_is_what_the_sign_flip_test_reaches():
    assert (
        paired.smallest_exact_p(9, 15)
        > 0.05
        > paired.smallest_exact_p(10, 15)
        == 15 * paired.sign_flip_p(np.arange(1, 11))
    )
    # As many as the sign-flip test takes, over as many comparisons.
    for comparisons, seeds in {1: 6, 3: 7, 5: 8, 9: 9, 15: 10, 21: 10, 28: 11, 66: 12}.items():
        assert minimum.seeds_to_judge(comparisons) == seeds
        assert paired.smallest_exact_p(seeds, comparisons) < 0.05 <= paired.smallest_exact_p(seeds - 1, comparisons)
    assert paired.smallest_exact_p(1, 1) == 1


@settings(max_examples=40)
@given(spread_differences())
def test_standardized_difference_inverts_the_noncentral_t(d):
    n, (d_z, low, high) = len(d), paired.standardized_difference(d)
    t = stats.ttest_1samp(d, 0).statistic
    assert stats.nct.sf(t, n - 1, low * np.sqrt(n)) == pytest.approx(0.025, abs=1e-4)
    assert stats.nct.cdf(t, n - 1, high * np.sqrt(n)) == pytest.approx(0.025, abs=1e-4)
    # Hedges's approximation of his correction is within 0.01 of it already at df = 2.
    assert d_z == pytest.approx((1 - 3 / (4 * (n - 1) - 1)) * np.mean(d) / np.std(d, ddof=1), rel=0.02)


@given(st.integers(3, 14).flatmap(lambda n: st.tuples(st.just(n), st.integers(1, n - 1))))
def test_interval_of_outperforming_is_the_binomial_bootstrap(case):
    n, wins = case
    d = np.array([1.0] * wins + [-1.0] * (n - wins))
    expected = [wins / n, *(stats.binom.ppf([0.025, 0.975], n, wins / n) / n)]
    assert paired.probability_of_outperforming(d) == pytest.approx(tuple(expected))


def test_interval_of_outperforming_is_the_limit_of_resampled_pairs():
    d = np.array([1, 1, 1, 0, 1, -1, 0, 1, 1, -1, 1])
    resamples = np.random.default_rng(0).choice(np.where(d > 0, 1, np.where(d < 0, 0, 0.5)), (200_000, len(d)))
    expected = np.quantile(resamples.mean(axis=1), [0.025, 0.975], method="inverted_cdf")
    assert paired.probability_of_outperforming(d)[1:] == pytest.approx(tuple(expected))


def test_unanimous_pairs_keep_an_interval():
    low = stats.binomtest(10, 10).proportion_ci().low
    assert paired.probability_of_outperforming(np.ones(10)) == pytest.approx((1, low, 1))
    assert paired.probability_of_outperforming(-np.ones(10)) == pytest.approx((0, 0, 1 - low))
    estimate, *ends = paired.probability_of_outperforming(np.zeros(10))
    assert estimate == 0.5 and np.isnan(ends).all()


@pytest.mark.parametrize(
    ("n", "low", "high", "reading"),
    [
        (10, 0.6, 0.9, "left"),
        (10, 0.1, 0.4, "right"),
        (10, 0.5, 1.0, "undecided"),
        (9, 0.6, 1.0, "not judged"),
        (10, np.nan, np.nan, "undecided"),
    ],
)
def test_reading_of_outperforming(n, low, high, reading):
    assert paired.read_outperforming(n, low, high, 15) == reading


# Families


@settings(max_examples=10)  # multipletests collects garbage at every call
@given(st.lists(st.floats(0, 1) | st.just(np.nan), min_size=1, max_size=8))
def test_holm_counts_missing_tests_and_leaves_them_missing(p):
    filled = multipletests(np.nan_to_num(p, nan=1), method="holm")[1]
    np.testing.assert_allclose(families.holm(p), np.where(np.isnan(p), np.nan, filled))


@settings(max_examples=25)
@given(matrices())
def test_families_are_consistent(values):
    k = values.shape[1]
    table = families.compare_families(values, names(k), "b", rope=0.2)
    assert table["family"].value_counts().to_dict() == {"all": k * (k - 1) // 2, "baseline": k - 1}
    for _, family in table.groupby("family"):
        assert not (family["p_holm"] < family["p"]).any()
        excludes_zero = (family["low"] > 0) | (family["high"] < 0)
        assert (family.loc[excludes_zero, "p_holm"] < conventions.ALPHA).all()
        assert ((family["low"] <= family["low_alone"]) | family["low"].isna()).all()
    for _, family in table.groupby("family"):
        if len(values) < minimum.seeds_to_judge(len(family)):
            assert not family[["distinguishable", "equivalent"]].any(axis=None)
            assert (family["outperform"] == "not judged").all()
        else:
            assert family["distinguishable"].equals(family["p_holm"] < conventions.ALPHA)
            assert family["equivalent"].equals(family["p_equivalence_holm"] < conventions.ALPHA)
    assert not table.loc[(table["sd"] == 0) & (table["difference"] == 0), "distinguishable"].any()


def test_comparison_of_a_known_pair():
    left, right = np.array([3.0, 4, 5, 6, 8]), np.array([1.0, 3, 3, 5, 4])
    row = families.pairwise(np.column_stack([left, right]), ["a", "b"], [("a", "b")], rope=0.2).loc[0]
    assert (row["n"], row["difference"]) == (5, 2)
    assert row["sd"] == pytest.approx(np.sqrt(1.5))
    assert row["correlation"] == pytest.approx(stats.pearsonr(left, right).statistic)
    assert row["p"] == pytest.approx(stats.ttest_rel(left, right).pvalue)
    assert row["p_sign_flip"] == 2 / 32


@pytest.mark.parametrize("seeds", [0, 1, 2, 12])
def test_identical_variants_are_never_told_apart(seeds):
    """Without spread t has nothing to say, and the exact test decides: of few seeds nothing, of twelve that they are
    equivalent."""
    values = np.repeat(90 + np.arange(seeds, dtype=float)[:, None], 3, axis=1)
    table = families.compare_families(values, names(3), "a", rope=0.2)
    assert table[["low", "high", "d_z"]].isna().all(axis=None)
    assert not table["distinguishable"].any()
    assert table["equivalent"].all() == (seeds == 12) and (seeds == 12 or not table["equivalent"].any())
    assert not (table[["p", "p_holm", "p_sign_flip", "p_wilcoxon"]] < 1).any(axis=None)
    assert not ranks.friedman(values).p < 1
    assert power.power_table(table)["detectable"].isna().all()


def test_a_single_variant_gives_empty_tables():
    assert families.compare_families(np.ones((10, 1)), ["a"], "a", rope=0.2).empty
    assert crossed.two_questions({"a": np.ones((10, 5), bool)}, "a").empty


def test_description_uses_every_run_of_a_variant():
    values = [90.0, 91, 93, np.nan, 90.5]
    runs = pd.DataFrame({"variant": list("aaaab"), "seed": [0, 1, 2, 3, 0], "test_accuracy": values})
    a, b = paired.describe(runs, "test_accuracy", ["a", "b"]).to_dict("records")
    expected = stats.t.interval(0.95, 2, np.mean(values[:3]), stats.sem(values[:3]))
    assert (a["n"], a["low"], a["high"]) == (3, *map(pytest.approx, expected))
    assert (b["n"], b["mean"]) == (1, 90.5)
    assert np.isnan([b["sd"], b["low"], b["high"]]).all()


# Omnibus


@given(matrices())
def test_friedman_agrees_with_scipy(values):
    n, k = values.shape
    test = ranks.friedman(values)
    if test.chi2 == 0 and test.f == 0:
        return
    expected = stats.friedmanchisquare(*values.T).statistic
    assert test.chi2 == pytest.approx(expected)
    if np.isfinite(test.f):
        assert test.f == pytest.approx((n - 1) * expected / (n * (k - 1) - expected))
        assert test.p >= stats.f.sf(test.f, k - 1, (k - 1) * (n - 1))


def test_unanimous_ranks_have_the_p_of_the_permutation_test():
    assert ranks.friedman(np.tile(np.arange(3.0), (2, 1))).p == pytest.approx(1 / 6)
    assert ranks.friedman(np.tile([1.0, 1, 2], (3, 1))).p == pytest.approx(1 / 9)
    assert np.isnan(ranks.friedman(np.arange(4.0)[None, :]).p)


def test_critical_difference_is_that_of_demsar_and_of_posthocs():
    # Demšar (2006), table 5: q of 2.569 for four classifiers; his example has 14 data sets and CD = 1.25.
    assert ranks.critical_difference(14, 4) == pytest.approx(2.569 * np.sqrt(4 * 5 / (6 * 14)), abs=1e-3)
    posthocs = pytest.importorskip("scikit_posthocs")
    values = np.random.default_rng(0).normal(np.arange(5) / 3, 1, (12, 5))
    average = ranks.average_ranks(values)
    p = posthocs.posthoc_nemenyi_friedman(values).to_numpy()
    apart = np.abs(average[:, None] - average[None, :]) > ranks.critical_difference(12, 5)
    assert 0 < apart.sum() < apart.size - 5
    np.testing.assert_array_equal(apart, p < 0.05)


def test_ranks_begin_at_the_largest():
    values = np.array([[3.0, 1, 2], [3, 1, 1]])
    assert ranks.average_ranks(values).tolist() == [1, 2.75, 2.25]


@given(st.lists(st.integers(2, 20).map(lambda r: r / 2), min_size=1, max_size=7), st.floats(0.3, 4))
def test_rank_groups_join_what_is_not_told_apart(average, difference):
    groups = ranks.rank_groups(names(len(average)), np.array(average), difference)
    rank = dict(zip(names(len(average)), average, strict=True))
    joined = {frozenset(pair) for group in groups for pair in families.all_pairs(group)}
    close = {frozenset((a, b)) for a, b in families.all_pairs(list(rank)) if abs(rank[a] - rank[b]) < difference}
    assert joined == close
    assert not any(set(a) <= set(b) for a in groups for b in groups if a is not b)


# Interaction


def spec(order, norm="batch", rates=(0.1,), **backbone):
    config = {
        "backbone": backbone or {"kind": "plain", "filters": [8], "kernels": 3, "dense": None},
        "norm": norm,
        "dropout": {"rates": list(rates), "dense_rate": 0.5},
    }
    return resolve("v", config | {"variants": {"v": {"order": order}}}).to_dict()


SPECS = {
    "plain": spec("conv act"),
    "post": spec("conv act norm"),
    "pre": spec("conv norm act"),
    "drop": spec("conv act drop"),
    "drop_norm": spec("conv act drop norm"),
    "norm_act_drop": spec("conv norm act drop"),
    "layer_drop": spec("conv act norm drop", norm="layer"),
    "other_rates": spec("conv act norm drop", rates=(0.5,)),
}


def test_counterparts_differ_in_nothing_but_what_was_taken_out():
    assert norm_dropout.counterparts(SPECS) == {
        "drop_norm": ("post", "drop", "plain"),
        "norm_act_drop": ("pre", "drop", "plain"),
    }
    assert norm_dropout.counterparts({name: SPECS[name] for name in ("post", "drop_norm", "plain")}) == {}


def test_counterparts_are_found_in_stems_and_heads_and_where_pooling_is_said():
    residual = {"kind": "residual", "filters": [8], "depths": [1]}
    specs = {
        "both": spec("conv norm add act", stem="conv norm", head="drop", **residual),
        "norm": spec("conv norm add act", stem="conv norm", head="pool", **residual),
        "drop": spec("conv add act", stem="conv", head="drop", **residual),
        "neither": spec("conv add act", stem="conv", **residual),
    }
    assert norm_dropout.counterparts(specs) == {"both": ("norm", "drop", "neither")}
    said = SPECS | {"post": spec("conv act norm pool")}
    assert norm_dropout.counterparts(said) == norm_dropout.counterparts(SPECS)
    augmented = specs["drop"] | {"training": {"augmentation": {"flip": True}}}
    assert norm_dropout.counterparts(specs | {"drop": augmented}) == {}


def test_interaction_is_the_difference_of_differences_by_seed():
    order = ["drop_norm", "post", "drop", "plain"]
    values = np.random.default_rng(3).normal(92, 0.3, (10, 4))
    row = norm_dropout.interactions(values, order, SPECS).loc[0]
    d = values[:, 0] - values[:, 1] - values[:, 2] + values[:, 3]
    assert row["interaction"] == pytest.approx(d.mean())
    assert row["p_holm"] == row["p"] == pytest.approx(stats.ttest_1samp(d, 0).pvalue, rel=1e-6)
    assert norm_dropout.interactions(values, [*order[:3], "pre"], SPECS).empty


def test_additive_effects_have_no_interaction():
    seed = np.random.default_rng(0).normal(92, 0.3, 12)
    values = np.column_stack([seed + 0.7, seed + 0.5, seed + 0.2, seed])
    row = norm_dropout.interactions(values, ["drop_norm", "post", "drop", "plain"], SPECS).loc[0]
    assert (row["interaction"], row["sd"], row["distinguishable"]) == (0, 0, False)


# Seeds and images


@settings(max_examples=15)
@given(arrays(float, st.tuples(st.integers(3, 5), st.integers(2, 6)), elements=st.sampled_from([-1.0, 0, 1])))
def test_crossed_components_are_those_of_the_analysis_of_variance(d):
    result = crossed.crossed_mean(d)
    seeds, images = d.shape
    frame = pd.DataFrame({"d": d.ravel(), "seed": np.repeat(range(seeds), images)})
    frame["image"] = np.tile(range(images), seeds)
    table = anova_lm(ols("d ~ C(seed) + C(image)", frame).fit()) if np.ptp(d) else None
    if table is None:
        assert np.isnan([result.se_seeds, result.se_both]).all()
        return
    ms_seed, ms_image, ms_residual = table["sum_sq"] / table["df"]
    assert result.variance_residual == pytest.approx(ms_residual, abs=1e-9)
    assert result.variance_seeds == pytest.approx(max(0, (ms_seed - ms_residual) / images), abs=1e-9)
    assert result.variance_images == pytest.approx(max(0, (ms_image - ms_residual) / seeds), abs=1e-9)
    if min(ms_seed, ms_image) > ms_residual + 1e-9:
        clark = ms_seed + ms_image - ms_residual
        df = clark**2 / sum(m**2 / f for m, f in zip([ms_seed, ms_image, ms_residual], table["df"], strict=True))
        assert result.se_both**2 == pytest.approx(clark / d.size)
        assert result.df_both == pytest.approx(df)
    assert np.isnan(result.se_seeds) or result.se_both >= result.se_seeds - 1e-12


def test_new_seeds_are_the_paired_t_test():
    rng = np.random.default_rng(5)
    correct = {name: rng.random((10, 400)) < p for name, p in (("a", 0.9), ("b", 0.93))}
    row = crossed.two_questions(correct, "a").loc[0]
    accuracy = {name: 100 * c.mean(axis=1) for name, c in correct.items()}
    paired = stats.ttest_rel(accuracy["b"], accuracy["a"])
    assert row["p_seeds"] == pytest.approx(paired.pvalue)
    assert (row["low_seeds"], row["high_seeds"]) == pytest.approx(tuple(paired.confidence_interval()))
    assert (row["n"], row["images"]) == (10, 400)


def test_images_that_favour_one_variant_widen_the_second_interval_only():
    # Every seed gets the same 30 of 100 images right or wrong, so seeds agree where another 100 images might
    # not.
    rng = np.random.default_rng(0)
    base = np.tile(np.arange(100) < 90, (12, 1))
    better = base | (np.arange(100) >= 97)
    noise = rng.random(base.shape) < 0.02
    row = crossed.two_questions({"a": base ^ noise, "b": better ^ np.roll(noise, 1, axis=0)}, "a").loc[0]
    assert row["distinguishable_seeds"]
    assert not row["distinguishable_both"]


def test_the_answer_for_new_images_too_is_never_the_surer_one():
    rng = np.random.default_rng(3)
    for _ in range(20):
        correct = {name: rng.random((4, 60)) < rng.normal(0.8, 0.05, (4, 1)) for name in "ab"}
        row = crossed.two_questions(correct, "a").loc[0]
        assert row["p_both"] >= row["p_seeds"]
        assert row["low_both"] <= row["low_seeds"] and row["high_both"] >= row["high_seeds"]


def test_seeds_with_equal_accuracy_give_no_answer_for_new_seeds():
    d = np.zeros((12, 31))
    d[np.arange(12), np.arange(12)] = 1  # each seed gains one image, another one each
    assert np.isnan(crossed.crossed_mean(d).se_seeds)


# Power


@settings(max_examples=40)
@given(st.floats(0.3, 2.5), st.integers(3, 40))
def test_power_agrees_with_statsmodels(effect, n):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        expected = TTestPower().power(effect, n, 0.05)
    if np.isfinite(expected):
        assert power.paired_t_power(effect, n) == pytest.approx(expected, abs=1e-9)


def test_power_without_an_effect_is_the_level():
    assert power.paired_t_power(0, 10, 0.01) == pytest.approx(0.01)


@settings(max_examples=30)
@given(st.integers(3, 60), st.sampled_from([0.05, 0.05 / 21]))
def test_detectable_effect_has_the_power_asked_for(n, alpha):
    assert power.paired_t_power(power.detectable_effect(n, alpha), n, alpha) == pytest.approx(0.8, abs=1e-6)


@given(st.floats(0.05, 20))
def test_seeds_needed_are_the_fewest(effect):
    n = int(power.seeds_needed(effect))
    assert power.paired_t_power(effect, n) >= 0.8
    assert n == conventions.INFERENCE_SEEDS or power.paired_t_power(effect, n - 1) < 0.8


def test_power_table():
    rows = pd.DataFrame({"left": ["a", "b"], "right": ["c", "c"], "n": [10, 10], "sd": [0.35, 0.0]})
    table = power.power_table(rows)
    first = table.loc[0]
    assert first["detectable"] == pytest.approx(0.35 * TTestPower().solve_power(None, 10, 0.05, 0.8))
    assert first["detectable_family"] == pytest.approx(0.35 * TTestPower().solve_power(None, 10, 0.025, 0.8))
    assert first["seeds_for_0.2"] == np.ceil(TTestPower().solve_power(0.2 / 0.35, None, 0.05, 0.8))
    assert table.loc[1].iloc[3:].isna().all()


# Error rates


def simulated(trials, n, rng):
    """Six variants without any effect: a seed effect that they share, and standard deviations up to four-fold
    unequal."""
    shared = rng.normal(0, 0.2, (trials, n, 1))
    return 92 + shared + rng.normal(0, [0.1, 0.15, 0.2, 0.25, 0.3, 0.4], (trials, n, 6))


def test_families_keep_their_error_rate_and_coverage():
    trials, n = 2000, 10
    values = simulated(trials, n, np.random.default_rng(11))
    pairs = np.array(families.all_pairs(range(6)))
    d = values[:, :, pairs[:, 0]] - values[:, :, pairs[:, 1]]
    se = d.std(axis=1, ddof=1) / np.sqrt(n)
    margin = paired.StudentMean(n, 0.0, np.sqrt(n)).margin(conventions.ALPHA / len(pairs))
    uncovered = (np.abs(d.mean(axis=1)) > margin * se).any(axis=1).mean()
    # Three standard errors of a simulated 5 %; Bonferroni is conservative, but not idle.
    assert 0.015 < uncovered < 0.05 + 3 * np.sqrt(0.05 * 0.95 / trials)


def test_new_images_are_covered():
    rng, trials, seeds, images = np.random.default_rng(13), 400, 10, 300
    missed = {"seeds": 0, "both": 0}
    for _ in range(trials):
        d = rng.normal(0, 0.05, (seeds, 1)) + rng.normal(0, 1, images) + rng.normal(0, 1, (seeds, images))
        c = crossed.crossed_mean(d)
        missed["seeds"] += abs(c.mean) > stats.t.isf(0.025, c.df_seeds) * c.se_seeds
        missed["both"] += abs(c.mean) > stats.t.isf(0.025, c.df_both) * c.se_both
    assert missed["both"] / trials < 0.05 + 3 * np.sqrt(0.05 * 0.95 / trials)
    assert missed["seeds"] / trials > 0.2  # which is why the two questions are kept apart


def test_families_name_each_pair_by_its_sides():
    means = {"a": 90.0, "b": 88.0, "c": 93.0}
    values = np.random.default_rng(3).normal(0, 0.1, (10, 3)) + list(means.values())
    table = families.compare_families(values, list(means), "b", rope=0.2)
    sides = list(zip(table["family"], table["left"], table["right"], strict=True))
    with_baseline, among_all = [("a", "b"), ("c", "b")], [("a", "b"), ("a", "c"), ("b", "c")]
    assert sides == [("baseline", *pair) for pair in with_baseline] + [("all", *pair) for pair in among_all]
    of_means = [means[left] - means[right] for _, left, right in sides]
    assert table["difference"].to_numpy() == pytest.approx(of_means, abs=0.3)
    assert (table["low"] < table["low_alone"]).all() and (table["high_alone"] < table["high"]).all()


def test_pairs_that_differ_by_the_same_in_every_seed_are_told_apart_by_the_exact_test():
    base = np.linspace(90, 91, 10)
    values = np.stack([base, base + 1, base + 0.1], axis=1)
    table = families.pairwise(values, list("abc"), [("b", "a"), ("c", "a")], 0.2)
    assert table["p"].tolist() == [2 / 2**10] * 2 and table["distinguishable"].all()
    assert table["p_equivalence"].tolist() == [1.0, 1 / 2**10] and table["equivalent"].tolist() == [False, True]
    assert table["low_alone"].isna().all()
    same = families.pairwise(np.stack([base, base], axis=1), list("ab"), [("b", "a")], 0.2).iloc[0]
    assert same["p"] == 1 and not same["distinguishable"] and same["equivalent"]
    few = families.pairwise(values[:2], list("abc"), [("b", "a")], 0.2).iloc[0]
    assert np.isnan(few["p"]) and np.isnan(few["p_equivalence"])


def test_the_range_of_seeds_needed_is_that_of_the_sds_interval():
    rows = pd.DataFrame({"left": ["a"], "right": ["b"], "n": [3], "sd": [0.4]})
    found = power.power_table(rows).iloc[0]
    low, high = 0.4 * np.sqrt(2 / stats.chi2.ppf([0.975, 0.025], 2))
    assert (found["sd_low"], found["sd_high"]) == pytest.approx((low, high))
    for d in power.TARGET_DIFFERENCES:
        told = (found[f"seeds_for_{d}_low"], found[f"seeds_for_{d}"], found[f"seeds_for_{d}_high"])
        assert told == tuple(power.seeds_needed(d / sd) for sd in (low, 0.4, high)) and told[0] <= told[1] < told[2]
