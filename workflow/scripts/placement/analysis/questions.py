"""Studies side by side: the same question asked of several data sets, networks and recipes.

A question is a pair of placements: what stands between two convolutions, and in the head. Two variants of a study ask
it where all else of them, their condition, is equal; they are compared by test accuracy in points, paired by seed. A
study's estimate is the average over its conditions, by seed, so that it counts once, however many conditions it has;
how far these lie apart counts in its error where studies are put together (meta.py).

The same run, of one identity and seed, may stand in several studies. In a question it counts once, for the study
that has more runs.
"""

import json
from collections.abc import Iterator, Sequence
from itertools import combinations
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from placement.analysis.conventions import ALPHA, complete_blocks
from placement.analysis.families import decided, holm
from placement.analysis.meta import between_conditions, random_effects
from placement.analysis.paired import StudentMean, paired_differences
from placement.counting import how_many
from placement.network.orders import CONVOLUTIONS

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


class Contrast(NamedTuple):
    """One row of `contrasts`: left - right in points of test accuracy. `condition` is empty where it is a study's
    average over all of them, and `conditions` is their number. `between` is of such an average, see
    meta.between_conditions."""

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
    between: float = np.nan


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
    return ", ".join(filter(None, [named, "drop in the head" if in_head else ""]))


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
    """(left, right, condition, pairs of runs by seed) of each pair of a study's variants that asks a question."""
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
        blocks = complete_blocks(study.runs, METRIC, [left, right])
        written = [json.dumps(study.identities[variant], sort_keys=True) for variant in (left, right)]
        pairs = {
            seed: Pair(frozenset((identity, seed) for identity in written), difference)
            for seed, difference in zip(blocks.seeds, paired_differences(*blocks.values.T).tolist(), strict=True)
        }
        yield names[left], names[right], described(conditions[left], conditions[right]), pairs


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
        f"{how_many(training['epochs'], 'epoch')} of batches of {training['batch_size']}",
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


def contrasts(studies: Sequence[FinishedStudy]) -> pd.DataFrame:
    """Rows of `Contrast`: of each question and study the average over its conditions, then each condition.

    A run that a larger study has is left out of a smaller one's; the average is of the seeds that all conditions have.
    """
    rows: list[Contrast] = []
    counted: dict[tuple[str, str], set[tuple[str, int]]] = {}
    for study in largest_first(studies):
        # Conditions may differ in what their words leave out, and count all the same.
        asked: dict[tuple[str, str], list[tuple[str, dict[int, Pair]]]] = {}
        for left, right, of, pairs in questions(study):
            asked.setdefault((left, right), []).append((of, pairs))
        for question, found in asked.items():
            before = counted.setdefault(question, set())
            own = [
                (of, {seed: pair.difference for seed, pair in pairs.items() if not pair.runs & before})
                for of, pairs in found
            ]
            before.update(run for _, pairs in found for pair in pairs.values() for run in pair.runs)
            rows += _rows(question, study.name, [(of, differences) for of, differences in own if differences])
    table = pd.DataFrame(rows, columns=Contrast._fields)
    given = table["study"].map({study.name: position for position, study in enumerate(studies)})
    table = table.assign(given=given).sort_values(["left", "right", "given"], kind="stable", ignore_index=True)
    return table[list(Contrast._fields)]


def largest_first(studies: Sequence[FinishedStudy]) -> list[FinishedStudy]:
    return sorted(studies, key=lambda study: -len(study.runs))


def _rows(question: tuple[str, str], study: str, found: Sequence[tuple[str, dict[int, float]]]) -> Iterator[Contrast]:
    common = set.intersection(*(set(differences) for _, differences in found)) if found else set()
    each, between = [], np.nan
    if common:
        together = np.array([[differences[seed] for _, differences in found] for seed in sorted(common)])
        each, between = [("", together.mean(axis=1))], between_conditions(together)
    for of, values in [*each, *((of, np.array(list(differences.values()))) for of, differences in found)]:
        mean = StudentMean.of(values)
        # Each of several conditions is looked at, so that their intervals share the level.
        low, high = mean.interval(ALPHA / len(found) if of else ALPHA)
        yield Contrast(
            *question, study, of, len(found), mean.n, mean.mean, low, high, mean.se, mean.p, np.nan if of else between
        )


def repeated(studies: Sequence[FinishedStudy]) -> dict[str, int]:
    """{study: how many of its runs a larger one has too}, of those that have any."""
    seen: set[tuple[str, int]] = set()
    found = {}
    for study in largest_first(studies):
        written = {variant: json.dumps(identity, sort_keys=True) for variant, identity in study.identities.items()}
        of_study = study.runs[study.runs["variant"].isin(written)]
        runs = {(written[run.variant], int(run.seed)) for run in of_study.itertuples()}
        if again := len(runs & seen):
            found[study.name] = again
        seen |= runs
    return found


def shared(studies: Sequence[FinishedStudy]) -> str:
    """What several studies have in common, in words: it makes them agree more than others would."""
    datasets = {study.name: next(iter(study.identities.values()))["dataset"] for study in studies}
    without = {"test images": ("limit", "validation_fraction", "split_seed"), "training images and their split": ()}
    parts = []
    for what, left_out in without.items():
        same: dict[str, list[str]] = {}
        for name, dataset in datasets.items():
            kept = {key: value for key, value in dataset.items() if key not in left_out}
            same.setdefault(json.dumps(kept, sort_keys=True), []).append(name)
        parts += [f"{what} ({', '.join(names)})" for names in same.values() if len(names) > 1]
    seeds = set.intersection(*(set(study.runs["seed"]) for study in studies))
    if len(studies) > 1 and seeds:
        parts.append(f"{how_many(len(seeds), 'seed')} (all of them)")
    return "; ".join(parts)


class Answer(NamedTuple):
    """One row of `answers`: what all studies together say of left - right, see meta.RandomEffects.

    `pooled` are the studies that the mean is of, those with an error to weigh them by. `signs` says whether the effect
    changes sign with the conditions: 'shown' where it was told apart from zero above it in one condition and below it
    in another, with p Holm's over all conditions of the question and seeds enough to judge so many; 'estimates' where
    only estimates are on both sides; else nothing. `shared`: what studies that are pooled have in common.
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
    omega2: float
    i2: float
    signs: str
    shared: str


def answers(table: pd.DataFrame, studies: Sequence[FinishedStudy]) -> pd.DataFrame:
    """Rows of `Answer`, a question each, of the rows of `contrasts` and their studies.

    What changes sign comes first, then what most studies ask.
    """
    rows = []
    for (left, right), asked in table.groupby(["left", "right"], sort=False):
        whole, single = asked[asked["condition"] == ""], asked[asked["condition"] != ""]
        together = random_effects(*whole[["estimate", "error", "conditions", "between"]].to_numpy(float).T)
        apart = single[decided(single["n"], holm(single["p"]))]
        signs = "shown" if _both_signs(apart) else "estimates" if _both_signs(single) else ""
        asking = set(whole.loc[whole["error"].notna(), "study"])
        alike = shared([study for study in studies if study.name in asking]) if len(asking) > 1 else ""
        rows.append(Answer(left, right, asked["study"].nunique(), len(single), *together, signs, alike))
    found = pd.DataFrame(rows, columns=Answer._fields)
    return found.assign(shown=found["signs"] == "shown").sort_values(
        ["shown", "studies", "conditions"], ascending=False, kind="stable", ignore_index=True
    )[list(Answer._fields)]


def _both_signs(table: pd.DataFrame) -> bool:
    return bool((table["estimate"] > 0).any() and (table["estimate"] < 0).any())
