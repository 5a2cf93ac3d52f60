"""Train one run: a history, a saved model of plain Keras layers, and the test predictions."""

from pathlib import Path
from typing import Any

from placement.files import atomic
from placement.job import job
from placement.runs import history, kept, predictions
from placement.training import run


def train(
    identity: dict[str, Any],
    prepared: dict[str, str],
    code: dict[str, str],
    folder: str | Path,
    kept_folder: str | Path,
    log_file: str,
    device: str = "auto",
) -> str:
    """Train the run of an identity (see Study.identity), unless it is kept already.

    Args:
        identity, prepared, code, device: see run.train.
        folder: where the study has the run: its checkpoint while it trains, then links to the kept files.
        kept_folder: where runs of this digest are kept (see runs.kept): the files are written there, the history last.
            They are there already where a cluster queues a job again, or where another study trains it meanwhile.
        log_file: a line an epoch, appended while it happens.

    Returns:
        One line on the finished run.

    Raises:
        InputError: the prepared data is damaged, or a file can't be written; or there is no GPU where one is wanted.
        RunError: the training diverged or was interrupted.
    """
    name = f"{identity['variant']} seed {identity['seed']}"
    if kept.is_sound(kept_folder, identity):
        kept.take(kept_folder, folder)
        return f"{name}: taken from {kept_folder}"
    Path(log_file).unlink(missing_ok=True)
    trained = run.train(identity, prepared, code, Path(folder, "checkpoint.npz"), log_file, device)
    record = trained.record
    line = (
        f"{name}: test accuracy {100 * record['test']['accuracy']:.2f} %, kept epoch {record['best_epoch']} of "
        f"{len(record['epochs'])}, {sum(epoch['seconds'] for epoch in record['epochs']):.0f} CPU-seconds"
    )
    run.logger(log_file)(line)
    model, predicted, last = (Path(kept_folder, file) for file in kept.RESULTS)
    predictions.write(predicted, trained.labels, trained.probabilities)
    with atomic(model) as temporary:
        trained.model.save(temporary)
    kept.link(log_file, Path(kept_folder, kept.LOG))
    history.write(last, record)
    kept.take(kept_folder, folder)
    return line


if __name__ == "__main__":
    with job(snakemake.log[0]):
        print(
            train(
                identity=snakemake.params.identity,
                prepared={name: snakemake.input[name] for name in ("fingerprint", "split")},
                code=snakemake.params.code,
                folder=Path(snakemake.output.history).parent,
                kept_folder=snakemake.params.kept,
                log_file=snakemake.log[0],
                device=snakemake.config["training"].get("device", "auto"),
            ),
            flush=True,
        )
