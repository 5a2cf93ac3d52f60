"""Claims as a config writes them: what a side stands for, and all that can be wrong with one before it is judged."""

from collections.abc import Iterator, Mapping, Sequence
from difflib import get_close_matches
from typing import Any

from placement.study.measures import CLAIMABLE, MEASURES
from placement.study.problems import Problem, one_of

Side = str | Sequence[str] | Mapping[str, Sequence[str]]


def sides(side: Side) -> list[list[str]]:
    """The groups of variants a side stands for; each is averaged, and the claim must hold for every one."""
    if isinstance(side, str):
        return [[side]]
    return [list(side["mean"])] if isinstance(side, Mapping) else [[name] for name in side]


def members(side: Side) -> list[str]:
    """The variants that a side names."""
    return [name for group in sides(side) for name in group]


def named(claim: Mapping[str, Any]) -> list[str]:
    """The variants that a claim names."""
    return [name for side in ("left", "right") for name in members(claim[side])]


def problems(claims: Sequence[Mapping[str, Any]], variants: Sequence[str]) -> Iterator[Problem]:
    """What is wrong with claims that are as the schema wants them."""
    sentences: dict[str, int] = {}
    for index, claim in enumerate(claims):
        path = ("comparison", "claims", index)
        first = sentences.setdefault(" ".join(claim["sentence"].split()), index)
        if first != index:
            yield Problem((*path, "sentence"), f"is that of claim {first} too, expected one of its own")
        if claim["metric"] not in CLAIMABLE:
            yield Problem((*path, "metric"), _no_measure(claim["metric"]))
        for side in ("left", "right"):
            for name in members(claim[side]):
                if name not in variants:
                    yield Problem((*path, side), f"found {name!r}, expected {one_of(variants, name)}")
        for name in members(claim["right"]):
            if name in members(claim["left"]):
                yield Problem(
                    (*path, "right"), f"found {name!r}, which is on the left too, expected variants to compare it with"
                )


def _no_measure(metric: str) -> str:
    if metric in MEASURES:
        return f"found {metric!r}, {MEASURES[metric].unclaimable}, expected one of {', '.join(CLAIMABLE)}"
    near = get_close_matches(metric, CLAIMABLE)
    return (
        f"found {metric!r}, expected {' or '.join(near)}"
        if near
        else f"found {metric!r}, expected one of " + (", ".join(CLAIMABLE))
    )
