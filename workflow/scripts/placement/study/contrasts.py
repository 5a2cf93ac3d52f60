"""The numbers that a claim is about: weights of variants, by which their runs of a seed are added up to a difference.

Sides that are cells of a grid are compared at equal levels of all other factors. A combination of those counts only
where every cell that the claim speaks of is there on both sides (and, with `against`, in both parts of the grid); else
the sides would differ in more than the claim says.
"""

from collections.abc import Iterable, Sequence
from itertools import product
from typing import NamedTuple

from placement.study.claims import Cells, Claim, Named, Part, Side, part_text
from placement.study.grids import Grid


class Contrast(NamedTuple):
    """A difference, left minus right.

    Attributes:
        name: what is compared, for people.
        weights: of each variant that has one; they sum to zero.
    """

    name: str
    weights: dict[str, float]


class Matched(NamedTuple):
    """Of the combinations of the other factors' levels that have a cell of the claim: how many have them all."""

    used: int
    all: int


def contrasts(claim: Claim, grid: Grid | None = None) -> list[Contrast]:
    """The differences that a claim is about, each pair of a group on the left and one on the right; one by level.

    Args:
        claim: without problems, see claim_problems.problems.
        grid: the study's.
    """
    if isinstance(claim.left, Named) and isinstance(claim.right, Named):
        return [
            Contrast(f"{'/'.join(left)} - {'/'.join(right)}", _sum([(left, 1 / len(left)), (right, -1 / len(right))]))
            for left, right in product(claim.left.groups, claim.right.groups)
        ]
    return [Contrast(f"{claim.left} - {claim.right}", _match(claim, grid).weights())]


def sides(claim: Claim, grid: Grid | None = None) -> list[tuple[Contrast, Contrast]]:
    """What each of `contrasts` is the difference of: the averages left and right; with `against`, the differences
    within the two parts of the grid."""
    if isinstance(claim.left, Named) and isinstance(claim.right, Named):
        return [(_average(left), _average(right)) for left, right in product(claim.left.groups, claim.right.groups)]
    match = _match(claim, grid)
    if claim.against is None:
        return [(Contrast(str(claim.left), match.weights((0,))), Contrast(str(claim.right), match.weights((1,))))]
    within, against = part_text(claim.within), part_text(claim.against)
    return [(Contrast(within, match.weights((0, 1))), Contrast(against, match.weights((2, 3))))]


def _average(group: Sequence[str]) -> Contrast:
    return Contrast("/".join(group), _sum([(group, 1 / len(group))]))


def matched(claim: Claim, grid: Grid) -> Matched:
    """How many combinations of the other factors a claim by level rests on."""
    match = _match(claim, grid)
    return Matched(len(match.complete), match.all)


def cells(claim: Claim, grid: Grid) -> list[set[tuple[str, ...]]]:
    """The cells of the grid that each side of a claim by level speaks of, by part: those of the left and of the right
    within `within`, and then within that of `against`."""
    return [{cell for cell in grid.cells if _is_of(cell, part, grid)} for part in _parts(claim, grid)]


class _Match(NamedTuple):
    """The variants of the complete combinations: for each, those of each part; and how many combinations there are."""

    complete: list[list[list[str]]]
    all: int

    def weights(self, of: Sequence[int] | None = None) -> dict[str, float]:
        """Of the parts with these indices, the first of them plus, the second minus, and so on in turns; of all."""
        signs = (1, -1, -1, 1)
        return _sum(
            (parts[at], sign / len(parts[at]) / len(self.complete))
            for parts in self.complete
            for sign, at in zip(signs, range(len(parts)) if of is None else of, strict=False)
        )


def _match(claim: Claim, grid: Grid | None) -> _Match:
    assert grid is not None, "the check of a config lets no claim by level pass without one"
    told_apart = set(_where(claim.left)) | set(_where(claim.right))
    if claim.against is not None:
        told_apart |= set(claim.within)
    own = [factor in told_apart for factor in grid.factors]
    parts = _parts(claim, grid)
    there: dict[tuple[str, ...], dict[tuple[str, ...], str]] = {}
    for cell, variant in grid.cells.items():
        if any(_is_of(cell, part, grid) for part in parts):
            others = tuple(level for level, mine in zip(cell, own, strict=True) if not mine)
            there.setdefault(others, {})[tuple(level for level, mine in zip(cell, own, strict=True) if mine)] = variant
    wanted = [list(product(*(names for names, mine in zip(part.values(), own, strict=True) if mine))) for part in parts]
    complete = [
        [[variants[cell] for cell in part] for part in wanted]
        for variants in there.values()
        if all(cell in variants for part in wanted for cell in part)
    ]
    return _Match(complete, len(there))


def _parts(claim: Claim, grid: Grid) -> list[Part]:
    """The levels of every factor that make up left and right within `within`, and then within that of `against`."""
    within = [claim.within] if claim.against is None else [claim.within, claim.against]
    return [
        {
            factor: [name for name in names if name in (part | _where(side)).get(factor, names)]
            for factor, names in grid.factors.items()
        }
        for part in within
        for side in (claim.left, claim.right)
    ]


def _where(side: Side) -> Part:
    assert isinstance(side, Cells), "the check of a config lets no claim pass of which one side alone is by level"
    return side.where


def _is_of(cell: tuple[str, ...], part: Part, grid: Grid) -> bool:
    return all(level in part[factor] for factor, level in zip(grid.factors, cell, strict=True))


def _sum(terms: Iterable[tuple[Sequence[str], float]]) -> dict[str, float]:
    """Weights of variants, each of which may be in several terms; those that cancel out are left out."""
    weights: dict[str, float] = {}
    for variants, weight in terms:
        for variant in variants:
            weights[variant] = weights.get(variant, 0.0) + weight
    return {variant: weight for variant, weight in weights.items() if abs(weight) > 1e-12}
