"""A whole run: from an identity and the prepared data to a trained model, its predictions and the record of it.

What this module reaches by its imports is the code that decides a run's bits (see sources.digests).
"""

from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from placement import logs
from placement.data import arrays, splits
from placement.errors import InputError, RunError
from placement.network import backbones, backend
from placement.training import schedules
from placement.training.checkpoint import Checkpoint
from placement.training.recipes import Recipe

# Of no effect on the epochs that are done, so a checkpoint may go on with another value (see `of_every_epoch`).
FREE_TO_RISE = ("epochs", "patience")


class Trained(NamedTuple):
    """A finished run.

    Attributes:
        record: what its history says (see runs.history).
        model: the kept weights in plain Keras layers.
        labels: uint8 [N] of the test images.
        probabilities: float32 [N, classes] that the model gives them.
    """

    record: dict[str, Any]
    model: Any
    labels: np.ndarray
    probabilities: np.ndarray


def train(
    identity: dict[str, Any],
    prepared: dict[str, str],
    code: dict[str, str],
    checkpoint_file: str | Path,
    log_file: str,
    device: str = "auto",
) -> Trained:
    """Train the run of an identity (see Study.identity), from its checkpoint where there is one.

    Args:
        identity: study, dataset, variant, seed, spec, training.
        prepared: paths of the fingerprint, which the arrays stand beside, and of the split.
        code: digests of the sources that decide the result: a checkpoint of other code is not continued.
        checkpoint_file: the state after the last whole epoch.
        log_file: a line an epoch, appended while it happens.
        device: where it trains: auto, cpu or gpu. As with the kind of processor, that is for the record to say
            (`environment`) and no part of what the run is.

    Raises:
        InputError: the prepared data is damaged, or a file can't be written; or there is no GPU where one is wanted.
        RunError: the training diverged or was interrupted.
    """
    variant, seed, recipe = identity["variant"], identity["seed"], Recipe.from_dict(identity["training"])
    with logs.stderr_to(log_file):  # TensorFlow's own start-up messages: of use only where something is wrong
        backend.start()
        from placement.network import models
        from placement.training import devices, evaluation, fit, process, step

        process.configure(recipe.threads, recipe.precision, device)
        environment = process.environment(recipe.threads)
    checkpoint = Checkpoint(
        checkpoint_file,
        [
            of_every_epoch(identity),
            code,
            [environment[name] for name in ("tensorflow", "keras", "gpu", "kernels")],
        ],
    )
    log = logger(log_file)

    def say(line: str) -> None:
        log(line)
        print(line, flush=True)

    try:
        devices.check(device, say)
    except InputError as error:
        log(str(error))
        raise
    on_gpu = environment["device"] == "gpu"

    data = arrays.prepared(prepared["fingerprint"])
    indices = splits.read(prepared["split"])
    train_part, validation_part = (
        step.Part(data["train_images"], data["train_labels"][indices[part]], indices[part])
        for part in ("train", "validation")
    )
    network = {
        "spec": backbones.from_dict(identity["spec"]),
        "shape": data["train_images"].shape[1:],
        "classes": int(data["train_labels"].max()) + 1,
        "seed": seed,
        "precision": recipe.precision,
    }
    xla = len(train_part.labels) >= fit.XLA_FROM
    model = models.build(**network, for_training=True, xla=xla, whole=on_gpu)
    try:
        fitted = fit.fit(model, train_part, validation_part, recipe, seed, checkpoint, log, whole=on_gpu)
    except RunError as error:
        log(str(error))
        raise RunError(f"{variant} seed {seed}: {error}") from error

    saved = models.build(**network)
    test_part = step.Part(data["test_images"], data["test_labels"])
    last = None
    if fitted.best_epoch < len(fitted.epochs):
        models.transfer(model, saved)
        last = evaluation.evaluate(saved, test_part)
    model.set_weights(fitted.weights)
    models.transfer(model, saved)
    predicted = evaluation.predict(saved, data["test_images"])
    test = evaluation.scores(data["test_labels"], predicted)
    last = last or test
    on_train = evaluation.evaluate(saved, train_part)
    if not all(np.isfinite(scores["loss"]) for scores in (on_train, test, last)):
        raise RunError(f"{variant} seed {seed}: diverged: the loss is not finite on the training or the test images")
    record = identity | {
        "code": code,
        "parameters": {
            "total": saved.count_params(),
            "trainable": sum(int(np.prod(weight.shape)) for weight in saved.trainable_weights),
        },
        "steps_per_epoch": recipe.steps_per_epoch(len(train_part.labels)),
        "epochs": fitted.epochs,
        "best_epoch": fitted.best_epoch,
        "stopped_early": fitted.stopped_early,
        "evaluation": {
            "train": on_train,
            "validation": _validation(fitted.epochs[fitted.best_epoch - 1]),
            "test": test,
            "last": {"validation": _validation(fitted.epochs[-1]), "test": last},
        },
        "test": test,
        "environment": environment,
    }
    return Trained(record, saved, data["test_labels"], predicted.probabilities)


def of_every_epoch(identity: dict[str, Any]) -> dict[str, Any]:
    """What of an identity a run's first epochs depend on: all but how long it is to be, unless its rates go by that."""
    by_length = schedules.by_length(identity["training"].get("schedule"))
    return _without(identity, tuple(key for key in FREE_TO_RISE if not by_length or key != "epochs"))


def _validation(epoch: dict[str, Any]) -> dict[str, float]:
    """Of an epoch's weights: its own validation was in inference mode at these very ones."""
    return {"loss": epoch["val_loss"], "accuracy": epoch["val_accuracy"]}


def _without(mapping: dict[str, Any], names: tuple[str, ...]) -> dict[str, Any]:
    return {
        key: _without(value, names) if isinstance(value, dict) else value
        for key, value in mapping.items()
        if key not in names
    }


def logger(path: str) -> Callable[[str], None]:
    """A function that appends a line to a file."""

    def log(line: str) -> None:
        with open(path, "a", encoding="utf-8") as file:
            file.write(line + "\n")

    return log
