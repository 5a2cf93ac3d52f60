"""The claims of the study and what became of them."""

import re
from collections import Counter

import numpy as np
import pandas as pd

from placement.reading import words
from placement.reading.document import Figure, Section, Table, Verdict
from placement.reading.facts import Facts, Found

RANKING = re.compile(r"\b(better|best|worse|worst)\b", re.IGNORECASE)


def section(facts: Facts, found: Found) -> Section:
    table = found.claims
    if table.empty:
        return Section("Claims", ("The study lists none.",))
    # What is the reason for several is told once, below.
    shared = [reason for reason, n in Counter(table["reason"]).items() if reason and n > 1]
    rows = [
        (
            _sentence(facts, c),
            Verdict(c.verdict, "" if c.reason in shared else words.text(c.reason)),
            f"{words.in_unit(c.estimate, c.unit)} {c.unit}".strip(),
            f"[{words.in_unit(c.low, c.unit)}, {words.in_unit(c.high, c.unit)}]" if np.isfinite(c.low) else "-",
            words.p(c.p_holm),
            words.number(c.p_outperform),
            c.n,
        )
        for c in table.itertuples()
    ]
    head = ("Claim", "Verdict", "Estimate", f"{words.LEVEL} interval", "p", "P", "Seeds")
    unfolds = [
        Figure(f"claim_{i}", _evidence(facts, found, i)) if i in found.evidence else None for i in range(len(table))
    ]
    blocks = [Table.of("Claims, their verdicts and what they rest on", head, rows, unfolds)]
    blocks += [f"Undecided, {_times(table, reason)}: {words.text(reason)}." for reason in shared]
    text = "Estimates are left minus right, and of the least favourable pair where a claim is about several."
    tested = int(table["p"].notna().sum())
    if tested:
        text += (
            f" p is Holm's over the {tested} tested claims, the interval is for one claim alone, P is the probability "
            "that a seed goes the way of the claim."
        )
    blocks.append(text + " Undecided does not mean equal.")
    for c in table[table["claimed_size"] == "outside"].itertuples():
        blocks.append(
            f"The size claimed by '{words.text(c.sentence)}', {c.claimed:g} {c.unit}, is outside of the interval."
        )
    return Section("Claims", tuple(blocks))


def _times(table: pd.DataFrame, reason: str) -> str:
    n = int((table["reason"] == reason).sum())
    return "all of them" if n == len(table) else f"{n} of them"


def _sentence(facts: Facts, claim) -> str:
    if facts.enough or not RANKING.search(claim.sentence):
        return words.text(claim.sentence)
    return words.text(f"{claim.left} {claim.direction} in {claim.metric} than {claim.right}")


def _evidence(facts: Facts, found: Found, row: int) -> str:
    """The caption of what a claim rests on."""
    claim, pairs = found.claims.iloc[row], found.evidence[row]
    left, right = (words.text(side) for side in pairs.columns[1:])
    text = (
        f"{words.text(claim['metric'])} of {left} (filled) and {right} (hollow): a line joins the two of a seed. "
        f"Right: their differences; n = {len(pairs)}."
    )
    if np.isfinite(claim["low"]):
        text += f" The large mark is the mean, its bar the {words.LEVEL} interval of the claim."
    if np.isfinite(claim["rope"]):
        text += f" The grey band is ±{claim['rope']:g} {claim['unit']}".rstrip() + "."
    return text
