"""How many seeds a family of comparisons is judged from.

Student's t keeps its error rate on normal differences from three seeds on; the exact tests beside it can't reject at
all with so few. So a family is judged from as many seeds on as the two-sided sign-flip test takes to reach ALPHA over
all of it. It follows from the study alone, and is told before anything trains.
"""

from collections.abc import Mapping, Sequence
from itertools import combinations

from placement.counting import how_many

ALPHA = 0.05


def seeds_to_judge(comparisons: int) -> int:
    """The fewest seeds n with 2 `comparisons` / 2^n below ALPHA: 6 for one comparison, 9 for nine, 12 for 66."""
    n = 1
    while 2 * max(comparisons, 1) / 2**n >= ALPHA:
        n += 1
    return n


def families(variants: int, claims: int, levels: Sequence[int] = ()) -> dict[str, int]:
    """{family in words: how many comparisons it has}, of those that a study has.

    Args:
        variants, claims: how many.
        levels: how many each factor of the grid has.
    """
    # Each level against the first of its factor, and how that changes from the first level of another factor.
    effects = sum(n - 1 for n in levels)
    changes = sum((a - 1) * (b - 1) for a, b in combinations(levels, 2))
    found = {
        "the claim" if claims == 1 else f"the {claims} claims": claims,
        "the comparison with the baseline"
        if variants == 2
        else f"the {variants - 1} comparisons with the baseline": variants - 1,
        f"all {variants * (variants - 1) // 2} pairs": variants * (variants - 1) // 2 if variants > 2 else 0,
        f"{how_many(effects, 'effect')} of factors": effects,
        f"{how_many(changes, 'interaction')} of factors": changes,
    }
    return {family: comparisons for family, comparisons in found.items() if comparisons}


def not_judged(seeds: int, variants: int, claims: int, levels: Sequence[int] = ()) -> dict[str, int]:
    """Of these families, those that take more seeds."""
    every = families(variants, claims, levels)
    return {family: comparisons for family, comparisons in every.items() if seeds < seeds_to_judge(comparisons)}


def announced(seeds: int, variants: int, claims: int, levels: Sequence[int] = ()) -> str:
    """What a study of so many seeds doesn't judge, before it trains; nothing where it judges all."""
    short = not_judged(seeds, variants, claims, levels)
    return too_few(seeds, short) if short else ""


def announced_of_placements(judging: int, placements: int) -> str:
    """That so many seeds don't judge each placement's own best, before they train; nothing where they do."""
    needed = seeds_to_judge(placements - 1)
    if judging >= needed:
        return ""
    left = f"{how_many(judging, 'seed')} left to judge {'is' if judging == 1 else 'are'} too few"
    return f"{left} for each placement at its own best ({needed} seeds)"


def too_few(n: int, families: Mapping[str, int], called: str = "seed") -> str:
    """What so many seeds don't judge: '3 seeds are too few to judge the 9 claims (9 seeds), all 21 pairs (10)'."""
    taken = [seeds_to_judge(comparisons) for comparisons in families.values()]
    units = [" seeds", *[""] * (len(taken) - 1)]
    each = [f"{family} ({seeds}{unit})" for family, seeds, unit in zip(families, taken, units, strict=True)]
    return f"{how_many(n, called)} {'is' if n == 1 else 'are'} too few to judge {', '.join(each)}"
