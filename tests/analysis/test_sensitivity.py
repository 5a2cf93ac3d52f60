"""What turns a verdict."""

from functools import partial

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from grid_claims import claim
from placement.analysis import crossed, judgements, paired, tails

pytestmark = pytest.mark.filterwarnings("error")


def test_a_verdict_that_hangs_on_one_seed_is_fragile_and_says_on_which():
    d = np.array([0.9, 0.1, 0.5, -0.2, 0.4, 0.3, 0.0, 0.6, -0.1, 0.3])
    a = 90 + np.random.default_rng(1).normal(0, 0.1, 10)
    runs = pd.DataFrame(
        [("a", i, a[i] + d[i]) for i in range(10)] + [("b", i, a[i]) for i in range(10)],
        columns=["variant", "seed", "test_accuracy"],
    )
    row = judgements.judge([claim(left="a", right="b")], runs, 0.2).iloc[0]
    assert row["verdict"] == "supported" and stats.ttest_1samp(d, 0).pvalue < 0.05
    open_without = [seed for seed in range(10) if stats.ttest_1samp(np.delete(d, seed), 0).pvalue >= 0.05]
    assert 0 < len(open_without) < 10
    expected = f"without seed {', '.join(map(str, open_without))}: undecided"
    assert row["verdict_without_a_seed"] == expected
    assert row["fragile"].split("; ")[-1] == expected
    assert row["verdict_last_epoch"] == row["verdict_reestimated"] == "not measured"


def steady(seeds=10, **others):
    """A difference of a point in every seed, with exactly the seeds that it takes; other measures by its size."""
    rng = np.random.default_rng(2)
    noise = rng.normal(0, 0.1, 10)
    runs = pd.DataFrame(
        [(name, i, 90 + (name == "a") * (1 + noise[i]), i) for name in "ab" for i in range(seeds)],
        columns=["variant", "seed", "test_accuracy", "i"],
    )
    for metric, size in others.items():
        runs[metric] = 90 + (runs["variant"] == "a") * (size + noise[runs["i"]])
    return judgements.judge([claim(left="a", right="b")], runs, 0.2).iloc[0]


def test_with_exactly_the_seeds_that_it_takes_leaving_one_out_makes_nothing_fragile():
    row = steady(seeds=6)
    assert (row["n"], row["verdict"], row["fragile"]) == (6, "supported", "")
    assert row["verdict_without_a_seed"] == row["verdict_skewness"] == "supported"


def test_the_last_epoch_and_re_estimated_statistics_may_turn_a_verdict():
    row = steady(test_accuracy_last=1.0, test_accuracy_reestimated=-1.0)
    assert (row["verdict_last_epoch"], row["verdict_reestimated"]) == ("supported", "refuted")
    assert row["fragile"] == "re-estimated: refuted"
    assert steady(test_accuracy_last=0.0)["fragile"] == "last epoch: equivalent"
    assert steady(test_accuracy_last=np.nan)["verdict_last_epoch"] == "not measured"


def pair(metric, a, b):
    """Of seeds in turn: one row a run."""
    return pd.DataFrame(
        [(name, i, value) for name, values in {"a": a, "b": b}.items() for i, value in enumerate(values)],
        columns=["variant", "seed", metric],
    )


def test_a_loss_has_a_last_epoch_too():
    noise = np.random.default_rng(5).normal(0, 0.01, 8)
    runs = pair("test_loss", 1 + noise, 2 - noise)
    runs["test_loss_last"] = 3 - runs["test_loss"]
    row = judgements.judge([claim(left="a", right="b", metric="test_loss", direction="lower")], runs, 0.2)
    assert row[["verdict", "verdict_last_epoch"]].iloc[0].tolist() == ["supported", "refuted"]


def test_a_claim_is_judged_again_beside_all_others_as_they_are():
    """The last epoch's p is below 0.05 alone, and not when it counts as one of two, the other open."""
    d = np.array([0.7, 0.6, 0.1, 0.2, 0.1, 0.2, -0.2, 0.6])
    assert 0.025 < stats.ttest_1samp(d, 0).pvalue < 0.05
    runs = pair("test_accuracy", 95 + d, np.full(8, 90.0)).assign(open=np.tile([1.0, -1, 1, -1, 1, -1, 2, -2], 2))
    runs["open"] *= runs["variant"] == "a"
    runs["test_accuracy_last"] = np.concatenate([90 + d, np.full(8, 90.0)])
    entries = [claim(left="a", right="b"), claim(left="a", right="b", metric="open")]
    rows = judgements.judge(entries, runs, 0.2)
    assert rows["verdict"].tolist() == ["supported", "undecided"]
    assert rows["verdict_last_epoch"].tolist() == ["undecided", ""]


def test_the_sign_flip_test_may_turn_a_verdict():
    d = np.array([0.7, 0.6, 0.1, 0.2, 0.1, 0.2, -0.2, 0.6])
    assert stats.ttest_1samp(d, 0).pvalue < 0.05 < paired.sign_flip_p(d)
    row = judgements.judge([claim(left="a", right="b")], pair("test_accuracy", 90 + d, np.full(8, 90)), 0.2)
    assert row["verdict_sign_flip"].iloc[0] == "undecided"
    assert "sign-flip: undecided" in row["fragile"].iloc[0].split("; ")


def test_an_exact_test_that_could_not_confirm_turns_nothing():
    rng = np.random.default_rng(3)
    a = 90 + rng.normal(0, 0.1, 6)
    runs = pd.DataFrame(
        [(f"v{j}", i, a[i] + j + rng.normal(0, 0.05)) for j in range(3) for i in range(6)],
        columns=["variant", "seed", "test_accuracy"],
    )
    entry = claim(left="v0", right=["v1", "v2"])  # refuted by either of two: 2 * 2 / 2^6 is above 0.05
    row = judgements.judge([entry], runs, 0.2).iloc[0]
    assert (row["verdict"], row["verdict_sign_flip"], row["fragile"]) == ("refuted", "out of reach", "")


def skewed():
    """Differences with a long tail below, whose mean t tells from zero and Hall's t doesn't."""
    return np.array([0.9, 0.85, 0.8, 0.75, 0.7, 0.65, 0.6, 0.55, 0.5, -1.0])


def test_a_long_tail_on_the_other_side_makes_a_verdict_fragile():
    d = skewed()
    assert stats.ttest_1samp(d, 0).pvalue < 0.05 and paired.sign_flip_p(d) < 0.05
    a = np.linspace(90, 91, 10)
    runs = pd.DataFrame(
        [(name, i, a[i] + (name == "a") * d[i]) for name in "ab" for i in range(10)],
        columns=["variant", "seed", "test_accuracy"],
    )
    row = judgements.judge([claim(left="a", right="b")], runs, 0.2).iloc[0]
    assert (row["verdict"], row["verdict_sign_flip"], row["verdict_skewness"]) == (
        "supported",
        "supported",
        "undecided",
    )
    assert "skewness: undecided" in row["fragile"]
    other_way = tails.hall(-d[:, None] + 2 * d.mean())  # the tail on the mean's own side costs nothing
    assert other_way.above < tails.student(-d[:, None] + 2 * d.mean()).above


@pytest.mark.parametrize(("images", "expected"), [(20, "undecided"), (20_000, "supported")])
def test_a_difference_on_few_images_may_be_of_these_images(images, expected):
    """Each seed gains on the same twentieth of the images: other images would have another share of such ones."""
    gained = np.arange(images) < images / 20
    rng = np.random.default_rng(4)
    flips = rng.random((10, images)) < 1 / images
    correct = {"a": np.tile(np.ones(images, bool), (10, 1)), "b": ~(gained ^ flips)}
    runs = pd.DataFrame(
        [(name, i, 100 * correct[name][i].mean()) for name in "ab" for i in range(10)],
        columns=["variant", "seed", "test_accuracy"],
    )
    judge = partial(judgements.judge, [claim(left="a", right="b")], runs, 0.2)
    row = judge(images=crossed.Images(tuple(range(10)), correct)).iloc[0]
    assert (row["verdict"], row["verdict_new_images"]) == ("supported", expected)
    assert ("new images: undecided" in row["fragile"]) == (expected == "undecided")
    assert judge(images=crossed.Images(tuple(range(5)), correct)).iloc[0]["verdict_new_images"] == "not measured"
