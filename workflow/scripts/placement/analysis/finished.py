"""Finished runs, read to be measured: each is checked against what it was to be, and its files against each other."""

from collections import Counter
from typing import Any, NamedTuple

import numpy as np

from placement.counting import how_many
from placement.data.chosen import described
from placement.errors import InputError
from placement.runs import history, predictions, shifts


class Run(NamedTuple):
    """What a run was to be (see Study.identity), what it is addressed by (see kept.digest), and where its
    results are: a shift, if it has BatchNorm."""

    identity: dict[str, Any]
    digest: str
    history_file: str
    predictions_file: str
    shift_file: str | None = None


def read(run: Run) -> tuple[dict[str, Any], np.ndarray, np.ndarray]:
    """History, true labels [N] and class probabilities [N, C] of a run.

    Raises:
        InputError: damaged, not of this config, or the predictions are not those that the history was written with.
    """
    record = history.read(run.history_file, run.identity)
    labels, probabilities = predictions.read(run.predictions_file)
    dataset = described(record["dataset"])
    expected = (dataset.test_size or len(labels), len(dataset.class_names))
    if probabilities.shape != expected:
        raise InputError(
            f"{run.predictions_file}: probabilities of shape {probabilities.shape}, expected {expected}, images and "
            f"classes of {record['dataset']['name']}; delete it and run again"
        )
    accuracy = predictions.accuracy(labels, probabilities)
    if accuracy != record["test"]["accuracy"]:
        raise InputError(
            f"{run.predictions_file}: test accuracy {accuracy}, but {record['test']['accuracy']} in "
            f"{run.history_file}: they are of different runs; delete both and run again"
        )
    return record, labels, probabilities


def reestimated(run: Run, record: dict[str, Any]) -> float | None:
    """Test accuracy with BatchNorm's statistics re-estimated; None for a run without.

    Raises:
        InputError: damaged, or the shift is that of another run than the history.
    """
    accuracy = record["test"]["accuracy"]
    if run.shift_file is None:
        return None
    shift = shifts.read(run.shift_file)
    if shift["accuracy"] != accuracy:
        raise InputError(
            f"{run.shift_file}: test accuracy {shift['accuracy']}, but {accuracy} in {run.history_file}: they are of "
            "different runs; delete it and run again"
        )
    return shift["accuracy_reestimated"]


def mixed_machines(histories: list[dict[str, Any]]) -> list[str]:
    """A line for each seed whose runs were trained on more than one kind of machine, which is a difference between them
    beside the variants: each kind of GPU and of CPU has other last bits, and after some epochs other runs."""
    kinds: dict[int, Counter] = {}
    for record in histories:
        environment = record["environment"]
        kinds.setdefault(record["seed"], Counter())[environment.get("gpu") or environment.get("cpu")] += 1
    return [
        f"seed {seed}: trained on "
        + " and ".join(f"{kind} ({how_many(count, 'run')})" for kind, count in found.most_common())
        + ": "
        "a difference between its variants may be one between machines; train all of a seed on one kind"
        for seed, found in kinds.items()
        if len(found) > 1
    ]
