"""What docs/kept_runs.py keeps of a study's runs, and reads back."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import yaml

import kept_runs
import trained_again
from placement.errors import InputError
from placement.runs import predictions, tables

VARIANTS = ("plain", "both")


def test_seeds_trained_apart_join_those_that_are_kept(tmp_path):
    whole, halves = tmp_path / "whole", tmp_path / "halves"
    kept_runs.add(finished(tmp_path / "all", [0, 1, 2]), whole)
    for seeds in ([1, 2], [0, 1]):  # the run of seed 1 is in both, and kept once
        kept_runs.add(finished(tmp_path / f"of{seeds[0]}", seeds), halves)
    assert {file.name: file.read_bytes() for file in whole.iterdir()} == {
        file.name: file.read_bytes() for file in halves.iterdir()
    }
    assert yaml.safe_load((halves / "config.yaml").read_text())["seeds"] == [0, 1, 2]
    files = kept_runs.archived(halves)
    assert json.loads(files["plain/seed2/history.json"])["seed"] == 2
    images = kept_runs.images(files, VARIANTS)
    assert images.seeds == (0, 1, 2)
    for variant in VARIANTS:
        assert images.correct[variant].tolist() == [correct(variant, seed).tolist() for seed in images.seeds]


def test_runs_of_another_recipe_do_not_join(tmp_path):
    kept_runs.add(finished(tmp_path / "one", [0]), tmp_path / "kept")
    before = {file.name: file.read_bytes() for file in (tmp_path / "kept").iterdir()}
    with pytest.raises(InputError, match="both has other data, another network or recipe than the runs in"):
        kept_runs.add(finished(tmp_path / "other", [1], epochs=2), tmp_path / "kept")
    assert {file.name: file.read_bytes() for file in (tmp_path / "kept").iterdir()} == before


def test_runs_that_were_trained_again_are_compared_by_their_bits(tmp_path):
    kept_runs.add(finished(tmp_path / "one", [0, 1]), tmp_path / "kept")
    again = finished(tmp_path / "again", [1, 2], host="there")
    assert trained_again.compared(again, tmp_path / "kept") == {"both/seed1": True, "plain/seed1": True}
    history = again / "runs/plain/seed1/history.json"
    history.write_text(history.read_text().replace("0.5", "0.25"))
    (again / "runs/both/seed1/predictions.npz").write_bytes((again / "runs/both/seed2/predictions.npz").read_bytes())
    assert trained_again.compared(again, tmp_path / "kept") == {"both/seed1": False, "plain/seed1": False}


def finished(study: Path, seeds: list[int], epochs: int = 1, host: str = "here") -> Path:
    """What is read of a finished study of two variants and ten test images."""
    rows = []
    for variant, seed in ((variant, seed) for variant in VARIANTS for seed in seeds):
        folder = study / f"runs/{variant}/seed{seed}"
        folder.mkdir(parents=True)
        record = {"variant": variant, "seed": seed, "dataset": {}, "spec": {}, "training": {"epochs": epochs}}
        record |= {"epochs": [{"loss": 0.5, "seconds": float(seed)}], "environment": {"host": host}}
        (folder / "history.json").write_text(json.dumps(record))
        right = correct(variant, seed)
        probabilities = np.eye(2, dtype=np.float32)[np.where(right, 0, 1)]
        predictions.write(folder / "predictions.npz", np.zeros(10, np.uint8), probabilities)
        rows.append({"variant": variant, "seed": seed, "test_accuracy": right.mean()})
    tables.write(study / "runs.csv", pd.DataFrame(rows).assign(**dict.fromkeys(kept_runs.RELATIVE, 1)))
    (study / "config.yaml").write_text(f"study: both\nseeds: {seeds}\n")
    return study


def correct(variant: str, seed: int) -> np.ndarray:
    return np.random.default_rng([len(variant), seed]).random(10) < 0.5
