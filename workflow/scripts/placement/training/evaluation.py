"""What a saved model says of images, and how good that is."""

from collections.abc import Iterator

import numpy as np

from placement.network.backend import keras, tf
from placement.training.step import Part, ahead


def predict(model: keras.Model, images: np.ndarray) -> np.ndarray:
    """The class probabilities float32 [N, classes] of a saved (not training) model, in inference mode."""
    return np.concatenate(list(_predictions(model, Part(images, np.empty(len(images), np.uint8)))))


def evaluate(model: keras.Model, part: Part) -> dict[str, float]:
    """The scores of a saved model on a part. A few bytes an image are kept, not all of its probabilities."""
    likelihoods, hits = [], []
    for at, probabilities in zip(part.pieces(), _predictions(model, part), strict=True):
        truth = part.labels[at]
        likelihoods.append(probabilities[np.arange(len(truth)), truth])
        hits.append(probabilities.argmax(axis=1) == truth)
    return _scores(np.concatenate(likelihoods), np.concatenate(hits))


def scores(labels: np.ndarray, probabilities: np.ndarray) -> dict[str, float]:
    """{loss, accuracy}: mean cross-entropy in nats and the fraction of images whose likeliest class is theirs."""
    return _scores(probabilities[np.arange(len(labels)), labels], probabilities.argmax(axis=1) == labels)


def _predictions(model: keras.Model, part: Part) -> Iterator[np.ndarray]:
    forward = tf.function(lambda batch: model(batch, training=False))
    for images, _ in ahead(part.take, part.pieces()):
        yield forward(images).numpy()


def _scores(likelihoods: np.ndarray, hits: np.ndarray) -> dict[str, float]:
    # Keras clips at the same value, which keeps one certain mistake from being infinite.
    return {
        "loss": float(-np.log(np.clip(likelihoods.astype(np.float64), 1e-7, 1.0)).mean()),
        "accuracy": float(hits.mean()),
    }
