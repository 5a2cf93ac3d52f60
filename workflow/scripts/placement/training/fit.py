"""Training of one run: seeded, resumable to the bit, with the weights of its best epoch kept, or of its last."""

import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import keras
import numpy as np

from placement import seeding
from placement.errors import RunError
from placement.training import optimizers, schedules
from placement.training.augmentation import augmentation
from placement.training.checkpoint import Checkpoint
from placement.training.process import seconds
from placement.training.recipes import EarlyStopping, Recipe
from placement.training.step import Part, ahead, compiled_evaluation, compiled_steps
from placement.training.whole import whole_steps

STEPS_A_CALL = 25  # Python comes by this often: little enough to cost nothing, often enough to stop within seconds
BYTES_A_CALL = 64 << 20  # and has the images of no more bytes, if more than one step's, handed to the device
XLA_FROM = 5_000  # training images: a few epochs of fewer don't win back the seconds that compiling takes


@dataclass(frozen=True)
class Fit:
    """What a fit ends with: the records of its epochs, the one whose weights are kept (from 1), whether it stopped
    before the last, and the kept weights in the order of Model.weights. The model itself has the last epoch's."""

    epochs: list[dict[str, Any]]
    best_epoch: int
    stopped_early: bool
    weights: list[np.ndarray]


def best_epoch(epochs: list[dict[str, Any]], monitor: str) -> int:
    """The first epoch (from 1) that has the best value of `monitor`: the highest accuracy or the lowest loss."""
    values = np.array([epoch[monitor] for epoch in epochs])
    return int(np.argmin(values) if monitor.endswith("loss") else np.argmax(values)) + 1


def kept_epoch(epochs: list[dict[str, Any]], stopping: EarlyStopping | None) -> int:
    """The epoch (from 1) whose weights are kept: the best one, or the last where nothing stops early."""
    return len(epochs) if stopping is None else best_epoch(epochs, stopping.monitor)


def has_ended(epochs: list[dict[str, Any]], recipe: Recipe) -> bool:
    """Whether a run of that recipe trains no further epoch."""
    stopping = recipe.early_stopping
    stopped = stopping is not None and out_of_patience(epochs, stopping.monitor, stopping.patience)
    return stopped or len(epochs) >= recipe.epochs


def out_of_patience(epochs: list[dict[str, Any]], monitor: str, patience: int) -> bool:
    """Whether the last `patience` epochs (one at least) all failed to improve on an earlier one, as in Keras's
    EarlyStopping."""
    return bool(epochs) and len(epochs) - best_epoch(epochs, monitor) >= max(patience, 1)


def steps_per_call(batch_bytes: int) -> int:
    """The steps whose images, of so many bytes a batch, are handed to the device at once."""
    return max(min(STEPS_A_CALL, BYTES_A_CALL // batch_bytes), 1)


def batch_order(seed: int, epoch: int, size: int) -> np.ndarray:
    """The order int32 [size] in which an epoch (from 1) takes the training images: the same for every variant."""
    return seeding.generator(seed, "batch order", epoch).permutation(size).astype(np.int32)


def fit(
    model: keras.Model,
    train: Part,
    validation: Part,
    recipe: Recipe,
    seed: int,
    checkpoint: Checkpoint,
    log: Callable[[str], None],
    whole: bool = False,
) -> Fit:
    """Train a model built for training, from its checkpoint where there is one, else from its initial weights.

    Every random number is a function of (seed, purpose, epoch or step), so a run that was killed and resumed ends
    with the same bits as an unbroken one. `whole`: the model was built for steps that are compiled as a whole.

    Raises:
        RunError: a loss is not finite (it names the epoch and the step), or after an epoch a weight, a moving statistic
            or the validation loss is not; or SIGINT or SIGTERM came (the state of the last whole epoch is in the
            checkpoint).
    """
    batch_size, stopping = recipe.batch_size, recipe.early_stopping
    steps = recipe.steps_per_epoch(len(train.labels))
    optimizer = optimizers.optimizer(recipe.optimizer, model)
    rates = schedules.rates(recipe.schedule, float(optimizer.learning_rate), recipe.epochs, steps)
    if recipe.schedule is not None:
        optimizer.learning_rate = optimizers.Rates(rates)
    optimizer.build(model.trainable_variables)
    epochs: list[dict[str, Any]] = []
    weights: list[np.ndarray] = []
    # One that went further than a run of fewer epochs or less patience goes is of no use to it.
    if (saved := checkpoint.load()) and not any(has_ended(saved[1][:n], recipe) for n in range(len(saved[1]))):
        arrays, epochs = saved
        _assign(model.variables, arrays["model"])
        _assign(optimizer.variables, arrays["optimizer"])
        weights = arrays["best"]
        for record in epochs:  # Snakemake has deleted the log that they were in
            log(_line(record, recipe.epochs))
        log(f"resumed after epoch {len(epochs)}")
    augment = augmentation(recipe.augmentation, seed)
    decay = optimizers.coupled_decay(recipe.optimizer, model)
    protocol = (batch_size, augment, recipe.label_smoothing)
    evaluate = compiled_evaluation(model, validation)
    stride = steps_per_call(train.images[0].nbytes * batch_size)
    if whole:
        run_steps = whole_steps(model, optimizer, *protocol, stride, decay)
    else:
        run_steps = compiled_steps(model, optimizer, *protocol, decay)
    with _interruptible() as interrupted:
        while not has_ended(epochs, recipe):
            epoch = len(epochs) + 1
            start = seconds()
            order = batch_order(seed, epoch, len(train.labels))
            firsts = range(0, steps, stride)
            pieces = ahead(train.take, [order[first * batch_size : (first + stride) * batch_size] for first in firsts])
            loss = correct = 0.0
            for first, (images, labels) in zip(firsts, pieces, strict=True):
                losses, hits = (r.numpy() for r in run_steps(images, labels, (epoch - 1) * steps + first))
                if not np.isfinite(losses).all():
                    step = first + int(np.flatnonzero(~np.isfinite(losses))[0]) + 1
                    raise RunError(f"diverged: the loss is not finite at step {step} of epoch {epoch}")
                loss += float(losses.sum(dtype=np.float64))
                correct += int(hits.sum())
                if interrupted():
                    raise RunError(
                        f"stopped in epoch {epoch}; the same command goes on after the {len(epochs)} finished epochs"
                    )
            # The losses don't always tell: with AVX-512 the activation makes zeros of NaNs, and BatchNorm makes them of
            # all values where its moving variance is infinite.
            if not all(np.isfinite(weight.numpy()).all() for weight in model.weights):
                raise RunError(f"diverged: a weight is not finite after epoch {epoch}")
            val_loss, val_accuracy = evaluate()
            if not np.isfinite(val_loss):
                raise RunError(f"diverged: the validation loss is not finite after epoch {epoch}")
            epochs.append(
                {
                    "epoch": epoch,
                    "loss": loss / len(train.labels),
                    "accuracy": correct / len(train.labels),
                    "val_loss": val_loss,
                    "val_accuracy": val_accuracy,
                    "learning_rate": float(rates[epoch * steps - 1]),
                    "seconds": seconds() - start,
                }
            )
            if kept_epoch(epochs, stopping) == epoch:
                weights = [weight.numpy() for weight in model.weights]
            checkpoint.save(
                {
                    "model": [variable.numpy() for variable in model.variables],
                    "optimizer": [variable.numpy() for variable in optimizer.variables],
                    "best": weights,
                },
                epochs,
            )
            log(_line(epochs[-1], recipe.epochs))
    return Fit(epochs, kept_epoch(epochs, stopping), len(epochs) < recipe.epochs, weights)


def _assign(variables: list, arrays: list[np.ndarray]) -> None:
    for variable, array in zip(variables, arrays, strict=True):
        variable.assign(array)


def _line(epoch: dict[str, Any], of: int) -> str:
    return (
        f"epoch {epoch['epoch']:>{len(str(of))}}/{of}  loss {epoch['loss']:.4f}  accuracy {epoch['accuracy']:.4f}  "
        f"val_loss {epoch['val_loss']:.4f}  val_accuracy {epoch['val_accuracy']:.4f}  {epoch['seconds']:.1f} s"
    )


@contextmanager
def _interruptible() -> Iterator[Callable[[], bool]]:
    """Within it SIGINT and SIGTERM only set a flag, which the yielded function tells: the step at hand is finished
    first."""
    received = []
    previous = {number: signal.signal(number, lambda n, _: received.append(n)) for number in _SIGNALS}
    try:
        yield lambda: bool(received)
    finally:
        for number, handler in previous.items():
            signal.signal(number, handler)


_SIGNALS = (signal.SIGINT, signal.SIGTERM)
