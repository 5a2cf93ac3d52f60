"""The compiled training step, and the evaluation in inference mode between epochs."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TypeVar

import keras
import numpy as np
import tensorflow as tf

from placement.network import layers
from placement.network.cost import inference_batch
from placement.training import augmentation

T = TypeVar("T")


@dataclass(frozen=True)
class Part:
    """A part of a data set.

    Attributes:
        images: uint8 [M, height, width, channels], in memory or mapped.
        labels: uint8 or uint16 [N], of the part.
        rows: those of its images [N]; None: all of them.
    """

    images: np.ndarray
    labels: np.ndarray
    rows: np.ndarray | None = None

    def take(self, order: np.ndarray | slice) -> tuple[tf.Tensor, tf.Tensor]:
        """Images and labels int32 of the part, on the device; only they are read of a map."""
        rows = order if self.rows is None else self.rows[order]
        return tf.constant(self.images[rows]), tf.constant(self.labels[order].astype(np.int32))

    def pieces(self) -> list[slice]:
        """What takes the part in order, as much at once as goes through a network in inference."""
        size = inference_batch(self.images.shape[1:])
        return [slice(first, first + size) for first in range(0, len(self.labels), size)]


def ahead(function: Callable[..., T], arguments: Iterable) -> Iterator[T]:
    """The function of each argument, worked out in a thread while the one before it is used."""
    with ThreadPoolExecutor(1) as pool:
        upcoming = None
        for argument in arguments:
            previous, upcoming = upcoming, pool.submit(function, argument)
            if previous is not None:
                yield previous.result()
        if upcoming is not None:
            yield upcoming.result()


def compiled_steps(
    model: keras.Model,
    optimizer,
    batch_size: int,
    augment: augmentation.Augment = augmentation.nothing,
    label_smoothing: float = 0.0,
    coupled_decay: Sequence[float] = (),
):
    """A function of (images, labels, step) that trains on them batch after batch, the first of which is that step of
    the run, and returns the sum of the losses and the number of correct predictions of each."""
    sparse = tf.nn.sparse_softmax_cross_entropy_with_logits
    cross_entropy = smoothed(label_smoothing) if label_smoothing else sparse
    train = one_step(model, optimizer, cross_entropy, coupled_decay)

    @tf.function(
        input_signature=[
            tf.TensorSpec(model.inputs[0].shape, tf.uint8),
            tf.TensorSpec([None], tf.int32),
            tf.TensorSpec([], tf.int64),
        ]
    )
    def run(images, labels, step):
        steps = (tf.shape(labels)[0] + batch_size - 1) // batch_size
        losses = tf.TensorArray(tf.float32, steps)
        hits = tf.TensorArray(tf.int32, steps)
        for slot in tf.range(steps):
            # Gathered by one index, which tells TensorFlow that images and labels are as many: told less, it adds in
            # another order where XLA doesn't compile, and ends with other bits.
            chosen = tf.range(slot * batch_size, tf.minimum((slot + 1) * batch_size, tf.shape(labels)[0]))
            truth, number = tf.gather(labels, chosen), step + tf.cast(slot, tf.int64)
            loss, hit = train(augment(tf.gather(images, chosen), number), truth, number)
            losses = losses.write(slot, loss)
            hits = hits.write(slot, hit)
        return losses.stack(), hits.stack()

    return run


def one_step(
    model: keras.Model,
    optimizer,
    cross_entropy: Callable[[tf.Tensor, tf.Tensor], tf.Tensor],
    coupled_decay: Sequence[float] = (),
):
    """A function of (images, labels and what layers.step takes) that trains on a batch, and returns the sum of its
    losses, without what decay would add to them, and the number of its correct predictions.

    Args:
        cross_entropy: of (labels [N], logits [N, classes]), each's.
        coupled_decay: of each trainable variable, see optimizers.coupled_decay; none: nothing decays so.
    """
    variables = model.trainable_variables
    factors = list(coupled_decay) or [0.0] * len(variables)

    def train(images, truth, *of_step):
        with tf.GradientTape() as tape, layers.step(*of_step):
            logits = model(images, training=True)
            each = cross_entropy(truth, logits)
            loss = tf.reduce_mean(each)
        gradients = tape.gradient(loss, variables)
        decayed = [
            gradient + factor * variable if factor else gradient
            for factor, variable, gradient in zip(factors, variables, gradients, strict=True)
        ]
        optimizer.apply(decayed, variables)
        guess = tf.argmax(logits, axis=1, output_type=tf.int32)
        return tf.reduce_sum(each), tf.reduce_sum(tf.cast(guess == truth, tf.int32))

    return train


def smoothed(smoothing: float) -> Callable[[tf.Tensor, tf.Tensor], tf.Tensor]:
    """A function of (labels [N], logits [N, classes]): the cross-entropies [N] with targets of 1 - smoothing for the
    label, and smoothing spread evenly over all classes (Szegedy et al. 2016, arXiv:1512.00567, section 7)."""

    def cross_entropy(truth, logits):
        classes = logits.shape[-1]
        targets = tf.one_hot(truth, classes, 1 - smoothing + smoothing / classes, smoothing / classes)
        return tf.nn.softmax_cross_entropy_with_logits(targets, logits)

    return cross_entropy


def compiled_evaluation(model: keras.Model, part: Part):
    """A function that returns the loss and the accuracy of the part, in inference mode."""

    @tf.function(input_signature=[tf.TensorSpec(model.inputs[0].shape, tf.uint8), tf.TensorSpec([None], tf.int32)])
    def one(images, truth):
        logits = model(images, training=False)
        loss = tf.nn.sparse_softmax_cross_entropy_with_logits(truth, logits)
        return tf.reduce_sum(loss), tf.reduce_sum(
            tf.cast(tf.argmax(logits, axis=1, output_type=tf.int32) == truth, tf.int32)
        )

    def evaluate() -> tuple[float, float]:
        results = [one(*taken) for taken in ahead(part.take, part.pieces())]
        loss = sum(float(loss) for loss, _ in results)
        return loss / len(part.labels), sum(int(hits) for _, hits in results) / len(part.labels)

    return evaluate
