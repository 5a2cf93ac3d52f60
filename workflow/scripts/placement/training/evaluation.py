"""What a saved model says of images, and how good that is."""

import numpy as np

from placement.network.backend import keras, tf
from placement.training.step import EVALUATION_BATCH


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
