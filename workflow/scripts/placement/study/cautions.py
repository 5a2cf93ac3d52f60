"""What a plan says of networks that aren't what their lines of config suggest."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence

from placement.counting import and_more
from placement.study.variants import Variant

NAMED = 3


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
        yield f"The same network under several names: {_equal(same)}. They share their runs, and differ by nothing"
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
