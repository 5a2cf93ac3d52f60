"""A network in a line: what its order made of the backbone. No TensorFlow here."""

from collections.abc import Iterator
from itertools import groupby

from placement.network import backbones, graph
from placement.network.norms import GroupNorm
from placement.network.plain import Plain
from placement.network.spec import VariantSpec


def trainable_parameters(spec: VariantSpec, shape: tuple[int, int, int], classes: int) -> int:
    """What training changes by gradients: kernels, biases, and the scales and centers of norms.

    Args:
        spec: of the network.
        shape: height, width, channels of the images.
        classes: units of the output layer.
    """
    channels, total = {graph.IMAGE: shape[-1]}, 0
    for layer in backbones.build(spec, shape, classes):
        channels[layer.name] = layer.shape[-1]
        taken, given = channels[layer.inputs[0]], layer.shape[-1]
        if layer.kind in ("conv", "dense", "output"):
            biases = given if layer.kind == "output" or spec.backbone.bias else 0
            total += layer.arguments.get("kernel", 1) ** 2 * taken * given + biases
        elif layer.kind == "norm" and spec.norm:
            total += given * spec.norm.trained
    return total


def line(spec: VariantSpec, shape: tuple[int, int, int], classes: int) -> str:
    """Such as '[norm conv act pool drop] x3, dense 128, 61,514 trainable parameters': from the image to the classes,
    implied pooling included.

    Args:
        spec, shape, classes: as above.
    """
    backbone = spec.backbone
    parts = [f"stem [{' '.join(spec.words('stem'))}]"] if backbone.stem else []
    for block, same in groupby(_blocks(spec)):
        times = len(list(same))
        parts.append(block if times == 1 else f"{block} x{times}")
    parts.append(f"head [{' '.join(spec.words('head'))}]")
    if isinstance(backbone, Plain) and backbone.dense is not None:
        parts.append(f"dense {backbone.dense}")
    parts += _of_one_channel(spec, shape, classes)
    return f"{', '.join(parts)}, {trainable_parameters(spec, shape, classes):,} trainable parameters"


def _blocks(spec: VariantSpec) -> Iterator[str]:
    """Each block as it is built, with the transitions between a DenseNet's."""
    backbone, words = spec.backbone, spec.words("order")
    whole, unpooled = (f"[{' '.join(block)}]" for block in (words, [word for word in words if word != "pool"]))
    for stage, depth in enumerate(backbone.depths, start=1):
        ends = stage == len(backbone.depths)
        if isinstance(backbone, Plain):
            # Global pooling comes in the place of the last stage's.
            yield from [unpooled] * (depth - 1)
            yield unpooled if ends and "flatten" not in spec.words("head") else whole
        else:
            yield from [whole] * depth
        if "transition" in backbone.places and not ends:
            yield f"transition [{' '.join(spec.words('transition'))}]"


def _of_one_channel(spec: VariantSpec, shape: tuple[int, int, int], classes: int) -> list[str]:
    """That group norm is instance norm where groups have one channel each."""
    if not isinstance(spec.norm, GroupNorm):
        return []
    channels = [layer.shape[-1] for layer in backbones.build(spec, shape, classes) if layer.kind == "norm"]
    alone = channels.count(spec.norm.groups)
    return [f"instance norm in {alone} of {len(channels)} norm layers: a channel is a group"] if alone else []
