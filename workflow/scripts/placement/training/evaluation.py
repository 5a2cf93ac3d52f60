"""What a saved model says of images, and how good that is."""

from collections.abc import Iterator
from typing import NamedTuple

import keras
import numpy as np
import tensorflow as tf
from scipy.special import logsumexp

from placement.training.step import Part, ahead


class Outputs(NamedTuple):
    """What a saved model gives for images: what goes into its softmax and what comes out, float32 [N, classes] both."""

    logits: np.ndarray
    probabilities: np.ndarray


def predict(model: keras.Model, images: np.ndarray) -> Outputs:
    """What a saved (not training) model gives in inference mode."""
    part = Part(images, np.empty(len(images), np.uint8))
    return Outputs(*map(np.concatenate, zip(*_predictions(model, part), strict=True)))


def evaluate(model: keras.Model, part: Part) -> dict[str, float]:
    """The scores of a saved model on a part. A few bytes an image are kept, not all that it gives."""
    pieces = zip(part.pieces(), _predictions(model, part), strict=True)
    results = [_each(part.labels[at], outputs) for at, outputs in pieces]
    return _mean(*map(np.concatenate, zip(*results, strict=True)))


def scores(labels: np.ndarray, outputs: Outputs) -> dict[str, float]:
    """{loss, accuracy}: mean cross-entropy in nats and the fraction of images whose likeliest class is theirs.

    The loss comes from logits, as in training: a probability of float32 is 1 or 0 where its logarithm still counts.
    """
    return _mean(*_each(labels, outputs))


def _predictions(model: keras.Model, part: Part) -> Iterator[Outputs]:
    output = model.get_layer("output")
    features = keras.Model(model.inputs, output.input)

    @tf.function
    def forward(images):
        logits = tf.cast(features(images, training=False), tf.float32) @ output.kernel + output.bias
        # In one graph with the logits, it is the saved model's to the bit.
        return logits, tf.nn.softmax(logits)

    for images, _ in ahead(part.take, part.pieces()):
        yield Outputs(*(given.numpy() for given in forward(images)))


def _each(labels: np.ndarray, outputs: Outputs) -> tuple[np.ndarray, np.ndarray]:
    """Of each image its cross-entropy, and whether its class is the likeliest, as readers of the predictions see it."""
    logits = outputs.logits.astype(np.float64)
    losses = logsumexp(logits, axis=1) - logits[np.arange(len(labels)), labels]
    return losses, outputs.probabilities.argmax(axis=1) == labels


def _mean(losses: np.ndarray, hits: np.ndarray) -> dict[str, float]:
    return {"loss": float(losses.mean()), "accuracy": float(hits.mean())}
