"""The graph of a variant -> Keras model: one builder for every placement, norm and backbone.

It builds a variant twice over: for training from this project's fast layers, and for saving from Keras's own, so that
the saved file loads where none of this code is. A layer that has weights has the same name and weights in both.
"""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import keras

from placement import seeding
from placement.network import backbones, graph, layers
from placement.network.graph import Layer
from placement.network.norms import BatchNorm
from placement.network.spec import VariantSpec

# By precision. What tells tensorfloat32 from float32 is set for the whole process, see training/process.py.
DTYPE_POLICIES = {"float32": "float32", "tensorfloat32": "float32", "bfloat16": "mixed_bfloat16"}
# What a fast block takes in: operations that pass over an array once.
FUSED = ("act", "norm", "drop", "pool")


def build(
    spec: VariantSpec,
    shape: tuple[int, int, int],
    classes: int,
    seed: int,
    precision: str = "float32",
    for_training: bool = False,
    xla: bool = True,
    whole: bool = False,
) -> keras.Model:
    """The network of a variant.

    Args:
        spec: what to build.
        shape: height, width, channels of the raw uint8 images that it takes.
        classes: number of classes.
        seed: of the run. Initial weights and dropout masks come from streams named by the layer, so layers that
            variants share start the same.
        precision: a key of DTYPE_POLICIES (variables stay float32).
        for_training: fast layers that end in float32 logits; otherwise Keras's own layers that end in float32
            probabilities.
        xla: whether XLA compiles the fast layers.
        whole: for training in a step that XLA compiles as a whole, as on a GPU, so of plain layers in their place.

    Raises:
        InputError: see backbones.build.
    """
    keras.config.set_dtype_policy(DTYPE_POLICIES[precision])
    sequence = backbones.build(spec, shape, classes)
    image = keras.Input(shape, dtype="uint8", name="image")
    tensors = {graph.IMAGE: keras.layers.Rescaling(1 / 255, name=graph.IMAGE)(image)}
    for stretch in blocks(sequence, spec) if for_training and not whole else ([layer] for layer in sequence):
        first, last = stretch[0], stretch[-1]
        if not for_training:
            make = _stock_layer(first, spec, seed, "softmax")
        else:
            make = _plain_layer(first, spec, seed) if whole else _training_layer(stretch, spec, seed, xla)
        inputs = [tensors[name] for name in first.inputs]
        tensors[last.name] = make(inputs if len(inputs) > 1 else inputs[0])
    return keras.Model(image, tensors["output"])


def transfer(source: keras.Model, target: keras.Model) -> None:
    """Give one of a variant's two models the weights of the other, layer by layer: around branches Keras may order the
    two's layers differently."""
    for layer in target.layers:
        if layer.weights:
            layer.set_weights(source.get_layer(layer.name).get_weights())


def blocks(sequence: Sequence[Layer], spec: VariantSpec) -> Iterator[list[Layer]]:
    """The layers of a graph, those gathered that train as one fused block.

    A block is a chain of FUSED layers with one norm at most, which nobody else takes the middle of; `pool` ends it.
    Norms but BatchNorm stand alone.
    """
    takers = Counter(name for layer in sequence for name in layer.inputs)
    block: list[Layer] = []
    for layer in sequence:
        fusible = layer.kind in FUSED and (layer.kind != "norm" or isinstance(spec.norm, BatchNorm))
        follows = block and layer.inputs == (block[-1].name,) and takers[block[-1].name] == 1
        again = layer.kind == "norm" and any(other.kind == "norm" for other in block)
        if block and (not fusible or not follows or again or block[-1].kind == "pool"):
            yield block
            block = []
        if fusible:
            block.append(layer)
        else:
            yield [layer]
    if block:
        yield block


def _training_layer(stretch: list[Layer], spec: VariantSpec, seed: int, xla: bool) -> Callable:
    layer = stretch[0]
    if layer.kind == "conv":
        return layers.Conv2D(**_convolution(layer, spec, seed), xla=xla)
    if layer.kind not in FUSED or (layer.kind == "norm" and not isinstance(spec.norm, BatchNorm)):
        return _stock_layer(layer, spec, seed, None)
    operations: list[tuple[str, Any]] = []
    for layer in stretch:
        match layer.kind:
            case "act":
                operations.append(("act", spec.activation))
            case "norm" if spec.norm:
                operations.append(("norm", spec.norm.arguments()))
            case "drop":
                operations.append(
                    ("drop", (layer.arguments["rate"], _dropout_seed(layer, seed), _spatial(layer, spec)))
                )
            case "pool":
                operations.append(("pool", None))
    # Named as the layer that has the weights, for `transfer`.
    named = next((layer for layer in stretch if layer.kind == "norm"), stretch[0])
    return layers.Block(operations, xla=xla, name=named.name)


def _plain_layer(layer: Layer, spec: VariantSpec, seed: int) -> Callable:
    """A layer of a step that is compiled as a whole: Keras's own, but for masks that a resumed run has too and for
    gradients that XLA has no deterministic form of."""
    match layer.kind:
        case "drop":
            seeds = _dropout_seed(layer, seed)
            return layers.Dropout(layer.arguments["rate"], seeds, _spatial(layer, spec), name=layer.name)
        case "pool":
            return layers.MaxPooling2D(name=layer.name)
        case "max_pool":
            return layers.OverlappingMaxPooling2D(**layer.arguments, name=layer.name)
        case "pad":
            stride, channels = layer.arguments["stride"], layer.arguments["channels"]
            return lambda images: _padded(images[:, ::stride, ::stride], channels)
    return _stock_layer(layer, spec, seed, None)


def _stock_layer(layer: Layer, spec: VariantSpec, seed: int, output_activation: str | None) -> Callable:
    """A layer of Keras's own."""
    name = layer.name
    match layer.kind:
        case "conv":
            return keras.layers.Conv2D(**_convolution(layer, spec, seed))
        case "dense":
            return keras.layers.Dense(
                layer.arguments["units"],
                use_bias=spec.backbone.bias,
                kernel_initializer=_initializer(spec.backbone.initializer, layer, seed),
                name=name,
            )
        case "act":
            return keras.layers.Activation(spec.activation, name=name)
        case "norm" if spec.norm:
            return getattr(keras.layers, spec.norm.layer)(**spec.norm.arguments(), name=name)
        case "drop":
            dropout = keras.layers.SpatialDropout2D if _spatial(layer, spec) else keras.layers.Dropout
            return dropout(layer.arguments["rate"], seed=_dropout_seed(layer, seed)[0], name=name)
        case "pool":
            return keras.layers.MaxPooling2D(name=name)
        case "max_pool":
            return keras.layers.MaxPooling2D(layer.arguments["size"], layer.arguments["stride"], name=name)
        case "average_pool":
            return keras.layers.AveragePooling2D(2, name=name)
        case "global_pool":
            return keras.layers.GlobalAveragePooling2D(name=name)
        case "flatten":
            return keras.layers.Flatten(name=name)
        case "add":
            return keras.layers.Add(name=name)
        case "concat":
            return keras.layers.Concatenate(name=name)
        case "pad":
            return _padding(**layer.arguments, name=name)
        case "output":
            return keras.layers.Dense(
                layer.arguments["units"],
                activation=output_activation,
                kernel_initializer=_initializer("glorot_uniform", layer, seed),
                dtype="float32",
                name=name,
            )
    raise AssertionError(layer.kind)


def _padding(stride: int, channels: int, name: str) -> Callable:
    """The shortcut without parameters: every `stride`-th pixel, and so many channels of zeros more."""
    every = keras.layers.MaxPooling2D(1, strides=stride, name=name)
    return lambda images: _padded(every(images), channels)


def _padded(images, channels: int):
    return keras.ops.pad(images, [[0, 0], [0, 0], [0, 0], [0, channels]])


def _convolution(layer: Layer, spec: VariantSpec, seed: int) -> dict[str, Any]:
    return {
        "filters": layer.arguments["filters"],
        "kernel_size": layer.arguments["kernel"],
        "strides": layer.arguments["stride"],
        "padding": "same",
        "use_bias": spec.backbone.bias,
        "kernel_initializer": _initializer(spec.backbone.initializer, layer, seed),
        "name": layer.name,
    }


def _initializer(name: str, layer: Layer, seed: int) -> keras.initializers.Initializer:
    (weights_seed,) = seeding.integers(seed, "weights", layer.name)
    return keras.initializers.get({"class_name": name, "config": {"seed": weights_seed}})


def _spatial(layer: Layer, spec: VariantSpec) -> bool:
    return spec.dropout is not None and spec.dropout.kind == "spatial" and len(layer.shape) == 3


def _dropout_seed(layer: Layer, seed: int) -> layers.Seed:
    first, second = seeding.integers(seed, "dropout", layer.name, count=2)
    return first, second
