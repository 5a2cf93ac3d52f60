"""A judged claim in words: the cells of its row of a table of claims; and how many came out which way.

A `claim` is a row of judgements.judge as `itertuples` gives it.
"""

from collections import Counter
from collections.abc import Sequence

import numpy as np
import pandas as pd

from placement.analysis.verdicts import NOT_JUDGED
from placement.reading import words
from placement.reading.document import Verdict

# What is said of the way in which a claim without a verdict leans.
OPEN = {
    (NOT_JUDGED, "for"): "leans for it",
    (NOT_JUDGED, "against"): "leans against it",
    (NOT_JUDGED, "either"): "points either way",
    ("undecided", "for"): "leans for it",
    ("undecided", "against"): "leans against it",
}

EQUIVALENCE = "equivalence"  # stands behind its p


def verdict(claim, shared: Sequence[str] = ()) -> Verdict:
    """Its verdict, with which way it leans where it is open, and what turns it.

    Its reason stands there too, unless that is among those told once.
    """
    reason, fragile = (words.text(words.given(text)) for text in (claim.reason, claim.fragile))
    told = [reason] if reason and claim.reason not in shared else []
    if (claim.verdict, claim.leans) in OPEN:
        told.append(OPEN[claim.verdict, claim.leans])
    return Verdict(claim.verdict, "; ".join([*told, *([f"fragile ({fragile})"] if fragile else [])]))


def in_short(claim) -> str:
    """Its verdict, and whether another analysis says otherwise."""
    return f"{claim.verdict}, fragile" if words.given(claim.fragile) else claim.verdict


def counted(table: pd.DataFrame) -> str:
    """How many claims came out which way; of those that aren't judged, which way they lean."""
    verdicts = Counter(table["verdict"])
    open_ones = Counter(table.loc[table["verdict"] == NOT_JUDGED, "leans"])
    which = {"for": "for the claim", "against": "against it", "either": "either way"}
    alone = verdicts[NOT_JUDGED] == 1
    pointing = ", ".join(
        said if alone else f"{said}: {open_ones[way]}" for way, said in which.items() if open_ones[way]
    )
    said = [
        f"{n} {word}" + (f" (pointing {pointing})" if word == NOT_JUDGED and pointing else "")
        for word, n in sorted(verdicts.items())
    ]
    return f"Claims: {', '.join(said)}."


def asked(claim) -> str:
    """What is claimed of its metric; of equality, within what."""
    return f"{claim.direction} {claim.metric}" + (f", {within(claim)}" if claim.direction == "equal" else "")


def within(claim) -> str:
    """Its region of equivalence."""
    return f"within ±{claim.rope:g} {words.given(claim.unit)}".strip()


def p(claim) -> str:
    """The p that its verdict rests on; that of equivalence says so."""
    return f"{words.p(claim.p_equivalence_holm)} ({EQUIVALENCE})" if shows_equality(claim) else words.p(claim.p_holm)


def shows_equality(claim) -> bool:
    return claim.verdict == "equivalent" or (claim.direction == "equal" and claim.verdict == "supported")


def estimate(claim) -> str:
    """Its estimate, with its unit."""
    return size(claim, claim.estimate) if np.isfinite(claim.estimate) else "-"


def interval(claim) -> str:
    low, high = (words.in_unit(end, claim.unit) for end in (claim.low, claim.high))
    return f"[{low}, {high}]" if np.isfinite(claim.low) else "-"


def claimed(claim) -> float:
    """The size that was claimed, as left minus right."""
    return -claim.claimed if claim.direction == "lower" else claim.claimed


def size(claim, value: float) -> str:
    """A value in the unit of the claim's metric."""
    return f"{words.in_unit(value, claim.unit)} {words.given(claim.unit)}".strip()


def published(claim, cites: bool = True) -> str:
    """The size that was claimed, as left minus right, what of, and, if it cites, by whom."""
    parts = []
    if np.isfinite(claim.claimed):
        of = [] if pd.isna(claim.claimed_n) else [f"n = {claim.claimed_n:g}"]
        of += [words.text(claim.claimed_network)] if words.given(claim.claimed_network) else []
        parts.append(size(claim, claimed(claim)) + (f" ({', '.join(of)})" if of else ""))
    if others := words.given(claim.claimed_by_others):
        parts.append(f"elsewhere {words.text(others)}")
    if claim.sources_disagree:
        parts.append("the sources disagree")
    source = words.given(claim.source) if cites else ""
    return ", ".join([*parts, *([words.text(source)] if source else [])]) or "-"
