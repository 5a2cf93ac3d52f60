"""Residual networks, after He et al. (2016, CVPR and ECCV)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

from placement.errors import ConfigError
from placement.network import stretches
from placement.network.graph import Graph
from placement.network.orders import CONVOLUTIONS, HEAD, STEM, Place, before_convolving, split
from placement.network.spec import Backbone, key


@dataclass(frozen=True, kw_only=True)
class Residual(Backbone):
    """`shortcut`: pad or projection, where shapes differ; `preactivation`: branch or shared (see `build`)."""

    kind = "residual"
    places: ClassVar[Mapping[str, Place]] = {
        "order": Place((*CONVOLUTIONS, "norm", "act", "drop", "add"), joint="add", convolves=True),
        "stem": STEM,
        "head": HEAD,
    }
    filters: tuple[int, ...] = key()
    shortcut: str = key("pad")
    preactivation: str = key("branch")
    stem_filters: int = key(None)

    @classmethod
    def unsaid(cls, record: Mapping[str, Any]) -> dict[str, Any]:
        return super().unsaid(record) | {"preactivation": "branch", "stem_filters": record["filters"][0]}

    @classmethod
    def check(cls, record: Mapping[str, Any], words: Mapping[str, tuple[str, ...]]) -> None:
        super().check(record, words)
        if "preactivation" in record and words["order"][0] in CONVOLUTIONS:
            raise ConfigError(("backbone", "preactivation"), "shared, but nothing stands before the first convolution")

    def build(self, graph: Graph) -> None:
        """Residual blocks (He et al., 2016, CVPR; their orders: ECCV): what stands before `add` is the branch, what
        stands after it works on the sum. The first block of a stage but the first halves the image. With a shared
        pre-activation the first block of a stage splits behind what stands before its first convolution (He et al.,
        2016, ECCV, appendix, and Zagoruyko & Komodakis, 2016, where the width changes)."""
        spec = graph.spec
        branch, after = split(spec.order, "add")
        before, convolving = before_convolving(branch)
        stretches.stem(graph, self.stem_filters)
        for stage, filters in enumerate(self.filters):
            widths = _widths(branch, after, filters)
            for block in range(self.depths[stage]):
                at = f"stage{stage + 1}_block{block + 1}"
                stride = 2 if stage > 0 and block == 0 else 1
                stretch = stretches.named(at, widths, stretches.rate(spec, stage), self.kernels[stage], stride)
                source = graph.last
                stretch.fill(graph, before)
                if self.preactivation == "shared" and block == 0:
                    source = graph.last
                stretch.fill(graph, convolving)
                end = graph.last
                shortcut = self._shortcut(graph, source, end, f"{at}_shortcut", stride)
                graph.add("add", f"{at}_add", graph.shape(end), [shortcut, end])
                stretch.stride = 1
                stretch.fill(graph, after)
        stretches.head(graph)

    def _shortcut(self, graph: Graph, source: str, end: str, name: str, stride: int) -> str:
        """What is added to the branch: its source itself where the shapes agree, else padded with zeros (He et al.,
        2016, option A) or projected by a 1x1 convolution (option B), with norm where the branch ends in one after its
        last convolution."""
        shape = graph.shape(end)
        if graph.shape(source) == shape:
            return source
        if self.shortcut == "pad":
            graph.pad(name, source, stride, shape[-1])
            return graph.last
        graph.convolve(name, shape[-1], 1, stride, source)
        branch, _ = split(graph.spec.order, "add")
        last = max(at for at, word in enumerate(branch) if word in CONVOLUTIONS)
        if "norm" in branch[last:]:
            graph.normalize(f"{name}_norm")
        return graph.last


def _widths(branch: Sequence[str], after: Sequence[str], filters: int) -> list[int]:
    """Filters of the convolutions of a block: the stage's; the last of a bottleneck, a `conv1`, has four times as
    many."""
    convolutions = [word for word in branch if word in CONVOLUTIONS]
    out = 4 * filters if len(convolutions) > 1 and convolutions[-1] == "conv1" else filters
    return [filters] * (len(convolutions) - 1) + [out] * (1 + len(after))
