"""All pairs of variants."""

import pandas as pd

from placement.counting import how_many
from placement.reading import words
from placement.reading.document import Block, Figure, Section, Table
from placement.reading.facts import Facts, Found
from placement.reading.figures.pairwise import LARGEST
from placement.reading.sections import effects, exact


def section(facts: Facts, found: Found) -> Section:
    table = found.all_pairs
    title = f"All {len(table)} pairs" if len(table) > 1 else "The one pair"
    if table.empty:
        return Section("All pairs", ("There is one variant only.",))
    figure = Figure("pairwise", _caption(facts, found))
    if not facts.judges(len(found.all_pairs)):
        widest = words.number(table["difference"].abs().max())
        text = f"The largest difference of two means is {widest} points. Every pair is in pairwise.csv."
        return Section(title, (text, figure))
    apart, equivalent = table[table["distinguishable"]], table[table["equivalent"]]
    text = (
        f"Told apart: {len(apart)}. Shown to be within ±{facts.rope:g} points: {len(equivalent)}. "
        "Every pair is in pairwise.csv."
    )
    blocks: list[Block] = [text]
    if len(apart):
        blocks.append(_table(facts, apart))
    return Section(title, (*blocks, exact.disagreements(facts, table), figure))


def _table(facts: Facts, apart: pd.DataFrame) -> Table:
    rows = []
    for c in effects.widest(apart).itertuples():
        above, below = (c.left, c.right) if c.difference > 0 else (c.right, c.left)
        low, high = (c.low, c.high) if c.difference > 0 else (-c.high, -c.low)
        size = (words.signed(abs(c.difference)), words.interval(low, high))
        rows.append((facts.labels[above], facts.labels[below], *size, words.p(c.p_holm), words.p(c.p_sign_flip_holm)))
    head = ("Better", "Worse", "Difference", f"Simultaneous {words.LEVEL} interval", "p, paired t", "p, sign-flip")
    return Table.of(f"Pairs told apart, points of test accuracy{effects.cut(apart)}", head, rows)


def _caption(facts: Facts, found: Found) -> str:
    text = f"Mean difference in test accuracy, row minus column, points; n = {words.seeds(facts.seeds)}. "
    if len(found.variants) > LARGEST:
        text += "Variants are folded into groups in the order of their means, and a cell is the mean over its pairs. "
    if not facts.judges(len(found.all_pairs)):
        return text + "With so few seeds no pair is marked as told apart."
    marks = "the number of pairs told apart" if len(found.variants) > LARGEST else "told apart"
    same = "" if len(found.variants) > LARGEST else f", =: shown to be within ±{facts.rope:g} points"
    return text + f"\\*: {marks}{same}, p adjusted over {how_many(len(found.all_pairs), 'pair')} (Holm)."
