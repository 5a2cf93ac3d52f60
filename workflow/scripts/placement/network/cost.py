"""What a network costs, counted from its layers."""

import math
from collections.abc import Iterator

from placement.network import backbones, graph
from placement.network.spec import VariantSpec

KEPT_BYTES = 2 << 30  # what re-estimation may keep of all images between two norms


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
    return sum(positions * kernel for positions, kernel in _products(spec, input_shape, classes))


def _products(spec: VariantSpec, input_shape: tuple[int, int, int], classes: int) -> Iterator[tuple[int, int]]:
    """Of each convolution and dense layer: at how many positions of an image its kernel is applied, and the kernel's
    size."""
    channels = {graph.IMAGE: input_shape[-1]}
    for layer in backbones.build(spec, input_shape, classes):
        *positions, channels[layer.name] = layer.shape
        if layer.kind in ("conv", "dense", "output"):
            patch = layer.arguments.get("kernel", 1) ** 2 * channels[layer.inputs[0]]
            yield math.prod(positions), patch * layer.shape[-1]


def inference_batch(shape: tuple[int, int, int]) -> int:
    """How many images go through a network at once where nothing is trained: 500, and of images larger than 32x32 as
    many as have no more pixels than those."""
    return max(1, min(500, 500 * 32**2 // (shape[0] * shape[1])))


def training_memory(spec: VariantSpec, input_shape: tuple[int, int, int], classes: int, batch: int, slots: int) -> int:
    """MB that a training process takes, an estimate to ask a scheduler for.

    What every layer gives and its gradient for a batch, the largest layer three times for a batch in inference, the
    kernels and what the optimizer keeps of them (twice, for the checkpoint), their gradients and the kept ones, and
    1,500 for all else. Measured: 1,100 in all with the default study (put at 1,865), 2,060 with a DenseNet-40 and a
    batch of 32 (put at 3,735).

    Args:
        spec, input_shape, classes: as above.
        batch: images a step.
        slots: numbers that the optimizer keeps of each weight.
    """
    values = [math.prod(layer.shape) for layer in backbones.build(spec, input_shape, classes)]
    training, inference = 2 * batch * sum(values), 3 * inference_batch(input_shape) * max(values)
    weights = (4 + 2 * slots) * sum(kernel for _, kernel in _products(spec, input_shape, classes))
    return 1_500 + round(4 * (training + inference + weights) / 1e6)


def training_seconds(spec: VariantSpec, input_shape: tuple[int, int, int], classes: int) -> float:
    """CPU-seconds an image and epoch that are ample on a slow core, to ask a scheduler for: half a nanosecond a
    multiply-accumulate (measured: 0.12 with the default study, 0.2 with a ResNet-20, 0.4 with a DenseNet-40)."""
    return 0.5e-9 * multiply_accumulates(spec, input_shape, classes)


def shift_seconds(spec: VariantSpec, input_shape: tuple[int, int, int], classes: int) -> float:
    """CPU-seconds an image that are ample to measure the variance shift, for the same end: some five times through the
    network, and again through parts of it where not all can be kept, at 0.2 nanoseconds a multiply-accumulate
    (measured: 0.1)."""
    return 2e-9 * multiply_accumulates(spec, input_shape, classes)


def shift_memory(spec: VariantSpec, input_shape: tuple[int, int, int], classes: int, images: int) -> int:
    """MB that measuring the variance shift on so many images takes, an estimate for the same end: the largest layers
    for a batch, in float64 too, what is kept between two norms, and 1,500 for all else."""
    largest = 4 * max(math.prod(layer.shape) for layer in backbones.build(spec, input_shape, classes))
    kept = min(KEPT_BYTES, 2 * images * largest)
    return 1_500 + round((6 * inference_batch(input_shape) * largest + kept) / 1e6)
