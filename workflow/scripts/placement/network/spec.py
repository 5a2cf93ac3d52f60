"""What a network is: its spec, of frozen parts. What kinds of parts there are stands in norms.py and backbones.py."""

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields
from typing import TYPE_CHECKING, Any, ClassVar

from placement.errors import ConfigError
from placement.network import orders
from placement.network.norms import Norm

if TYPE_CHECKING:
    from placement.network.graph import Graph

# Keras's activations that take no arguments and keep the shape (tests/network/test_spec.py holds the list to Keras).
ACTIVATIONS = (
    "celu",
    "elu",
    "exponential",
    "gelu",
    "hard_shrink",
    "hard_sigmoid",
    "hard_silu",
    "hard_swish",
    "hard_tanh",
    "leaky_relu",
    "linear",
    "log_sigmoid",
    "log_softmax",
    "mish",
    "relu",
    "relu6",
    "selu",
    "sigmoid",
    "silu",
    "soft_shrink",
    "softmax",
    "softplus",
    "softsign",
    "sparse_plus",
    "sparse_sigmoid",
    "sparsemax",
    "squareplus",
    "swish",
    "tanh",
    "tanh_shrink",
)
REQUIRED = object()


def key(default: Any = REQUIRED) -> Any:
    """A field of a backbone that a config may leave out, where it has a default; None: the first stage's. A spec has
    what comes of it: one value a stage, say."""
    return field(metadata={"default": default})


@dataclass(frozen=True)
class Pool:
    """Maximum pooling, in a plain block or a stem: of square windows, in pixels."""

    size: int = 2
    stride: int = 2


@dataclass(frozen=True, kw_only=True)
class Backbone(ABC):
    """What every kind of backbone has; a kind is a class with keys of its own, which builds.

    Attributes:
        kind: what a config calls it.
        places: where it has orders, and the grammar of each; `order` is the block's.
        staged: the key that is a list, one a stage, and so says how many there are.
        filters: one a stage; where those aren't staged, the stem's alone.
        kernels, depths: one a stage.
        stem, head: orders as text; empty where there is none.
        stem_kernel, stem_stride: of the stem's convolution.
    """

    kind: ClassVar[str]
    places: ClassVar[Mapping[str, orders.Place]]
    staged: ClassVar[str] = "filters"
    filters: Any = key()
    kernels: tuple[int, ...] = key(3)
    depths: tuple[int, ...] = key()
    stem: str = key("conv norm act")
    head: str = key("")
    initializer: str = key("glorot_uniform")
    bias: bool = key(False)
    stem_kernel: int = key(None)
    stem_stride: int = key(1)
    pool: Pool = key({"size": 2, "stride": 2})

    @classmethod
    def check(cls, record: Mapping[str, Any], words: Mapping[str, tuple[str, ...]]) -> None:
        """Raises ConfigError where a key of a record says something of what isn't there.

        Args:
            words: of its orders, by place.
        """
        for name in ("stem_filters", "stem_kernel", "stem_stride"):
            if name in record and "stem" not in words:
                raise ConfigError(("backbone", name), "given, but there is no stem")
        if "pool" in record and "pool" not in (*cls.places["order"].words, *words.get("stem", ())):
            raise ConfigError(("backbone", "pool"), f"given, but the stem '{record['stem']}' has no 'pool'")

    @abstractmethod
    def build(self, graph: "Graph") -> None:
        """Add its layers to a graph of an image."""

    @classmethod
    def options(cls) -> dict[str, Any]:
        """Its keys with their defaults, in JSON types; REQUIRED where there is none."""
        return {field.name: field.metadata["default"] for field in fields(cls)}

    @classmethod
    def unsaid(cls, record: Mapping[str, Any]) -> dict[str, Any]:
        """Keys that a record hasn't where they are as here."""
        return {"stem_kernel": record["kernels"][0], "stem_stride": 1, "pool": asdict(Pool())}

    def to_dict(self) -> dict[str, Any]:
        """Its kind and its keys in JSON types, but for those that go without saying."""
        record = {field.name: getattr(self, field.name) for field in fields(self)} | {"pool": asdict(self.pool)}
        record = {name: list(value) if isinstance(value, tuple) else value for name, value in record.items()}
        unsaid = self.unsaid(record)
        return {"kind": self.kind} | {name: v for name, v in record.items() if name not in unsaid or v != unsaid[name]}

    @classmethod
    def from_dict(cls, record: Mapping[str, Any]) -> "Backbone":
        """The inverse of to_dict, for a record of this kind."""
        said = cls.unsaid(record) | {name: value for name, value in record.items() if name != "kind"}
        said = {name: tuple(value) if isinstance(value, list) else value for name, value in said.items()}
        return cls(**said | {"pool": Pool(**said["pool"])})


@dataclass(frozen=True)
class Dropout:
    """What drops.

    Attributes:
        kind: element, or spatial: whole channels.
        rates: one a stage; None where nothing in them drops.
        dense_rate: of the head and the hidden dense layer; None where nothing there drops.
    """

    kind: str
    rates: tuple[float, ...] | None
    dense_rate: float | None

    def to_dict(self) -> dict[str, Any]:
        """Its fields in JSON types."""
        return asdict(self) | {"rates": self.rates and list(self.rates)}

    @classmethod
    def from_dict(cls, record: Mapping[str, Any]) -> "Dropout":
        """The inverse of to_dict."""
        return cls(**{**record, "rates": record["rates"] and tuple(record["rates"])})


@dataclass(frozen=True)
class VariantSpec:
    """All that decides what network a variant is; its label and colour are not part of it. What it makes no use of is
    None.

    Attributes:
        order: the words of one block, in running order.
        activation: one of ACTIVATIONS.
    """

    order: tuple[str, ...]
    activation: str | None
    norm: Norm | None
    backbone: Backbone
    dropout: Dropout | None

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON types: the form that params and histories carry (see backbones.from_dict)."""
        return {
            "order": " ".join(self.order),
            "activation": self.activation,
            "norm": self.norm and self.norm.to_dict(),
            "backbone": self.backbone.to_dict(),
            "dropout": self.dropout and self.dropout.to_dict(),
        }

    def words(self, place: str) -> tuple[str, ...]:
        """The words at a place of the backbone (order, stem, transition or head), implied pooling included."""
        words = self.order if place == "order" else tuple(getattr(self.backbone, place).split())
        return orders.completed(words, self.backbone.places[place])
