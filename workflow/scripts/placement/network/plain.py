"""Plain networks: stages of an order, such as a VGG's."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from placement.network import stretches
from placement.network.graph import Graph
from placement.network.orders import CONVOLUTIONS, HEAD, STEM, Place
from placement.network.spec import Backbone, key
from placement.network.stretches import Stretch


@dataclass(frozen=True, kw_only=True)
class Plain(Backbone):
    """`dense`: units of a hidden dense layer; None: there is none."""

    kind = "plain"
    places: ClassVar[Mapping[str, Place]] = {
        "order": Place((*CONVOLUTIONS, "norm", "act", "drop", "pool"), convolves=True, pools=True),
        "stem": STEM,
        "head": HEAD,
    }
    filters: tuple[int, ...] = key()
    kernels: tuple[int, ...] = key()
    dense: int | None = key()
    depths: tuple[int, ...] = key(1)
    bias: bool = key(True)
    stem: str = key("")
    stem_filters: int = key(None)

    @classmethod
    def unsaid(cls, record: Mapping[str, Any]) -> dict[str, Any]:
        return super().unsaid(record) | {"stem": "", "stem_filters": record["filters"][0]}

    def build(self, graph: Graph) -> None:
        """A stem where there is one; stages of the order, `depths` times each, with maximum pooling between them; then
        a hidden dense layer, where the order follows with `dense` in the place of `conv` (Simonyan & Zisserman, 2015,
        with global pooling)."""
        spec, stages = graph.spec, len(self.filters)
        words = spec.words("order")
        unpooled = [word for word in words if word != "pool"]
        if self.stem:
            stretches.stem(graph, self.stem_filters)
        for stage, (filters, kernel, depth) in enumerate(zip(self.filters, self.kernels, self.depths, strict=True)):
            for block in range(depth):
                last = stage == stages - 1 and "flatten" not in spec.words("head")
                pools = block == depth - 1 and not last  # where global pooling comes instead
                name, widths = _name(stage + 1, block + 1), [filters] * len(words)
                stretch = Stretch(name, widths, stretches.rate(spec, stage), kernel)
                stretch.fill(graph, words if pools else unpooled)
        stretches.head(graph)
        if self.dense is not None:
            units = [self.dense] * len(words)
            Stretch(_dense_name, units, stretches.dense_rate(spec), dense=True).fill(graph, unpooled)


def _name(stage: int, block: int) -> Callable[[str, int], str]:
    """The first of its kind in a stage has a short name, whatever comes after it."""
    return lambda word, number: (
        f"{word}{stage}" if (block, number) == (1, 1) or word == "pool" else f"stage{stage}_block{block}_{word}{number}"
    )


def _dense_name(word: str, number: int) -> str:
    name = "dense" if word == "dense" else f"{word}_dense"
    return name if number == 1 else f"{name}{number}"
