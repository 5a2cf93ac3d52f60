"""What a plan says of networks that aren't what their lines of config suggest, of too few steps for their norm, and of
too few test images for what counts as equal."""

import json
import math
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise
from typing import Any

from placement.counting import and_more, how_many
from placement.network import backbones
from placement.network.backbones import BACKBONES
from placement.study.variants import Variant

NAMED = 3
# Of what moving averages start with, at the end of training.
START_LEFT = 0.01
# Test images that a region of practical equivalence should be wide: in a narrower one, a verdict of equality hangs on
# one or two images.
FEW_IMAGES = 5


def announced(variants: Mapping[str, Variant], shape: tuple[int, int, int], classes: int) -> Iterator[str]:
    """A line for each caution, before training.

    Args:
        variants: by name.
        shape, classes: of the images.
    """
    if groups := equal_networks(variants, shape, classes):
        yield (
            f"Equal networks: {_equal(groups)}. They compute the same: their layers are equal, but for relu of relu, "
            "or dropout on the other side of relu. Each of them is trained, and they differ by nothing"
        )
    records: dict[str, list[str]] = defaultdict(list)
    for name, variant in variants.items():
        records[str(variant.record)].append(name)
    if same := [names for names in records.values() if len(names) > 1]:
        yield (
            f"The same network under several names: {_equal(same)}. "
            "They share their runs, unless these train at once, and differ by nothing"
        )
    if dropping := [name for name, variant in variants.items() if _drops_where_rates_are_zero(variant)]:
        yield (
            f"Still dropping where dropout.rates are 0, by dropout.dense_rate: {_named(dropping)}. "
            "Give `dense_rate: 0` for no dropout"
        )


def equal_networks(variants: Mapping[str, Variant], shape: tuple[int, int, int], classes: int) -> list[list[str]]:
    """Names of variants that differ in words alone: their layers are the same, or would be without relu of relu and
    with dropout on the other side of relu, since relu(c x) = c relu(x) for what dropout multiplies by, 0 or
    1 / (1 - rate)."""
    groups: dict[str, dict[str, str]] = defaultdict(dict)
    for name, variant in variants.items():
        groups[_computed(variant, shape, classes)].setdefault(str(variant.record), name)
    return [list(names.values()) for names in groups.values() if len(names) > 1]


def _computed(variant: Variant, shape: tuple[int, int, int], classes: int) -> str:
    """What a variant computes and how it is trained, as a text: without the names of layers and relu of relu, and with
    dropout behind each relu that it stood before."""
    relu = variant.spec.activation == "relu"
    does: list[tuple[str, dict[str, Any]]] = []
    takes: list[list[int | None]] = []
    at: dict[str, int] = {}
    for layer in backbones.build(variant.spec, shape, classes):
        inputs = [at.get(name) for name in layer.inputs]
        if relu and layer.kind == "act" and inputs[0] is not None and does[inputs[0]][0] == "act":
            at[layer.name] = inputs[0]  # relu of relu
            continue
        at[layer.name] = len(does)
        does.append((layer.kind, layer.arguments))
        takes.append(inputs)
    while relu and (moved := _with_dropout_moved(does, takes)):
        does = moved
    spec, training = variant.record["spec"], variant.record["training"]
    words = {*BACKBONES[spec["backbone"]["kind"]].places, "preactivation"}
    backbone = {key: value for key, value in spec["backbone"].items() if key not in words}
    dropout = spec["dropout"] and spec["dropout"]["kind"]
    return json.dumps([does, takes, backbone, spec["norm"], spec["activation"], dropout, training], sort_keys=True)


def _with_dropout_moved(does: list[Any], takes: list[Any]) -> list[Any]:
    """With the first dropout that only an activation takes behind that; empty where there is none."""
    for position, (one, other) in enumerate(pairwise(does)):
        if (one[0], other[0]) == ("drop", "act") and sum(position in inputs for inputs in takes) == 1:
            return [*does[:position], other, one, *does[position + 2 :]]
    return []


def _drops_where_rates_are_zero(variant: Variant) -> bool:
    dropout = variant.spec.dropout
    if dropout is None or not dropout.rates or not dropout.dense_rate:
        return False
    return not any(dropout.rates)


def _equal(groups: Sequence[Sequence[str]]) -> str:
    return _named([" = ".join(names) for names in groups])


def _named(texts: Sequence[str]) -> str:
    return ", ".join(texts[:NAMED]) + and_more(len(texts), NAMED)


def few_steps(steps: Mapping[str, tuple[float, int]]) -> str:
    """What can be seen of too few steps before training; nothing where there are enough.

    Args:
        steps: {variant: momentum of its norm and steps of all its epochs}, of the variants with moving averages.
    """
    left = {variant: momentum**number for variant, (momentum, number) in steps.items()}
    short = {variant: share for variant, share in left.items() if share > START_LEFT}
    if not short:
        return ""
    variant = max(short, key=lambda name: short[name])
    momentum, number = steps[variant]
    alike = sum(steps[name] == steps[variant] for name in short)
    others = f" and {how_many(alike - 1, 'other variant')}" if alike > 1 else ""
    less = f", and less, but over {100 * START_LEFT:.0f} %, in {len(short) - alike} more" if len(short) > alike else ""
    enough = math.floor(100 * START_LEFT ** (1 / max(number, 1))) / 100
    return (
        f"Few steps for BatchNorm's moving averages, in {variant}{others}: after {number:,} steps at a momentum of "
        f"{momentum:g}, {100 * short[variant]:.0f} % of what they start with is left{less}. Give `norm` (in a grid, "
        f"its level) a smaller momentum, `{{kind: batch, momentum: {min(enough, 0.9):g}}}`, or train longer: else "
        "BatchNorm tests worse than its weights are. The findings say whether that was enough"
    )


def narrow_rope(rope: float, images: int) -> str:
    """That a region of practical equivalence of ±`rope` points is too narrow for so many test images; nothing where it
    isn't."""
    narrowest = 100 * FEW_IMAGES / images
    if rope >= narrowest:
        return ""
    few = f"{FEW_IMAGES} of the {images:,} test images, ±{narrowest:.2g} points"
    return (
        f"±{rope:g} points of accuracy count as equal (comparison.rope). That is less than {few}, and a verdict of "
        "equality would hang on one or two. Test more images, or give a wider `rope` if you would count that as equal"
    )
