"""The order grammar: a variant's line of config -> a validated VariantSpec -> the exact sequence of its layers.

An order such as `conv act drop norm` says how the operations of one stage follow each other. It applies in every
convolutional stage and, with `dense` in the place of `conv`, to the hidden dense layer.
"""

from dataclasses import asdict, dataclass
from typing import Any, NamedTuple

from placement.errors import InputError

WORDS = ("conv", "act", "norm", "drop", "pool")
NORMS = ("batch", "layer", "group")
ACTIVATIONS = ("relu", "leaky_relu", "elu", "gelu", "silu", "tanh")


@dataclass(frozen=True)
class VariantSpec:
    """All that decides what network a variant is; its label and colour are not part of it.

    Attributes:
        order: the words of one stage, in running order.
        activation: one of ACTIVATIONS; None where the order has no `act`.
        norm: one of NORMS; None where the order has no `norm`.
        backbone: {kind, filters, kernels, dense}: one filter count and kernel size a stage, units of the hidden layer.
        dropout: {rates, dense_rate}: one rate a stage; None where the order has no `drop`.
    """

    order: tuple[str, ...]
    activation: str | None
    norm: str | None
    backbone: dict[str, Any]
    dropout: dict[str, Any] | None

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON types, keys in one fixed order: the form that params and histories carry."""
        return asdict(self) | {"order": " ".join(self.order)}

    @classmethod
    def from_dict(cls, fields: dict[str, Any]) -> "VariantSpec":
        """The inverse of to_dict."""
        return cls(**(fields | {"order": tuple(fields["order"].split())}))


class Layer(NamedTuple):
    """One layer of a network: kind (conv, dense, act, norm, drop, pool, global_pool or output), name, arguments."""

    kind: str
    name: str
    arguments: dict[str, Any]


def parse_order(name: str, order: str) -> tuple[str, ...]:
    """The words of an order.

    Raises:
        InputError: an unknown or repeated word, or no `conv`; it names the variant and the word.
    """
    words = tuple(order.split())
    for word in words:
        if word not in WORDS:
            raise InputError(f"variants.{name}.order: unknown word '{word}', expected words of {', '.join(WORDS)}")
        if words.count(word) > 1:
            raise InputError(f"variants.{name}.order: '{word}' stands {words.count(word)} times, expected once at most")
    if "conv" not in words:
        raise InputError(f"variants.{name}.order: no 'conv' in '{order}', expected it once")
    return words


def resolve(
    name: str, variant: dict[str, Any], backbone: dict[str, Any], dropout: dict[str, Any] | None
) -> VariantSpec:
    """The spec of one variant: its own keys over the study's `backbone` and `dropout`.

    Only what the order uses becomes part of the spec, so that a change of dropout rates concerns only the variants
    that drop.

    Raises:
        InputError: naming the variant and the key.
    """
    order = parse_order(name, variant["order"])
    for key, word in (("norm", "norm"), ("activation", "act"), ("dropout", "drop")):
        if key in variant and word not in order:
            raise InputError(f"variants.{name}.{key}: given, but the order '{variant['order']}' has no '{word}'")
    merged = backbone | variant.get("backbone", {})
    stages = len(merged["filters"])
    if len(merged["kernels"]) != stages:
        raise InputError(
            f"variants.{name}: backbone.kernels has {len(merged['kernels'])} sizes, "
            f"expected {stages}, one for each of backbone.filters"
        )
    rates = None
    if "drop" in order:
        given = (dropout or {}) | variant.get("dropout", {})
        if missing := {"rates", "dense_rate"} - given.keys():
            raise InputError(f"variants.{name}: its order drops, but dropout.{min(missing)} is not given")
        if len(given["rates"]) != stages:
            raise InputError(
                f"variants.{name}: dropout.rates has {len(given['rates'])} rates, "
                f"expected {stages}, one for each of backbone.filters"
            )
        rates = {"rates": [float(rate) for rate in given["rates"]], "dense_rate": float(given["dense_rate"])}
    return VariantSpec(
        order=order,
        activation=variant.get("activation", "relu") if "act" in order else None,
        norm=variant.get("norm", "batch") if "norm" in order else None,
        backbone={key: merged[key] for key in ("kind", "filters", "kernels", "dense")},
        dropout=rates,
    )


def layer_sequence(spec: VariantSpec, classes: int) -> list[Layer]:
    """Every layer of the network, from the scaled image to the class probabilities.

    Pooling follows the whole ordered block unless the order names it. The last stage ends in global average pooling
    instead, and the dense block has none.
    """
    filters, kernels = spec.backbone["filters"], spec.backbone["kernels"]
    order = spec.order if "pool" in spec.order else (*spec.order, "pool")
    sequence = []
    for stage, (channels, kernel) in enumerate(zip(filters, kernels, strict=True), start=1):
        for word in order:
            if word == "pool" and stage == len(filters):
                continue
            arguments = {}
            if word == "conv":
                arguments = {"filters": channels, "kernel": kernel}
            elif word == "drop":
                arguments = {"rate": spec.dropout["rates"][stage - 1]}
            sequence.append(Layer(word, f"{word}{stage}", arguments))
    sequence.append(Layer("global_pool", "pool", {}))
    for word in order:
        if word == "conv":
            sequence.append(Layer("dense", "dense", {"units": spec.backbone["dense"]}))
        elif word == "drop":
            sequence.append(Layer("drop", "drop_dense", {"rate": spec.dropout["dense_rate"]}))
        elif word != "pool":
            sequence.append(Layer(word, f"{word}_dense", {}))
    sequence.append(Layer("output", "output", {"units": classes}))
    return sequence
