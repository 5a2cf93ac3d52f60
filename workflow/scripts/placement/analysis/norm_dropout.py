"""The interaction of normalization and dropout."""

import json
from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np
import pandas as pd

from placement.analysis.conventions import ALPHA
from placement.analysis.families import decided, holm
from placement.analysis.paired import StudentMean, paired_differences, tested
from placement.network import orders
from placement.network.backbones import BACKBONES


def _design(spec: Mapping, without: Sequence[str] = ()) -> str:
    """Text that two variants share if they are the same network of the same recipe, with the words `without` out of
    their orders."""
    backbone = spec["backbone"]
    left = {}
    for place, grammar in BACKBONES[backbone["kind"]].places.items():
        text = spec["order"] if place == "order" else backbone.get(place)
        if text is None:  # plain networks may have no stem
            continue
        words = tuple(word for word in text.split() if word not in without)
        left[place] = orders.completed(words, grammar)
    used = {word for words in left.values() for word in words}
    kept = {key: spec[key] for word, key in (("norm", "norm"), ("drop", "dropout")) if word in used}
    return json.dumps([backbone | left, kept, spec["activation"], spec.get("training")], sort_keys=True)


def counterparts(specs: Mapping[str, Mapping]) -> dict[str, tuple[str, str, str]]:
    """For each variant with both norm and drop: its counterparts without drop, without norm, without both.

    They are the same order with those steps taken out, and the same in all else; a variant that lacks one is
    absent.

    Args:
        specs: By variant, what VariantSpec.to_dict gives, and `training`, its recipe.
    """
    by_design = {_design(spec): name for name, spec in specs.items()}
    found = {}
    for name, spec in specs.items():
        if spec["norm"] and spec["dropout"]:
            alone, dropping, neither = (_design(spec, w) for w in (["drop"], ["norm"], ["norm", "drop"]))
            if {alone, dropping, neither} <= by_design.keys():
                found[name] = (by_design[alone], by_design[dropping], by_design[neither])
    return found


class Interaction(NamedTuple):
    """One row of `interactions`."""

    variant: str
    norm_only: str
    dropout_only: str
    neither: str
    n: int
    beside: float  # what dropout changes beside normalization, and without it; their difference is the interaction
    without: float
    interaction: float
    sd: float
    low: float  # simultaneous over the rows
    high: float
    t: float
    p: float
    p_sign_flip: float
    p_holm: float = np.nan
    distinguishable: bool = False


def interactions(values: np.ndarray, names: Sequence[str], specs: Mapping[str, Mapping]) -> pd.DataFrame:
    """What dropout does beside normalization, beyond what it does without it.

    By seed (variant - norm_only) - (dropout_only - neither), for each variant that `counterparts` finds;
    columns of `Interaction`.
    """
    column = dict(zip(names, values.T, strict=True))
    designs = counterparts({name: specs[name] for name in names})
    rows = []
    for variant, others in designs.items():
        norm_only, dropout_only, neither = (column[name] for name in others)
        beside, without = column[variant] - norm_only, dropout_only - neither
        d = paired_differences(beside, without)
        gains = StudentMean.of(beside).mean, StudentMean.of(without).mean
        rows.append(Interaction(variant, *others, len(d), *gains, *tested(d, ALPHA / len(designs))))
    table = pd.DataFrame(rows, columns=Interaction._fields)
    table["p_holm"] = holm(table["p"])
    table["distinguishable"] = decided(table["n"], table["p_holm"])
    return table
