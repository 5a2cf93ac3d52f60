"""What a grid's tables say: which factor matters, what factors do together, and each placement at its own best."""

from collections.abc import Iterable

import numpy as np
import pandas as pd

from placement.analysis import minimum
from placement.analysis.conventions import ALPHA, INFERENCE_SEEDS
from placement.counting import how_many
from placement.reading import words
from placement.reading.document import Block, Figure, Section, Table
from placement.reading.facts import Facts, Found, OverGrid

SHOWN = 20  # rows of effects in a table


def factors(facts: Facts, found: Found) -> Section | None:
    return _factors(found.over_grid.factors, facts) if found.over_grid else None


def together(facts: Facts, found: Found) -> Section | None:
    return _interactions(found.over_grid.interactions, facts) if found.over_grid else None


def selection(facts: Facts, found: Found) -> Section | None:
    if found.over_grid is None or found.over_grid.selection is None:
        return None
    return _selection(found.over_grid.selection, found.over_grid, facts)


def _factors(table: pd.DataFrame, facts: Facts) -> Section:
    n = words.seeds(table["n"].iloc[0])
    explained = table.drop_duplicates("factor")
    levels = table.groupby("factor", sort=False).size() + 1
    shares = Table.of(
        "Share of the spread by factor",
        ("Factor", "Levels", "Partial η²", "F", "p"),
        [(words.text(e.factor), levels[e.factor], *_share(e)) for e in explained.itertuples()],
    )
    text = (
        f"What each factor does, averaged over the levels of the others and paired by seed ({n}). All effects are in "
        "factors.csv."
    )
    if facts.infers:
        text += (
            " Partial η² is the share of a factor in the spread that it and its disagreement among seeds make up "
            "(repeated-measures analysis of variance): shares of different factors don't add up to one. p of F is "
            f"Greenhouse and Geisser's, and Holm's over {how_many(len(explained), 'factor')}."
        )
    blocks: list[Block] = [text, *([shares] if facts.infers else [])]
    blocks += _costs(table, explained, "factor")
    rows = [
        (
            f"{words.text(e.factor)}: {words.text(e.level)}",
            words.text(e.first),
            *_effect(e),
        )
        for e in _widest(table).itertuples()
    ]
    head = ("Level", "Against", "Difference", f"Simultaneous {words.LEVEL} interval", "p", "Combinations")
    blocks.append(Table.of("Effect of each level against the first of its factor, points of test accuracy", head, rows))
    if facts.infers:
        blocks.append(f"Intervals and p (Holm) are adjusted over {how_many(len(table), 'effect')}.")
    if facts.judges(len(table)):
        clear = explained[explained["p_f_holm"] < ALPHA].sort_values("partial_eta_squared", ascending=False)
        lines = [
            f"- {words.text(e.factor)}: {words.text(e.level)} is {abs(e.difference):.2f} points "
            f"{'above' if e.difference > 0 else 'below'} {words.text(e.first)} ({words.p_is(e.p_holm)})."
            for e in _widest(table[table["distinguishable"]]).itertuples()
        ]
        if len(clear):
            first = clear.iloc[0]
            share = words.number(first["partial_eta_squared"])
            lines.insert(
                0,
                f"- Of the factors whose effect was shown (p < {ALPHA:g}), {words.text(first['factor'])} has the "
                f"largest share ({share}).",
            )
        blocks.append("\n".join(lines or ["No level was told apart from the first of its factor."]))
    else:
        blocks.append(words.not_judged(how_many(len(table), "effect"), len(table), facts.seeds))
    return Section("Factors", tuple(blocks))


def _interactions(table: pd.DataFrame, facts: Facts) -> Section:
    title = "Factors together"
    if table.empty:
        return Section(title, ("The grid has one factor only.",))
    table = table.assign(pair=_pairs(table))
    explained = table.drop_duplicates("pair")
    shares = Table.of(
        "Share of the spread by pair of factors",
        ("Pair", "Partial η²", "F", "p"),
        [(e.pair, *_share(e)) for e in explained.itertuples()],
    )
    text = (
        "Whether the effect of one factor depends on the level of another: the difference between a level and the "
        "first, at a level of the other factor, minus the same at its first level. Zero if the two add up. All of them "
        "are in interactions.csv; figures of each pair are in factors/."
    )
    if facts.infers:
        text += f" p of F is Holm's over {how_many(len(explained), 'pair')}."
    blocks: list[Block] = [text, *([shares] if facts.infers else [])]
    blocks += _costs(table, explained, "pair")
    blocks += (_pair_figure(e.factor_a, e.factor_b, e.n) for e in explained.itertuples())
    if not facts.judges(len(table)):
        few = words.not_judged(f"the {len(table)} differences of differences", len(table), facts.seeds)
        return Section(title, (*blocks, few))
    shown = table[table["distinguishable"]]
    counted = f"Shown: {len(shown) or 'none'} of {len(table)} differences of differences (p, Holm's over all of them)."
    if shown.empty:
        return Section(title, (*blocks, counted + " That does not show that there is none."))
    rows = [
        (
            f"{words.text(i.factor_a)}: {words.text(i.level_a)} against {words.text(i.first_a)}",
            f"{words.text(i.factor_b)}: {words.text(i.level_b)} against {words.text(i.first_b)}",
            *_effect(i),
        )
        for i in _widest(shown).itertuples()
    ]
    head = ("Effect of", "Its change with", "Difference", f"Simultaneous {words.LEVEL} interval", "p", "Combinations")
    return Section(title, (*blocks, counted, Table.of("Interactions that were shown, points", head, rows)))


def _pair_figure(a: str, b: str, n: int) -> Figure:
    bars = f", bars {words.LEVEL} t intervals of these means" if n >= INFERENCE_SEEDS else ""
    return Figure(
        f"factors/{a}-{b}",
        f"{words.text(a)} and {words.text(b)}: mean test accuracy over the levels of the other factors, per cent, and "
        f"the same as lines; n = {words.seeds(n)}{bars}. Empty cells were not trained.",
    )


def _selection(table: pd.DataFrame, found: OverGrid, facts: Facts) -> Section:
    home, level = found.baseline
    n = int(table["n"].iloc[0])
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
    blocks: list[Block] = [_chosen_and_judged(table, found), Table.of("Each placement at its own level", head, rows)]
    if not table["level"].iloc[0]:
        blocks.append("No seed that chooses has all of its runs.")
    chosen = table.set_index("placement").loc[home, "level"]
    if level != chosen and chosen:
        blocks.append(
            f"{words.text(home)} chose {words.text(chosen)}; the baseline of the other sections stands at "
            f"{words.text(level)}."
        )
    if narrow := [s.placement for s in table.itertuples() if s.candidates < s.of]:
        blocks.append(
            f"With fewer than {table['of'].iloc[0]} different networks to choose from, by holes of the grid or levels "
            f"that make no difference: {words.listed(f'*{words.text(name)}*' for name in narrow)}."
        )
    if table["candidates"].nunique() > 1:
        blocks.append(
            f"Placements were not tuned within the same budget: they chose from {table['candidates'].min()} to "
            f"{table['candidates'].max()} networks, and who has more to choose from finds a better one more easily."
        )
    comparisons = len(table) - 1
    if n < minimum.seeds_to_judge(comparisons):
        blocks.append(words.not_judged(f"the {comparisons} differences from {words.text(home)}", comparisons, n))
        return Section("Each placement at its own best", tuple(blocks))
    lines = [
        f"- {words.text(s.placement)} is {abs(s.difference):.2f} points {'above' if s.difference > 0 else 'below'} "
        f"{words.text(home)}, each at its own level ({words.p_is(s.p_holm)})."
        for s in table[table["distinguishable"]].itertuples()
    ]
    lines = lines or [f"- No placement was told apart from {words.text(home)}, each at its own level."]
    open_choice = [s.placement for s in table.itertuples() if s.candidates > 1 and not s.ahead_low > 0]
    if open_choice:
        lines.append(
            f"- Level not told apart from the next in validation, so that it is a choice by chance in part: "
            f"{_listed(open_choice)}."
        )
    return Section("Each placement at its own best", (*blocks, "\n".join(lines)))


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


def _share(row) -> tuple[str, str, str]:
    f = f"F({row.df1}, {row.df2}) = {words.number(row.f)}" if np.isfinite(row.f) else "-"
    return words.number(row.partial_eta_squared), f, words.p(row.p_f_holm)


def _effect(row) -> tuple[str, str, str, str]:
    combinations = f"{row.combinations} of {row.of}" + (f", {row.same} the same networks" if row.same else "")
    return words.signed(row.difference), words.interval(row.low, row.high), words.p(row.p_holm), combinations


def _pairs(table: pd.DataFrame) -> list[str]:
    return [f"{words.text(a)} and {words.text(b)}" for a, b in zip(table["factor_a"], table["factor_b"], strict=True)]


def _costs(table: pd.DataFrame, explained: pd.DataFrame, name: str) -> Iterable[str]:
    """What holes of the grid, and cells that are the same network, cost; nothing where there are none."""
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
        yield f"Partial η² and F are over the combinations that are complete alone: {_balanced(partly, name)}."
    without = explained[explained["balanced"] == 0]
    if len(without):
        names = _listed(without[name], plain=name == "factor")
        yield f"No partial η² and F, since no combination is complete: {names}."
    if (table["same"] > 0).any():
        yield (
            "Where two levels make the same network they differ by nothing, which counts in the averages and pulls "
            "them towards zero; the last column of the effects says at how many combinations."
        )


def _balanced(rows: pd.DataFrame, name: str) -> str:
    return ", ".join(
        f"{words.text(label) if name == 'factor' else label} ({balanced} of {of})"
        for label, balanced, of in zip(rows[name], rows["balanced"], rows["of"], strict=True)
    )


def _widest(table: pd.DataFrame) -> pd.DataFrame:
    """The rows with the largest effects, in the table's order."""
    return table.loc[table["difference"].abs().nlargest(SHOWN).index.sort_values()] if len(table) > SHOWN else table


def _with_interval(x: float, low: float, high: float, form=words.signed) -> str:
    return f"{form(x)} {words.interval(low, high)}".removesuffix(" -") if np.isfinite(x) else "-"


def _listed(names: Iterable[str], plain: bool = True) -> str:
    return words.listed(words.text(name) if plain else name for name in names)
