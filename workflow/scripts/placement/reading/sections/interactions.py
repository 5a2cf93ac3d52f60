"""What a grid's factors do together: whether the effect of one depends on the level of another."""

from placement.analysis.conventions import INFERENCE_SEEDS
from placement.counting import how_many
from placement.reading import words
from placement.reading.document import Block, Figure, Section, Table
from placement.reading.facts import Facts, Found
from placement.reading.sections import effects
from placement.study.grids import Grid


def section(facts: Facts, found: Found) -> Section | None:
    if found.over_grid is None or found.over_grid.interactions.empty:
        return None
    table, title = found.over_grid.interactions, "Factors together"
    pairs = zip(table["factor_a"], table["factor_b"], strict=True)
    table = table.assign(called=[f"{words.text(a)} and {words.text(b)}" for a, b in pairs])
    explained = table.drop_duplicates("called")
    text = (
        "Whether the effect of one factor depends on the level of another: the difference between a level and the "
        "first, at a level of the other factor, minus the same at its first level. Zero if the two add up. All of them "
        "are in interactions.csv; figures of each pair are in factors/."
    )
    blocks: list[Block] = [text]
    if facts.infers:
        blocks = [
            f"{text} p of F is Holm's over {how_many(len(explained), 'pair')}.",
            Table.of(
                "Share of the spread by pair of factors",
                ("Pair", *effects.SHARE),
                [(e.called, *effects.share(e)) for e in explained.itertuples()],
            ),
        ]
    blocks += effects.costs(table, explained)
    blocks += (_figure(e.factor_a, e.factor_b, e.called, e.n) for e in explained.itertuples())
    counted = f"{how_many(len(table), 'difference')} of differences"
    if not facts.judges(len(table)):
        few = words.not_judged(f"the {counted}", len(table), facts.seeds)
        return Section(title, (*blocks, few))
    shown = table[table["distinguishable"]]
    of_all = f"Shown: {len(shown) or 'none'} of {counted} (p, Holm's over all of them)."
    of_all += effects.beside_intervals(shown)
    if shown.empty:
        return Section(title, (*blocks, of_all + " That does not show that there is none."))
    rows = [
        (
            f"{words.text(i.factor_a)}: {words.text(i.level_a)} against {words.text(i.first_a)}",
            f"{words.text(i.factor_b)}: {words.text(i.level_b)} against {words.text(i.first_b)}",
            *effects.effect(i),
        )
        for i in effects.widest(shown).itertuples()
    ]
    head = ("Effect of", "Its change with", *effects.EFFECT)
    shown_in = f"Interactions that were shown, points{effects.cut(shown)}"
    return Section(title, (*blocks, of_all, Table.of(shown_in, head, rows)))


def _figure(a: str, b: str, called: str, n: int) -> Figure:
    bars = f", bars {words.LEVEL} t intervals of these means" if n >= INFERENCE_SEEDS else ""
    return Figure(
        f"factors/{Grid.pair_name(a, b)}",
        f"{called}: mean test accuracy over the levels of the other factors, per cent, and the same as lines; "
        f"n = {words.seeds(n)}{bars}. Empty cells were not trained.",
    )
