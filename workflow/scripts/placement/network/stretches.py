"""Stretches of a network that orders fill: what each word stands for, in a block, a stem or a head."""

import math
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field

from placement.network.graph import Graph
from placement.network.orders import CONVOLUTIONS
from placement.network.spec import VariantSpec


@dataclass
class Stretch:
    """A stretch of the network that an order fills: what its words stand for there.

    Attributes:
        name: of a layer, from its word and how many of that word came before it in the stretch, itself included.
        widths: filters of each convolution (or units of each dense layer) in turn.
        rate: of dropout, where it drops.
        kernel: of `conv`.
        stride: of the first 3x3 convolution, or of the first, if there is none.
        pool: what `pool` is: max_pool, average_pool (2x2) or global_pool.
        dense: whether a convolution is a dense layer here.
    """

    name: Callable[[str, int], str]
    widths: Sequence[int] = ()
    rate: float = 0.0
    kernel: int = 1
    stride: int = 1
    pool: str = "max_pool"
    dense: bool = False
    seen: Counter[str] = field(default_factory=Counter)

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


def named(at: str, widths: Sequence[int], rate: float, kernel: int = 1, stride: int = 1) -> Stretch:
    """A stretch whose layers are called by where it is: `stage1_block1_conv2`."""
    return Stretch(lambda word, number: f"{at}_{word}{number}", widths, rate, kernel, stride)


def rate(spec: VariantSpec, stage: int) -> float:
    """Of dropout in a stage."""
    return spec.dropout.rates[stage] if spec.dropout and spec.dropout.rates else 0.0


def dense_rate(spec: VariantSpec) -> float:
    """Of dropout in the head and the hidden dense layer."""
    return (spec.dropout and spec.dropout.dense_rate) or 0.0


def stem(graph: Graph, filters: int) -> None:
    """The stem's order, with what is its own."""
    spec, backbone, words = graph.spec, graph.spec.backbone, graph.spec.words("stem")
    stretch = named("stem", [filters] * len(words), rate(spec, 0), backbone.stem_kernel, backbone.stem_stride)
    stretch.fill(graph, words)


def head(graph: Graph) -> None:
    """The head's order; `pool` is the global average there."""
    stretch = named("head", (), dense_rate(graph.spec))
    stretch.pool = "global_pool"
    stretch.fill(graph, graph.spec.words("head"))
