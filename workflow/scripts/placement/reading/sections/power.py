"""What this study could find, and what more seeds could."""

from placement.analysis.power import POWER, TARGET_DIFFERENCES
from placement.reading import words
from placement.reading.document import Section, Table
from placement.reading.facts import Facts, Found


def section(facts: Facts, found: Found) -> Section:
    table, title = found.power, "What this study could find"
    if table["detectable"].isna().all():
        return Section(title, (_nothing(facts, found),))
    sizes, seeds = ("sd", "detectable", "detectable_family"), [f"seeds_for_{d}" for d in TARGET_DIFFERENCES]
    rows = [
        (facts.labels[p["left"]], *(words.number(p[name]) for name in sizes), *(_needed(p, name) for name in seeds))
        for p in table.to_dict("records")
    ]
    head = (
        *("Variant", "sd of differences", "Detectable, alone", "Detectable, in the family"),
        *(f"Seeds for {d:g}" for d in TARGET_DIFFERENCES),
    )
    return Section(
        title,
        (
            f"Against {facts.labels[facts.baseline]}, with {words.seeds(facts.seeds)}: the true difference, in points, "
            f"that is found with probability {POWER:g}, and the seeds that it takes to find a given one.",
            Table.of("Differences that can be found, points of test accuracy", head, rows),
            f"The sd are estimates from these very seeds, and the seeds needed go with their square: in brackets those "
            f"for the ends of the sd's {words.LEVEL} interval. To show that a difference is within ±{facts.rope:g} "
            "points takes other numbers.",
        ),
    )


def _nothing(facts: Facts, found: Found) -> str:
    """Why no difference of any size can be told."""
    if found.power.empty:
        return "There is one variant only."
    if facts.infers:
        return "The paired differences have no spread, so that there is nothing to tell."
    return "Without three complete seeds there is no sd of paired differences to tell."


def _needed(row, name: str) -> str:
    low, high = (words.count(row[f"{name}_{end}"]) for end in ("low", "high"))
    return words.count(row[name]) if low == "-" else f"{words.count(row[name])} [{low}, {high}]"
