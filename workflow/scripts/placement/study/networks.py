"""A variant's lines of config -> VariantSpec: its network, defaults filled in and checked.

What takes the shape of the images to be known (halvings, groups that divide channels) is checked where the graph is
built, see backbones.build.
"""

from collections.abc import Mapping
from typing import Any

from placement.errors import ConfigError
from placement.network import orders
from placement.network.backbones import BACKBONES
from placement.network.norms import NORMS, Norm
from placement.network.spec import REQUIRED, Dropout, VariantSpec
from placement.study import merging

# What variants share, if they don't say their own.
SHARED = ("order", "activation", "backbone", "dropout", "norm")
# Of a kind, its keys with their defaults.
_OPTIONS = {
    "backbone": {kind: backbone.options() for kind, backbone in BACKBONES.items()},
    "norm": {kind: norm.options() for kind, norm in NORMS.items()},
}
# A variant's keys that mean nothing without a word in one of its orders.
_NEEDS = {"norm": "norm", "activation": "act", "dropout": "drop"}


def resolve(variant: Mapping[str, Any], config: Mapping[str, Any]) -> VariantSpec:
    """The spec of a variant: its own keys over those that variants share (see merging).

    Only what the variant's orders use becomes part of the spec, so that a change of dropout rates concerns only the
    variants that drop.

    Args:
        variant: its own keys.
        config: the study's.

    Raises:
        ConfigError: its path is the variant's.
    """
    given = _given(variant, config)
    backbone = _backbone(given["backbone"])
    if "order" not in given:
        raise ConfigError(("order",), "missing, expected one here, or `order` for all variants")
    words = _words(given["order"], backbone)
    used = _used(words)
    BACKBONES[backbone["kind"]].check(backbone, words)
    for key, word in _NEEDS.items():
        if key in variant and word not in used:
            raise ConfigError(
                (key,),
                f"given, but '{word}' stands neither in the order '{given['order']}' nor in stem, transition or head",
            )
    drops = _drops(words, backbone)
    for key, places in (
        ("rates", f"the order '{given['order']}' nor stem or transition"),
        ("dense_rate", "the head nor a hidden dense layer"),
    ):
        if key in variant.get("dropout", {}) and not drops[key]:
            raise ConfigError(("dropout", key), f"given, but neither {places} has 'drop'")
    return VariantSpec(
        order=words["order"],
        activation=given.get("activation", "relu") if "act" in used else None,
        norm=_norm(given.get("norm") or {}) if "norm" in used else None,
        backbone=BACKBONES[backbone["kind"]].from_dict(backbone),
        dropout=_dropout(given.get("dropout") or {}, drops, len(backbone["depths"])),
    )


def without_unused(variant: Mapping[str, Any], config: Mapping[str, Any]) -> dict[str, Any]:
    """A variant without what its network makes no use of and `resolve` would refuse: keys of another kind of backbone
    or norm, rates where nothing drops, and `norm`, `activation` or `dropout` where no order has their word.

    Raises:
        ConfigError: what remains can't be resolved either.
    """
    kept, given = dict(variant), _given(variant, config)
    for key, table in _OPTIONS.items():
        if isinstance(own := kept.get(key), dict):
            keys = {"kind", *table[str(merging.kind(key, given[key]))]}
            kept[key] = {name: value for name, value in own.items() if name in keys}
    backbone = _backbone(_given(kept, config)["backbone"])
    words = _words(given["order"], backbone)
    if isinstance(own := kept.get("dropout"), dict):
        drops = _drops(words, backbone)
        kept["dropout"] = {name: value for name, value in own.items() if drops.get(name, True)}
    used = _used(words)
    return {key: value for key, value in kept.items() if _NEEDS.get(key) in {None, *used} and value != {}}


def _given(variant: Mapping[str, Any], config: Mapping[str, Any]) -> dict[str, Any]:
    return merging.merged({key: config[key] for key in SHARED if key in config}, variant)


def _words(order: str, backbone: dict[str, Any]) -> dict[str, tuple[str, ...]]:
    """The words of each of the orders of a network, by their places."""
    kind = backbone["kind"]
    return {
        place: orders.parse(order if place == "order" else backbone[place], grammar, kind, place)
        for place, grammar in BACKBONES[kind].places.items()
        if place == "order" or place in backbone
    }


def _used(words: dict[str, tuple[str, ...]]) -> set[str]:
    return {word for of_place in words.values() for word in of_place}


def _with_defaults(key: str, given: dict[str, Any]) -> dict[str, Any]:
    kind = given["kind"]
    defaults = _OPTIONS[key][kind]
    if unknown := given.keys() - defaults.keys() - {"kind"}:
        raise ConfigError((key, min(unknown)), f"no key of kind {kind}, expected one of {', '.join(sorted(defaults))}")
    filled = {"kind": kind} | {name: given.get(name, default) for name, default in defaults.items()}
    if missing := [name for name, value in filled.items() if value is REQUIRED]:
        raise ConfigError((key, missing[0]), f"missing, expected it of a backbone of kind {kind}")
    return filled


def _backbone(given: dict[str, Any]) -> dict[str, Any]:
    backbone = _with_defaults("backbone", given)
    kind = BACKBONES[backbone["kind"]]
    if not isinstance(backbone[kind.staged], list):
        raise ConfigError(("backbone", kind.staged), f"found {backbone[kind.staged]!r}, expected a list, one a stage")
    if kind.staged != "filters" and isinstance(backbone["filters"], list):
        raise ConfigError(("backbone", "filters"), f"found {backbone['filters']!r}, expected one number, the stem's")
    stages = len(backbone[kind.staged])
    for key, things in (("kernels", "sizes"), ("depths", "depths")):
        backbone[key] = _a_stage(("backbone", key), backbone[key], stages, f"backbone.{kind.staged}", things)
    unsaid = kind.unsaid(backbone)
    backbone["pool"] = unsaid["pool"] | backbone["pool"]
    return {key: value for key, value in backbone.items() if key not in unsaid or value not in (None, unsaid[key])}


def _a_stage(path: tuple[str, ...], given: Any, stages: int, measure: str, things: str) -> list:
    """One value a stage: as given, or the one given for all."""
    if not isinstance(given, list):
        return [given] * stages
    if len(given) != stages:
        raise ConfigError(
            path,
            f"has {len(given)} {things}, expected {stages}, one for each of {measure}, or one for all, "
            f"such as `{path[-1]}: {given[0]}`",
        )
    return given


def _norm(given: str | dict[str, Any]) -> Norm:
    own = {} if isinstance(given, str) else given
    kind, *keys = _with_defaults("norm", {**own, "kind": merging.kind("norm", given)}).items()
    return NORMS[kind[1]](**dict(keys))


def _drops(words: dict[str, tuple[str, ...]], backbone: dict[str, Any]) -> dict[str, bool]:
    """Whether anything drops at each of dropout's rates."""
    return {
        "rates": any("drop" in of_place for place, of_place in words.items() if place != "head"),
        "dense_rate": "drop" in words["head"] or ("drop" in words["order"] and backbone.get("dense") is not None),
    }


def _dropout(given: dict[str, Any], drops: dict[str, bool], stages: int) -> Dropout | None:
    needed = [key for key, needs in drops.items() if needs]
    if not needed:
        return None
    if missing := [key for key in needed if key not in given]:
        raise ConfigError(("dropout", missing[0]), "missing, expected it of variants that drop")
    rates = None
    if drops["rates"]:
        rates = _a_stage(("dropout", "rates"), given["rates"], stages, "the backbone's stages", "rates")
    return Dropout(
        kind=given.get("kind", "element"),
        rates=None if rates is None else tuple(map(float, rates)),
        dense_rate=float(given["dense_rate"]) if drops["dense_rate"] else None,
    )
