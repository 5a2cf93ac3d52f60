"""Measure every run of a study and put the measures into tables: all that the comparison knows of the runs."""

from collections import Counter
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from placement.analysis import calibration, convergence, metrics, summary
from placement.data.chosen import described
from placement.errors import InputError, reported
from placement.files import atomic
from placement.runs import history, predictions, shifts, tables


class Run(NamedTuple):
    """What a run was to be (see Study.identity), what it is addressed by (see kept.digest), and where its
    results are: a shift, if it has BatchNorm."""

    identity: dict[str, Any]
    digest: str
    history_file: str
    predictions_file: str
    shift_file: str | None = None


def summarize(
    runs: list[Run],
    baseline: str,
    labels: dict[str, str],
    outputs: dict[str, str],
    levels: dict[str, dict[str, str]] | None = None,
) -> str:
    """Write the tables of a study; return its summary as text.

    Args:
        runs: every seed of every variant: all seeds of the first variant, then of the next.
        baseline: the variant whose accuracy sets the relative target of convergence.
        labels: {variant: label} in config order.
        outputs: paths of runs (a row a run: its digest, metrics.run_metrics, convergence.relative_convergence), summary
            (summary.summary_table), curves (convergence.learning_curves), reliability (calibration.reliability of each
            run) and images: an .npz of variants [V], seeds [S], correct (bool [V, S, test images], whether each was
            classified correctly) and confusion (int [V, C, C], calibration.confusion_matrix summed over seeds).
        levels: {variant: {factor: level}} of those of a grid: columns of runs, empty for other variants.

    Raises:
        InputError: a result is damaged, belongs to another config or to another run.
    """
    histories, rows, bins = [], [], []
    correct: dict[str, list[np.ndarray]] = {variant: [] for variant in labels}
    confusion: dict[str, np.ndarray | int] = dict.fromkeys(labels, 0)
    true_labels = None
    for run in runs:
        record, truth, probabilities = read_run(run)
        if true_labels is None:
            true_labels = truth
        elif not np.array_equal(truth, true_labels):
            raise InputError(
                f"{run.predictions_file}: its test labels are not those of {runs[0].predictions_file}, expected the "
                "same images in the same order; delete it and run again"
            )
        variant, seed = record["variant"], record["seed"]
        histories.append(record)
        rows.append(metrics.run_metrics(record, truth, probabilities, reestimated(run, record)))
        bins.append(calibration.reliability(truth, probabilities).assign(variant=variant, seed=seed))
        correct[variant].append(probabilities.argmax(axis=1) == truth)
        confusion[variant] = confusion[variant] + calibration.confusion_matrix(truth, probabilities)
    mixed = mixed_machines(histories)
    measured = pd.DataFrame(rows).merge(convergence.relative_convergence(histories, baseline), on=["variant", "seed"])
    table = summary.summary_table(measured, labels)
    tables.write(outputs["runs"], named(measured, [run.digest for run in runs], levels or {}))
    tables.write(outputs["summary"], table)
    tables.write(outputs["curves"], convergence.learning_curves(histories))
    tables.write(outputs["reliability"], pd.concat(bins)[["variant", "seed", "bin", "count", "confidence", "accuracy"]])
    with atomic(outputs["images"]) as temporary:
        np.savez_compressed(
            temporary,
            variants=np.array(list(labels)),
            seeds=np.array([row["seed"] for row in rows[: len(runs) // len(labels)]]),
            correct=np.array(list(correct.values())),
            confusion=np.array(list(confusion.values())),
        )
    return "\n".join([summary.render_summary(table), *mixed])


def mixed_machines(histories: list[dict[str, Any]]) -> list[str]:
    """A line for each seed whose runs were trained on more than one kind of machine, which is a difference between them
    beside the variants: each kind of GPU and of CPU has other last bits, and after some epochs other runs."""
    kinds: dict[int, Counter] = {}
    for record in histories:
        environment = record["environment"]
        kinds.setdefault(record["seed"], Counter())[environment.get("gpu") or environment.get("cpu")] += 1
    return [
        f"seed {seed}: trained on "
        + " and ".join(f"{kind} ({count} runs)" for kind, count in found.most_common())
        + ": "
        "a difference between its variants may be one between machines; train all of a seed on one kind"
        for seed, found in kinds.items()
        if len(found) > 1
    ]


def named(measured: pd.DataFrame, digests: list[str], levels: dict[str, dict[str, str]]) -> pd.DataFrame:
    """The digest of each run and a column for each factor of a grid, after those that say whose run it is."""
    found = pd.DataFrame([levels.get(variant, {}) for variant in measured["variant"]], index=measured.index)
    names = measured[["variant", "seed"]].assign(run=digests)
    return pd.concat([names, found, measured.drop(columns=["variant", "seed"])], axis=1)


def read_run(run: Run) -> tuple[dict[str, Any], np.ndarray, np.ndarray]:
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
    accuracy = float((probabilities.argmax(axis=1) == labels).mean())
    if accuracy != record["test"]["accuracy"]:
        raise InputError(
            f"{run.predictions_file}: test accuracy {accuracy}, but {record['test']['accuracy']} in "
            f"{run.history_file}: they are of different runs; delete both and run again"
        )
    return record, labels, probabilities


def reestimated(run: Run, record: dict[str, Any]) -> float | None:
    """Test accuracy with BatchNorm's statistics measured again; None for a run without.

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


if __name__ == "__main__":
    with reported(snakemake.log[0]):
        runs = [
            (identity | {"seed": seed}, snakemake.params.runs[identity["variant"]][seed])
            for identity in snakemake.params.identities
            for seed in snakemake.params.seeds
        ]
        shift_files = iter(snakemake.input.shifts)  # of the runs that have BatchNorm, in the same order
        print(
            summarize(
                runs=[
                    Run(*run, of_run, predicted, next(shift_files) if shifts.has_one(run[0]) else None)
                    for run, of_run, predicted in zip(
                        runs, snakemake.input.histories, snakemake.input.predictions, strict=True
                    )
                ],
                baseline=snakemake.params.baseline,
                labels=snakemake.params.labels,
                outputs=dict(snakemake.output.items()),
                levels=snakemake.params.levels,
            ),
            flush=True,
        )
