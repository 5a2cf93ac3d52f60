"""What a network is: its spec, and the kinds of norm and backbone that there are, with their keys."""

from dataclasses import dataclass, fields
from typing import Any

from placement.network import orders

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
# Kind of norm -> its keys with Keras's defaults; `groups` is ours.
NORMS = {
    "batch": {"momentum": 0.99, "epsilon": 1e-3, "scale": True, "center": True},
    "group": {"groups": 8, "epsilon": 1e-3, "scale": True, "center": True},
    "layer": {"epsilon": 1e-3, "scale": True, "center": True},
    "instance": {"epsilon": 1e-3, "scale": True, "center": True},
    "rms": {"epsilon": 1e-6},
}
REQUIRED = object()
# What a stem may have of its own; None: the filters and the kernel of the first stage.
STEM = {"stem_kernel": None, "stem_stride": 1}
# Of maximum pooling, in a plain block or a stem.
POOL = {"size": 2, "stride": 2}
# Kind of backbone -> its keys with their defaults. The residual's and densenet's are those of their papers: He et al.
# (2016, CVPR and ECCV), Huang et al. (2017).
BACKBONES = {
    "plain": {
        "filters": REQUIRED,
        "kernels": REQUIRED,
        "depths": 1,
        "dense": REQUIRED,
        "head": "",
        "initializer": "glorot_uniform",
        "bias": True,
        "stem": "",
        "stem_filters": None,
        **STEM,
        "pool": POOL,
    },
    "residual": {
        "filters": REQUIRED,
        "kernels": 3,
        "depths": REQUIRED,
        "stem": "conv norm act",
        "head": "",
        "shortcut": "pad",
        "initializer": "glorot_uniform",
        "bias": False,
        "preactivation": "branch",
        "stem_filters": None,
        **STEM,
        "pool": POOL,
    },
    "densenet": {
        "filters": REQUIRED,
        "growth": REQUIRED,
        "kernels": 3,
        "depths": REQUIRED,
        "stem": "conv",
        "transition": "norm act conv1 pool",
        "compression": 1.0,
        "head": "norm act",
        "initializer": "glorot_uniform",
        "bias": False,
        **STEM,
        "pool": POOL,
    },
}
# Those that are absent from a spec where they are at their default.
UNSAID = {"stem_filters": None, **STEM, "pool": POOL, "preactivation": "branch"}


@dataclass(frozen=True)
class VariantSpec:
    """All that decides what network a variant is; its label and colour are not part of it.

    Attributes:
        order: the words of one block, in running order.
        activation: one of ACTIVATIONS; None where nothing activates.
        norm: {kind, and the keys of that kind in NORMS}; None where nothing is normalised.
        backbone: {kind, and the keys of that kind in BACKBONES}; kernels and depths one a stage, filters one a stage
            (of a densenet the stem's); stem, transition and head are orders as text. Absent where they change
            nothing are the stem's own keys, pool and preactivation (see of_backbone), and the stem of a plain one.
        dropout: {kind, rates, dense_rate}: rates one a stage, dense_rate of the head and the hidden dense layer, each
            None where nothing there drops; None where nothing does.
    """

    order: tuple[str, ...]
    activation: str | None
    norm: dict[str, Any] | None
    backbone: dict[str, Any]
    dropout: dict[str, Any] | None

    def __hash__(self) -> int:
        """Of its content: none of its mappings is ever changed."""
        return hash(repr(self))

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON types, keys in one fixed order: the form that params and histories carry."""
        return {field.name: getattr(self, field.name) for field in fields(self)} | {"order": " ".join(self.order)}

    @classmethod
    def from_dict(cls, record: dict[str, Any]) -> "VariantSpec":
        """The inverse of to_dict."""
        return cls(**(record | {"order": tuple(record["order"].split())}))

    def of_backbone(self, key: str) -> Any:
        """A key of the backbone, its default where it is absent."""
        return self.backbone.get(key, UNSAID[key])

    def words(self, place: str) -> tuple[str, ...]:
        """The words at a place of the backbone (order, stem, transition or head), implied pooling included."""
        words = self.order if place == "order" else tuple(self.backbone[place].split())
        return orders.completed(words, self.backbone["kind"], place)
