"""The kinds of backbone, and the graph of a network of any: VariantSpec -> its layers."""

import math
from collections.abc import Mapping
from functools import cache
from typing import Any

from placement.errors import ConfigError
from placement.network.densenet import DenseNet
from placement.network.graph import Graph, Layer
from placement.network.norms import NORMS
from placement.network.plain import Plain
from placement.network.residual import Residual
from placement.network.spec import Backbone, Dropout, VariantSpec

BACKBONES: dict[str, type[Backbone]] = {kind.kind: kind for kind in (Plain, Residual, DenseNet)}


def from_dict(record: Mapping[str, Any]) -> VariantSpec:
    """The inverse of VariantSpec.to_dict."""
    norm, backbone, dropout = (record[part] for part in ("norm", "backbone", "dropout"))
    return VariantSpec(
        order=tuple(record["order"].split()),
        activation=record["activation"],
        norm=norm and NORMS[norm["kind"]](**{key: value for key, value in norm.items() if key != "kind"}),
        backbone=BACKBONES[backbone["kind"]].from_dict(backbone),
        dropout=dropout and Dropout.from_dict(dropout),
    )


@cache
def build(spec: VariantSpec, shape: tuple[int, int, int], classes: int) -> tuple[Layer, ...]:
    """Every layer of the network, from the scaled image to the class probabilities, in running order.

    The check of a config and the costs of its variants ask for the same network, one after the other.

    Args:
        spec: what to build.
        shape: height, width, channels of the images.
        classes: number of classes.

    Raises:
        ConfigError: it can't be built for such images; the path is that of a variant's key.
    """
    graph = Graph(spec, shape)
    spec.backbone.build(graph)
    graph.add("output", "output", (classes,), units=classes)
    return tuple(graph.layers.values())


def check_batch(spec: VariantSpec, shape: tuple[int, int, int], classes: int, batch_size: int) -> None:
    """Raises ConfigError where a BatchNorm layer would never learn: one value a channel and batch is its own mean."""
    if batch_size > 1 or spec.norm is None or not spec.norm.over_images:
        return
    for layer in build(spec, shape, classes):
        if layer.kind == "norm" and math.prod(layer.shape[:-1]) == 1:
            raise ConfigError(
                ("training", "batch_size"),
                f"found {batch_size}, which leaves nothing of {layer.name}: a channel has one value a batch, which is "
                "its own mean",
            )
