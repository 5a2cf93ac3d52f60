"""Studies side by side: the same question asked of several data sets, networks and recipes.

A question is a pair of placements: what stands between two convolutions, and in the head. Two variants of a study ask
it where all else of them, their condition, is equal; they are compared by test accuracy in points, paired by seed. A
study's estimate is the average over its conditions, by seed, so that it counts once, however many conditions it has.
"""

from collections.abc import Iterator, Sequence
from itertools import combinations
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from placement.analysis.conventions import ALPHA, complete_blocks
from placement.analysis.families import decided, holm
from placement.analysis.meta import random_effects
from placement.analysis.paired import StudentMean, paired_differences
from placement.network.orders import CONVOLUTIONS

METRIC = "test_accuracy"


class Study(NamedTuple):
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


class Contrast(NamedTuple):
    """One row of `contrasts`: left - right in points of test accuracy. `condition` is empty where it is a study's
    average over all of them, and `conditions` is their number."""

    left: str
    right: str
    study: str
    condition: str
    conditions: int
    n: int
    estimate: float
    low: float
    high: float
    error: float
    p: float


def placement(spec: dict[str, Any]) -> str:
    """What stands between two convolutions, such as 'act norm drop'; where it isn't the same everywhere all of it, from
    the first convolution of a block on: 'act / act norm'.

    Where a branch joins (add, concat) and where the image is halved are no part of it, nor is dropout at a rate of 0 in
    every stage. Dropout in the head is.
    """
    drops = spec["dropout"] is not None and any(spec["dropout"]["rates"] or ())
    without = ("add", "concat", "pool", *(() if drops else ("drop",)))
    words = [word for word in spec["order"].split() if word not in without]
    first = next(index for index, word in enumerate(words) if word in CONVOLUTIONS)
    # A block follows upon a block, so what comes before the first convolution comes after the last.
    between: list[list[str]] = []
    for word in words[first:] + words[:first]:
        if word in CONVOLUTIONS:
            between.append([])
        else:
            between[-1].append(word)
    each = [" ".join(words) for words in between]
    named = each[0] if len(set(each)) == 1 else " / ".join(words or "nothing" for words in each)
    in_head = "drop" in spec["backbone"].get("head", "").split()
    return named + (", drop in the head" if in_head else "")


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


def questions(study: Study) -> Iterator[tuple[str, str, str, np.ndarray]]:
    """(left, right, condition, differences by seed [n]) of each pair of a study's variants that asks a question."""
    variants = [variant for variant in study.identities if variant in set(study.runs["variant"])]
    conditions = {variant: condition(study.identities[variant]) for variant in variants}
    placements = {variant: placement(study.identities[variant]["spec"]) for variant in variants}
    orders = {variant: study.identities[variant]["spec"]["order"] for variant in variants}
    for a, b in combinations(variants, 2):
        if not comparable(conditions[a], conditions[b]):
            continue
        names = placements if placements[a] != placements[b] else orders
        if names[a] == names[b]:
            continue
        left, right = sorted((a, b), key=lambda variant: (len(names[variant]), names[variant]), reverse=True)
        values = complete_blocks(study.runs, METRIC, [left, right]).values
        yield names[left], names[right], described(conditions[left], conditions[right]), paired_differences(*values.T)


def described(left: dict[str, Any], right: dict[str, Any]) -> str:
    """A condition in words: data, network, activation, norm and recipe."""
    either = {key: left[key] or right[key] for key in left}
    dataset, backbone, training = either["dataset"], either["backbone"], either["training"]
    optimizer = training["optimizer"]
    words = [
        f"{dataset['name']}" + ("" if dataset.get("limit") is None else f" ({dataset['limit']:,} images)"),
        f"{backbone['kind']} of {sum(backbone['depths'])} blocks, filters {_number(backbone['filters'])}",
        either["activation"] or "no activation",
        _named("norm", either["norm"], "kind"),
        _named("dropout", either["dropout"], "kind"),
        optimizer if isinstance(optimizer, str) else _named("", optimizer, "name"),
        _named("", training.get("schedule"), "kind"),
        f"{training['epochs']} epochs of batches of {training['batch_size']}",
        "augmented" if "augmentation" in training else "",
    ]
    return ", ".join(word for word in words if word)


def _named(what: str, given: dict[str, Any] | None, key: str) -> str:
    if not given:
        return ""
    numbers = [
        f"{name} {_number(value)}"
        for name, value in given.items()
        if isinstance(value, int | float | list) and not isinstance(value, bool)
    ]
    return " ".join(word for word in (given[key], what, *numbers) if word)


def _number(value: float | Sequence[float]) -> str:
    return " ".join(f"{each:g}" for each in (value if isinstance(value, Sequence) else [value]))


def contrasts(studies: Sequence[Study]) -> pd.DataFrame:
    """Rows of `Contrast`: of each question and study the average over its conditions, then each condition."""
    rows = []
    for study in studies:
        # Conditions may differ in what their words leave out, and count all the same.
        asked: dict[tuple[str, str], list[tuple[str, np.ndarray]]] = {}
        for left, right, of, differences in questions(study):
            asked.setdefault((left, right), []).append((of, differences))
        for (left, right), found in asked.items():
            sizes = {len(differences) for _, differences in found}
            whole = [np.mean([differences for _, differences in found], axis=0)] if len(sizes) == 1 else []
            for of, differences in [*(("", each) for each in whole), *found]:
                mean = StudentMean.of(differences)
                # Each of several conditions is looked at, so that their intervals share the level.
                level = ALPHA / len(found) if of else ALPHA
                rows.append(
                    Contrast(
                        left,
                        right,
                        study.name,
                        of,
                        len(found),
                        mean.n,
                        mean.mean,
                        *mean.interval(level),
                        mean.se,
                        mean.p,
                    )
                )
    table = pd.DataFrame(rows, columns=Contrast._fields)
    return table.sort_values(["left", "right"], kind="stable", ignore_index=True)


class Answer(NamedTuple):
    """One row of `answers`: what all studies together say of left - right, see meta.RandomEffects.

    `pooled` are the studies that the mean is of, those with an error to weigh them by. `signs` says whether the effect
    changes sign with the conditions: 'shown' where it was told apart from zero above it in one condition and below it
    in another, with p Holm's over all conditions of the question and seeds enough to judge so many; 'estimates' where
    only estimates are on both sides; else nothing.
    """

    left: str
    right: str
    studies: int
    conditions: int
    pooled: int
    mean: float
    low: float
    high: float
    prediction_low: float
    prediction_high: float
    tau2: float
    i2: float
    signs: str


def answers(table: pd.DataFrame) -> pd.DataFrame:
    """Rows of `Answer`, a question each, of the rows of `contrasts`: what changes sign first, then what most ask."""
    rows = []
    for (left, right), asked in table.groupby(["left", "right"], sort=False):
        whole, single = asked[asked["condition"] == ""], asked[asked["condition"] != ""]
        together = random_effects(whole["estimate"].to_numpy(), whole["error"].to_numpy())
        apart = single[decided(single["n"], holm(single["p"]))]
        signs = "shown" if _both_signs(apart) else "estimates" if _both_signs(single) else ""
        rows.append(Answer(left, right, asked["study"].nunique(), len(single), *together, signs))
    found = pd.DataFrame(rows, columns=Answer._fields)
    return found.assign(shown=found["signs"] == "shown").sort_values(
        ["shown", "studies", "conditions"], ascending=False, kind="stable", ignore_index=True
    )[list(Answer._fields)]


def _both_signs(table: pd.DataFrame) -> bool:
    return bool((table["estimate"] > 0).any() and (table["estimate"] < 0).any())
