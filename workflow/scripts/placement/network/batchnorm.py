"""The statistics of a saved model's BatchNorm layers: what they assume, what their inputs really have, re-estimation.

One of the modules that import TensorFlow. It takes models of plain Keras layers, as they are saved, and runs them in
inference mode only: dropout off, every norm with its moving statistics.
"""

from pathlib import Path
from typing import NamedTuple

import numpy as np

from placement.errors import InputError
from placement.network.backend import keras, tf
from placement.network.cost import inference_batch

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
    probe = keras.Model(model.inputs, {norm.name: norm.input for norm in norms})

    @tf.function(input_signature=[tf.TensorSpec([None, *images.shape[1:]], tf.uint8)])
    def of_batch(batch):
        inputs = probe(batch, training=False)
        return [
            tf.nn.moments(tf.cast(inputs[norm.name], tf.float32), axes=list(range(len(norm.input.shape) - 1)))
            for norm in norms
        ]

    size = inference_batch(images.shape[1:])
    batches = [images[i : i + size] for i in range(0, len(images), size)]
    weights = np.array([len(batch) for batch in batches]) / len(images)
    by_norm = zip(*(of_batch(batch) for batch in batches), strict=True)
    return [_pooled(weights, *np.array(moments, dtype=np.float64).swapaxes(0, 1)) for moments in by_norm]


def _pooled(weights: np.ndarray, means: np.ndarray, variances: np.ndarray) -> Moments:
    """The moments of all batches together, from those of each [batches, channels]."""
    mean = weights @ means
    return Moments(mean, weights @ (variances + (means - mean) ** 2))


def reestimate(model: keras.Model, images: np.ndarray) -> None:
    """Give every BatchNorm layer the moments that its input has on `images` for its moving statistics.

    One layer after the other in network order, so that each sees what the layers before it give with their new
    statistics: afterwards all of them are exact for these images at once.
    """
    for norm in layers(model):
        (moments,) = input_moments(model, [norm], images)
        norm.moving_mean.assign(moments.mean)
        norm.moving_variance.assign(moments.variance)
