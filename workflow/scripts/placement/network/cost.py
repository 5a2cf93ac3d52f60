"""What a network costs, counted from its layers."""

import math

from placement.network import graph
from placement.network.spec import VariantSpec


def multiply_accumulates(spec: VariantSpec, input_shape: tuple[int, int, int], classes: int) -> int:
    """Multiply-accumulates of one image's forward pass: convolutions (padding same) and dense layers only.

    Biases, norms, activations, dropout, sums and pooling are not counted: each is about 0.5 % of the default backbone's
    arithmetic, though not of the time. The order of a plain network changes the count only where `pool` stands before
    `conv`.

    Args:
        spec: of the network.
        input_shape: height, width, channels.
        classes: units of the output layer.
    """
    channels = {graph.IMAGE: input_shape[-1]}
    total = 0
    for layer in graph.build(spec, input_shape, classes):
        channels[layer.name] = layer.shape[-1]
        if layer.kind in ("conv", "dense", "output"):
            patch = layer.arguments.get("kernel", 1) ** 2 * channels[layer.inputs[0]]
            total += math.prod(layer.shape) * patch
    return total
