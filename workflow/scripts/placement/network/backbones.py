"""The backbones: VariantSpec -> the graph of a plain network, a ResNet or a DenseNet, a function an architecture."""

import math
from collections.abc import Callable, Sequence
from functools import cache

from placement.errors import ConfigError
from placement.network.graph import Graph, Layer, Stretch
from placement.network.orders import CONVOLUTIONS, before_convolving, split
from placement.network.spec import VariantSpec


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
    BACKBONES[spec.backbone["kind"]](graph)
    graph.add("output", "output", (classes,), units=classes)
    return tuple(graph.layers.values())


def check_batch(spec: VariantSpec, shape: tuple[int, int, int], classes: int, batch_size: int) -> None:
    """Raises ConfigError where a BatchNorm layer would never learn: one value a channel and batch is its own mean."""
    if batch_size > 1 or spec.norm is None or spec.norm["kind"] != "batch":
        return
    for layer in build(spec, shape, classes):
        if layer.kind == "norm" and math.prod(layer.shape[:-1]) == 1:
            raise ConfigError(
                ("training", "batch_size"),
                f"found {batch_size}, which leaves nothing of {layer.name}: a channel has one value a batch, which is "
                "its own mean",
            )


def _plain(graph: Graph) -> None:
    """A stem where there is one; stages of the order, `depths` times each, with maximum pooling between them; then a
    hidden dense layer, where the order follows with `dense` in the place of `conv` (Simonyan & Zisserman, 2015, with
    global pooling)."""
    spec, backbone = graph.spec, graph.spec.backbone
    words = spec.words("order")
    unpooled = [word for word in words if word != "pool"]
    if "stem" in backbone:
        _stem(graph, backbone["filters"][0])
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
    after it works on the sum. The first block of a stage but the first halves the image. With a shared pre-activation
    the first block of a stage splits behind what stands before its first convolution (He et al., 2016, ECCV, appendix,
    and Zagoruyko & Komodakis, 2016, where the width changes)."""
    spec, backbone = graph.spec, graph.spec.backbone
    branch, after = split(spec.order, "add")
    before, convolving = before_convolving(branch)
    shares = spec.of_backbone("preactivation") == "shared"
    _stem(graph, backbone["filters"][0])
    for stage, filters in enumerate(backbone["filters"]):
        widths = _widths(branch, after, filters)
        for block in range(backbone["depths"][stage]):
            at = f"stage{stage + 1}_block{block + 1}"
            stride = 2 if stage > 0 and block == 0 else 1
            stretch = _named(at, widths, _rate(spec, stage), backbone["kernels"][stage], stride)
            source = graph.last
            stretch.fill(graph, before)
            if shares and block == 0:
                source = graph.last
            stretch.fill(graph, convolving)
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
            if compressed < 1:
                raise ConfigError(
                    ("backbone", "compression"), f"no channel is left after stage {stage + 1}, expected one at least"
                )
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
    """The stem's order, with what is its own."""
    spec = graph.spec
    words, kernel = spec.words("stem"), spec.of_backbone("stem_kernel") or spec.backbone["kernels"][0]
    widths = [spec.of_backbone("stem_filters") or filters] * len(words)
    _named("stem", widths, _rate(spec, 0), kernel, spec.of_backbone("stem_stride")).fill(graph, words)


def _head(graph: Graph) -> None:
    """The head's order; `pool` is the global average there."""
    stretch = _named("head", (), graph.spec.dropout and graph.spec.dropout["dense_rate"])
    stretch.pool = "global_pool"
    stretch.fill(graph, graph.spec.words("head"))


BACKBONES = {"plain": _plain, "residual": _residual, "densenet": _densenet}
