"""What finished studies ask: which pairs of their variants differ in the placement alone.

A question is a pair of placements: what stands between two convolutions, and in the head. Two variants of a study ask
it where all else of them, their condition, is equal; they are compared by test accuracy in points, paired by seed.
"""

import json
from collections.abc import Iterator, Sequence
from itertools import combinations
from typing import Any, NamedTuple

import pandas as pd

from placement.analysis.conventions import complete_blocks
from placement.analysis.paired import paired_differences
from placement.network.backbones import BACKBONES
from placement.network.orders import CONVOLUTIONS, completed
from placement.study import wording

METRIC = "test_accuracy"


class FinishedStudy(NamedTuple):
    """A finished study.

    Attributes:
        name: its folder's.
        runs: a row a run, in display units; columns variant, seed and measures.
        identities: {variant: dataset, spec and training}, as histories have them.
        claims: its claims.csv.
    """

    name: str
    runs: pd.DataFrame
    identities: dict[str, dict[str, Any]]
    claims: pd.DataFrame


def placement(spec: dict[str, Any]) -> str:
    """What stands between two convolutions, such as 'act norm drop'; where it isn't the same everywhere all of it, from
    the first convolution of a block on: 'act / act norm'.

    Where a branch joins (add, concat) and where the image is halved are no part of it, nor is dropout at a rate of 0 in
    every stage. Dropout in the head is, and on which side of its pooling.
    """
    between: list[list[str]] = []
    for word in _from_convolution(spec):
        if word in CONVOLUTIONS:
            between.append([])
        elif word != "pool":
            between[-1].append(word)
    each = [" ".join(words) for words in between]
    named = each[0] if len(set(each)) == 1 else " / ".join(words or "nothing" for words in each)
    return ", ".join(filter(None, [named, _dropout_in_head(spec["backbone"].get("head", "").split())]))


def _dropout_in_head(head: Sequence[str]) -> str:
    if "drop" not in head:
        return ""
    return "drop before pooling in the head" if "pool" in head[head.index("drop") :] else "drop in the head"


def pooled_alike(left: dict[str, Any], right: dict[str, Any]) -> bool:
    """Whether pooling stands on the same side of each word that two specs both have: else they differ in that too."""
    left_sides, right_sides = _sides_of_pooling(left), _sides_of_pooling(right)
    return all(left_sides[word] == right_sides[word] for word in left_sides.keys() & right_sides.keys())


def _from_convolution(spec: dict[str, Any]) -> list[str]:
    """The words of a block from its first convolution on, but for those that join, and for dropout at no rate.

    A block follows upon a block, so what comes before the first convolution comes after the last.
    """
    drops = spec["dropout"] is not None and any(spec["dropout"]["rates"] or ())
    without = ("add", "concat", *(() if drops else ("drop",)))
    order = completed(tuple(spec["order"].split()), BACKBONES[spec["backbone"]["kind"]].places["order"])
    words = [word for word in order if word not in without]
    first = next(index for index, word in enumerate(words) if word in CONVOLUTIONS)
    return words[first:] + words[:first]


def _sides_of_pooling(spec: dict[str, Any]) -> dict[tuple[str, int], bool]:
    """{(word, which of its kind): whether it comes before pooling}, from the first convolution on."""
    words = _from_convolution(spec)
    if "pool" not in words:
        return {}
    at = words.index("pool")
    return {
        (word, words[:index].count(word)): index < at
        for index, word in enumerate(words)
        if word != "pool" and word not in CONVOLUTIONS
    }


def condition(identity: dict[str, Any]) -> dict[str, Any]:
    """All that two variants must share to ask of their placements alone.

    What only one of them uses (norm, activation, dropout) is None in the other, and no difference.
    """
    spec = identity["spec"]
    of_placement = ("stem", "head", "transition", "preactivation")
    backbone = {key: value for key, value in spec["backbone"].items() if key not in of_placement}
    return {
        "dataset": {key: value for key, value in identity["dataset"].items() if key != "split_seed"},
        "backbone": backbone,
        "norm": spec["norm"],
        "activation": spec["activation"],
        "dropout": spec["dropout"],
        "training": identity["training"],
    }


def comparable(left: dict[str, Any], right: dict[str, Any]) -> bool:
    """Whether two conditions are the same, but for what one of them doesn't use."""
    return all(
        left[key] == right[key] or (key in ("norm", "activation", "dropout") and None in (left[key], right[key]))
        for key in left
    )


class Pair(NamedTuple):
    """The two runs of a seed, each an identity and the seed, and their difference."""

    runs: frozenset[tuple[str, int]]
    difference: float


def questions(study: FinishedStudy) -> Iterator[tuple[str, str, str, dict[int, Pair]]]:
    """(left, right, condition, pairs of runs by seed) of each pair of a study's variants that asks a question.

    A pair with the same bits in every seed is one network in two orders, and asks none.
    """
    variants = [variant for variant in study.identities if variant in set(study.runs["variant"])]
    conditions = {variant: condition(study.identities[variant]) for variant in variants}
    specs = {variant: study.identities[variant]["spec"] for variant in variants}
    placements = {variant: placement(spec) for variant, spec in specs.items()}
    orders = {variant: spec["order"] for variant, spec in specs.items()}
    bits = _bits(study.runs)
    for a, b in combinations(variants, 2):
        if not comparable(conditions[a], conditions[b]):
            continue
        # Orders say where pooling stands; placements leave it out, and so it may not differ.
        names = placements if placements[a] != placements[b] else orders
        if names[a] == names[b] or (names is placements and not pooled_alike(specs[a], specs[b])):
            continue
        if bits[a].equals(bits[b]):
            continue
        left, right = sorted((a, b), key=lambda variant: (len(names[variant]), names[variant]), reverse=True)
        blocks = complete_blocks(study.runs, METRIC, [left, right])
        written = [json.dumps(study.identities[variant], sort_keys=True) for variant in (left, right)]
        pairs = {
            seed: Pair(frozenset((identity, seed) for identity in written), difference)
            for seed, difference in zip(blocks.seeds, paired_differences(*blocks.values.T).tolist(), strict=True)
        }
        words = in_words(conditions[left], conditions[right], pooling(specs[left]))
        yield names[left], names[right], words, pairs


def _bits(runs: pd.DataFrame) -> dict[str, pd.DataFrame]:
    """{variant: accuracies and losses by seed}, which are the same to the last digit where two are one network."""
    columns = [name for name in (METRIC, "test_loss", "train_loss") if name in runs]
    return dict(iter(runs.set_index("seed").sort_index().groupby("variant")[columns]))


def pooling(spec: dict[str, Any]) -> str:
    """Where pooling stands, in words; nothing where it is last before the next convolution, or is none."""
    *_, behind = " ".join(_from_convolution(spec)).partition("pool")
    return f"pooling before {behind.strip()}" if behind.strip() else ""


def in_words(left: dict[str, Any], right: dict[str, Any], pooling: str) -> str:
    """A condition in words, between semicolons: data, network, where it pools, activation, norm, dropout, recipe."""
    either = {key: left[key] or right[key] for key in left}
    dataset, backbone = either["dataset"], either["backbone"]
    words = [
        f"{dataset['name']}" + ("" if dataset.get("limit") is None else f" ({dataset['limit']:,} images)"),
        f"{backbone['kind']} of {sum(backbone['depths'])} blocks (filters {backbone['filters']})",
        pooling,
        wording.parts(either),
        *wording.of_recipe(either["training"]),
    ]
    return "; ".join(word for word in words if word)
