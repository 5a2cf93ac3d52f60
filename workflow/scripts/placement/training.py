"""Training of one run: seeded, resumable to the bit, evaluated at the weights of its best epoch."""

import ctypes
import math
import platform
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import numpy as np

from placement import layers, seeding
from placement.backend import keras, tf
from placement.checkpoint import Checkpoint
from placement.errors import RunError

STEPS_A_CALL = 25  # Python comes by this often: little enough to cost nothing, often enough to stop within seconds
EVALUATION_BATCH = 500
XLA_FROM = 5_000  # training images: a few epochs of fewer don't win back the seconds that compiling takes


@dataclass(frozen=True)
class Part:
    """Images uint8 [N, height, width, channels] and their labels uint8 [N]."""

    images: np.ndarray
    labels: np.ndarray


@dataclass(frozen=True)
class Fit:
    """What a fit ends with: the records of its epochs, the best one (from 1), whether it stopped before the last, and
    the best epoch's weights in the order of Model.weights."""

    epochs: list[dict[str, Any]]
    best_epoch: int
    stopped_early: bool
    weights: list[np.ndarray]


def configure(threads: int) -> None:
    """Set up TensorFlow, once in a process and before anything runs in it.

    Thread counts are fixed and operations deterministic, so that results depend on neither the machine's core count
    nor what else runs. On a GPU memory grows as needed, so that several jobs share a card.
    """
    tf.config.threading.set_intra_op_parallelism_threads(threads)
    tf.config.threading.set_inter_op_parallelism_threads(1)
    tf.config.experimental.enable_op_determinism()
    for gpu in tf.config.list_physical_devices("GPU"):
        tf.config.experimental.set_memory_growth(gpu, True)
    _keep_freed_memory()


def _keep_freed_memory() -> None:
    """Have glibc keep what is freed. By default it returns a step's large arrays to the system, which clears their
    pages anew for the next ones: an eighth of the training time. Elsewhere this does nothing."""
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
    if mallopt is not None:
        # Numbers from malloc.h: one arena, nothing by mmap, no trimming, growth by 64 MiB.
        for option, value in ((-8, 1), (-4, 0), (-1, 2**31 - 1), (-2, 64 << 20)):
            mallopt(option, value)


def environment(threads: int) -> dict[str, Any]:
    """What the run ran on; the one part of a history, with `seconds`, that may differ between equal runs."""
    gpus = [tf.config.experimental.get_device_details(gpu) for gpu in tf.config.list_physical_devices("GPU")]
    return {
        "python": platform.python_version(),
        "tensorflow": tf.__version__,
        "keras": keras.__version__,
        "numpy": np.__version__,
        "cpu": _processor(),
        "gpu": gpus[0].get("device_name") if gpus else None,
        "threads": threads,
        "host": platform.node(),
    }


def _processor() -> str:
    try:
        with open("/proc/cpuinfo") as file:
            return next(line.split(":", 1)[1].strip() for line in file if line.startswith("model name"))
    except (OSError, StopIteration):
        return platform.processor() or platform.machine()


def seconds() -> float:
    """The clock of histories: CPU seconds of this process, which other jobs on the machine don't stretch; elapsed
    seconds where a GPU does the work."""
    return time.perf_counter() if tf.config.list_physical_devices("GPU") else time.process_time()


def best_epoch(epochs: list[dict[str, Any]], monitor: str) -> int:
    """The first epoch (from 1) that has the best value of `monitor`: the highest accuracy or the lowest loss."""
    values = np.array([epoch[monitor] for epoch in epochs])
    return int(np.argmin(values) if monitor.endswith("loss") else np.argmax(values)) + 1


def out_of_patience(epochs: list[dict[str, Any]], monitor: str, patience: int) -> bool:
    """Whether the last `patience` epochs (one at least) all failed to improve on an earlier one, as in Keras's
    EarlyStopping."""
    return bool(epochs) and len(epochs) - best_epoch(epochs, monitor) >= max(patience, 1)


def steps_per_epoch(images: int, batch_size: int) -> int:
    """The steps of an epoch; the last takes the images that are left."""
    return math.ceil(images / batch_size)


def batch_order(seed: int, epoch: int, size: int) -> np.ndarray:
    """The order int32 [size] in which an epoch (from 1) takes the training images: the same for every variant."""
    return seeding.generator(seed, "batch order", epoch).permutation(size).astype(np.int32)


def fit(
    model: keras.Model,
    train: Part,
    validation: Part,
    training: dict[str, Any],
    seed: int,
    checkpoint: Checkpoint,
    log: Callable[[str], None],
) -> Fit:
    """Train a model built for training, from its checkpoint where there is one, else from its initial weights.

    Every random number is a function of (seed, purpose, epoch or step), so a run that was killed and resumed ends
    with the same bits as an unbroken one.

    Raises:
        RunError: a loss is not finite (it names the epoch and the step) or a weight is not, after an epoch; or SIGINT
            or SIGTERM came (the state of the last whole epoch is in the checkpoint).
    """
    stopping = training["early_stopping"]
    monitor, patience = stopping["monitor"], stopping["patience"]
    optimizer = keras.optimizers.get(training["optimizer"])
    optimizer.build(model.trainable_variables)
    epochs: list[dict[str, Any]] = []
    weights: list[np.ndarray] = []
    if saved := checkpoint.load():
        arrays, epochs = saved
        _assign(model.variables, arrays["model"])
        _assign(optimizer.variables, arrays["optimizer"])
        weights = arrays["best"]
        for record in epochs:  # Snakemake has deleted the log that they were in
            log(_line(record, training["epochs"]))
        log(f"resumed after epoch {len(epochs)}")
    run_steps = _compiled_steps(model, optimizer, train, training["batch_size"])
    evaluate = _compiled_evaluation(model, validation)
    steps = steps_per_epoch(len(train.labels), training["batch_size"])
    with _interruptible() as interrupted:
        while len(epochs) < training["epochs"] and not out_of_patience(epochs, monitor, patience):
            epoch = len(epochs) + 1
            start = seconds()
            order = tf.constant(batch_order(seed, epoch, len(train.labels)))
            loss = correct = 0.0
            for first in range(0, steps, STEPS_A_CALL):
                last = min(first + STEPS_A_CALL, steps)
                losses, hits = (r.numpy() for r in run_steps(order, first, last, (epoch - 1) * steps + first))
                if not np.isfinite(losses).all():
                    step = first + int(np.flatnonzero(~np.isfinite(losses))[0]) + 1
                    raise RunError(f"diverged: the loss is not finite at step {step} of epoch {epoch}")
                loss += float(losses.sum(dtype=np.float64))
                correct += int(hits.sum())
                if interrupted():
                    raise RunError(
                        f"stopped in epoch {epoch}; the same command goes on after the {len(epochs)} finished epochs"
                    )
            # With AVX-512 the activation makes zeros of NaNs, so that the loss doesn't always tell.
            if not all(np.isfinite(variable.numpy()).all() for variable in model.trainable_variables):
                raise RunError(f"diverged: a weight is not finite after epoch {epoch}")
            val_loss, val_accuracy = evaluate()
            epochs.append(
                {
                    "epoch": epoch,
                    "loss": loss / len(train.labels),
                    "accuracy": correct / len(train.labels),
                    "val_loss": val_loss,
                    "val_accuracy": val_accuracy,
                    "learning_rate": float(optimizer.learning_rate),
                    "seconds": seconds() - start,
                }
            )
            if best_epoch(epochs, monitor) == epoch:
                weights = [weight.numpy() for weight in model.weights]
            checkpoint.save(
                {
                    "model": [variable.numpy() for variable in model.variables],
                    "optimizer": [variable.numpy() for variable in optimizer.variables],
                    "best": weights,
                },
                epochs,
            )
            log(_line(epochs[-1], training["epochs"]))
    return Fit(epochs, best_epoch(epochs, monitor), len(epochs) < training["epochs"], weights)


def predict(model: keras.Model, images: np.ndarray) -> np.ndarray:
    """The class probabilities float32 [N, classes] of a saved (not training) model, in inference mode."""
    forward = tf.function(lambda batch: model(batch, training=False))
    batches = range(0, len(images), EVALUATION_BATCH)
    return np.concatenate([forward(tf.constant(images[i : i + EVALUATION_BATCH])).numpy() for i in batches])


def scores(labels: np.ndarray, probabilities: np.ndarray) -> dict[str, float]:
    """{loss, accuracy}: mean cross-entropy in nats and the fraction of images whose likeliest class is theirs."""
    # Keras clips at the same value, which keeps one certain mistake from being infinite.
    likelihood = np.clip(probabilities[np.arange(len(labels)), labels].astype(np.float64), 1e-7, 1.0)
    return {
        "loss": float(-np.log(likelihood).mean()),
        "accuracy": float((probabilities.argmax(axis=1) == labels).mean()),
    }


def _assign(variables: list, arrays: list[np.ndarray]) -> None:
    for variable, array in zip(variables, arrays, strict=True):
        variable.assign(array)


def _line(epoch: dict[str, Any], of: int) -> str:
    return (
        f"epoch {epoch['epoch']:>{len(str(of))}}/{of}  loss {epoch['loss']:.4f}  accuracy {epoch['accuracy']:.4f}  "
        f"val_loss {epoch['val_loss']:.4f}  val_accuracy {epoch['val_accuracy']:.4f}  {epoch['seconds']:.1f} s"
    )


def _compiled_steps(model: keras.Model, optimizer, train: Part, batch_size: int):
    """A function of (order, first, last, step) that runs the steps first ... last-1 of an epoch and returns the sum
    of the losses and the number of correct predictions of each step."""
    images, labels = tf.constant(train.images), tf.constant(train.labels.astype(np.int32))
    variables = model.trainable_variables

    @tf.function(input_signature=[tf.TensorSpec([len(train.labels)], tf.int32)] + [tf.TensorSpec([], tf.int64)] * 3)
    def run(order, first, last, step):
        losses = tf.TensorArray(tf.float32, tf.cast(last - first, tf.int32))
        hits = tf.TensorArray(tf.int32, tf.cast(last - first, tf.int32))
        for index in tf.range(first, last):
            slot = tf.cast(index - first, tf.int32)
            chosen = order[index * batch_size : (index + 1) * batch_size]
            truth = tf.gather(labels, chosen)
            with tf.GradientTape() as tape, layers.step(step + index - first):
                logits = model(tf.gather(images, chosen), training=True)
                each = tf.nn.sparse_softmax_cross_entropy_with_logits(truth, logits)
                loss = tf.reduce_mean(each)
            optimizer.apply(tape.gradient(loss, variables), variables)
            losses = losses.write(slot, tf.reduce_sum(each))
            guess = tf.argmax(logits, axis=1, output_type=tf.int32)
            hits = hits.write(slot, tf.reduce_sum(tf.cast(guess == truth, tf.int32)))
        return losses.stack(), hits.stack()

    return run


def _compiled_evaluation(model: keras.Model, part: Part):
    """A function that returns the loss and the accuracy of the part, in inference mode."""
    images, labels = tf.constant(part.images), tf.constant(part.labels.astype(np.int32))

    @tf.function(input_signature=[tf.TensorSpec([], tf.int32)])
    def one(first):
        truth = labels[first : first + EVALUATION_BATCH]
        logits = model(images[first : first + EVALUATION_BATCH], training=False)
        loss = tf.nn.sparse_softmax_cross_entropy_with_logits(truth, logits)
        return tf.reduce_sum(loss), tf.reduce_sum(
            tf.cast(tf.argmax(logits, axis=1, output_type=tf.int32) == truth, tf.int32)
        )

    def evaluate() -> tuple[float, float]:
        results = [one(first) for first in range(0, len(part.labels), EVALUATION_BATCH)]
        loss = sum(float(loss) for loss, _ in results)
        return loss / len(part.labels), sum(int(hits) for _, hits in results) / len(part.labels)

    return evaluate


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
