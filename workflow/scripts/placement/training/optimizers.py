"""Optimizers of Keras as a recipe names them, with its schedule, and decay of the kernels alone."""

from typing import Any

import numpy as np

from placement.network.backend import keras, tf


class Rates(keras.optimizers.schedules.LearningRateSchedule):
    """The rates of a run's steps, looked up by the optimizer's own count of them, which checkpoints keep."""

    def __init__(self, rates: np.ndarray) -> None:
        super().__init__()
        self.rates = tf.constant(rates)

    def __call__(self, step: tf.Tensor) -> tf.Tensor:
        return tf.gather(self.rates, step)


def optimizer(recipe: str | dict[str, Any], model: keras.Model) -> keras.optimizers.Optimizer:
    """An optimizer of a model's trainable variables, not yet built.

    Args:
        recipe: its name, or {name, and all its arguments}: see recipes.OPTIMIZERS.

    Keras takes weight_decay * rate of a variable from it before each step, whatever the optimizer (decoupled:
    Loshchilov, Hutter 2019, arXiv:1711.05101). Here kernels alone decay: not biases, nor the norms' scales and offsets.
    Moving statistics aren't trained.
    """
    if isinstance(recipe, str):
        found = keras.optimizers.get(recipe)
    else:
        arguments = {key: value for key, value in recipe.items() if key != "name"}
        found = keras.optimizers.get({"class_name": recipe["name"], "config": arguments})
    if found.weight_decay is not None:
        found.exclude_from_weight_decay([v for v in model.trainable_variables if v.name != "kernel"])
    return found
