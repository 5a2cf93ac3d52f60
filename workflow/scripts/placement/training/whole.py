"""Training steps that XLA compiles into one program, as a GPU takes them: it goes through many without waiting for this
process, which would take longer to launch a step's operations one by one than the card to do them.

A program is of one shape, so there are two: of full batches, one after the other, and of one batch that isn't full.
What is drawn at random is drawn before, by TensorFlow, whose numbers aren't XLA's: masks and augmented images are those
of a CPU.
"""

import functools
from collections.abc import Sequence

import keras
import tensorflow as tf

from placement.network import layers
from placement.training import augmentation
from placement.training.step import one_step, smoothed


def whole_steps(
    model: keras.Model,
    optimizer,
    batch_size: int,
    augment: augmentation.Augment = augmentation.nothing,
    label_smoothing: float = 0.0,
    stride: int = 1,
    coupled_decay: Sequence[float] = (),
):
    """The same function as step.compiled_steps, for a model that was built `whole` and `stride` batches at most."""
    seeds = mask_seeds(model)
    run = program(model, optimizer, label_smoothing, coupled_decay)

    @tf.function
    def draw(images, first):
        """Images [steps, batch, ...], augmented, and the keys uint32 [steps, seeds, 2] of their masks."""
        numbers = first + tf.range(tf.shape(images)[0], dtype=tf.int64)
        with tf.device("CPU"):
            keys = tf.map_fn(functools.partial(layers.keys, seeds), numbers, fn_output_signature=tf.uint32)
        if augment is not augmentation.nothing:
            images = tf.map_fn(lambda one: augment(*one), (images, numbers), fn_output_signature=tf.uint8)
        return images, keys

    def batches(images, labels, first: int, room: int, size: int):
        """The losses and hits of batches of that size, in a program that has room for so many."""
        steps = len(labels) // size
        spare = room * size - len(labels)  # zeros, which no step takes
        images = tf.pad(images, [[0, spare], [0, 0], [0, 0], [0, 0]])
        images, keys = draw(tf.reshape(images, [room, size, *images.shape[1:]]), tf.constant(first, tf.int64))
        losses, hits = run(images, tf.reshape(tf.pad(labels, [[0, spare]]), [room, size]), keys, tf.constant(steps))
        return losses[:steps], hits[:steps]

    def all_batches(images: tf.Tensor, labels: tf.Tensor, step: int) -> tuple[tf.Tensor, tf.Tensor]:
        steps, rest = divmod(len(labels), batch_size)
        full = steps * batch_size
        results = [batches(images[:full], labels[:full], step, stride, batch_size)] if steps else []
        if rest:
            results.append(batches(images[full:], labels[full:], step + steps, 1, rest))
        return tuple(tf.concat(parts, 0) for parts in zip(*results, strict=True))

    return all_batches


def program(model: keras.Model, optimizer, label_smoothing: float = 0.0, coupled_decay: Sequence[float] = ()):
    """What is compiled: a function of

        images: uint8 [room, batch, height, width, channels].
        labels: int32 [room, batch].
        keys: uint32 [room, dropout layers, 2], of the masks.
        steps: how many batches it trains on, one after the other.

    It returns the sum of the losses and the number of correct predictions of each batch, zero beyond `steps`.
    """
    seeds = mask_seeds(model)
    # One-hot targets without smoothing too: the gradient of the cross-entropy by labels is a scatter, which XLA does
    # an image at a time on a GPU whose results are to be the same bits.
    train = one_step(model, optimizer, smoothed(label_smoothing), coupled_decay)

    @tf.function(jit_compile=True)
    def run(images, labels, keys, steps):
        losses, hits = tf.zeros([len(images)], tf.float32), tf.zeros([len(images)], tf.int32)
        for slot in tf.range(steps):
            drawn = dict(zip(seeds, tf.unstack(keys[slot]), strict=True))
            loss, hit = train(images[slot], labels[slot], None, drawn)
            here = tf.range(len(losses)) == slot
            losses, hits = tf.where(here, loss, losses), tf.where(here, hit, hits)
        return losses, hits

    return run


def mask_seeds(model: keras.Model) -> list[layers.Seed]:
    """Of the masks of its dropout layers, in the order of their keys."""
    return [layer.seed for layer in model.layers if isinstance(layer, layers.Dropout)]
