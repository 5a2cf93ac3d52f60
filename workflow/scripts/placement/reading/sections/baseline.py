"""Every variant against the baseline."""

import pandas as pd

from placement.counting import how_many
from placement.reading import words
from placement.reading.document import Block, Section, Table
from placement.reading.facts import Facts, Found
from placement.reading.sections import exact


def section(facts: Facts, found: Found) -> Section:
    table, baseline = found.against_baseline, facts.labels[facts.baseline]
    title = f"Against {baseline}"
    if table.empty:
        return Section(title, ("There is no other variant.",))
    judged = facts.judges(len(table))
    rows = [
        (
            facts.labels[c.left],
            words.signed(c.difference),
            words.interval(c.low, c.high),
            words.p(c.p_holm),
            words.p(c.p_sign_flip_holm) if judged else "-",
            words.p(c.p_wilcoxon_holm) if judged else "-",
            words.signed(c.d_z),
            f"{words.number(c.p_outperform)} {words.interval(c.p_outperform_low, c.p_outperform_high)}"
            if facts.infers
            else "-",
            words.number(c.correlation),
        )
        for c in table.itertuples()
    ]
    head = (
        *("Variant", "Difference", f"Simultaneous {words.LEVEL} interval", "p, paired t", "p, sign-flip"),
        *("p, Wilcoxon", "d_z", "P(variant above)", "r"),
    )
    blocks: list[Block] = [Table.of(f"Differences from {baseline}, points of test accuracy", head, rows)]
    if facts.infers:
        blocks.append(
            f"All p are Holm's over {how_many(len(table), 'comparison')}. d_z is the difference in sd of the "
            "paired differences, corrected for few seeds (Hedges), P the probability that a run is above the "
            f"baseline's of its seed ({words.LEVEL} interval, each alone), r the correlation of the paired runs. "
            f"Equivalence is to be within ±{facts.rope:g} points: p_equivalence in pairwise.csv."
        )
        if not judged:
            blocks.append(exact.cant_reject(facts.seeds, len(table)))
    if judged:
        blocks.append("\n".join([*_lines(facts, table), exact.disagreements(facts, table)]))
    return Section(title, tuple(blocks))


def _lines(facts: Facts, table: pd.DataFrame) -> list[str]:
    baseline, lines = facts.labels[facts.baseline], []
    for c in table[table["distinguishable"]].itertuples():
        word = "better" if c.difference > 0 else "worse"
        lines.append(
            f"- {facts.labels[c.left]} is {word} than {baseline} by {abs(c.difference):.2f} points"
            f" ({words.p_is(c.p_holm)}){_reading(c.outperform)}."
        )
    if not lines:
        lines.append(f"- No variant was told apart from {baseline}.")
    if equivalent := words.labels(facts.labels, table.loc[table["equivalent"], "left"]):
        lines.append(f"- Within ±{facts.rope:g} points of {baseline}, by two one-sided tests: {equivalent}.")
    open_ones = table.loc[~table["distinguishable"] & ~table["equivalent"], "left"]
    if left := words.labels(facts.labels, open_ones):
        lines.append(f"- Neither told apart nor shown to be within ±{facts.rope:g} points, so still open: {left}.")
    return lines


def _reading(outperform: str) -> str:
    """In words, at 0.5 as Bouthillier et al. (2021) read it."""
    return ", though the interval of P includes 0.5" if outperform == "undecided" else ""
