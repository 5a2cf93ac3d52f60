"""What a study's runs show of whether they had settled."""

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from placement.analysis import settling

RECIPE = {"epochs": 20, "early_stopping": {"patience": 3}}


def curves(variant: str, best: list[float], seeds: int = 2) -> pd.DataFrame:
    rows = [(variant, seed, epoch, value) for seed in range(seeds) for epoch, value in enumerate(best, 1)]
    return pd.DataFrame(rows, columns=["variant", "seed", "epoch", "val_accuracy"])


def found(accuracy: float, best: list[float], stopped: bool = False, cost: float | None = None) -> pd.Series:
    runs = pd.DataFrame({"variant": "a", "seed": [0, 1], "test_accuracy": accuracy, "stopped_early": [stopped, False]})
    columns = ["variant", "n", "cost_of_shift", "cost_of_shift_sd"]
    shifts = pd.DataFrame([] if cost is None else [("a", 4, cost, 0.01)], columns=columns)
    return settling.settling(runs, curves("a", best), shifts, {"a": RECIPE}, 10.0, 0.2).iloc[0]


def test_a_tenth_of_the_way_from_chance_is_near_it():
    flat = [0.5] * 20
    assert found(18.9, flat)["near_chance"] and not found(19.0, flat)["near_chance"]


def test_what_still_gains_in_its_last_tenth_is_rising():
    steady = found(90, [0.5] * 18 + [0.5, 0.503])
    assert steady["gain"] == pytest.approx(0.3) and steady["rising"]
    assert not found(90, [0.5] * 18 + [0.5, 0.5019])["rising"]
    assert not found(90, [0.85] * 18 + [0.85, 0.852])["rising"]  # by as much as the region, and no more
    stopped = found(90, [0.5, 0.7, 0.9, 0.9])  # its last epochs never were
    assert stopped["gain"] == 0 and not stopped["rising"]
    assert not len(settling.last_gains(curves("a", [0.5]), 1)) and np.isnan(found(90, [])["gain"])


def test_it_is_seen_how_many_runs_early_stopping_ended():
    assert found(90, [0.5] * 20)["stopped"] == 0 and found(90, [0.5] * 20, stopped=True)["stopped"] == 0.5


def test_statistics_are_costly_from_a_point_on():
    assert found(90, [0.5] * 20, cost=0.02)["costly"] and not found(90, [0.5] * 20, cost=0.009)["costly"]
    assert not found(90, [0.5] * 20)["costly"]


def test_means_have_their_intervals():
    ends = found(90, [0.5] * 20, cost=0.02)[["cost_low", "cost_high"]]
    assert ends.tolist() == pytest.approx(stats.t.interval(0.95, 3, 2, 1 / 2))
    table = curves("a", [0.5] * 19, seeds=3)
    last = pd.DataFrame({"variant": "a", "seed": range(3), "epoch": 20, "val_accuracy": [0.501, 0.502, 0.506]})
    gains = settling.last_gains(pd.concat([table, last]), 20)
    assert gains == pytest.approx([0.1, 0.2, 0.6])
    runs = pd.DataFrame({"variant": "a", "seed": range(3), "test_accuracy": 90.0, "stopped_early": False})
    shifts = pd.DataFrame(columns=["variant", "n", "cost_of_shift", "cost_of_shift_sd"])
    row = settling.settling(runs, pd.concat([table, last]), shifts, {"a": RECIPE}, 10.0, 0.2).iloc[0]
    assert row[["gain_low", "gain_high"]].tolist() == pytest.approx(
        stats.t.interval(0.95, 2, np.mean(gains), stats.sem(gains))
    )


def test_chance_is_the_share_of_the_most_frequent_class():
    assert settling.chance(np.array([[6, 0, 0], [0, 2, 1], [1, 0, 0]])) == 60
