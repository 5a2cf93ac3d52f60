"""What findings are written from, of studies that were never trained."""

from collections.abc import Mapping
from typing import Any

from placement.reading.facts import Facts, Trained

COMMAND = "snakemake --cores 2 --config seeds=10"
NETWORK = Trained("[conv act] x3", "relu; no norm", "3 epochs")


def facts_of(labels: Mapping[str, str], baseline: str, seeds: int = 10, **others: Any) -> Facts:
    """The facts of a study of these variants, without claims or a grid where nothing else is said."""
    facts = {
        "study": "small",
        "dataset": "Fashion-MNIST",
        "rope": 0.2,
        "more_seeds": COMMAND,
        "note": "",
        "images": "8 images train",
        "copies": "",
        "recipes": 1,
        "stops_early": frozenset({True}),
        "claims": 0,
        "levels": (),
        "trained": dict.fromkeys(labels, NETWORK),
        "config_file": "config.yaml",
    }
    return Facts(labels=labels, baseline=baseline, seeds=seeds, **facts | others)
