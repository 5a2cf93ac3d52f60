"""Claims as a config makes them: that in a metric the left side is higher than the right one, or lower, or equal to it;
and who says so. All that can be wrong with claims is in claim_problems.py, the numbers a side stands for in
contrasts.py."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

from placement.study import levels

# Levels of factors of the grid, by their names: {factor: those that count}.
Part = dict[str, list[str]]


@dataclass(frozen=True)
class Named:
    """A side that names variants.

    Attributes:
        groups: each is averaged over its variants, and the claim must hold for every group.
    """

    groups: tuple[tuple[str, ...], ...]

    @property
    def variants(self) -> list[str]:
        return [name for group in self.groups for name in group]

    def __str__(self) -> str:
        averaged = any(len(group) > 1 for group in self.groups)
        return f"{'mean of ' if averaged else ''}{', '.join(self.variants)}"


@dataclass(frozen=True)
class Cells:
    """A side that is the average of the grid's cells with the levels `where`."""

    where: Part

    def __str__(self) -> str:
        return part_text(self.where)


Side = Named | Cells


class Source(NamedTuple):
    """One that a claim rests on.

    Attributes:
        cite: who says so; empty where that isn't said.
        difference: the size stated, in the direction of the claim and the metric's unit, below 0 where it says the
            reverse; None where none is stated.
        n: the runs of each side that it was seen in, and `network` what was trained; None and empty where unknown.
    """

    cite: str
    difference: float | None = None
    n: int | None = None
    network: str = ""


@dataclass(frozen=True)
class Claim:
    """One of comparison.claims.

    Attributes:
        sentence: what is claimed, for people.
        metric: one of measures.CLAIMABLE.
        direction: of left to right: 'higher', 'lower' or 'equal'.
        left, right: what is compared; both name variants, or both are cells of the grid.
        within: the part of the grid that the sides are compared in; empty for all of it.
        against: the part whose difference is taken from that within `within`; None where there is none.
        rope: region of practical equivalence, in the metric's unit; None where the claim has none of its own.
        sources: who says so, in the order of the config.
    """

    sentence: str
    metric: str
    direction: str
    left: Side
    right: Side
    within: Part
    against: Part | None
    rope: float | None
    sources: tuple[Source, ...]

    @classmethod
    def of(cls, written: Mapping[str, Any]) -> "Claim":
        """An entry of comparison.claims that is as the schema wants it."""
        return cls(
            sentence=written["sentence"],
            metric=written["metric"],
            direction=written["direction"],
            left=_side(written["left"]),
            right=_side(written["right"]),
            within=_part(written.get("within", {})),
            against=_part(written["against"]["within"]) if "against" in written else None,
            rope=written.get("rope"),
            sources=_sources(written),
        )

    @property
    def variants(self) -> list[str]:
        """Those that it names."""
        return [name for side in (self.left, self.right) if isinstance(side, Named) for name in side.variants]

    @property
    def speaks_of_levels(self) -> bool:
        return isinstance(self.left, Cells) or isinstance(self.right, Cells) or bool(self.within or self.against)

    @property
    def stated(self) -> list[float]:
        """The sizes that its sources state, left minus right."""
        sign = -1 if self.direction == "lower" else 1
        return [sign * difference for difference in self._differences]

    def sources_disagree(self, rope: float) -> bool:
        """Whether a source says the reverse of what is claimed; of equality, one size is within ±`rope`, and another
        beyond."""
        if self.direction == "equal":
            return len({abs(difference) > rope for difference in self._differences}) > 1
        return any(difference <= 0 for difference in self._differences)

    @property
    def _differences(self) -> list[float]:
        """The sizes that its sources state, in its direction."""
        return [source.difference for source in self.sources if source.difference is not None]


def as_list(given: Any) -> list[Any]:
    """One level or several, as a config gives them."""
    return given if isinstance(given, list) else [given]


def part_text(part: Part) -> str:
    """A part of a grid in words, as `activation: relu or gelu, order: after`."""
    return ", ".join(f"{factor}: {' or '.join(names)}" for factor, names in part.items())


def _side(written: Any) -> Side:
    if isinstance(written, str):
        return Named(((written,),))
    if isinstance(written, list):
        return Named(tuple((name,) for name in written))
    return Cells(_part(written["where"])) if "where" in written else Named((tuple(written["mean"]),))


def _part(written: Mapping[str, Any]) -> Part:
    return {factor: list(map(levels.name, as_list(given))) for factor, given in written.items()}


def _sources(written: Mapping[str, Any]) -> tuple[Source, ...]:
    """Of `sources`, or the one of `source` and `claimed`."""
    if "sources" in written:
        return tuple(Source(**source) for source in written["sources"])
    claimed = written.get("claimed", {})
    claimed = claimed if isinstance(claimed, Mapping) else {"difference": claimed}
    return (Source(written.get("source", ""), **claimed),) if claimed or "source" in written else ()
