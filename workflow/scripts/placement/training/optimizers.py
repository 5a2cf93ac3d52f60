"""Optimizers of Keras as a recipe names them, with its schedule and its decay."""

from typing import Any

import keras
import numpy as np
import tensorflow as tf

from placement.training.recipes import OWN


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
    Loshchilov, Hutter 2019, arXiv:1711.05101), here of those that decay. Moving statistics aren't trained.
    """
    if isinstance(recipe, str):
        found = keras.optimizers.get(recipe)
    else:
        arguments = {key: value for key, value in recipe.items() if key not in ("name", *OWN)}
        found = keras.optimizers.get({"class_name": recipe["name"], "config": arguments})
    kept = [v for v, decays in zip(model.trainable_variables, _decaying(recipe, model), strict=True) if not decays]
    if found.weight_decay is not None and kept:
        found.exclude_from_weight_decay(kept)
    return found


def coupled_decay(recipe: str | dict[str, Any], model: keras.Model) -> list[float]:
    """The factor of each trainable variable that is added, times the variable, to its gradient before the optimizer
    sees it, so that momentum and moments carry it on: the `weight_decay` of Caffe, Torch and PyTorch's SGD
    (g + l2 * w: https://docs.pytorch.org/docs/stable/generated/torch.optim.SGD.html)."""
    l2 = 0.0 if isinstance(recipe, str) else recipe.get("l2", 0.0)
    return [l2 if decays else 0.0 for decays in _decaying(recipe, model)]


def _decaying(recipe: str | dict[str, Any], model: keras.Model) -> list[bool]:
    """Of each trainable variable, whether it decays: kernels alone, or with `decays: all` biases and the norms' scales
    and offsets too, as those libraries have it."""
    everything = not isinstance(recipe, str) and recipe.get("decays") == "all"
    return [everything or variable.name == "kernel" for variable in model.trainable_variables]
