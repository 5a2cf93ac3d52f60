"""figures: what is drawn is what the frames say, for one seed or many variants, and the files are the same bits."""

import itertools
import os
import subprocess
import sys
import xml.etree.ElementTree as ElementTree
from functools import cache
from pathlib import Path

import matplotlib.colors as colors
import numpy as np
import pandas as pd
import pytest
from matplotlib.figure import Figure
from matplotlib.text import Text

from checkout import ROOT
from placement.analysis import shift, summary
from placement.analysis.convergence import learning_curves, relative_convergence, time_to_accuracy
from placement.reading.figures import (
    calibration,
    comparison,
    confusion,
    convergence,
    critical_difference,
    look,
    pairwise,
    pareto,
    parts,
    training_curves,
    variance_shift,
)

SCRIPTS = ROOT / "workflow/scripts"
LAYERS = ["norm1", "norm2", "norm_dense"]


def variants(count: int) -> dict[str, dict]:
    return {f"v{i}": {"label": f"Variant {i}"} for i in range(count)}


def history(variant: str, seed: int, length: int, start: float = 0.80) -> dict:
    epoch = np.arange(1, length + 1)
    accuracy = start + 0.12 * (1 - np.exp(-epoch / 2)) + 0.004 * np.sin(3 * epoch + seed)
    epochs = [
        {
            "epoch": int(e),
            "loss": 0.5 / e,
            "accuracy": float(a - 0.01),
            "val_loss": 0.6 / e,
            "val_accuracy": float(a),
            "learning_rate": 0.001,
            "seconds": 10.0,
        }
        for e, a in zip(epoch, accuracy, strict=True)
    ]
    return {
        "variant": variant,
        "seed": seed,
        "training": {"epochs": 8},
        "steps_per_epoch": 10,
        "epochs": epochs,
        "best_epoch": int(accuracy.argmax()) + 1,
    }


@cache
def study(variant_count: int, seeds: int) -> dict:
    rng = np.random.default_rng(1)
    histories = [history(v, s, 5 + (i + s) % 4) for i, v in enumerate(variants(variant_count)) for s in range(seeds)]
    rows, bins, shifts = [], [], []
    for h in histories:
        target = time_to_accuracy(h, 0.90)
        accuracy = 0.91 + 0.01 * rng.random()
        rows.append(
            {
                "variant": h["variant"],
                "seed": h["seed"],
                "test_accuracy": accuracy,
                "epochs_to_090": target.epochs,
                "reached_090": target.reached,
                "ece": 0.02 + 0.01 * rng.random(),
                "ece_null": 0.005,
                "parameters_total": 420_000 + 2432 * (h["variant"] != "v0"),
                "training_seconds": 100 + 50 * rng.random(),
            }
        )
        confidence = np.sort(rng.uniform(0.4, 1, 15))
        bins.append(
            pd.DataFrame({"bin": range(15), "confidence": confidence, "accuracy": confidence**1.1}).assign(
                variant=h["variant"], seed=h["seed"]
            )
        )
        if h["variant"] != "v0":
            gain = 0.01 * rng.random()
            shifts += [
                (h["variant"], h["seed"], layer, *(1 + rng.random(2)), *rng.random(2), accuracy, accuracy + gain)
                for layer in LAYERS
            ]
    names = ["variant", "seed", "layer", *shift.SHIFTS, "accuracy", "accuracy_reestimated"]
    runs = pd.DataFrame(rows).merge(relative_convergence(histories, "v0"), on=["variant", "seed"])
    table = 100 * runs.pivot(index="seed", columns="variant", values="test_accuracy")[list(variants(variant_count))]
    means = [(v, table[v].mean(), *summary.t_interval(table[v])) for v in table]
    pairs = [
        (a, b, d.mean(), *summary.t_interval(d), seeds >= 10 and i % 2 == 0, False)
        for i, (a, b) in enumerate((a, b) for a in table for b in table if a != b)
        for d in [table[a] - table[b]]
    ]
    pair_columns = ["left", "right", "difference", "low", "high", "distinguishable", "equivalent"]
    return {
        "histories": histories,
        "runs": runs,
        "bins": pd.concat(bins),
        "shifts": pd.DataFrame(shifts, columns=names),
        "means": pd.DataFrame(means, columns=["variant", "mean", "low", "high"]),
        "pairs": pd.DataFrame(pairs, columns=pair_columns).assign(n=seeds),
        "styles": look.styles(variants(variant_count)),
    }


def costly(runs: pd.DataFrame) -> pd.DataFrame:
    """What a summary says of accuracy and costs."""
    rows = []
    for variant, of in runs.groupby("variant"):
        low, high = summary.t_interval(of["test_accuracy"])
        means = {f"{name}_mean": of[name].mean() for name in ("test_accuracy", "training_seconds")}
        cost = {"parameters_total": of["parameters_total"].iloc[0]}
        rows.append({"variant": variant, **means, **cost, "test_accuracy_low": low, "test_accuracy_high": high})
    return pd.DataFrame(rows).assign(pareto_parameters_total=True, pareto_training_seconds=True)


def drawings(data: dict) -> dict[str, Figure]:
    runs, styles, pairs = data["runs"], data["styles"], data["pairs"]
    ranks = {variant: float(rank) for rank, variant in enumerate(styles, 1)}
    groups = [list(styles)[:2]] if len(styles) > 1 else []
    upper = pairs[[a < b for a, b in zip(pairs["left"], pairs["right"], strict=True)]]
    costs = {"parameters_total": ("Parameters (thousands)", 1e3), "training_seconds": ("Seconds", 1)}
    return {
        "training": training_curves.draw([h for h in data["histories"] if h["variant"] == "v0"], "Variant 0"),
        "comparison": against_baseline(data),
        "critical_difference": critical_difference.draw(ranks, groups, 1.5, styles),
        "pairwise": pairwise.draw(upper, styles),
        "convergence": convergence.draw(runs, learning_curves(data["histories"]), styles),
        "calibration": calibration.draw(data["bins"], runs, styles),
        "variance_shift": variance_shift.draw(data["shifts"], styles),
        "confusion": confusion.draw(np.diag([90, 80]) + 10, ["cat", "dog"], "Variant 0"),
        "pareto": pareto.draw(costly(runs), styles, costs),
    }


def against_baseline(data: dict) -> Figure:
    against = data["pairs"][data["pairs"]["right"] == "v0"]
    return comparison.draw(data["runs"], data["styles"], data["means"], against, "v0", 0.2)


def texts(figure: Figure) -> list[str]:
    return [text.get_text() for text in figure.findobj(Text)]


def lines(axes) -> list[np.ndarray]:
    return [line.get_xydata() for line in axes.lines]


def assert_on_page(figure: Figure) -> None:
    """No name of a row or column is cut by the edge."""
    look.svg(figure)
    figure.draw_without_rendering()
    page = figure.bbox
    for label in [*figure.axes[0].get_yticklabels(), *figure.axes[0].get_xticklabels()]:
        box = label.get_window_extent()
        assert box.x0 >= page.x0 and box.y0 >= page.y0 and box.x1 <= page.x1 and box.y1 <= page.y1, label.get_text()


def holds(axes, expected: np.ndarray) -> bool:
    """Whether some line of the axes goes through exactly these points."""
    return any(line.shape == expected.shape and np.allclose(line, expected, equal_nan=True) for line in lines(axes))


class TestStyles:
    def test_sixty_variants_all_differ(self):
        looks = [style[1:] for style in look.styles(variants(60)).values()]
        assert len(set(looks)) == 60

    def test_neighbours_differ_in_grey_and_in_colour(self):
        looks = list(look.styles(variants(7)).values())
        assert len({style.marker for style in looks}) == len({style.colour for style in looks}) == 7

    def test_a_variants_own_colour_wins_and_moves_no_other(self):
        given = variants(3)
        given["v1"]["colour"] = "#123456"
        looks, plain = look.styles(given), look.styles(variants(3))
        assert looks["v1"].colour == "#123456"
        assert (looks["v0"], looks["v2"]) == (plain["v0"], plain["v2"])

    def test_cells_of_a_grid_look_like_their_levels(self):
        factors = {"order": list("abc"), "rate": ["1", "2"], "momentum": ["0.9", "0.99"], "schedule": ["x", "y"]}
        cells = {cell: "-".join(cell) for cell in itertools.product(*factors.values())}
        names = {name: {"label": name} for name in ("none", *cells.values())}
        styles = look.styles(names, factors, cells)
        assert len({style[1:4] for style in styles.values()}) == len(names)
        for at in (0, 1):
            looks = {(cell[at], styles[name][at + 1]) for cell, name in cells.items()}
            assert len(looks) == len(list(factors.values())[at])
        figure = parts.with_legend(styles, 7, 3)
        told = [text.get_text() for text in figure.legends[0].get_texts()]
        assert told == [*"abc", *"12", "0.9, x", "0.9, y", "0.99, x", "0.99, y", "none"]

    def test_levels_of_two_factors_may_have_one_name(self):
        factors = {"momentum": ["0.9", "0.99"], "rate": ["0.1", "0.9"], "order": list("abcd")}
        cells = {cell: "-".join(cell) for cell in itertools.product(*factors.values())}
        styles = look.styles({name: {"label": name} for name in cells.values()}, factors, cells)
        told = [text.get_text() for text in parts.with_legend(styles, 7, 3).legends[0].get_texts()]
        assert told == ["0.9", "0.99", "0.1", "0.9", *"abcd"]


class TestTrainingCurves:
    def test_every_seed_and_the_kept_epochs(self):
        histories = [history("v0", seed, 5 + seed) for seed in range(3)]
        accuracy, loss = training_curves.draw(histories, "A").axes
        for h in histories:
            curve = np.array([[e["epoch"], 100 * e["val_accuracy"]] for e in h["epochs"]])
            assert any(np.allclose(line[: len(curve)], curve) for line in lines(accuracy) if len(line) >= len(curve))
        kept = [[h["best_epoch"], h["epochs"][h["best_epoch"] - 1]["val_loss"]] for h in histories]
        assert holds(loss, np.array(kept))

    def test_the_mean_fades_where_the_first_seed_stops(self):
        histories = [history("v0", 0, 4), history("v0", 1, 6)]
        axes = training_curves.draw(histories, "A").axes[0]
        curves = learning_curves(histories).pivot(index="epoch", columns="seed", values="val_accuracy")
        mean = 100 * curves.mean(axis=1)
        points = np.column_stack([mean.index, mean])
        assert holds(axes, points[:4]) and holds(axes, points[3:])
        faded = [line for line in axes.lines if np.array_equal(line.get_xdata(), [4, 5, 6])]
        assert all(line.get_alpha() < 1 for line in faded)

    def test_the_note_counts_the_seeds_still_training(self):
        figure = training_curves.draw([history("v0", 0, 4), history("v0", 1, 6)], "A")
        assert any("2 in epochs 1-4, 1 in epochs 5-6" in text.replace("\n", " ") for text in texts(figure))

    def test_scales_are_the_same_for_every_variant(self):
        one, other = (training_curves.draw([history("v0", 0, n, start)], "A") for n, start in [(4, 0.75), (8, 0.8)])
        for a, b in zip(one.axes, other.axes, strict=True):
            assert a.get_ylim() == b.get_ylim() and a.get_xlim() == b.get_xlim()
        assert one.axes[0].get_ylim() == training_curves.ACCURACY_SCALE

    def test_scales_widen_for_curves_beyond_them(self):
        histories = [history("v0", 0, 4, start=0.2)]
        histories[0]["epochs"][0]["loss"] = 2.5
        accuracy, loss = training_curves.draw(histories, "A").axes
        assert accuracy.get_ylim()[0] < 30 and accuracy.get_ylim()[1] == 100
        assert loss.get_ylim() == (0, 2.5)


class TestComparison:
    def test_every_run_and_mean_and_interval(self):
        data = study(4, 10)
        left, right = against_baseline(data).axes
        accuracy = 100 * data["runs"].pivot(index="seed", columns="variant", values="test_accuracy")
        for variant, mean, low, high in data["means"].itertuples(index=False):
            assert any(np.array_equal(line[:, 0], accuracy[variant]) for line in lines(left))
            assert any(np.array_equal(line[:, 0], [low, high]) for line in lines(left))
            assert any(np.array_equal(line[:, 0], [mean]) for line in lines(left))
        for row in data["pairs"][data["pairs"]["right"] == "v0"].itertuples():
            differences = accuracy[row.left] - accuracy["v0"]
            assert any(np.array_equal(line[:, 0], differences) for line in lines(right))
            assert any(np.array_equal(line[:, 0], [row.low, row.high]) for line in lines(right))

    def test_nothing_is_cut_off_at_the_axes(self):
        for axes in against_baseline(study(4, 10)).axes:
            low, high = axes.get_xlim()
            data = [line.get_xydata()[:, 0] for line in axes.lines if line.get_transform() == axes.transData]
            assert low < np.nanmin(np.concatenate(data)) and np.nanmax(np.concatenate(data)) < high

    def test_filled_marks_are_the_distinguishable_variants(self):
        data = study(4, 10)
        right = against_baseline(data).axes[1]
        found = data["pairs"][data["pairs"]["right"] == "v0"].set_index("left")["distinguishable"]
        assert found.any() and not found.all()
        marks = {
            round(line.get_ydata()[0] + 0.12): line.get_markerfacecolor()
            for line in right.lines
            if line.get_markersize() == 6 and len(line.get_xdata()) == 1
        }
        for row, variant in enumerate(data["styles"]):
            if variant in found.index:
                assert (colors.to_hex(marks[row]) != "#ffffff") == found[variant]

    def test_too_few_seeds_to_judge_have_no_hollow_marks(self):
        right = against_baseline(study(4, 3)).axes[1]
        faces = {colors.to_hex(line.get_markerfacecolor()) for line in right.lines if line.get_markersize() == 6}
        assert "#ffffff" not in faces
        assert not any("distinguishable" in text for text in texts(right.figure))

    def test_two_seeds_have_no_intervals(self):
        for name in ("comparison", "pareto", "variance_shift"):
            assert not any("95 %" in text for text in texts(drawings(study(3, 2))[name])), name

    def test_one_seed_has_points_but_claims_no_interval(self):
        figure = against_baseline(study(3, 1))
        assert not any("95 %" in text for text in texts(figure))
        assert any("one seed, no intervals" in text for text in texts(figure))
        assert "the one run" in texts(figure) and "a seed" not in texts(figure)

    def test_one_seed_is_one_mark(self):
        for seeds, marks in ((1, 1), (4, 5)):
            left = against_baseline(study(3, seeds)).axes[0]
            drawn = [line for line in left.lines if line.get_marker() not in ("None", "")]
            assert sum(len(line.get_xdata()) for line in drawn) == 3 * marks


class TestCriticalDifference:
    RANKS = {"v2": 1.2, "v0": 2.3, "v1": 2.5}  # noqa: RUF012

    def test_markers_at_ranks_and_bars_over_groups(self):
        figure = critical_difference.draw(self.RANKS, [["v0", "v1"]], 0.9, look.styles(variants(3)))
        at_ranks = [line[0, 0] for line in lines(figure.axes[0]) if line.shape == (1, 2) and line[0, 1] == 0]
        assert sorted(at_ranks) == [1.2, 2.3, 2.5]
        bars = [line.get_xdata() for line in figure.axes[0].lines if line.get_linewidth() == 2.6]
        assert [list(bar) for bar in bars] == [[2.3, 2.5]]
        assert "critical difference 0.90" in texts(figure)

    def test_without_a_critical_difference_none_is_shown(self):
        figure = critical_difference.draw(self.RANKS, [], float("nan"), look.styles(variants(3)))
        assert not any("critical difference" in text for text in texts(figure))


class TestPairwise:
    def test_both_directions_and_marks(self):
        table = pd.DataFrame(
            [("v0", "v1", -0.5, True, False), ("v0", "v2", 0.25, False, True), ("v1", "v2", 0.125, False, False)],
            columns=["left", "right", "difference", "distinguishable", "equivalent"],
        ).assign(n=10)
        figure = pairwise.draw(table, look.styles(variants(3)))
        cells = {text.get_position(): text.get_text() for text in figure.axes[0].texts}
        minus = "\N{MINUS SIGN}"
        assert cells[(1, 0)] == f"{minus}0.50*" and cells[(0, 1)] == "+0.50*"
        assert cells[(2, 0)] == "+0.25=" and cells[(0, 2)] == f"{minus}0.25="
        assert cells[(2, 1)] == "+0.12" and (1, 1) not in cells
        shown = figure.axes[0].collections[0].get_array()
        assert shown[0, 1] == -0.5 and shown[1, 0] == 0.5 and shown[1, 1] is np.ma.masked

    def test_a_hundred_variants_are_folded_into_groups_that_count_what_is_told_apart(self):
        names = [f"v{i}" for i in range(100)]
        pairs = list(itertools.combinations(range(100), 2))
        table = pd.DataFrame(
            [(names[i], names[j], (j - i) / 10, j - i > 50, False, 10) for i, j in pairs],
            columns=["left", "right", "difference", "distinguishable", "equivalent", "n"],
        )
        figure = pairwise.draw(table, look.styles(variants(100)))
        cells = [text.get_text() for text in figure.axes[0].texts]
        assert len(cells) == pairwise.GROUPS**2 and figure.get_figheight() < 12
        told = sum(int(text.split("*")[1].split()[0]) for text in cells if "*" in text)
        assert told == 2 * int(table["distinguishable"].sum())
        assert figure.axes[0].get_yticklabels()[0].get_text().startswith("1 to 9: Variant 0 to Variant 8")

    @pytest.mark.parametrize("count", [3, 30])
    def test_long_names_stay_on_the_page(self, count):
        names = {f"v{i}": {"label": f"before_norm, dropout element, rates 0.0{i}, and whatever"} for i in range(count)}
        pairs = [(a, b, 1.0, False, False, 10) for a, b in itertools.combinations(names, 2)]
        table = pd.DataFrame(pairs, columns=["left", "right", "difference", "distinguishable", "equivalent", "n"])
        assert_on_page(pairwise.draw(table, look.styles(names)))
        classes = [fields["label"] for fields in list(names.values())[:10]]
        assert_on_page(confusion.draw(np.eye(len(classes)), classes, "Variant 0"))


class TestConvergence:
    RUNS = pd.DataFrame(
        {
            "variant": ["v0"] * 3 + ["v1"] * 3,
            "seed": [0, 1, 2] * 2,
            "epochs_to_090": [2, 4, 3, 5, 5, 6],
            "reached_090": [True, True, False, False, False, False],
            "epochs_to_relative": [1, 1, 2, 2, 3, 3],
            "reached_relative": [True] * 6,
            "relative_target": [0.9] * 6,
        }
    )

    def axes(self):
        histories = [history(v, s, 4 + s) for v in ("v0", "v1") for s in range(3)]
        return convergence.draw(self.RUNS, learning_curves(histories), look.styles(variants(2))).axes

    def test_a_target_that_no_run_reached_has_no_panel(self):
        histories = [history("v0", s, 4) for s in range(3)]
        runs = self.RUNS[self.RUNS["variant"] == "v0"].assign(reached_090=False)
        axes = convergence.draw(runs, learning_curves(histories), look.styles(variants(1))).axes
        titles = [each.get_title() for each in axes]
        assert [title.split()[-1] for title in titles] == ["baseline)", "far"]

    def test_steps_are_shares_of_all_runs(self):
        # One of three at 2, one at 4; one ended at 3.
        assert holds(self.axes()[0], np.array([[0, 0], [2, 100 / 3], [4, 200 / 3], [4, 200 / 3]]))

    def test_a_variant_that_never_gets_there_stays_at_zero_with_its_ends_marked(self):
        axes = self.axes()[0]
        assert holds(axes, np.array([[0, 0], [6, 0]]))
        assert holds(axes, np.array([[5, 0], [6, 0]]))

    def test_mean_curves_carry_stopped_runs_on(self):
        curves = learning_curves([history("v0", s, 4 + s) for s in range(3)])
        best = curves.groupby("seed")["val_accuracy"].max()
        line = self.axes()[2].lines[0].get_xydata()
        assert line[-1] == pytest.approx([6, 100 * best.mean()])


def test_calibration_shows_bins_errors_and_null():
    data = study(2, 3)
    left, right = calibration.draw(data["bins"], data["runs"], data["styles"]).axes
    bins = data["bins"][data["bins"]["variant"] == "v1"].groupby("bin")[["confidence", "accuracy"]].mean()
    assert holds(left, 100 * bins.to_numpy())
    errors = 100 * data["runs"].set_index("variant").loc["v1", "ece"]
    assert any(np.allclose(line[:, 0], errors) for line in lines(right) if len(line) == 3)
    assert sum(np.allclose(line[:, 0], 0.5) for line in lines(right) if len(line) == 2) == 2


class TestVarianceShift:
    def test_layers_and_cost(self):
        data = study(3, 3)
        variance, mean, right = variance_shift.draw(data["shifts"], data["styles"]).axes
        table = shift.variance_shift_table(data["shifts"], dict.fromkeys(data["styles"], ""))
        for _, rows in table.groupby("variant"):
            for column in shift.SHIFTS:
                left = mean if column.startswith("mean") else variance
                assert holds(left, np.column_stack([range(3), rows[column]]))
            means = [line[0, 0] for line in lines(right) if len(line) == 1]
            assert np.isclose(means, 100 * rows["cost_of_shift"].iloc[0]).any()
        assert [label.get_text() for label in right.get_yticklabels()] == ["Variant 1", "Variant 2"]

    def test_each_backbone_has_axes_of_its_own(self):
        data = study(4, 2)
        other = data["shifts"]["variant"] == "v3"
        names = data["shifts"]["layer"].where(~other, "unit1_" + data["shifts"]["layer"])
        _, plain, _, residual, _ = variance_shift.draw(data["shifts"].assign(layer=names), data["styles"]).axes
        shown = [[label.get_text() for label in axes.get_xticklabels()] for axes in (plain, residual)]
        assert shown == [LAYERS, [f"unit1_{layer}" for layer in LAYERS]]

    def test_a_study_without_batchnorm_says_so(self):
        figure = variance_shift.draw(study(2, 2)["shifts"].iloc[:0], look.styles(variants(2)))
        assert "No variant of this study has BatchNorm." in texts(figure)


def test_confusion_is_shares_of_the_true_class():
    figure = confusion.draw(np.array([[3, 1], [0, 10]]), ["cat", "dog"], "A")
    cells = {text.get_position(): text.get_text() for text in figure.axes[0].texts}
    assert cells == {(0, 0): "75.0", (1, 0): "25.0", (1, 1): "100"}


@pytest.mark.parametrize("classes", [300, 1000])
def test_confusion_of_many_classes_is_colours_on_a_page_of_a_fixed_size(classes, tmp_path):
    names = [f"class {i}" for i in range(classes)]
    figure = confusion.draw(np.eye(classes, dtype=int) * 9 + 1, names, "A")
    assert max(figure.get_size_inches()) < 20 and not figure.axes[0].texts
    assert not any(name in text for text in texts(figure) for name in names[:3])
    look.save(figure, tmp_path / "many.png")
    assert (tmp_path / "many.svg").stat().st_size < 1e6


def test_pareto_line_is_the_front_of_the_means():
    table = pd.DataFrame(
        {"variant": ["v0", "v1", "v2"], "test_accuracy_mean": [0.90, 0.92, 0.91], "training_seconds_mean": [10, 20, 30]}
    ).assign(test_accuracy_low=np.nan, test_accuracy_high=np.nan, pareto_training_seconds=[True, True, False])
    axes = pareto.draw(table, look.styles(variants(3)), {"training_seconds": ("Seconds", 1)}).axes[0]
    assert holds(axes, np.array([[10, 90], [20, 92]]))
    assert all(holds(axes, np.array([point])) for point in [[10, 90], [20, 92], [30, 91]])


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize(("count", "seeds"), [(1, 1), (3, 2)])
def test_small_studies_draw_without_a_warning(count, seeds, tmp_path):
    for name, figure in drawings(study(count, seeds)).items():
        look.save(figure, tmp_path / f"{name}.png")
        ElementTree.parse(tmp_path / f"{name}.svg")
        assert (tmp_path / f"{name}.png").read_bytes().startswith(b"\x89PNG")


@pytest.mark.filterwarnings("error")
def test_sixty_variants_grow_the_page_and_overlap_nothing():
    few, many = drawings(study(3, 2)), drawings(study(60, 2))
    for name in ("comparison", "critical_difference", "pairwise", "convergence", "calibration", "variance_shift"):
        assert many[name].get_figheight() > 1.3 * few[name].get_figheight()
    for name in ("comparison", "calibration", "variance_shift"):
        figure = many[name]
        figure.draw_without_rendering()
        labels = figure.axes[0 if name == "comparison" else 1].get_yticklabels()
        boxes = sorted((label.get_window_extent() for label in labels), key=lambda box: box.y0)
        assert all(below.y1 <= above.y0 for below, above in itertools.pairwise(boxes))
        assert all(box.x0 >= 0 for box in boxes)


@pytest.mark.filterwarnings("error")
def test_labels_are_drawn_as_they_are(tmp_path):
    labels = ["$x_1$ & $", "_hidden", "a < b > c & d", "100 % \\alpha {", "'\"^", "W" * 80]
    data = study(6, 2) | {"styles": look.styles({f"v{i}": {"label": label} for i, label in enumerate(labels)})}
    for name, figure in drawings(data).items():
        if name not in ("training", "confusion"):
            shown = [parts.wrapped(label) for label in labels[name == "variance_shift" :]]
            assert all(any(label in text for text in texts(figure)) for label in shown), name
            look.save(figure, tmp_path / f"{name}.png")
            ElementTree.parse(tmp_path / f"{name}.svg")
    for label in labels:
        curves = training_curves.draw(data["histories"][:2], label)
        matrix = confusion.draw(np.eye(2), [label[:18], "other"], label)
        assert curves.get_suptitle() == parts.wrapped(label, 80)
        curves.draw_without_rendering()
        matrix.draw_without_rendering()


MATPLOTLIBRC = """
backend: nowhere
text.usetex: True
text.color: white
axes.facecolor: black
axes.prop_cycle: cycler('color', ['white'])
axes.formatter.use_locale: True
figure.facecolor: black
figure.constrained_layout.h_pad: 1
image.cmap: jet
lines.markeredgewidth: 9
patch.force_edgecolor: True
path.sketch: 5, 50, 20
savefig.bbox: tight
savefig.transparent: True
svg.fonttype: none
"""


@pytest.mark.slow
def test_files_are_the_same_bits_in_other_processes_among_a_users_settings(tmp_path):
    """Those in the working folder, which come first, and the user's own, in a notebook's environment each time."""
    own = tmp_path / "home/.config/matplotlib"
    places = {
        "folder": [tmp_path / "folder/matplotlibrc"],
        "home": [own / "matplotlibrc", own / "stylelib/default.mplstyle"],
    }
    # In the order of a rule's script, which comes to matplotlib by these.
    code = "import compare, plot_variant; from pathlib import Path; import test_figures; "
    code += "test_figures.save_all(Path('there'))"
    processes = []
    for place, settings in places.items():
        for file in settings:
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(MATPLOTLIBRC)
        processes.append(
            subprocess.Popen(
                [sys.executable, "-c", code],
                cwd=tmp_path / place,
                env={
                    "PATH": os.environ["PATH"],
                    "PYTHONPATH": os.pathsep.join([str(SCRIPTS), str(ROOT / "tests"), str(Path(__file__).parent)]),
                    "HOME": str(tmp_path / "home"),
                    "MPLBACKEND": "module://nowhere.backend_inline",
                    "LC_ALL": "C",
                },
            )
        )
    here = tmp_path / "here"
    save_all(here)
    names = sorted(path.name for path in here.iterdir())
    assert len(names) == 18
    for place, process in zip(places, processes, strict=True):
        assert process.wait(300) == 0
        for name in names:
            assert (here / name).read_bytes() == (tmp_path / place / "there" / name).read_bytes(), (place, name)


def save_all(folder: Path) -> None:
    for name, figure in drawings(study(3, 2)).items():
        look.save(figure, folder / f"{name}.png")


def test_import_is_light():
    code = "import sys; from placement.reading.figures import convergence, look, training_curves; print(*sys.modules)"
    environment = os.environ | {"PYTHONPATH": str(SCRIPTS)}
    modules = subprocess.run([sys.executable, "-c", code], env=environment, check=True, capture_output=True, text=True)
    assert not {"tensorflow", "matplotlib.pyplot", "scipy.stats", "statsmodels"} & set(modules.stdout.split())
