"""Each placement at its own best level: what was chosen without the test, and what the test says of it."""

from collections.abc import Iterator

import numpy as np
import pandas as pd

from placement.analysis import minimum
from placement.analysis.conventions import INFERENCE_SEEDS
from placement.counting import how_many
from placement.reading import words
from placement.reading.document import Section, Table
from placement.reading.facts import Facts, Found, OverGrid


def section(facts: Facts, found: Found) -> Section | None:
    if found.over_grid is None or found.over_grid.selection is None:
        return None
    table, over_grid = found.over_grid.selection, found.over_grid
    home = over_grid.baseline[0]
    comparisons, n = len(table) - 1, int(table["n"].iloc[0])
    if n < minimum.seeds_to_judge(comparisons):
        end = words.not_judged(f"the {how_many(comparisons, 'difference')} from {words.text(home)}", comparisons, n)
    else:
        end = "\n".join(_judged(table, home))
    return Section(
        "Each placement at its own best",
        (_chosen_and_judged(table, over_grid), _table(table, home), *_budget(table, *over_grid.baseline), end),
    )


def _table(table: pd.DataFrame, home: str) -> Table:
    rows = [
        (
            words.text(s.placement),
            s.candidates,
            words.text(s.level),
            words.text(s.chosen) or "-",
            _with_interval(s.ahead, s.ahead_low, s.ahead_high),
            words.number(s.validation_range),
            _with_interval(s.accuracy, s.low, s.high, words.number),
            _with_interval(s.difference, s.difference_low, s.difference_high),
            words.p(s.p_holm),
        )
        for s in table.itertuples()
    ]
    head = (
        *("Placement", "Networks to choose from", "Level", "Chosen without a seed", "Ahead of the next", "Range"),
        *("Test accuracy, %", f"From {words.text(home)}", "p"),
    )
    return Table.of("Each placement at its own level", head, rows)


def _with_interval(x: float, low: float, high: float, form=words.signed) -> str:
    return f"{form(x)} {words.interval(low, high)}".removesuffix(" -") if np.isfinite(x) else "-"


def _budget(table: pd.DataFrame, home: str, level: str) -> Iterator[str]:
    """Where the choice was another than the baseline's, or not of as many networks for every placement."""
    if not table["level"].iloc[0]:
        yield "No seed that chooses has all of its runs."
    chosen = table.set_index("placement").loc[home, "level"]
    if level != chosen and chosen:
        yield (
            f"{words.text(home)} chose {words.text(chosen)}; the baseline of the other sections stands at "
            f"{words.text(level)}."
        )
    if narrow := [s.placement for s in table.itertuples() if s.candidates < s.of]:
        yield (
            f"With fewer than {table['of'].iloc[0]} different networks to choose from, by holes of the grid or levels "
            f"that make no difference: {words.listed(f'*{words.text(name)}*' for name in narrow)}."
        )
    if table["candidates"].nunique() > 1:
        yield (
            f"Placements were not tuned within the same budget: they chose from {table['candidates'].min()} to "
            f"{table['candidates'].max()} networks, and who has more to choose from finds a better one more easily."
        )


def _judged(table: pd.DataFrame, home: str) -> Iterator[str]:
    """Which placements were told apart from the baseline's, and which chose by chance."""
    apart = table[table["distinguishable"]]
    for s in apart.itertuples():
        yield (
            f"- {words.text(s.placement)} is {abs(s.difference):.2f} points {'above' if s.difference > 0 else 'below'} "
            f"{words.text(home)}, each at its own level ({words.p_is(s.p_holm)})."
        )
    if apart.empty:
        yield f"- No placement was told apart from {words.text(home)}, each at its own level."
    if open_choice := [s.placement for s in table.itertuples() if s.candidates > 1 and not s.ahead_low > 0]:
        yield (
            "- Level not told apart from the next in validation, so that it is a choice by chance in part: "
            f"{words.listed(map(words.text, open_choice))}."
        )


def _chosen_and_judged(table: pd.DataFrame, found: OverGrid) -> str:
    """Which seeds chose, by what, which judge, and what that does to intervals."""
    over = ", ".join(map(words.text, found.over))
    choosing, n = (int(table[name].iloc[0]) for name in ("choosing", "n"))
    judged = (
        f"The level was chosen by {words.seeds(choosing)} set apart for it; test accuracy is that of the other "
        f"{words.seeds(n)}, which had no say."
        if found.apart
        else f"Test accuracy is that of each seed at the level that the others choose ({words.seeds(n)})."
    )
    text = (
        f"Each placement at the level of {over} with the highest mean in validation. The test has no say in that. "
        f"{judged} How clear the choice was: the points of validation by which the level is ahead of the next, and the "
        "range over all levels. Differences are paired by seed."
    )
    if n < INFERENCE_SEEDS:
        return text
    allowance = (
        "of the accuracy and of differences are Student's, for the cells that were chosen"
        if found.apart
        else "of the accuracy allow for the choice (jackknife of the whole procedure)"
    )
    return (
        f"{text} {words.LEVEL} intervals {allowance}; those of the lead are of that pair alone, and those of "
        f"differences simultaneous, with p Holm's over the {len(table) - 1}."
    )
