"""Training steps that XLA compiles into one program, as a GPU takes them: it goes through many without waiting for this
process, which would take longer to launch a step's operations one by one than the card to do them.

A program is of one shape, so there are two: of full batches, one after the other, and of one batch that isn't full.
What is drawn at random is drawn before, by TensorFlow, whose numbers aren't XLA's: masks and augmented images are those
of a CPU.
"""

import functools

from placement.network import layers
from placement.network.backend import keras, tf
from placement.training import augmentation
from placement.training.step import one_step


def whole_steps(
    model: keras.Model,
    optimizer,
    batch_size: int,
    augment: augmentation.Augment = augmentation.nothing,
    label_smoothing: float = 0.0,
    stride: int = 1,
):
    """The same function as step.compiled_steps, for a model that was built `whole` and `stride` batches at most."""
    seeds = [layer.seed for layer in model.layers if isinstance(layer, layers.Dropout)]
    train = one_step(model, optimizer, label_smoothing)

    @tf.function
    def draw(images, first):
        """Images [steps, batch, ...], augmented, and the keys uint32 [steps, seeds, 2] of their masks."""
        numbers = first + tf.range(tf.shape(images)[0], dtype=tf.int64)
        with tf.device("CPU"):
            keys = tf.map_fn(functools.partial(layers.keys, seeds), numbers, fn_output_signature=tf.uint32)
        if augment is not augmentation.nothing:
            images = tf.map_fn(lambda one: augment(*one), (images, numbers), fn_output_signature=tf.uint8)
        return images, keys

    @tf.function(jit_compile=True)
    def run(images, labels, keys, steps):
        losses, hits = tf.zeros([len(images)], tf.float32), tf.zeros([len(images)], tf.int32)
        for slot in tf.range(steps):
            drawn = dict(zip(seeds, tf.unstack(keys[slot]), strict=True))
            loss, hit = train(images[slot], labels[slot], None, drawn)
            here = tf.range(len(losses)) == slot
            losses, hits = tf.where(here, loss, losses), tf.where(here, hit, hits)
        return losses, hits

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
