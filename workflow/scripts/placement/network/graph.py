"""VariantSpec -> the graph of its layers: every layer, what it takes, and the shape of what it gives.

One graph is what the Keras models are built from, what multiply-accumulates are counted over, and what is checked
before anything runs. No TensorFlow here.
"""

import math
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from placement.errors import InputError
from placement.network.orders import CONVOLUTIONS, split
from placement.network.spec import VariantSpec


class Layer(NamedTuple):
    """One layer of a network.

    Attributes:
        kind: conv, dense, act, norm, drop, pool (2x2 maximum), average_pool (2x2), global_pool, flatten, add, concat,
            pad (a shortcut without parameters) or output.
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
        channels, positions = shape[-1], math.prod(shape[:-1])
        groups = {"group": norm.get("groups"), "instance": channels}.get(norm["kind"], 1)
        if channels % groups:
            raise InputError(f"norm.groups: {groups} groups don't divide the {channels} channels of {name}")
        if norm["kind"] != "batch" and channels // groups * positions < 2:
            raise InputError(
                f"norm.kind: {norm['kind']} would leave nothing of {name}: one value a group, which is its own mean"
            )
        self.add("norm", name, shape)

    def drop(self, name: str, rate: float) -> None:
        self.add("drop", name, self.shape(), rate=rate)

    def pool(self, kind: str, name: str) -> None:
        height, width, channels = self.shape()
        self._check_halving(name, height, width)
        self.add(kind, name, (height // 2, width // 2, channels))

    def pad(self, name: str, source: str, stride: int, channels: int) -> None:
        given = self.shape(source)[-1]
        if given > channels:
            raise InputError(f"backbone.shortcut: pad can't take {given} channels to {channels}, expected projection")
        shape = (*self._strided(name, source, stride), channels)
        self.add("pad", name, shape, [source], stride=stride, channels=channels - given)

    def _strided(self, name: str, source: str | None, stride: int) -> tuple[int, int]:
        height, width, _ = self.shape(source)
        if stride > 1:
            self._check_halving(name, height, width)
        return math.ceil(height / stride), math.ceil(width / stride)

    def _check_halving(self, name: str, height: int, width: int) -> None:
        if min(height, width) < 2:
            raise InputError(
                f"backbone: {name} would halve an image of {height}x{width}: too many stages for images of "
                f"{self._image[0]}x{self._image[1]}"
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
        pool: the kind of layer that `pool` is.
        dense: whether a convolution is a dense layer here.
    """

    name: Callable[[str, int], str]
    widths: Sequence[int] = ()
    rate: float | None = None
    kernel: int = 1
    stride: int = 1
    pool: str = "pool"
    dense: bool = False
    seen: Counter = field(default_factory=Counter)

    def fill(self, graph: Graph, words: Iterable[str]) -> None:
        """Add the layers of the words."""
        words = tuple(words)
        striding = words.index("conv" if "conv" in words else "conv1") if self.stride > 1 else None
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
                case "pool":
                    graph.pool(self.pool, name)
                case "flatten":
                    graph.add("flatten", "flatten", (math.prod(graph.shape()),))


def build(spec: VariantSpec, shape: tuple[int, int, int], classes: int) -> list[Layer]:
    """Every layer of the network, from the scaled image to the class probabilities, in running order.

    Args:
        spec: what to build.
        shape: height, width, channels of the images.
        classes: number of classes.

    Raises:
        InputError: it can't be built for such images; the message names the key of the config.
    """
    graph = Graph(spec, shape)
    {"plain": _plain, "residual": _residual, "densenet": _densenet}[spec.backbone["kind"]](graph)
    graph.add("output", "output", (classes,), units=classes)
    return list(graph.layers.values())


def _plain(graph: Graph) -> None:
    """Stages of the order, `depths` times each, with 2x2 maximum pooling between them; then a hidden dense layer, where
    the order follows with `dense` in the place of `conv` (Simonyan & Zisserman, 2015, with global pooling)."""
    spec, backbone = graph.spec, graph.spec.backbone
    words = spec.order if "pool" in spec.order else (*spec.order, "pool")
    unpooled = [word for word in words if word != "pool"]
    for stage, filters in enumerate(backbone["filters"]):
        for block in range(depth := backbone["depths"][stage]):
            last = stage == len(backbone["filters"]) - 1 and "flatten" not in spec.words("head")
            pools = block == depth - 1 and not last  # where global pooling comes instead
            Stretch(
                _plain_name(stage + 1, block + 1),
                [filters] * len(words),
                _rate(spec, stage),
                backbone["kernels"][stage],
            ).fill(graph, words if pools else unpooled)
    _head(graph)
    if backbone["dense"] is not None:
        units = [backbone["dense"]] * len(words)
        Stretch(_dense_name, units, spec.dropout and spec.dropout["dense_rate"], dense=True).fill(graph, unpooled)


def _plain_name(stage: int, block: int) -> Callable[[str, int], str]:
    """The first of its kind in a stage has a short name, whatever comes after it."""
    return lambda word, number: (
        f"{word}{stage}" if (block, number) == (1, 1) or word == "pool" else f"stage{stage}_block{block}_{word}{number}"
    )


def _dense_name(word: str, number: int) -> str:
    name = "dense" if word == "dense" else f"{word}_dense"
    return name if number == 1 else f"{name}{number}"


def _residual(graph: Graph) -> None:
    """Residual blocks (He et al., 2016, CVPR; their orders: ECCV): what stands before `add` is the branch, what stands
    after it works on the sum. The first block of a stage but the first halves the image."""
    spec, backbone = graph.spec, graph.spec.backbone
    branch, after = split(spec.order, "add")
    _stem(graph, backbone["filters"][0])
    for stage, filters in enumerate(backbone["filters"]):
        widths = _widths(branch, after, filters)
        for block in range(backbone["depths"][stage]):
            at = f"stage{stage + 1}_block{block + 1}"
            stride = 2 if stage > 0 and block == 0 else 1
            source = graph.last
            stretch = _named(at, widths, _rate(spec, stage), backbone["kernels"][stage], stride)
            stretch.fill(graph, branch)
            end = graph.last
            shortcut = _shortcut(graph, source, end, f"{at}_shortcut", stride)
            graph.add("add", f"{at}_add", graph.shape(end), [shortcut, end])
            stretch.stride = 1
            stretch.fill(graph, after)
    _head(graph)


def _widths(branch: Sequence[str], after: Sequence[str], filters: int) -> list[int]:
    """Filters of the convolutions of a block: the stage's; the last of a bottleneck, a `conv1`, has four times as
    many."""
    convolutions = [word for word in branch if word in CONVOLUTIONS]
    out = 4 * filters if len(convolutions) > 1 and convolutions[-1] == "conv1" else filters
    return [filters] * (len(convolutions) - 1) + [out] * (1 + len(after))


def _shortcut(graph: Graph, source: str, end: str, name: str, stride: int) -> str:
    """What is added to the branch: its source itself where the shapes agree, else padded with zeros (He et al., 2016,
    option A) or projected by a 1x1 convolution (option B), with norm where the branch ends in one after its last
    convolution."""
    shape = graph.shape(end)
    if graph.shape(source) == shape:
        return source
    if graph.spec.backbone["shortcut"] == "pad":
        graph.pad(name, source, stride, shape[-1])
        return graph.last
    graph.convolve(name, shape[-1], 1, stride, source)
    branch, _ = split(graph.spec.order, "add")
    last = max(at for at, word in enumerate(branch) if word in CONVOLUTIONS)
    if "norm" in branch[last:]:
        graph.normalize(f"{name}_norm")
    return graph.last


def _densenet(graph: Graph) -> None:
    """Dense blocks (Huang et al., 2017): each layer's `growth` channels are joined to all that came before; transitions
    with 2x2 average pooling in between."""
    spec, backbone = graph.spec, graph.spec.backbone
    branch, after = split(spec.order, "concat")
    growth = backbone["growth"]
    _stem(graph, backbone["filters"])
    for stage, depth in enumerate(backbone["depths"]):
        for block in range(depth):
            at = f"stage{stage + 1}_block{block + 1}"
            source = graph.last
            widths = [4 * growth if word == "conv1" else growth for word in branch if word in CONVOLUTIONS]
            joined = graph.shape()[-1] + widths[-1]
            stretch = _named(at, widths + [joined] * len(after), _rate(spec, stage), backbone["kernels"][stage])
            stretch.fill(graph, branch)
            height, width, made = graph.shape()
            graph.add("concat", f"{at}_concat", (height, width, graph.shape(source)[-1] + made), [source, graph.last])
            stretch.fill(graph, after)
        if stage < len(backbone["depths"]) - 1:
            compressed = math.floor(backbone["compression"] * graph.shape()[-1])
            words = spec.words("transition")
            transition = _named(f"transition{stage + 1}", [compressed] * len(words), _rate(spec, stage))
            transition.pool = "average_pool"
            transition.fill(graph, words)
    _head(graph)


def _named(at: str, widths: Sequence[int], rate: float | None, kernel: int = 1, stride: int = 1) -> Stretch:
    return Stretch(lambda word, number: f"{at}_{word}{number}", widths, rate, kernel, stride)


def _rate(spec: VariantSpec, stage: int) -> float | None:
    return spec.dropout["rates"][stage] if spec.dropout and spec.dropout["rates"] else None


def _stem(graph: Graph, filters: int) -> None:
    words = graph.spec.words("stem")
    _named("stem", [filters] * len(words), _rate(graph.spec, 0), graph.spec.backbone["kernels"][0]).fill(graph, words)


def _head(graph: Graph) -> None:
    """The head's order; `pool` is the global average, which comes last where neither it nor `flatten` is named."""
    words = graph.spec.words("head")
    stretch = _named("head", (), graph.spec.dropout and graph.spec.dropout["dense_rate"])
    stretch.pool = "global_pool"
    stretch.fill(graph, words if {"pool", "flatten"} & set(words) else (*words, "pool"))
