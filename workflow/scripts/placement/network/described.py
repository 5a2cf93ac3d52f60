"""A network in a line: what its order made of the backbone. No TensorFlow here."""

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
    implied pooling included; the last block of a plain backbone doesn't pool where its head does.

    Args:
        spec, shape, classes: as above.
    """
    backbone = spec.backbone
    parts = [f"[{' '.join(spec.words('order'))}] x{sum(backbone.depths)}"]
    if backbone.stem:
        parts.insert(0, f"stem [{' '.join(spec.words('stem'))}]")
    if "transition" in backbone.places:
        parts.append(f"transition [{' '.join(spec.words('transition'))}]")
    parts.append(f"head [{' '.join(spec.words('head'))}]")
    if isinstance(backbone, Plain) and backbone.dense is not None:
        parts.append(f"dense {backbone.dense}")
    parts += _of_one_channel(spec, shape, classes)
    return f"{', '.join(parts)}, {trainable_parameters(spec, shape, classes):,} trainable parameters"


def _of_one_channel(spec: VariantSpec, shape: tuple[int, int, int], classes: int) -> list[str]:
    """That group norm is instance norm where groups have one channel each."""
    if not isinstance(spec.norm, GroupNorm):
        return []
    channels = [layer.shape[-1] for layer in backbones.build(spec, shape, classes) if layer.kind == "norm"]
    alone = channels.count(spec.norm.groups)
    return [f"instance norm in {alone} of {len(channels)} norm layers: a channel is a group"] if alone else []
