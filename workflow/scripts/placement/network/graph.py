"""The graph of a network's layers: every layer, what it takes, and the shape of what it gives; how an order fills it.

One graph is what the Keras models are built from, what multiply-accumulates are counted over, and what is checked
before anything runs. No TensorFlow here.
"""

import math
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from placement.errors import ConfigError
from placement.network.orders import CONVOLUTIONS
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
        shape, norm = self.shape(), self.spec.norm
        channels = shape[-1]
        # Layer and RMS norms are Keras's, which go over the channels of each position by itself.
        positions = 1 if norm["kind"] in ("layer", "rms") else math.prod(shape[:-1])
        groups = {"group": norm.get("groups"), "instance": channels}.get(norm["kind"], 1)
        if channels % groups:
            raise ConfigError(("norm", "groups"), f"{groups} groups don't divide the {channels} channels of {name}")
        if norm["kind"] != "batch" and channels // groups * positions < 2:
            raise ConfigError(
                ("norm", "kind"),
                f"{norm['kind']} would leave nothing of {name}: one value a group, which is its own mean",
            )
        self.add("norm", name, shape)

    def drop(self, name: str, rate: float) -> None:
        self.add("drop", name, self.shape(), rate=rate)

    def max_pool(self, name: str) -> None:
        """Of windows that lie within the image. The common ones are a kind of their own, which trains faster."""
        size, stride = (self.spec.of_backbone("pool")[key] for key in ("size", "stride"))
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


@dataclass
class Stretch:
    """A stretch of the network that an order fills: what its words stand for there.

    Attributes:
        name: of a layer, from its word and how many of that word came before it in the stretch, itself included.
        widths: filters of each convolution (or units of each dense layer) in turn.
        rate: of dropout.
        kernel: of `conv`.
        stride: of the first 3x3 convolution, or of the first, if there is none.
        pool: what `pool` is: max_pool, average_pool (2x2) or global_pool.
        dense: whether a convolution is a dense layer here.
    """

    name: Callable[[str, int], str]
    widths: Sequence[int] = ()
    rate: float | None = None
    kernel: int = 1
    stride: int = 1
    pool: str = "max_pool"
    dense: bool = False
    seen: Counter = field(default_factory=Counter)

    def fill(self, graph: Graph, words: Iterable[str]) -> None:
        """Add the layers of the words."""
        words = tuple(words)
        striding = next((words.index(word) for word in CONVOLUTIONS if word in words), None)
        for at, word in enumerate(words):
            kind = "conv" if word in CONVOLUTIONS else word
            self.seen[kind] += 1
            name = self.name("dense" if self.dense and kind == "conv" else kind, self.seen[kind])
            match kind:
                case "conv" if self.dense:
                    units = self.widths[self.seen[kind] - 1]
                    graph.add("dense", name, (units,), units=units)
                case "conv":
                    width = self.widths[self.seen[kind] - 1]
                    kernel = 1 if word == "conv1" else self.kernel
                    graph.convolve(name, width, kernel, self.stride if at == striding else 1)
                case "norm":
                    graph.normalize(name)
                case "drop":
                    graph.drop(name, self.rate)
                case "act":
                    graph.add("act", name, graph.shape())
                case "pool" if self.pool == "global_pool":
                    graph.add("global_pool", "pool", graph.shape()[-1:])
                case "pool" if self.pool == "average_pool":
                    graph.halve(self.pool, name)
                case "pool":
                    graph.max_pool(name)
                case "flatten":
                    graph.add("flatten", "flatten", (math.prod(graph.shape()),))
