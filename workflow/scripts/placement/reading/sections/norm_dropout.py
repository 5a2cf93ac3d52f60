"""What dropout gains beside normalization, and without it."""

from placement.reading import words
from placement.reading.document import Block, Section, Table
from placement.reading.facts import Facts, Found
from placement.reading.sections import exact


def section(facts: Facts, found: Found) -> Section | None:
    table = found.norm_dropout
    if table.empty:  # no variant with both has all of its counterparts with one and with neither
        return None
    is_exact = exact.can_reject(facts.seeds, 1)
    rows = [
        (
            facts.labels[i.variant],
            words.signed(i.interaction),
            words.interval(i.low, i.high),
            words.p(i.p_holm),
            words.p(i.p_sign_flip) if is_exact else "-",
        )
        for i in table.itertuples()
    ]
    head = ("Variant", "Interaction", f"Simultaneous {words.LEVEL} interval", "p, Holm", "p, sign-flip, alone")
    blocks: list[Block] = [
        "The gain from dropout beside normalization minus the gain from dropout without it, by seed: zero if the two "
        "add up, below zero if they get in each other's way.",
        Table.of("Interaction of normalization and dropout, points of test accuracy", head, rows),
    ]
    if facts.judges(len(table)):
        lines = [
            f"- {facts.labels[i.variant]}: dropout does {abs(i.interaction):.2f} points "
            f"{'more' if i.interaction > 0 else 'less'} beside normalization than without it."
            for i in table[table["distinguishable"]].itertuples()
        ]
        none = "No interaction was shown; that does not show that there is none."
        blocks.append("\n".join(lines) or none)
    return Section("Normalization and dropout together", tuple(blocks))
