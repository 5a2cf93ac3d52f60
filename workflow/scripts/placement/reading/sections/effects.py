"""What sections say of differences in the same way: of a grid's factors, of pairs of these, of pairs of variants."""

from collections.abc import Iterator

import numpy as np
import pandas as pd

from placement.reading import words

SHOWN = 20  # rows of differences in a table
SHARE = ("Partial η²", "F", "p")  # the heads of `share`
EFFECT = ("Difference", f"Simultaneous {words.LEVEL} interval", "p", "Combinations")  # of `effect`


def share(row) -> tuple[str, str, str]:
    f = f"F({row.df1}, {row.df2}) = {words.number(row.f)}" if np.isfinite(row.f) else "-"
    return words.number(row.partial_eta_squared), f, words.p(row.p_f_holm)


def effect(row) -> tuple[str, str, str, str]:
    combinations = f"{row.combinations} of {row.of}" + (f", {row.same} the same networks" if row.same else "")
    return words.signed(row.difference), words.interval(row.low, row.high), words.p(row.p_holm), combinations


def widest(table: pd.DataFrame) -> pd.DataFrame:
    """The rows with the largest differences, in the table's order."""
    return table.loc[table["difference"].abs().nlargest(SHOWN).index.sort_values()] if len(table) > SHOWN else table


def cut(table: pd.DataFrame) -> str:
    """What the title of a table of `widest` ends with, where that has left some out."""
    return f" (the {SHOWN} largest of {len(table)})" if len(table) > SHOWN else ""


def beside_intervals(shown: pd.DataFrame) -> str:
    """Why effects that were shown may have zero in their interval, where some have; nothing where none has."""
    n = int(((shown["low"] <= 0) & (shown["high"] >= 0)).sum())
    if not n:
        return ""
    return f" Of the effects shown, {n} {'has' if n == 1 else 'have'} zero in the interval: Bonferroni's are wider."


def costs(table: pd.DataFrame, explained: pd.DataFrame) -> Iterator[str]:
    """What holes of the grid, and cells that are the same network, cost; nothing where there are none.

    Args:
        table: a row an effect.
        explained: a row of it for each factor or pair, which `called` names in Markdown.
    """
    holes = table[table["combinations"] < table["of"]]
    if len(holes):
        never = int((table["combinations"] == 0).sum())
        text = (
            f"The grid has holes: {len(holes)} of {len(table)} effects are over fewer combinations of the other "
            "factors than there would be, those at which all the cells that they compare were trained"
        )
        yield text + (f", and {never} have no such combination." if never else ".")
    partly = explained[(explained["balanced"] < explained["of"]) & (explained["balanced"] > 0)]
    if len(partly):
        complete = ", ".join(f"{e.called} ({e.balanced} of {e.of})" for e in partly.itertuples())
        yield f"Partial η² and F are over the combinations that are complete alone: {complete}."
    without = explained.loc[explained["balanced"] == 0, "called"]
    if len(without):
        yield f"No partial η² and F, since no combination is complete: {words.listed(without)}."
    if (table["same"] > 0).any():
        yield (
            "Where two levels make the same network they differ by nothing, which counts in the averages and pulls "
            "them towards zero; `same` in the table's file says at how many combinations."
        )
