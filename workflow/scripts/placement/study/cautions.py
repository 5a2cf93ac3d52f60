"""What a plan says of networks that aren't what their lines of config suggest, and of too few steps for their norm."""

import math
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence

from placement.counting import and_more, how_many
from placement.study.variants import Variant

NAMED = 3
# Of what moving averages start with, at the end of training.
START_LEFT = 0.01


def announced(variants: Mapping[str, Variant]) -> Iterator[str]:
    """A line for each caution, before training.

    Args:
        variants: by name.
    """
    if groups := equal_networks(variants):
        yield (
            f"Equal networks: {_equal(groups)}. Before relu and behind it, "
            "dropout zeroes the same values. Each of them is trained, and they differ by nothing"
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


def equal_networks(variants: Mapping[str, Variant]) -> list[list[str]]:
    """Names of variants that differ in nothing but on which side of relu they drop: relu(c x) = c relu(x) for what
    dropout multiplies by, 0 or 1 / (1 - rate)."""
    groups: dict[str, dict[str, str]] = defaultdict(dict)
    for name, variant in variants.items():
        if variant.spec.activation == "relu":
            record = str(variant.record)
            groups[_with_dropout_last(record)].setdefault(record, name)
    return [list(names.values()) for names in groups.values() if len(names) > 1]


def _with_dropout_last(words: str) -> str:
    """With dropout behind each activation that it stood before."""
    while (moved := words.replace("drop act", "act drop")) != words:
        words = moved
    return words


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
