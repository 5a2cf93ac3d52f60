"""The order grammar: which words an order may have, where, and how often.

An order such as `norm act conv drop norm act conv add` is the composition of one block: its words are what happens, one
after the other. Stem, transition and head of a network are orders too. Where an order applies is its place.
"""

from typing import NamedTuple

from placement.errors import ConfigError

CONVOLUTIONS = ("conv", "conv1")


class Place(NamedTuple):
    """What an order may say at a place.

    Attributes:
        words: those that it may have.
        joint: the one that it must have once, where a branch ends; empty: none.
        convolves: whether it must convolve.
        pools: whether it ends in pooling that needn't be said.
    """

    words: tuple[str, ...]
    joint: str = ""
    convolves: bool = False
    pools: bool = False


STEM = Place(("conv", "norm", "act", "drop", "pool"), convolves=True)
HEAD = Place(("norm", "act", "drop", "pool", "flatten"), pools=True)

_ENDS = {"add": "where the residual branch ends", "concat": "where the layer's output joins its input"}


def parse(text: str, grammar: Place, kind: str, place: str) -> tuple[str, ...]:
    """The words of an order.

    Args:
        text: the order.
        grammar: of its place.
        kind, place: of backbone, and which of its orders, for messages.

    Raises:
        ConfigError: a word that is unknown, out of place or too often, or one that is missing.
    """
    key: tuple[str, ...] = ("order",) if place == "order" else ("backbone", place)
    words = tuple(text.split())
    for word in words:
        if word not in grammar.words:
            raise ConfigError(
                key,
                f"'{word}' in '{text}' is no word of a {kind} backbone's {_called(place)}, "
                f"expected words of {', '.join(grammar.words)}",
            )
    if {"pool", "flatten"} <= set(words):
        raise ConfigError(key, f"'pool' and 'flatten' in '{text}', expected one of them")
    for word in filter(None, ("pool", "flatten", grammar.joint)):
        if words.count(word) > 1:
            raise ConfigError(key, f"'{word}' stands {words.count(word)} times in '{text}', expected once at most")
    if grammar.joint and grammar.joint not in words:
        raise ConfigError(key, f"no '{grammar.joint}' in '{text}', expected it once, {_ENDS[grammar.joint]}")
    before = words[: words.index(grammar.joint)] if grammar.joint else words
    if grammar.convolves and not set(CONVOLUTIONS) & set(before):
        where = f" before '{grammar.joint}'" if grammar.joint else ""
        raise ConfigError(key, f"no 'conv'{where} in '{text}', expected one at least")
    return words


def completed(words: tuple[str, ...], grammar: Place) -> tuple[str, ...]:
    """The words with the pooling that needn't be said: last in a plain block, and in a head that doesn't flatten."""
    return (*words, "pool") if grammar.pools and not {"pool", "flatten"} & set(words) else words


def _called(place: str) -> str:
    return "block" if place == "order" else place


def before_convolving(words: tuple[str, ...]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The words before the first convolution, and those from it on."""
    at = next(at for at, word in enumerate(words) if word in CONVOLUTIONS)
    return words[:at], words[at:]


def split(words: tuple[str, ...], joint: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The words before and after the joint."""
    at = words.index(joint)
    return words[:at], words[at + 1 :]
