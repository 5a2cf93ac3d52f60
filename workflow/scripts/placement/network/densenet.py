"""Densely connected networks, after Huang et al. (2017)."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from placement.errors import ConfigError
from placement.network import stretches
from placement.network.graph import Graph
from placement.network.orders import CONVOLUTIONS, HEAD, STEM, Place, split
from placement.network.spec import Backbone, key


@dataclass(frozen=True, kw_only=True)
class DenseNet(Backbone):
    """`filters`: the stem's; `growth`: channels that a layer adds; `transition`: an order as text, between stages;
    `compression`: the share of the channels that its conv1 leaves."""

    kind = "densenet"
    places: ClassVar[Mapping[str, Place]] = {
        "order": Place((*CONVOLUTIONS, "norm", "act", "drop", "concat"), joint="concat", convolves=True),
        "stem": STEM,
        "transition": Place(("conv1", "norm", "act", "drop", "pool")),
        "head": HEAD,
    }
    staged = "depths"
    filters: int = key()
    growth: int = key()
    stem: str = key("conv")
    transition: str = key("norm act conv1 pool")
    compression: float = key(1.0)
    head: str = key("norm act")

    @classmethod
    def check(cls, record: Mapping[str, Any], words: Mapping[str, tuple[str, ...]]) -> None:
        super().check(record, words)
        if record["compression"] < 1 and "conv1" not in words["transition"]:
            raise ConfigError(("backbone", "compression"), "given, but the transition has no 'conv1' to do it")

    def build(self, graph: Graph) -> None:
        """Dense blocks (Huang et al., 2017): each layer's `growth` channels are joined to all that came before;
        transitions with 2x2 average pooling in between."""
        spec = graph.spec
        branch, after = split(spec.order, "concat")
        stretches.stem(graph, self.filters)
        for stage, (depth, kernel) in enumerate(zip(self.depths, self.kernels, strict=True)):
            for block in range(depth):
                at = f"stage{stage + 1}_block{block + 1}"
                source = graph.last
                widths = [(4 if word == "conv1" else 1) * self.growth for word in branch if word in CONVOLUTIONS]
                joined = graph.shape()[-1] + widths[-1]
                stretch = stretches.named(at, widths + [joined] * len(after), stretches.rate(spec, stage), kernel)
                stretch.fill(graph, branch)
                height, width, made = graph.shape()
                graph.add(
                    "concat", f"{at}_concat", (height, width, graph.shape(source)[-1] + made), [source, graph.last]
                )
                stretch.fill(graph, after)
            if stage < len(self.depths) - 1:
                compressed = math.floor(self.compression * graph.shape()[-1])
                if compressed < 1:
                    raise ConfigError(
                        ("backbone", "compression"),
                        f"no channel is left after stage {stage + 1}, expected one at least",
                    )
                words = spec.words("transition")
                transition = stretches.named(
                    f"transition{stage + 1}", [compressed] * len(words), stretches.rate(spec, stage)
                )
                transition.pool = "average_pool"
                transition.fill(graph, words)
        stretches.head(graph)
