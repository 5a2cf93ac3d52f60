"""Finished studies of runs that were never trained."""

import numpy as np
import pandas as pd

from placement.analysis.questions import FinishedStudy

SEEDS = 10


def spec(order: str, **changes) -> dict:
    words = order.split()
    backbone = {"kind": "plain", "filters": [8, 8], "depths": [1, 1], "head": "", "dense": 8}
    return {
        "order": order,
        "activation": "relu" if "act" in words else None,
        "norm": {"kind": "batch", "momentum": 0.99} if "norm" in words else None,
        "backbone": backbone | changes.pop("backbone", {}),
        "dropout": {"kind": "element", "rates": [0.1, 0.1], "dense_rate": 0.4} if "drop" in words else None,
    } | changes


def study(
    name: str, specs: dict[str, dict], effects: dict[str, float], seed: int = 0, seeds: int = SEEDS, **training
) -> FinishedStudy:
    """Runs with the effects of variants, and a spread by seed."""
    rng = np.random.default_rng(seed)
    runs = [
        {"variant": variant, "seed": s, "test_accuracy": 90 + effects[variant] + rng.normal(0, 0.1)}
        for variant in specs
        for s in range(seeds)
    ]
    identities = {
        variant: {
            "dataset": {"name": "fashion_mnist", "limit": None, "split_seed": 42},
            "spec": spec,
            "training": {"epochs": 2, "batch_size": 128 + seed, "optimizer": "adam", "early_stopping": None} | training,
        }
        for variant, spec in specs.items()
    }
    return FinishedStudy(name, pd.DataFrame(runs), identities, pd.DataFrame())
