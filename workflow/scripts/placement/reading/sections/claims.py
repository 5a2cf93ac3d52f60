"""The claims of the study and what became of them."""

import re
from collections import Counter
from collections.abc import Iterator, Sequence

import numpy as np
import pandas as pd

from placement.analysis.verdicts import NOT_JUDGED
from placement.counting import how_many
from placement.reading import judged, words
from placement.reading.document import Block, Figure, Section, Table
from placement.reading.facts import Facts, Found

MEAN_OF = "mean of "  # begins the text of a side that averages variants
RANKING = re.compile(r"\b(better|best(?! epoch)|worse|worst)\b", re.IGNORECASE)


def section(facts: Facts, found: Found) -> Section:
    table = found.claims
    if table.empty:
        return Section("Claims", ("The study lists none.",))
    # What is the reason for several is told once, below.
    shared = [r for r, n in Counter(table.loc[table["verdict"] == "undecided", "reason"]).items() if n > 1]
    common = _common_source(table)
    blocks: list[Block] = []
    if table["estimate"].notna().any():
        blocks.append(_what_estimates_are(facts, table))
    blocks.append(_table(facts, found, shared, cites=not common))
    if common:
        blocks.append(f"All of them are claimed by: {words.text(common)}.")
    blocks += [f"Undecided, {_times(table, reason)}: {words.text(reason)}." for reason in shared]
    blocks.append(" ".join(_how_to_read(facts, found)))
    for c in table[table["matched"] != ""].itertuples():
        used, there = c.matched.split(" of ")
        if used != there:
            blocks.append(
                f"'{words.text(c.sentence)}' rests on {used} of {there} combinations of the grid's other factors; the "
                "others lack a cell of the comparison."
            )
    sized = table["claimed_size"].eq("outside") | table["claimed_as_mean"].eq("outside")
    blocks += [_beside_claimed(facts, c) for c in table[sized].itertuples()]
    return Section("Claims", tuple(blocks))


def _table(facts: Facts, found: Found, shared: Sequence[str], cites: bool) -> Table:
    """A row a claim, which unfolds what it rests on.

    Args:
        shared: the reasons that are told below.
        cites: whether each claim names its source.
    """
    table = found.claims
    rows = [
        (
            _sentence(facts, c),
            judged.verdict(c, shared),
            words.text(judged.asked(c)),
            judged.estimate(c),
            judged.interval(c),
            judged.p(c),
            words.number(c.p_outperform),
            c.n,
            judged.published(c, cites),
        )
        for c in table.itertuples()
    ]
    head = (
        *("Claim", "Verdict", "Direction", "Estimate", f"{words.LEVEL} interval"),
        *("p", "P", "Seeds", "Claimed, by whom" if cites and table["source"].map(words.given).any() else "Claimed"),
    )
    unfolds = [Figure(f"claim_{i}", _evidence(found, i)) if i in found.evidence else None for i in range(len(table))]
    return Table.of("Claims, their verdicts and what they rest on", head, rows, unfolds)


def _what_estimates_are(facts: Facts, table: pd.DataFrame) -> str:
    text = (
        "Estimate: a claim's subject minus what it is compared with; of several, the one least favourable to the "
        "claim. Above 0 it speaks for 'higher', below 0 for 'lower'"
    )
    text += ", close to 0 for 'equal'." if (table["direction"] == "equal").any() else "."
    if facts.infers:
        text += " A claim without a verdict leans the way that its whole interval points."
    if table["claimed"].notna().any():
        text += " Claimed: the size that was stated with the claim."
    return text


def _how_to_read(facts: Facts, found: Found) -> Iterator[str]:
    """What p, intervals and verdicts are of, a sentence for each kind that the table has."""
    table = found.claims
    if tested := int(table["p"].notna().sum()):
        yield (
            f"p is Holm's over {how_many(tested, 'tested claim')}, the interval is for one claim alone, P is the "
            "share of seeds that go the way of the claim in all that it compares, ties counted half."
        )
    if any(_ranks_too_soon(facts, sentence) for sentence in table["sentence"]):
        yield (
            f"Sentences that rank aren't repeated below {words.seeds(facts.ranks_from)}: what they compare stands in "
            "their place."
        )
    if (table["direction"] == "equal").any():
        yield "p of a claim of equality is that of a difference beyond the region that it names."
    if any(map(judged.shows_equality, table.itertuples())):
        yield f"Where equality was shown, p is that of the two one-sided tests ({judged.EQUIVALENCE})."
    if (table["verdict"] == "undecided").any():
        yield "Undecided does not mean equal."
    if (table["verdict"] == NOT_JUDGED).any():
        yield (
            "Not judged is what has too few seeds or was not measured."
            + (" Its interval holds, and its p is no verdict." if facts.infers else "")
        )
    if (table["fragile"] != "").any():
        yield (
            "A verdict is fragile that comes out otherwise at the last epoch's weights, with BatchNorm's statistics "
            "re-estimated, without one of the seeds, by the sign-flip test, by a t test that allows for skewness, or "
            "for other test images."
        )
    if found.unsettled:
        yield (
            f"{found.unsettled} of {how_many(len(found.settling), 'variant')} had not settled, as told at the start: "
            "verdicts and intervals are of the runs as they were."
        )


def _common_source(table: pd.DataFrame) -> str:
    """Who makes all of several claims, empty where there are several, or none is said."""
    sources = set(map(words.given, table["source"]))
    return sources.pop() if len(table) > 1 and len(sources) == 1 else ""


def _times(table: pd.DataFrame, reason: str) -> str:
    n = int((table["reason"] == reason).sum())
    return "all of them" if n == len(table) else f"{n} of them"


def _beside_claimed(facts: Facts, claim) -> str:
    """Where a claimed size is, beside what as many runs are expected to show, and beside the mean's interval."""
    low, high = (words.in_unit(end, claim.unit) for end in (claim.predicted_low, claim.predicted_high))
    of_runs = f"where the difference of {{}} is expected, [{low}, {high}]"
    said = f"The size claimed by '{_sentence(facts, claim)}', {judged.size(claim, judged.claimed(claim))}, is "
    if pd.notna(claim.claimed_n):
        pairs = "one more pair of runs" if claim.claimed_n == 1 else f"{claim.claimed_n:g} more pairs of runs"
        return f"{said}{claim.claimed_size} of {of_runs.format(pairs)}."
    return (
        f"{said}{claim.claimed_as_mean} of the interval of the mean, and {claim.claimed_size} of "
        f"{of_runs.format('one more pair of runs')}; how many runs it was measured on isn't stated."
    )


def _ranks_too_soon(facts: Facts, sentence: str) -> bool:
    return not facts.ranks and RANKING.search(sentence) is not None


def _sentence(facts: Facts, claim) -> str:
    if not _ranks_too_soon(facts, claim.sentence):
        return words.text(claim.sentence)
    how = "equal to" if claim.direction == "equal" else f"{claim.direction} than"
    where = f" ({claim.within}{f', against {claim.against}' if claim.against else ''})" if claim.within else ""
    left, right = (_labelled(facts, side) for side in (claim.left, claim.right))
    return f"{left} {how} {right} in {words.text(claim.metric + where)}"


def _labelled(facts: Facts, side: str) -> str:
    """A side that names variants by their labels, another as it is."""
    names = side.removeprefix(MEAN_OF).split(", ")
    if not all(name in facts.labels for name in names):
        return words.text(side)
    return (MEAN_OF if side.startswith(MEAN_OF) else "") + ", ".join(facts.labels[name] for name in names)


def _evidence(found: Found, row: int) -> str:
    """The caption of what a claim rests on."""
    claim, pairs = found.claims.iloc[row], found.evidence[row]
    left, right = (words.text(side) for side in pairs.columns[1:])
    measured = words.text(claim["metric"])
    if claim["against"]:
        measured = f"Difference in {measured}, {words.text(claim['left'])} minus {words.text(claim['right'])},"
    text = (
        f"{measured} of {left} (filled) and {right} (hollow): a line joins the two of a seed. "
        f"Right: their differences; n = {len(pairs)}."
    )
    if np.isfinite(claim["low"]):
        text += f" The large mark is the mean, its bar the {words.LEVEL} interval of the claim."
    if np.isfinite(claim["claimed"]):
        text += " A diamond is a size that a source states."
    if np.isfinite(claim["rope"]):
        text += f" The grey band is ±{claim['rope']:g} {claim['unit']}".rstrip() + "."
    return text
