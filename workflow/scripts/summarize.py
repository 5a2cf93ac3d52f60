"""Measure every run of a study and put the measures into tables: all that the comparison knows of the runs."""

import numpy as np
import pandas as pd

from placement.analysis import calibration, convergence, finished, metrics, summary
from placement.analysis.finished import Run
from placement.errors import InputError
from placement.files import atomic
from placement.job import job
from placement.runs import shifts, tables


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
        record, truth, probabilities = finished.read(run)
        if true_labels is None:
            true_labels = truth
        elif not np.array_equal(truth, true_labels):
            raise InputError(
                f"{run.predictions_file}: its test labels are not those of {runs[0].predictions_file}, expected the "
                "same images in the same order; delete it and run again"
            )
        variant, seed = record["variant"], record["seed"]
        histories.append(record)
        rows.append(metrics.run_metrics(record, truth, probabilities, finished.reestimated(run, record)))
        bins.append(calibration.reliability(truth, probabilities).assign(variant=variant, seed=seed))
        correct[variant].append(probabilities.argmax(axis=1) == truth)
        confusion[variant] = confusion[variant] + calibration.confusion_matrix(truth, probabilities)
    mixed = finished.mixed_machines(histories)
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


def named(measured: pd.DataFrame, digests: list[str], levels: dict[str, dict[str, str]]) -> pd.DataFrame:
    """The digest of each run and a column for each factor of a grid, after those that say whose run it is."""
    found = pd.DataFrame([levels.get(variant, {}) for variant in measured["variant"]], index=measured.index)
    names = measured[["variant", "seed"]].assign(run=digests)
    return pd.concat([names, found, measured.drop(columns=["variant", "seed"])], axis=1)


if __name__ == "__main__":
    with job(snakemake.log[0]):
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
