"""Which of a grid's factors matters, averaged over the others."""

import pandas as pd

from placement.counting import how_many
from placement.reading import words
from placement.reading.document import Block, Section, Table
from placement.reading.facts import Facts, Found
from placement.reading.sections import effects


def section(facts: Facts, found: Found) -> Section | None:
    if found.over_grid is None:
        return None
    table = found.over_grid.factors
    table = table.assign(called=table["factor"].map(words.text))
    explained = table.drop_duplicates("factor")
    text = (
        "What each factor does, averaged over the levels of the others and paired by seed "
        f"({words.seeds(table['n'].iloc[0])}). All effects are in factors.csv."
    )
    if found.settling["costly"].any():
        text += (
            " They are of test accuracy as trained. A claim with the metric `test_accuracy_reestimated` compares "
            "levels without what moving statistics cost."
        )
    if facts.infers:
        text += (
            " Partial η² is the share of a factor in the spread that it and its disagreement among seeds make up "
            "(repeated-measures analysis of variance). It grows with how steady an effect is over seeds, so that it "
            "doesn't rank factors by size. Shares of different factors don't add up to one. p of F is "
            f"Greenhouse and Geisser's, and Holm's over {how_many(len(explained), 'factor')}."
        )
    blocks: list[Block] = [text]
    if facts.infers:
        blocks.append(_shares(table, explained))
    blocks += effects.costs(table, explained)
    blocks.append(
        Table.of(
            f"Effect of each level against the first of its factor, points of test accuracy{effects.cut(table)}",
            ("Level", "Against", *effects.EFFECT),
            [
                (f"{e.called}: {words.text(e.level)}", words.text(e.first), *effects.effect(e))
                for e in effects.widest(table).itertuples()
            ],
        )
    )
    if facts.infers:
        of_all = f"Intervals and p (Holm) are adjusted over {how_many(len(table), 'effect')}."
        blocks.append(of_all + effects.beside_intervals(table[table["distinguishable"]]))
    if facts.judges(len(table)):
        blocks.append("\n".join(_judged(table)) or "No level was told apart from the first of its factor.")
    else:
        blocks.append(words.not_judged(how_many(len(table), "effect"), len(table), facts.seeds))
    return Section("Factors", tuple(blocks))


def _shares(table: pd.DataFrame, explained: pd.DataFrame) -> Table:
    levels = table.groupby("factor", sort=False).size() + 1
    return Table.of(
        "Share of the spread by factor",
        ("Factor", "Levels", *effects.SHARE),
        [(e.called, levels[e.factor], *effects.share(e)) for e in explained.itertuples()],
    )


def _judged(table: pd.DataFrame) -> list[str]:
    """Which levels were told apart."""
    return [
        f"- {e.called}: {words.text(e.level)} is {abs(e.difference):.2f} points "
        f"{'above' if e.difference > 0 else 'below'} {words.text(e.first)} ({words.p_is(e.p_holm)})."
        for e in effects.widest(table[table["distinguishable"]]).itertuples()
    ]
