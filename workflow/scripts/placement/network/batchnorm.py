"""The statistics of a saved model's BatchNorm layers: what they assume, what their inputs really have, re-estimation.

One of the modules that import TensorFlow. It takes models of plain Keras layers, as they are saved, and runs them in
inference mode only: dropout off, every norm with its moving statistics.
"""

import math
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NamedTuple

import keras
import numpy as np
import tensorflow as tf

from placement.errors import InputError
from placement.network.cost import KEPT_BYTES, inference_batch

tf.get_logger().setLevel("ERROR")  # or it warns of a function a layer, which is what re-estimation takes


class Moments(NamedTuple):
    """Mean and variance (without Bessel's correction, as BatchNorm takes it) float64 [channels] over images and
    positions."""

    mean: np.ndarray
    variance: np.ndarray


def load(path: str | Path) -> keras.Model:
    """A saved model.

    Raises:
        InputError: the file can't be read.
    """
    try:
        return keras.models.load_model(path, compile=False)
    except Exception as error:  # keras, zipfile and h5py have no common base for a damaged file
        reason = (str(error) or type(error).__name__).splitlines()[0]
        raise InputError(f"{path}: not a saved model ({reason}); delete it and run again") from error


def layers(model: keras.Model) -> list[keras.layers.BatchNormalization]:
    """The BatchNorm layers, in network order."""
    return [layer for layer in model.layers if isinstance(layer, keras.layers.BatchNormalization)]


def input_moments(
    model: keras.Model, norms: list[keras.layers.BatchNormalization], images: np.ndarray
) -> list[Moments]:
    """The moments of the inputs that `norms`, layers of `model`, have on images uint8 [N, height, width, channels]."""
    probe = keras.Model(model.inputs, [norm.input for norm in norms])

    @tf.function(input_signature=[tf.TensorSpec([None, *images.shape[1:]], tf.uint8)])
    def of_batch(batch):
        return [_moments(inputs) for inputs in tf.nest.flatten(probe(batch, training=False))]

    batches = _batches(images)
    by_norm = zip(*(of_batch(batch) for batch in batches), strict=True)
    return [_pooled([len(batch) for batch in batches], moments) for moments in by_norm]


def reestimate(model: keras.Model, images: np.ndarray, room: int = KEPT_BYTES) -> None:
    """Give every BatchNorm layer the moments that its input has on `images` for its moving statistics.

    One layer after the other in network order, so that each sees what the layers before it give with their new
    statistics: afterwards all of them are exact for these images at once. What reaches a norm is kept, and the next
    norm's input is computed from that: once through the network in all. Where it is more than `room` bytes, the next
    norm's input is computed from the last one that was kept.
    """
    operations = [operation for operation in model.operations if not isinstance(operation, keras.layers.InputLayer)]
    kept, blocks, first = list(model.inputs), [[batch] for batch in _batches(images)], 0
    for norm in layers(model):
        at = operations.index(norm)
        alive = _alive(model.inputs, operations, at)

        advance = _advance(kept, operations[first:at], alive, norm.input)
        fits = len(images) * sum(4 * math.prod(tensor.shape[1:]) for tensor in alive) <= room
        sizes, moments = [], []
        for index, block in enumerate(blocks):
            tensors, of_block = advance(block)
            sizes.append(len(block[0]))
            moments.append(of_block)
            if fits:
                blocks[index] = tensors
        if fits:
            kept, first = alive, at
        pooled = _pooled(sizes, moments)
        norm.moving_mean.assign(pooled.mean)
        norm.moving_variance.assign(pooled.variance)


def _advance(kept: list, operations: list, alive: list, measured) -> Callable:
    """A function of the values of the tensors `kept`: the values of those `alive` after the operations, and the moments
    of the one `measured`."""

    @tf.function
    def advance(block):
        values = {id(tensor): value for tensor, value in zip(kept, block, strict=True)}
        for operation in operations:
            given = tf.nest.map_structure(lambda tensor: values[id(tensor)], operation.input)
            values[id(operation.output)] = operation(given)
        return [values[id(tensor)] for tensor in alive], _moments(values[id(measured)])

    return advance


def _alive(inputs: list, operations: list, at: int) -> list:
    """What the operations from the `at`-th on take of the inputs and of what those before it give, each once."""
    given = {id(tensor) for tensor in [*inputs, *(operation.output for operation in operations[:at])]}
    taken = {id(tensor): tensor for operation in operations[at:] for tensor in tf.nest.flatten(operation.input)}
    return [tensor for name, tensor in taken.items() if name in given]


def _batches(images: np.ndarray) -> list[np.ndarray]:
    size = inference_batch(images.shape[1:])
    return [images[first : first + size] for first in range(0, len(images), size)]


def _moments(inputs: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
    """Mean and variance of each channel, in float64: sums of millions in float32 are off by up to 5e-4 sd."""
    return tf.nn.moments(tf.cast(inputs, tf.float64), axes=list(range(len(inputs.shape) - 1)))


def _pooled(sizes: Sequence[int], moments: Sequence[tuple[tf.Tensor, tf.Tensor]]) -> Moments:
    """The moments of all batches together, from those of each and how many images it has."""
    weights = np.array(sizes) / sum(sizes)
    means, variances = np.array(moments).swapaxes(0, 1)
    mean = weights @ means
    return Moments(mean, weights @ (variances + (means - mean) ** 2))
