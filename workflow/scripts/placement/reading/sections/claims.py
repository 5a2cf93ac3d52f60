"""The claims of the study and what became of them."""

import re
from collections import Counter

import numpy as np
import pandas as pd

from placement.reading import words
from placement.reading.document import Figure, Section, Table, Verdict
from placement.reading.facts import Facts, Found

RANKING = re.compile(r"\b(better|best(?! epoch)|worse|worst)\b", re.IGNORECASE)


def section(facts: Facts, found: Found) -> Section:
    table = found.claims
    if table.empty:
        return Section("Claims", ("The study lists none.",))
    # What is the reason for several is told once, below.
    shared = [reason for reason, n in Counter(table["reason"]).items() if reason and n > 1]
    rows = [
        (
            _sentence(facts, c),
            Verdict(c.verdict, _why(c, shared)),
            words.text(f"{c.direction} {c.metric}"),
            estimate(c),
            interval(c),
            words.p(c.p_holm),
            words.number(c.p_outperform),
            c.n,
            published(c),
        )
        for c in table.itertuples()
    ]
    head = ("Claim", "Verdict", "Direction", "Estimate", f"{words.LEVEL} interval", "p", "P", "Seeds", "Claimed")
    unfolds = [Figure(f"claim_{i}", _evidence(found, i)) if i in found.evidence else None for i in range(len(table))]
    blocks = []
    if table["estimate"].notna().any():
        text = (
            "Estimate: a claim's subject minus what it is compared with; of several, the one least favourable to the "
            "claim. Above 0 it speaks for 'higher', below 0 for 'lower'"
        )
        text += ", close to 0 for 'equal'." if (table["direction"] == "equal").any() else "."
        if table["claimed"].notna().any():
            text += " Claimed: the size that was stated with the claim."
        blocks.append(text)
    blocks.append(Table.of("Claims, their verdicts and what they rest on", head, rows, unfolds))
    blocks += [f"Undecided, {_times(table, reason)}: {words.text(reason)}." for reason in shared]
    sentences = []
    tested = int(table["p"].notna().sum())
    if tested:
        sentences.append(
            f"p is Holm's over the {tested} tested claims, the interval is for one claim alone, P is the share of "
            "seeds that go the way of the claim in all that it compares."
        )
    if (table["direction"] == "equal").any():
        sentences.append("p of a claim of equality is that of a difference beyond its region of equivalence.")
    sentences.append("Undecided does not mean equal.")
    if (table["fragile"] != "").any():
        sentences.append(
            "A verdict is fragile that comes out otherwise at the last epoch's weights, with BatchNorm's statistics "
            "re-estimated, without one of the seeds, or by the sign-flip test."
        )
    blocks.append(" ".join(sentences))
    for c in table[table["matched"] != ""].itertuples():
        used, there = c.matched.split(" of ")
        if used != there:
            blocks.append(
                f"'{words.text(c.sentence)}' rests on {used} of {there} combinations of the grid's other factors; the "
                "others lack a cell of the comparison."
            )
    for c in table[table["claimed_size"] == "outside"].itertuples():
        blocks.append(
            f"The size claimed by '{words.text(c.sentence)}', {c.claimed:g} {c.unit}, is outside of the interval."
        )
    return Section("Claims", tuple(blocks))


def _times(table: pd.DataFrame, reason: str) -> str:
    n = int((table["reason"] == reason).sum())
    return "all of them" if n == len(table) else f"{n} of them"


def _why(claim, shared: list[str]) -> str:
    """The reason of a verdict, unless it is told of several at once, and what turns it."""
    reason = [] if claim.reason in shared or not claim.reason else [words.text(claim.reason)]
    return "; ".join([*reason, *([f"fragile ({words.text(claim.fragile)})"] if claim.fragile else [])])


def _sentence(facts: Facts, claim) -> str:
    if facts.enough or not RANKING.search(claim.sentence):
        return words.text(claim.sentence)
    how = "equal to" if claim.direction == "equal" else f"{claim.direction} than"
    where = f" ({claim.within}{f', against {claim.against}' if claim.against else ''})" if claim.within else ""
    return words.text(f"{claim.left} {how} {claim.right} in {claim.metric}{where}")


def estimate(claim) -> str:
    """That of a row of a table of claims, with its unit."""
    return _size(claim, claim.estimate) if np.isfinite(claim.estimate) else "-"


def interval(claim) -> str:
    low, high = (words.in_unit(end, claim.unit) for end in (claim.low, claim.high))
    return f"[{low}, {high}]" if np.isfinite(claim.low) else "-"


def claimed(claim) -> float:
    """The size that was claimed, as left minus right."""
    return -claim.claimed if claim.direction == "lower" else claim.claimed


def _size(claim, value: float) -> str:
    return f"{words.in_unit(value, claim.unit)} {words.given(claim.unit)}".strip()


def published(claim) -> str:
    """The size that was claimed, as left minus right, what of, and by whom, of a row of a table of claims."""
    parts = []
    if np.isfinite(claim.claimed):
        of = [] if pd.isna(claim.claimed_n) else [f"n = {claim.claimed_n:g}"]
        of += [words.text(claim.claimed_network)] if words.given(claim.claimed_network) else []
        parts.append(_size(claim, claimed(claim)) + (f" ({', '.join(of)})" if of else ""))
    if others := words.given(claim.claimed_by_others):
        parts.append(f"elsewhere {words.text(others)}")
    if claim.sources_disagree:
        parts.append("the sources disagree")
    return ", ".join([*parts, *([words.text(claim.source)] if words.given(claim.source) else [])]) or "-"


def _evidence(found: Found, row: int) -> str:
    """The caption of what a claim rests on."""
    claim, pairs = found.claims.iloc[row], found.evidence[row]
    left, right = (words.text(side) for side in pairs.columns[1:])
    text = (
        f"{words.text(claim['metric'])} of {left} (filled) and {right} (hollow): a line joins the two of a seed. "
        f"Right: their differences; n = {len(pairs)}."
    )
    if np.isfinite(claim["low"]):
        text += f" The large mark is the mean, its bar the {words.LEVEL} interval of the claim."
    if np.isfinite(claim["claimed"]):
        text += " A diamond is a size that a source states."
    if np.isfinite(claim["rope"]):
        text += f" The grey band is ±{claim['rope']:g} {claim['unit']}".rstrip() + "."
    return text
