"""VariantSpec -> Keras model: one builder for every placement, norm and backbone.

It builds a variant twice over: for training from this project's fast layers, and for saving from Keras's own, so that
the saved file loads where none of this code is. Both have the same weights in the same order.
"""

from collections.abc import Iterator
from typing import Any

from placement import seeding
from placement.network import layers
from placement.network.backend import keras
from placement.network.orders import Layer, VariantSpec, layer_sequence

GROUPS = 8  # of group normalisation: divides the filters of the usual backbones
DTYPE_POLICIES = {"float32": "float32", "bfloat16": "mixed_bfloat16"}


def build(
    spec: VariantSpec,
    shape: tuple[int, int, int],
    classes: int,
    seed: int,
    precision: str = "float32",
    for_training: bool = False,
    xla: bool = True,
) -> keras.Model:
    """The network of a variant.

    Args:
        spec: what to build.
        shape: height, width, channels of the raw uint8 images that it takes.
        classes: number of classes.
        seed: of the run. Initial weights and dropout masks come from streams named by the layer, so layers that
            variants share start the same.
        precision: 'float32' or 'bfloat16' (variables stay float32).
        for_training: fast layers that end in float32 logits; otherwise Keras's own layers that end in float32
            probabilities.
        xla: whether XLA compiles the fast layers.
    """
    keras.config.set_dtype_policy(DTYPE_POLICIES[precision])
    image = keras.Input(shape, dtype="uint8", name="image")
    tensor = keras.layers.Rescaling(1 / 255, name="scale")(image)
    for layer in _training_layers(spec, classes, seed, xla) if for_training else _keras_layers(spec, classes, seed):
        tensor = layer(tensor)
    return keras.Model(image, tensor)


def _keras_layers(spec: VariantSpec, classes: int, seed: int) -> Iterator[keras.layers.Layer]:
    for layer in layer_sequence(spec, classes):
        if layer.kind == "conv":
            yield keras.layers.Conv2D(**_convolution(layer, seed))
        elif layer.kind == "act":
            yield keras.layers.Activation(spec.activation, name=layer.name)
        elif layer.kind == "drop":
            yield keras.layers.Dropout(layer.arguments["rate"], seed=_dropout_seed(layer, seed)[0], name=layer.name)
        elif layer.kind == "pool":
            yield keras.layers.MaxPooling2D(name=layer.name)
        elif layer.kind == "norm" and spec.norm == "batch":
            yield keras.layers.BatchNormalization(name=layer.name)
        else:
            yield _shared_layer(layer, spec, seed, activation="softmax")


def _training_layers(spec: VariantSpec, classes: int, seed: int, xla: bool) -> Iterator[keras.layers.Layer]:
    """What stands between two convolutions is gathered into fused blocks."""
    block: list[tuple] = []
    for layer in layer_sequence(spec, classes):
        if layer.kind == "act":
            block.append(("act", spec.activation))
        elif layer.kind == "drop":
            block.append(("drop", (layer.arguments["rate"], _dropout_seed(layer, seed))))
        elif layer.kind == "norm" and spec.norm == "batch":
            block.append(("norm", None))
        elif layer.kind == "pool":
            yield layers.Block([*block, ("pool", None)], xla=xla)
            block = []
        else:
            if block:
                yield layers.Block(block, xla=xla)
                block = []
            if layer.kind == "conv":
                yield layers.Conv2D(**_convolution(layer, seed), xla=xla)
            else:
                yield _shared_layer(layer, spec, seed, activation=None)


def _shared_layer(layer: Layer, spec: VariantSpec, seed: int, activation: str | None) -> keras.layers.Layer:
    """A layer that is Keras's own in training as well; `activation` is the output's."""
    match layer.kind:
        case "norm" if spec.norm == "layer":
            return keras.layers.LayerNormalization(name=layer.name)
        case "norm":
            return keras.layers.GroupNormalization(GROUPS, name=layer.name)
        case "global_pool":
            return keras.layers.GlobalAveragePooling2D(name=layer.name)
        case "dense":
            return keras.layers.Dense(
                layer.arguments["units"], kernel_initializer=_initializer(layer, seed), name=layer.name
            )
        case "output":
            return keras.layers.Dense(
                layer.arguments["units"],
                activation=activation,
                kernel_initializer=_initializer(layer, seed),
                dtype="float32",
                name=layer.name,
            )
    raise AssertionError(layer.kind)


def _convolution(layer: Layer, seed: int) -> dict[str, Any]:
    return {
        "filters": layer.arguments["filters"],
        "kernel_size": layer.arguments["kernel"],
        "padding": "same",
        "kernel_initializer": _initializer(layer, seed),
        "name": layer.name,
    }


def _initializer(layer: Layer, seed: int) -> keras.initializers.Initializer:
    (weights_seed,) = seeding.integers(seed, "weights", layer.name)
    return keras.initializers.GlorotUniform(seed=weights_seed)


def _dropout_seed(layer: Layer, seed: int) -> list[int]:
    return seeding.integers(seed, "dropout", layer.name, count=2)
