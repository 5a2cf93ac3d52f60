"""What is done to training images, in the step and on the device.

Each operation draws from a stream of its own, named by (seed, operation, step of the run) with no word of the variant,
a number an image of the batch. So a variant of a seed gets the flips of any other, whatever else it does to images, and
a resumed run those of an unbroken one.
"""

from collections.abc import Callable
from typing import Any

import tensorflow as tf

from placement import seeding

Augment = Callable[[tf.Tensor, tf.Tensor], tf.Tensor]


def nothing(images: tf.Tensor, step: tf.Tensor) -> tf.Tensor:
    """The images as they are."""
    return images


def augmentation(settings: dict[str, Any] | None, seed: int) -> Augment:
    """A function of (images [N, height, width, channels], step of the run) -> augmented images, same shape and dtype.

    Args:
        settings: {flip: whether half of the images are mirrored left to right, crop: how many pixels of black are put
            around an image before its own size is cut out anywhere of it, cutout: side of a square that is blackened,
            centred on any pixel and clipped at the border (DeVries, Taylor 2017, arXiv:1708.04552)}; 0 is off. None:
            nothing.
        seed: the run's.
    """
    operations = [
        operation((settings or {})[name], seeding.integers(seed, "augmentation", name, count=2))
        for name, operation in OPERATIONS.items()
        if (settings or {}).get(name)
    ]

    def augment(images: tf.Tensor, step: tf.Tensor) -> tf.Tensor:
        for operation in operations:
            images = operation(images, step)
        return images

    return augment if operations else nothing


def _flip(_: bool, seed: list[int]) -> Augment:
    def flip(images: tf.Tensor, step: tf.Tensor) -> tf.Tensor:
        chance = _uniform(1, seed, images, step)[0]
        return tf.where(chance[:, None, None, None] < 0.5, tf.reverse(images, [2]), images)

    return flip


def _crop(pixels: int, seed: list[int]) -> Augment:
    def crop(images: tf.Tensor, step: tf.Tensor) -> tf.Tensor:
        height, width = images.shape[1:3]
        top, left = tf.unstack(tf.cast(_uniform(2, seed, images, step) * (2 * pixels + 1), tf.int32))
        padded = tf.pad(images, [[0, 0], [pixels, pixels], [pixels, pixels], [0, 0]])
        rows = tf.gather(padded, top[:, None] + tf.range(height), axis=1, batch_dims=1)
        return tf.gather(rows, left[:, None] + tf.range(width), axis=2, batch_dims=1)

    return crop


def _cutout(side: int, seed: list[int]) -> Augment:
    def cutout(images: tf.Tensor, step: tf.Tensor) -> tf.Tensor:
        inside = []
        for chance, length in zip(tf.unstack(_uniform(2, seed, images, step)), images.shape[1:3], strict=True):
            first = tf.cast(chance * length, tf.int32)[:, None] - side // 2
            inside.append((tf.range(length) >= first) & (tf.range(length) < first + side))
        rows, columns = inside
        return tf.where((rows[:, :, None] & columns[:, None, :])[..., None], tf.zeros([], images.dtype), images)

    return cutout


# In running order.
OPERATIONS: dict[str, Callable[[Any, list[int]], Augment]] = {"flip": _flip, "crop": _crop, "cutout": _cutout}


def _uniform(kinds: int, seed: list[int], images: tf.Tensor, step: tf.Tensor) -> tf.Tensor:
    """Numbers float32 [kinds, N] from 0 to below 1: so many for each image of the batch."""
    stream = tf.stack([tf.constant(seed[0] << 32 | seed[1], tf.int64), step])
    return tf.random.stateless_uniform([kinds, tf.shape(images)[0]], stream, alg="philox")
