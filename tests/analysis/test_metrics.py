"""metrics: each definition against a closed form, and the properties that hold for any run."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy import stats

from placement.analysis import calibration, convergence, metrics, shift, summary
from placement.errors import InputError
from placement.network import cost
from placement.network.spec import VariantSpec
from placement.study.measures import CLAIMABLE, MEASURES
from studies import resolve

BACKBONE = {"kind": "plain", "filters": [32, 64, 128, 256], "kernels": [5, 3, 3, 3], "dense": 128}
curves = arrays(float, st.integers(1, 15), elements=st.floats(0, 1, width=32))


def spec(order: str = "conv act", **backbone) -> VariantSpec:
    return resolve("v", {"backbone": BACKBONE | backbone, "variants": {"v": {"order": order}}})


def history(val_accuracy=(0.88, 0.91, 0.90), val_loss=None, variant="plain", seed=0, **changed) -> dict:
    val_loss = val_loss or [0.3] * len(val_accuracy)
    epochs = [
        {"epoch": i, "loss": 0.4, "accuracy": 0.8, "val_loss": loss, "val_accuracy": accuracy,
         "learning_rate": 0.001, "seconds": 10.0}
        for i, (accuracy, loss) in enumerate(zip(val_accuracy, val_loss, strict=True), 1)
    ]  # fmt: skip
    best = int(np.argmax(val_accuracy)) + 1
    return {
        "dataset": {"name": "fashion_mnist"},
        "variant": variant,
        "seed": seed,
        "spec": spec().to_dict(),
        "training": {"epochs": 12},
        "parameters": {"total": 400_000, "trainable": 399_000},
        "steps_per_epoch": 375,
        "epochs": epochs,
        "best_epoch": best,
        "stopped_early": len(val_accuracy) < 12,
        "evaluation": {
            "train": {"loss": 0.2, "accuracy": 0.95},
            "validation": {"loss": 0.3, "accuracy": val_accuracy[best - 1]},
        },
        "test": {"loss": 0.25, "accuracy": 0.90},
    } | changed


@st.composite
def predictions(draw):
    """Labels and float32 probabilities of a few images, with ties and certainties among them."""
    images, classes = draw(st.integers(1, 60)), draw(st.integers(2, 5))
    weights = draw(arrays(np.float32, (images, classes), elements=st.integers(1, 4).map(float)))
    labels = draw(arrays(np.uint8, images, elements=st.integers(0, classes - 1)))
    probabilities = weights / weights.sum(axis=1, keepdims=True)
    if draw(st.booleans()):
        probabilities = np.eye(classes, dtype=np.float32)[probabilities.argmax(axis=1)]
    return labels, probabilities


def calibrated(images: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    confidence = 1 - 0.5 * rng.random(images) ** 3
    probabilities = np.column_stack([confidence, 1 - confidence])
    return (rng.random(images) > confidence).astype(np.uint8), probabilities


class TestRun:
    def test_row(self):
        labels = np.array([0, 1, 1, 0], dtype=np.uint8)
        probabilities = np.array([[0.9, 0.1], [0.2, 0.8], [0.6, 0.4], [0.7, 0.3]], dtype=np.float32)
        row = metrics.run_metrics(history(), labels, probabilities)
        assert row["accuracy_gap"] == pytest.approx(0.05)
        assert row["validation_gap"] == pytest.approx(row["accuracy_gap"] - row["optimism"])
        assert row["loss_gap"] == pytest.approx(0.05)
        assert row["optimism"] == pytest.approx(0.01)
        assert (row["best_epoch"], row["epochs_run"], row["training_seconds"]) == (2, 3, 30)
        assert row["accuracy_per_million_parameters"] == pytest.approx(2.25)
        assert (row["epochs_to_090"], row["steps_to_090"], row["seconds_to_090"]) == (2, 750, 20)
        assert row["reached_090"] is True
        assert row["multiply_accumulates"] == 10_540_800
        assert row["brier"] == pytest.approx(2 * (0.01 + 0.04 + 0.36 + 0.09) / 4)
        assert all(np.isscalar(value) for value in row.values())

    def test_the_last_epoch_s_weights_are_tested_where_the_history_says_so(self):
        found = metrics.run_metrics(history(), *calibrated(50, 0))
        assert np.isnan(found["test_accuracy_last"]) and np.isnan(found["test_loss_last"])
        scores = {"loss": 0.5, "accuracy": 0.8}
        evaluation = history()["evaluation"] | {"last": {"validation": scores, "test": scores}}
        found = metrics.run_metrics(history(evaluation=evaluation), *calibrated(50, 0))
        assert (found["test_accuracy_last"], found["test_loss_last"], found["test_accuracy"]) == (0.8, 0.5, 0.90)

    def test_the_measures_of_a_run_are_those_that_claims_are_checked_by(self):
        runs = pd.DataFrame([metrics.run_metrics(history(), *calibrated(200, 0))])
        runs = runs.merge(convergence.relative_convergence([history()], history()["variant"]), on=["variant", "seed"])
        assert runs.columns.tolist() == list(MEASURES)
        assert all(pd.api.types.is_numeric_dtype(runs[name]) for name in CLAIMABLE)
        assert not any(pd.api.types.is_bool_dtype(runs[name]) for name in CLAIMABLE)

    def test_a_measure_is_got_from_where_its_record_says(self):
        """Other predictions change those of the predictions alone, another shift that of the shift alone."""
        given = metrics.run_metrics(history(), *calibrated(200, 0), reestimated=0.5)
        for source, other in (
            ("predictions", metrics.run_metrics(history(), *calibrated(200, 1), reestimated=0.5)),
            ("variance shift", metrics.run_metrics(history(), *calibrated(200, 0), reestimated=0.6)),
        ):
            changed = {name for name in given if str(given[name]) != str(other[name])}
            assert changed == {name for name in given if MEASURES[name].source == source}

    @pytest.mark.parametrize("name", MEASURES)
    def test_a_measure_s_twins_are_measures_in_its_unit(self, name):
        measure = MEASURES[name]
        assert all(MEASURES[twin].unit == measure.unit for twin in (measure.last_epoch, measure.reestimated) if twin)
        assert bool(measure.reached) == ("_to_" in name) and measure.reached in {"", *MEASURES}

    def test_same_bits_twice(self):
        labels, probabilities = calibrated(500, 1)
        rows = [metrics.run_metrics(history(), labels, probabilities) for _ in range(2)]
        pd.testing.assert_frame_equal(pd.DataFrame(rows[:1]), pd.DataFrame(rows[1:]), check_exact=True)


class TestTimeToAccuracy:
    def test_float32_of_exactly_the_target_has_reached_it(self):
        exact = float(np.float32(10_800) / np.float32(12_000))
        assert exact < 0.9
        assert convergence.time_to_accuracy(history([0.8, exact]), 0.9) == (2, 750, 20, True)

    def test_one_image_short_has_not(self):
        assert not convergence.time_to_accuracy(history([0.8, 10_799 / 12_000]), 0.9).reached

    @given(curve=curves, target=st.floats(0.01, 0.99))
    def test_it_is_the_last_epoch_exactly_when_never_reached(self, curve, target):
        time = convergence.time_to_accuracy(history(curve.tolist()), target)
        before, at = curve[: time.epochs - 1], curve[time.epochs - 1]
        assert (before < target).all()
        if time.reached:
            assert at >= target - 1e-6
        else:
            assert time.epochs == len(curve) and at < target
        assert time.steps == 375 * time.epochs
        assert time.seconds == pytest.approx(10 * time.epochs)

    def test_relative_to_the_baselines_median_best(self):
        runs = [history([0.5, best], variant="base", seed=i) for i, best in enumerate([0.80, 0.90, 0.99])]
        runs += [history([0.6, 0.895, 0.91], variant="other"), history([0.5], variant="other", seed=1)]
        table = convergence.relative_convergence(runs, "base")
        assert table["relative_target"].tolist() == pytest.approx([0.891] * 5)
        assert table["epochs_to_relative"].tolist() == [2, 2, 2, 2, 1]
        assert table["reached_relative"].tolist() == [False, True, True, True, False]

    def test_a_baseline_without_runs_is_named(self):
        with pytest.raises(InputError, match=r"comparison\.baseline: 'absent'"):
            convergence.relative_convergence([history()], "absent")


class TestCumulativeIncidence:
    def test_runs_that_ended_before_count_among_all(self):
        # Two of five at 3, one at 6; the others ended at 5 and 7.
        events, share = convergence.cumulative_incidence([3, 3, 5, 6, 7], [True, True, False, True, False])
        assert events.tolist() == [3, 6]
        assert share.tolist() == [0.4, 0.6]
        assert convergence.median_time([3, 3, 5, 6, 7], [True, True, False, True, False]) == 6

    def test_median_is_absent_where_fewer_than_half_got_there(self):
        assert np.isnan(convergence.median_time([2, 9, 9], [True, False, False]))
        assert np.isnan(convergence.median_time([9], [False]))

    @given(times=st.lists(st.integers(1, 12), min_size=1, max_size=30), data=st.data())
    def test_it_ends_at_the_share_that_reached_it_whenever_the_others_ended(self, times, data):
        reached = np.array(data.draw(st.lists(st.booleans(), min_size=len(times), max_size=len(times))))
        events, share = convergence.cumulative_incidence(np.array(times), reached)
        never = np.where(reached, times, np.inf)
        assert share == pytest.approx([(never <= time).mean() for time in events])
        assert not reached.any() or share[-1] == pytest.approx(reached.mean())


class TestStability:
    def test_sd_of_differences(self):
        curve = np.array([0.1, 0.9, 0.80, 0.82, 0.81])  # differences from epoch 3 on: 0.02, -0.01
        assert metrics.sd_of_differences(curve) == pytest.approx(np.std([0.02, -0.01], ddof=1))
        assert np.isnan(metrics.sd_of_differences(curve[:4]))

    @given(slope=st.floats(0, 0.05), length=st.integers(5, 15))
    def test_a_steady_rise_is_stable(self, slope, length):
        curve = 0.1 + slope * np.arange(length)
        assert metrics.sd_of_differences(curve) == pytest.approx(0, abs=1e-12)
        assert metrics.largest_drawdown(curve) == 0

    def test_drawdown_is_from_the_best_so_far(self):
        assert metrics.largest_drawdown(np.array([0.5, 0.9, 0.7, 0.8, 0.6, 0.95])) == pytest.approx(0.3)

    @given(curve=curves)
    def test_drawdown_bounds(self, curve):
        assert 0 <= metrics.largest_drawdown(curve) <= np.ptp(curve)

    def test_spikes_are_above_one_and_a_half_times_the_lowest_before(self):
        assert metrics.loss_spikes(np.array([9.0, 1.0, 1.5, 1.51, 0.5, 0.76])) == 2
        assert metrics.loss_spikes(np.array([9.0])) == 0

    @given(curve=curves, extra=st.integers(0, 5))
    def test_area_of_a_stopped_run_is_that_of_one_that_stays_at_its_best(self, curve, extra):
        longer = np.append(curve, [curve.max()] * extra)
        budget = len(longer)
        assert convergence.learning_curve_area(curve, budget) == pytest.approx(
            convergence.learning_curve_area(longer, budget)
        )
        assert 0 <= convergence.learning_curve_area(curve, budget) <= curve.max() + 1e-9


class TestPredictions:
    @given(predictions())
    def test_bounds(self, case):
        assert 0 <= calibration.brier_score(*case) <= 2
        assert 0 <= calibration.calibration_error(*case) <= 1 + 1e-6

    @given(predictions(), st.randoms(use_true_random=False))
    def test_order_of_the_images_is_of_no_effect(self, case, random):
        labels, probabilities = case
        order = random.sample(range(len(labels)), len(labels))
        assert calibration.calibration_error(labels[order], probabilities[order]) == pytest.approx(
            calibration.calibration_error(labels, probabilities)
        )

    @given(predictions())
    def test_reliability_and_confusion_hold_every_image(self, case):
        labels, probabilities = case
        accuracy = (probabilities.argmax(axis=1) == labels).mean()
        table, confusion = calibration.reliability(*case), calibration.confusion_matrix(*case)
        assert table["count"].sum() == confusion.sum() == len(labels)
        assert np.average(table["accuracy"], weights=table["count"]) == pytest.approx(accuracy)
        assert np.trace(confusion) / len(labels) == pytest.approx(accuracy)
        assert (confusion.sum(axis=1) == np.bincount(labels, minlength=len(confusion))).all()
        assert table["confidence"].is_monotonic_increasing

    def test_bins_have_equal_mass(self):
        assert calibration.reliability(*calibrated(1500, 0))["count"].tolist() == [100] * 15

    def test_certain_and_wrong(self):
        labels, probabilities = np.array([0, 1]), np.array([[0.0, 1.0], [1.0, 0.0]])
        assert calibration.brier_score(labels, probabilities) == 2
        assert calibration.calibration_error(labels, probabilities) == 1

    def test_brier_of_the_uniform_forecast(self):
        assert calibration.brier_score(np.arange(10), np.full((10, 10), 0.1)) == pytest.approx(0.9)

    def test_null_of_one_certain_bin_is_zero(self):
        assert calibration.null_calibration_error(np.ones(50), np.random.default_rng(0)) == 0

    def test_null_of_equal_confidences_is_the_binomial_mean_deviation(self):
        # All images share a bin, so the error is |binomial(n, p) / n - p|.
        n, p = 40, 0.7
        k = np.arange(n + 1)
        expected = (stats.binom.pmf(k, n, p) * np.abs(k / n - p)).sum()
        null = calibration.null_calibration_error(np.full(n, p), np.random.default_rng(0), draws=20_000)
        assert null == pytest.approx(expected, rel=0.03)

    def test_a_calibrated_model_scores_its_null_and_an_overconfident_one_more(self):
        cases = [calibrated(2000, seed) for seed in range(30)]
        errors = [calibration.calibration_error(*case) for case in cases]
        nulls = [
            calibration.null_calibration_error(probabilities.max(axis=1), np.random.default_rng(0))
            for _, probabilities in cases
        ]
        assert np.mean(errors) == pytest.approx(np.mean(nulls), rel=0.1)
        labels, probabilities = cases[0]
        sharp = probabilities**3 / (probabilities**3).sum(axis=1, keepdims=True)
        assert calibration.calibration_error(labels, sharp) > 3 * nulls[0]

    def test_uint8_labels_of_many_classes_do_not_overflow(self):
        labels = np.arange(100, dtype=np.uint8)
        assert (calibration.confusion_matrix(labels, np.eye(100, dtype=np.float32)) == np.eye(100)).all()


class TestCost:
    def test_default_backbone(self):
        stages = [28 * 28 * 32 * 25, 14 * 14 * 64 * 9 * 32, 7 * 7 * 128 * 9 * 64, 3 * 3 * 256 * 9 * 128]
        expected = sum(stages) + 256 * 128 + 128 * 10
        assert cost.multiply_accumulates(spec(), (28, 28, 1), 10) == expected

    @pytest.mark.parametrize("depth", [3, 9])
    def test_residual_networks(self, depth):
        backbone = {"kind": "residual", "filters": [16, 32, 64], "depths": [depth] * 3}
        config = {"backbone": backbone, "variants": {"v": {"order": "conv norm act conv norm add act"}}}
        convolution = 32**2 * 9 * 16**2  # twice the width on half the image: the same, but for the first of a stage
        expected = 32**2 * 27 * 16 + (2 * depth + 2 * (2 * depth - 1 / 2)) * convolution + 640
        assert cost.multiply_accumulates(resolve("v", config), (32, 32, 3), 10) == expected

    @given(order=st.permutations(["conv", "act", "norm"]), shape=st.sampled_from([(28, 28, 1), (32, 32, 3)]))
    def test_order_is_of_no_effect(self, order, shape):
        count = cost.multiply_accumulates(spec(" ".join(order)), shape, 10)
        assert count == cost.multiply_accumulates(spec(), shape, 10)

    def test_pooling_before_the_convolution_saves_work(self):
        first = cost.multiply_accumulates(spec("pool conv act", filters=[8, 8], kernels=[3, 3]), (28, 28, 1), 10)
        assert first == 14 * 14 * 8 * 9 + 14 * 14 * 8 * 9 * 8 + 8 * 128 + 128 * 10

    @given(
        points=st.lists(st.tuples(st.integers(0, 6), st.integers(0, 6)), min_size=1, max_size=20),
    )
    def test_front_is_what_nothing_dominates_and_dominates_the_rest(self, points):
        def dominates(a, b):
            return a[0] >= b[0] and a[1] <= b[1] and a != b

        accuracy, cost = np.array(points).T
        front = summary.pareto_front(accuracy, cost)
        assert front.any()
        for point, on_front in zip(points, front, strict=True):
            assert on_front != any(dominates(other, point) for other in points)
            members = [other for other, member in zip(points, front, strict=True) if member]
            assert on_front or any(dominates(member, point) for member in members)


class TestVarianceShift:
    def test_ratio_counts_alike_in_both_directions(self):
        assert shift.variance_shift([4.0, 1.0], [1.0, 4.0], 0) == pytest.approx(4)
        assert shift.variance_shift([2.0, 1.0], [1.0, 1.0], 0) == pytest.approx(np.sqrt(2))

    def test_a_dead_channel_is_unshifted(self):
        assert shift.variance_shift([0.0], [0.0], 1e-3) == 1

    @given(moving=arrays(float, 4, elements=st.floats(0, 100)), actual=arrays(float, 4, elements=st.floats(0, 100)))
    def test_symmetric_and_at_least_one(self, moving, actual):
        found = shift.variance_shift(moving, actual, 1e-3)
        assert found >= 1
        assert found == pytest.approx(shift.variance_shift(actual, moving, 1e-3))

    def test_of_the_mean_in_sd_of_the_input(self):
        assert shift.mean_shift([0.0, 3.0], [1.0, 3.0], [4.0, 1.0], 0) == pytest.approx(0.25)
        assert shift.mean_shift([0.0], [0.0], [0.0], 1e-3) == 0  # a dead channel

    def test_rank_correlations_are_over_the_variants_of_a_seed_and_among_the_runs_of_a_variant(self):
        rng = np.random.default_rng(0)
        runs = pd.DataFrame([(v, seed) for v in "abcd" for seed in range(5)], columns=["variant", "seed"])
        runs = runs.assign(accuracy=0.9, cost=rng.random(20), shift_test=1 + rng.random(20))
        runs["mean_shift_test"] = runs["cost"] ** 3
        layers = runs.assign(accuracy_reestimated=0.9 + runs["cost"], layer="norm1")
        lower = layers.assign(layer="norm2", shift_test=1.0, mean_shift_test=0.0)
        variance, mean = shift.associations(pd.concat([layers, lower]))
        assert (variance.n, variance.variants) == (5, 4)
        of_seeds = [stats.spearmanr(of["shift_test"], of["cost"])[0] for _, of in runs.groupby("seed")]
        interval = np.clip(stats.t.interval(0.95, 4, np.mean(of_seeds), stats.sem(of_seeds)), -1, 1)
        assert (variance.mean, variance.low, variance.high) == pytest.approx((np.mean(of_seeds), *interval))
        assert (mean.mean, mean.within) == (pytest.approx(1), pytest.approx(1))
        assert np.isnan(shift.associations(layers[layers["variant"] < "c"])[0].mean)

    def test_a_seed_without_one_of_the_variants_has_no_part_in_the_rank_correlation(self):
        runs = pd.DataFrame([(v, seed) for v in "abc" for seed in range(4)], columns=["variant", "seed"])
        runs = runs.assign(layer="norm1", accuracy=0.9, shift_test=[1, 2, 3, 9, 2, 3, 4, 9, 3, 4, 5, 9])
        runs = runs.assign(mean_shift_test=runs["shift_test"], accuracy_reestimated=0.9 + 0.01 * runs["shift_test"])
        for found in shift.associations(runs.drop(index=3)):
            assert (found.n, found.mean) == (3, pytest.approx(1))

    def test_table(self):
        shifts = pd.DataFrame(
            [
                ("b", seed, layer, 2.0, 2.0**power, 0.1, 0.2, 0.90, 0.90 + gain)
                for seed, power, gain in [(0, 0, 0.01), (1, 2, 0.03)]
                for layer in ["norm1", "norm_dense"]
            ],
            columns=["variant", "seed", "layer", *shift.SHIFTS, "accuracy", "accuracy_reestimated"],
        )
        table = shift.variance_shift_table(shifts, {"a": "A", "b": "B"})
        assert table[["variant", "label", "layer", "n"]].values.tolist() == [
            ["b", "B", "norm1", 2],
            ["b", "B", "norm_dense", 2],
        ]
        assert table["shift_test"].tolist() == pytest.approx([2, 2])
        assert table["cost_of_shift"].tolist() == pytest.approx([0.02, 0.02])
        assert table["cost_of_shift_sd"].tolist() == pytest.approx([0.02 / np.sqrt(2)] * 2)


def runs_frame(labels, seeds: int) -> pd.DataFrame:
    rng = np.random.default_rng(3)
    histories, rows = [], []
    for variant in labels:
        for seed in range(seeds):
            curve = rng.uniform(0.85, 0.93, 8).tolist()
            test = {"loss": 0.25, "accuracy": float(rng.uniform(0.90, 0.93))}
            labels_, probabilities = calibrated(200, seed)
            run = history(curve, variant=variant, seed=seed, test=test)
            histories.append(run)
            rows.append(metrics.run_metrics(run, labels_, probabilities))
    relative = convergence.relative_convergence(histories, next(iter(labels)))
    return pd.DataFrame(rows).merge(relative, on=["variant", "seed"])


LABELS = {"z": "Last in the alphabet", "a": "A <b>$x_1$</b>"}


class TestSummary:
    def test_one_row_a_variant_in_config_order(self):
        table = summary.summary_table(runs_frame(LABELS, 4), LABELS)
        assert table["variant"].tolist() == ["z", "a"]
        assert table["label"].tolist() == list(LABELS.values())
        assert table["n"].tolist() == [4, 4]
        assert table["parameters_total"].tolist() == [400_000] * 2

    def test_it_has_what_is_left_with_statistics_measured_again(self):
        runs = runs_frame(LABELS, 3).assign(test_accuracy_reestimated=[0.5, 0.6, 0.7, 0.1, 0.2, 0.3])
        table = summary.summary_table(runs, LABELS)
        assert table["test_accuracy_reestimated_mean"].tolist() == pytest.approx([0.6, 0.2])

    def test_interval_is_scipys(self):
        runs = runs_frame(LABELS, 5)
        row = summary.summary_table(runs, LABELS).iloc[1]
        values = runs.loc[runs["variant"] == "a", "test_accuracy"]
        low, high = stats.t.interval(0.95, 4, values.mean(), stats.sem(values))
        assert (row["test_accuracy_low"], row["test_accuracy_high"]) == pytest.approx((low, high))
        assert row["test_accuracy_mean"] == pytest.approx(values.mean())

    def test_two_seeds_have_no_interval(self):
        table = summary.summary_table(runs_frame(LABELS, 2), LABELS)
        assert table[["test_accuracy_low", "test_accuracy_high"]].isna().all(axis=None)
        assert "nan" not in summary.render_summary(table)

    def test_one_seed_has_no_spread(self):
        table = summary.summary_table(runs_frame(LABELS, 1), LABELS)
        assert table[["test_accuracy_sd", "test_accuracy_low", "test_accuracy_high"]].isna().all(axis=None)
        assert table["test_accuracy_mean"].notna().all()
        assert "nan" not in summary.render_summary(table)

    def test_medians_are_of_all_runs(self):
        runs = runs_frame({"a": "A"}, 3).assign(
            epochs_to_090=[2, 9, 9], steps_to_090=[20, 90, 90], reached_090=[True, False, False]
        )
        row = summary.summary_table(runs, {"a": "A"}).iloc[0]
        assert np.isnan(row["epochs_to_090"]) and row["reached_090_share"] == pytest.approx(1 / 3)

    def test_relative_convergence_is_summarized(self):
        runs = runs_frame(LABELS, 3).assign(
            epochs_to_relative=[2, 2, 3, 1, 1, 1], reached_relative=[True] * 5 + [False]
        )
        table = summary.summary_table(runs, LABELS)
        assert table["epochs_to_relative"].tolist() == [2, 1]
        assert table["reached_relative_share"].tolist() == pytest.approx([1, 2 / 3])

    def test_text_has_a_line_a_variant_all_of_one_width(self):
        labels = {"a": "Short", "b": "全角 label", "c": "x" * 50}
        text = summary.render_summary(summary.summary_table(runs_frame(labels, 3), labels))
        header, rule, *rows = text.splitlines()[:5]
        assert [row.startswith(label) for row, label in zip(rows, labels.values(), strict=True)] == [True] * 3
        wide = sum(character in "全角" for character in rows[1])
        assert len(header) == len(rule) == len(rows[0]) == len(rows[1]) + wide == len(rows[2])

    @settings(max_examples=20)
    @given(values=st.lists(st.floats(0.8, 1), min_size=3, max_size=10))
    def test_interval_is_around_the_mean(self, values):
        low, high = summary.t_interval(values)
        if len(set(values)) == 1:
            assert np.isnan([low, high]).all()  # no spread to infer from
            return
        assert low <= np.mean(values) + 1e-12 and high >= np.mean(values) - 1e-12


def test_learning_curves_keep_every_epoch():
    table = convergence.learning_curves([history(), history([0.5], variant="other", seed=4)])
    assert table[["variant", "seed", "epoch", "val_accuracy"]].values.tolist() == [
        ["plain", 0, 1, 0.88],
        ["plain", 0, 2, 0.91],
        ["plain", 0, 3, 0.90],
        ["other", 4, 1, 0.5],
    ]
