"""The graph of a network's layers: every layer, what it takes, and the shape of what it gives.

One graph is what the Keras models are built from, what multiply-accumulates are counted over, and what is checked
before anything runs. No TensorFlow here.
"""

import math
from collections.abc import Sequence
from typing import Any, NamedTuple

from placement.errors import ConfigError
from placement.network.spec import VariantSpec


class Layer(NamedTuple):
    """One layer of a network.

    Attributes:
        kind: conv, dense, act, norm, drop, pool (2x2 maximum), max_pool (any other), average_pool (2x2), global_pool,
            flatten, add, concat, pad (a shortcut without parameters) or output.
        name: of its own, and stable: seeds pair the layers that variants share by it.
        inputs: the names of the layers that it takes, or IMAGE.
        arguments: of its kind.
        shape: height, width, channels of what it gives; channels alone after global pooling, features after flattening.
    """

    kind: str
    name: str
    inputs: tuple[str, ...]
    arguments: dict[str, Any]
    shape: tuple[int, ...]


IMAGE = "scale"


class Graph:
    """Layers in running order. Each method adds one to the layer added last, unless it is told what to take."""

    def __init__(self, spec: VariantSpec, shape: tuple[int, int, int]) -> None:
        self.spec = spec
        self.layers: dict[str, Layer] = {}
        self.last = IMAGE
        self._image = shape

    def shape(self, name: str | None = None) -> tuple[int, ...]:
        """The shape of what a layer gives (the last, if none is named)."""
        name = name or self.last
        return self._image if name == IMAGE else self.layers[name].shape

    def add(
        self, kind: str, name: str, shape: tuple[int, ...], inputs: Sequence[str] | None = None, **arguments: Any
    ) -> None:
        self.layers[name] = Layer(kind, name, tuple(inputs or [self.last]), arguments, shape)
        self.last = name

    def convolve(self, name: str, filters: int, kernel: int, stride: int = 1, source: str | None = None) -> None:
        shape = (*self._strided(name, source, stride), filters)
        self.add("conv", name, shape, source and [source], filters=filters, kernel=kernel, stride=stride)

    def normalize(self, name: str) -> None:
        norm, shape = self.spec.norm, self.shape()
        assert norm is not None, "a spec has one where an order has its word"
        channels, groups = shape[-1], norm.groups_of(shape[-1])
        if channels % groups:
            raise ConfigError(("norm", "groups"), f"{groups} groups don't divide the {channels} channels of {name}")
        positions = math.prod(shape[:-1]) if norm.over_positions else 1
        if not norm.over_images and channels // groups * positions < 2:
            raise ConfigError(
                ("norm", "kind"),
                f"{norm.kind} would leave nothing of {name}: one value a group, which is its own mean",
            )
        self.add("norm", name, shape)

    def drop(self, name: str, rate: float) -> None:
        self.add("drop", name, self.shape(), rate=rate)

    def max_pool(self, name: str) -> None:
        """Of windows that lie within the image. The common ones are a kind of their own, which trains faster."""
        size, stride = self.spec.backbone.pool.size, self.spec.backbone.pool.stride
        if size == stride == 2:
            self.halve("pool", name)
            return
        height, width, channels = self.shape()
        if min(height, width) < size:
            raise ConfigError(("backbone", "pool"), f"{name} would take {size}x{size} of an image of {height}x{width}")
        shape = ((height - size) // stride + 1, (width - size) // stride + 1, channels)
        self.add("max_pool", name, shape, size=size, stride=stride)

    def halve(self, kind: str, name: str) -> None:
        """A pooling of 2x2."""
        height, width, channels = self.shape()
        self._check_halving(name, height, width)
        self.add(kind, name, (height // 2, width // 2, channels))

    def pad(self, name: str, source: str, stride: int, channels: int) -> None:
        given = self.shape(source)[-1]
        if given > channels:
            raise ConfigError(
                ("backbone", "shortcut"), f"pad can't take {given} channels to {channels}, expected projection"
            )
        shape = (*self._strided(name, source, stride), channels)
        self.add("pad", name, shape, [source], stride=stride, channels=channels - given)

    def _strided(self, name: str, source: str | None, stride: int) -> tuple[int, int]:
        height, width, _ = self.shape(source)
        if stride > 1:
            self._check_halving(name, height, width)
        return math.ceil(height / stride), math.ceil(width / stride)

    def _check_halving(self, name: str, height: int, width: int) -> None:
        if min(height, width) < 2:
            raise ConfigError(
                ("backbone",),
                f"{name} would halve an image of {height}x{width}: too many stages for images of "
                f"{self._image[0]}x{self._image[1]}",
            )
