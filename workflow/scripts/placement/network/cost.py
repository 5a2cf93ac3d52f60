"""What a network costs, counted from its layers."""

import math

from placement.network import backbones, graph
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
    for layer in backbones.build(spec, input_shape, classes):
        channels[layer.name] = layer.shape[-1]
        if layer.kind in ("conv", "dense", "output"):
            patch = layer.arguments.get("kernel", 1) ** 2 * channels[layer.inputs[0]]
            total += math.prod(layer.shape) * patch
    return total


def training_memory(spec: VariantSpec, input_shape: tuple[int, int, int], classes: int, batch: int) -> int:
    """MB that a training process takes, an estimate to ask a scheduler for.

    What every layer gives and its gradient for a batch, and 1,500 for all else. Measured: 1,100 in all with the default
    study (put at 1,700), 2,060 with a DenseNet-40 and a batch of 32 (put at 2,950).

    Args:
        spec, input_shape, classes: as above.
        batch: images a step.
    """
    values = sum(math.prod(layer.shape) for layer in backbones.build(spec, input_shape, classes))
    return 1_500 + round(2 * 4 * batch * values / 1e6)


def training_seconds(spec: VariantSpec, input_shape: tuple[int, int, int], classes: int) -> float:
    """CPU-seconds an image and epoch that are ample on a slow core, to ask a scheduler for: half a nanosecond a
    multiply-accumulate (measured: 0.12 with the default study, 0.2 with a ResNet-20, 0.4 with a DenseNet-40)."""
    return 0.5e-9 * multiply_accumulates(spec, input_shape, classes)
