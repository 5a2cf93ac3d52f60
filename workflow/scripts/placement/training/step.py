"""The compiled training step, and the evaluation in inference mode between epochs."""

from dataclasses import dataclass

import numpy as np

from placement.network import layers
from placement.network.backend import keras, tf

EVALUATION_BATCH = 500


@dataclass(frozen=True)
class Part:
    """Images uint8 [N, height, width, channels] and their labels uint8 [N]."""

    images: np.ndarray
    labels: np.ndarray


def compiled_steps(model: keras.Model, optimizer, train: Part, batch_size: int):
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


def compiled_evaluation(model: keras.Model, part: Part):
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
