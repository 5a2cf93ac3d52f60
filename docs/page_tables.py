"""Tables in Markdown, in the place of those that a page has: of a study, its orders and its claims."""

import re
from collections.abc import Mapping
from pathlib import Path

import pandas as pd

from placement.errors import InputError
from placement.reading import judged, words
from placement.runs import tables


def write(page: Path, made: Mapping[str, str]) -> None:
    """Write a page with its tables made anew, see `replaced`."""
    page.write_text(replaced(page.read_text(encoding="utf-8"), made), encoding="utf-8")


def replaced(page: str, made: Mapping[str, str]) -> str:
    """The page with each table in the place of the one that begins with the same columns.

    Args:
        made: {the first columns as they are written, `a | b`: table}.

    Raises:
        InputError: the page has no such table, or several.
    """
    for columns, table in made.items():
        page, found = re.subn(rf"\| {re.escape(columns)} \|.*\n(\|.*\n)+", lambda _, table=table: table, page)
        if found != 1:
            raise InputError(f"the page has {found} tables of '{columns}', expected one")
    return page


def orders(folder: Path, variants: Mapping[str, Mapping[str, str]], baseline: str) -> str:
    """A row a variant: its accuracy, and how far it is from the baseline and from itself, re-estimated.

    Args:
        folder: where the study's tables are.
        variants: the config's, with `order` and `label`.
        baseline: the name of one of them.
    """
    pairs = tables.read(folder / "pairwise.csv")
    against = pairs[pairs["family"] == "baseline"].set_index("left")
    gains = 100 * tables.read(folder / "variance_shift.csv").groupby("variant")["cost_of_shift"].first()
    lines = [
        f"| order (in the figure) | accuracy, % (sd) | points from `{variants[baseline]['order']}` [95 %] "
        "| gain, re-estimated |",
        "| --- | --- | --- | ---: |",
    ]
    for row in tables.read(folder / "summary.csv").itertuples():
        accuracy = f"{words.number(100 * row.test_accuracy_mean)} ({words.number(100 * row.test_accuracy_sd)})"
        difference = gain = ""
        if row.variant in against.index:
            of = against.loc[row.variant]
            difference = f"{words.signed(of['difference'])} {words.interval(of['low'], of['high'])}"
            difference = f"**{difference}**" if of["distinguishable"] else difference
        if row.variant in gains:
            gain = words.signed(gains[row.variant])
        called = f"`{variants[row.variant]['order']}` ({row.label})"
        lines.append(f"| {called} | {accuracy} | {difference} | {gain} |")
    return "\n".join(lines) + "\n"


def claims(judged_claims: pd.DataFrame) -> str:
    """A row a claim: what was measured, and its verdict."""
    lines = ["| claim | estimate | 95 % interval | p | P | verdict |", "| --- | --- | --- | ---: | ---: | --- |"]
    for claim in judged_claims.itertuples():
        lines.append(
            f"| {claim.sentence} | {judged.estimate(claim)} | {judged.interval(claim)} | {judged.p(claim)} "
            f"| {words.number(claim.p_outperform)} | {judged.in_short(claim)} |"
        )
    return "\n".join(lines) + "\n"
