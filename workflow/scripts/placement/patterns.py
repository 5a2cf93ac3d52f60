"""Sets of names as short regular expressions.

Snakemake reads the constraint of a wildcard through for every file of every job. As a list of all names it would make
the plan of a study take the square of the number of its runs.
"""

import re
from collections.abc import Iterable, Sequence


def names(given: Iterable[str], end: str = "") -> str:
    """Of names whose parts '-' joins, as those of a grid's cells, before an end.

    Args:
        given: the names.
        end: an expression of what follows each of them.
    """
    return any_of((*map(re.escape, re.findall("[^-]*-|[^-]+$", name)), end) for name in given)


def numbers(given: Iterable[int], end: str = "") -> str:
    """Of integers of 0 or more, before an end."""
    return any_of((*str(number), end) for number in given)


def any_of(sequences: Iterable[Sequence[str]]) -> str:
    """Of just these sequences of expressions; continuations that are alike are written once, and nothing matches none.

    Args:
        sequences: none is the beginning of another.
    """
    continued: dict[str, list[Sequence[str]]] = {}
    for first, *rest in sequences:
        continued.setdefault(first, []).append(rest)
    alike: dict[str, list[str]] = {}
    for first, rests in continued.items():
        alike.setdefault(any_of(rests) if all(rests) else "", []).append(first)
    if not continued:
        return "(?!)"
    found = [f"(?:{'|'.join(firsts)}){rest}" if len(firsts) > 1 else firsts[0] + rest for rest, firsts in alike.items()]
    return f"(?:{'|'.join(found)})" if len(found) > 1 else found[0]
