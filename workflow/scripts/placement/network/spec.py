"""A variant's lines of config -> VariantSpec: all that decides what network it is, defaults filled in and checked.

What takes the shape of the images to be known (halvings, groups that divide channels) is checked where the graph is
built, see backbones.build.
"""

from dataclasses import asdict, dataclass
from typing import Any

from placement import merging
from placement.errors import InputError
from placement.network import orders

# Keras's activations that take no arguments and keep the shape (tests/test_spec.py holds the list to Keras).
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
# A variant's keys that mean nothing without a word in one of its orders.
_NEEDS = {"norm": "norm", "activation": "act", "dropout": "drop"}
_REQUIRED = object()
# What a stem may have of its own; None: the filters and the kernel of the first stage.
_STEM = {"stem_kernel": None, "stem_stride": 1}
# Of maximum pooling, in a plain block or a stem.
_POOL = {"size": 2, "stride": 2}
# Kind of backbone -> its keys with their defaults. The residual's and densenet's are those of their papers: He et al.
# (2016, CVPR and ECCV), Huang et al. (2017).
BACKBONES = {
    "plain": {
        "filters": _REQUIRED,
        "kernels": _REQUIRED,
        "depths": 1,
        "dense": _REQUIRED,
        "head": "",
        "initializer": "glorot_uniform",
        "bias": True,
        "stem": "",
        "stem_filters": None,
        **_STEM,
        "pool": _POOL,
    },
    "residual": {
        "filters": _REQUIRED,
        "kernels": 3,
        "depths": _REQUIRED,
        "stem": "conv norm act",
        "head": "",
        "shortcut": "pad",
        "initializer": "glorot_uniform",
        "bias": False,
        "preactivation": "branch",
        "stem_filters": None,
        **_STEM,
        "pool": _POOL,
    },
    "densenet": {
        "filters": _REQUIRED,
        "growth": _REQUIRED,
        "kernels": 3,
        "depths": _REQUIRED,
        "stem": "conv",
        "transition": "norm act conv1 pool",
        "compression": 1.0,
        "head": "norm act",
        "initializer": "glorot_uniform",
        "bias": False,
        **_STEM,
        "pool": _POOL,
    },
}
# Those that are absent from a spec where they are at their default.
_UNSAID = {"stem_filters": None, **_STEM, "pool": _POOL, "preactivation": "branch"}


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
        return asdict(self) | {"order": " ".join(self.order)}

    @classmethod
    def from_dict(cls, fields: dict[str, Any]) -> "VariantSpec":
        """The inverse of to_dict."""
        return cls(**(fields | {"order": tuple(fields["order"].split())}))

    def of_backbone(self, key: str) -> Any:
        """A key of the backbone, its default where it is absent."""
        return self.backbone.get(key, _UNSAID[key])

    def words(self, place: str) -> tuple[str, ...]:
        """The words at a place of the backbone (order, stem, transition or head), implied pooling included."""
        words = self.order if place == "order" else tuple(self.backbone[place].split())
        return orders.completed(words, self.backbone["kind"], place)


def resolve(name: str, config: dict[str, Any]) -> VariantSpec:
    """The spec of one variant: its own keys over the study's `backbone`, `dropout` and `norm` (see merging).

    Only what the variant's orders use becomes part of the spec, so that a change of dropout rates concerns only the
    variants that drop.

    Raises:
        InputError: naming the variant and the key.
    """
    variant = config["variants"][name]
    given = merging.merged(config, variant)
    where = f"variants.{name}"
    backbone = _backbone(where, given["backbone"])
    words = _words(where, variant["order"], backbone)
    used = _used(words)
    _check_places(where, words, backbone)
    for key, word in _NEEDS.items():
        if key in variant and word not in used:
            raise InputError(
                f"{where}.{key}: given, but '{word}' stands neither in the order '{variant['order']}' nor in stem, "
                "transition or head"
            )
    drops = _drops(words, backbone)
    for key, places in (
        ("rates", f"the order '{variant['order']}' nor stem or transition"),
        ("dense_rate", "the head nor a hidden dense layer"),
    ):
        if key in variant.get("dropout", {}) and not drops[key]:
            raise InputError(f"{where}.dropout.{key}: given, but neither {places} has 'drop'")
    if backbone.get("compression", 1.0) < 1 and "conv1" not in words["transition"]:
        raise InputError(f"{where}: backbone.compression is given, but the transition has no 'conv1' to do it")
    return VariantSpec(
        order=words["order"],
        activation=variant.get("activation", "relu") if "act" in used else None,
        norm=_norm(where, given.get("norm") or {}) if "norm" in used else None,
        backbone=backbone,
        dropout=_dropout(where, given.get("dropout") or {}, drops, len(backbone["depths"])),
    )


def without_unused(variant: dict[str, Any], config: dict[str, Any]) -> dict[str, Any]:
    """A variant without what its network makes no use of and `resolve` would refuse: keys of another kind of backbone
    or norm, rates where nothing drops, and `norm`, `activation` or `dropout` where no order has their word.

    Raises:
        InputError: what remains can't be resolved either.
    """
    kept, given = dict(variant), merging.merged(config, variant)
    for key, table in (("backbone", BACKBONES), ("norm", NORMS)):
        if isinstance(own := kept.get(key), dict):
            keys = {"kind", *table[merging.kind(key, given[key])]}
            kept[key] = {name: value for name, value in own.items() if name in keys}
    backbone = _backbone("cell", merging.merged(config, kept)["backbone"])
    words = _words("cell", kept["order"], backbone)
    if isinstance(own := kept.get("dropout"), dict):
        drops = _drops(words, backbone)
        kept["dropout"] = {name: value for name, value in own.items() if drops.get(name, True)}
    used = _used(words)
    return {key: value for key, value in kept.items() if _NEEDS.get(key) in {None, *used} and value != {}}


def _words(where: str, order: str, backbone: dict[str, Any]) -> dict[str, tuple[str, ...]]:
    """The words of each of the orders of a network, by their places."""
    kind = backbone["kind"]
    return {
        place: orders.parse(
            order if place == "order" else backbone[place],
            kind,
            place,
            f"{where}.order" if place == "order" else f"{where}: backbone.{place}",
        )
        for place in orders.PLACES[kind]
        if place == "order" or place in backbone
    }


def _check_places(where: str, words: dict[str, tuple[str, ...]], backbone: dict[str, Any]) -> None:
    """Raises InputError where a key of the backbone says something of what isn't there."""
    for key in ("stem_filters", *_STEM):
        if key in backbone and "stem" not in words:
            raise InputError(f"{where}: backbone.{key} is given, but there is no stem")
    if "pool" in backbone and backbone["kind"] != "plain" and "pool" not in words["stem"]:
        raise InputError(f"{where}: backbone.pool is given, but the stem '{backbone['stem']}' has no 'pool'")
    if "preactivation" in backbone and words["order"][0] in orders.CONVOLUTIONS:
        raise InputError(f"{where}: backbone.preactivation is shared, but nothing stands before the first convolution")


def _used(words: dict[str, tuple[str, ...]]) -> set[str]:
    return {word for of_place in words.values() for word in of_place}


def _with_defaults(key: str, given: dict[str, Any], table: dict[str, dict[str, Any]]) -> dict[str, Any]:
    kind = given["kind"]
    defaults = table[kind]
    if unknown := given.keys() - defaults.keys() - {"kind"}:
        raise InputError(f"{key}.{min(unknown)}: no key of kind {kind}, expected one of {', '.join(sorted(defaults))}")
    filled = {"kind": kind} | {name: given.get(name, default) for name, default in defaults.items()}
    if missing := [name for name, value in filled.items() if value is _REQUIRED]:
        raise InputError(f"{key}.{missing[0]}: missing, expected it of a backbone of kind {kind}")
    return filled


def _backbone(where: str, given: dict[str, Any]) -> dict[str, Any]:
    backbone = _with_defaults(f"{where}: backbone", given, BACKBONES)
    of_densenet = backbone["kind"] == "densenet"
    stagewise = "depths" if of_densenet else "filters"
    if not isinstance(backbone[stagewise], list):
        raise InputError(f"{where}: backbone.{stagewise} is {backbone[stagewise]!r}, expected a list, one a stage")
    if of_densenet and isinstance(backbone["filters"], list):
        raise InputError(f"{where}: backbone.filters is {backbone['filters']!r}, expected one number, the stem's")
    stages = len(backbone[stagewise])
    for key, things in (("kernels", "sizes"), ("depths", "depths")):
        backbone[key] = _a_stage(f"{where}: backbone.{key}", backbone[key], stages, f"backbone.{stagewise}", things)
    backbone["pool"] = _POOL | backbone["pool"]
    unsaid = _UNSAID | {"stem_kernel": backbone["kernels"][0]}
    if not of_densenet:
        unsaid["stem_filters"] = backbone["filters"][0]
    if backbone["kind"] == "plain":
        unsaid["stem"] = ""
    return {key: value for key, value in backbone.items() if key not in unsaid or value not in (None, unsaid[key])}


def _a_stage(key: str, given: Any, stages: int, measure: str, things: str) -> list:
    """One value a stage: as given, or the one given for all."""
    if not isinstance(given, list):
        return [given] * stages
    if len(given) != stages:
        raise InputError(f"{key} has {len(given)} {things}, expected {stages}, one for each of {measure}")
    return given


def _norm(where: str, given: str | dict[str, Any]) -> dict[str, Any]:
    own = {} if isinstance(given, str) else given
    return _with_defaults(f"{where}: norm", {**own, "kind": merging.kind("norm", given)}, NORMS)


def _drops(words: dict[str, tuple[str, ...]], backbone: dict[str, Any]) -> dict[str, bool]:
    """Whether anything drops at each of dropout's rates."""
    return {
        "rates": any("drop" in of_place for place, of_place in words.items() if place != "head"),
        "dense_rate": "drop" in words["head"] or ("drop" in words["order"] and backbone.get("dense") is not None),
    }


def _dropout(where: str, given: dict[str, Any], drops: dict[str, bool], stages: int) -> dict[str, Any] | None:
    needed = [key for key, needs in drops.items() if needs]
    if not needed:
        return None
    if missing := [key for key in needed if key not in given]:
        raise InputError(f"{where}: it drops, but dropout.{missing[0]} is not given")
    rates = None
    if drops["rates"]:
        rates = _a_stage(f"{where}: dropout.rates", given["rates"], stages, "the backbone's stages", "rates")
    return {
        "kind": given.get("kind", "element"),
        "rates": rates and [float(rate) for rate in rates],
        "dense_rate": float(given["dense_rate"]) if drops["dense_rate"] else None,
    }
