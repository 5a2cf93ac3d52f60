"""What dropout gains beside normalization, and without it."""

from placement.reading import words
from placement.reading.document import Block, Section, Table
from placement.reading.facts import Facts, Found


def section(facts: Facts, found: Found) -> Section | None:
    table = found.norm_dropout
    if table.empty:  # no variant with both has all of its counterparts with one and with neither
        return None
    rows = [
        (
            facts.labels[i.variant],
            words.signed(i.beside),
            words.signed(i.without),
            words.signed(i.interaction),
            words.interval(i.low, i.high),
            words.p(i.p_holm),
            words.p(i.p_sign_flip) if facts.judges(1) else "-",
        )
        for i in table.itertuples()
    ]
    head = (
        *("Variant", "Dropout beside normalization", "Dropout without it", "Interaction"),
        *(f"Simultaneous {words.LEVEL} interval", "p, Holm", "p, sign-flip, alone"),
    )
    text = (
        "What dropout changes beside normalization, minus what it changes without it, by seed: zero if the two add up, "
        "below zero if dropout gains less beside normalization, or costs more."
    )
    if found.settling["costly"].any():
        text += " All of it is of test accuracy as trained, so that what moving statistics cost is in it."
    blocks: list[Block] = [
        text,
        Table.of("Interaction of normalization and dropout, points of test accuracy", head, rows),
    ]
    if facts.judges(len(table)):
        lines = [
            f"- {facts.labels[i.variant]}: dropout changes accuracy by {words.signed(i.beside)} points beside "
            f"normalization, and by {words.signed(i.without)} without it."
            for i in table[table["distinguishable"]].itertuples()
        ]
        none = "No interaction was shown; that does not show that there is none."
        blocks.append("\n".join(lines) or none)
    return Section("Normalization and dropout together", tuple(blocks))
