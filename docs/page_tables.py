"""Tables in Markdown, in the place of those that a page has: of a study, its orders and its claims."""

import re
from collections.abc import Mapping
from pathlib import Path

import pandas as pd

from placement.errors import InputError
from placement.reading import judged, words
from placement.reading.document import aligned
from placement.runs import tables


def write(pages: Mapping[Path, Mapping[str, str]]) -> None:
    """Write pages with their tables made anew, each as `replaced` takes them."""
    for page, made in pages.items():
        page.write_text(replaced(page.read_text(encoding="utf-8"), made), encoding="utf-8")


def replaced(page: str, made: Mapping[str, str]) -> str:
    """The page with each table in the place of the one that begins with the same columns.

    Args:
        made: {the first columns as they are written, `a | b`: table, without the end of its last line}.

    Raises:
        InputError: the page has no such table, or several.
    """
    for columns, table in made.items():
        page, found = re.subn(rf"\| {re.escape(columns)} \|.*\n(\|.*\n)+", lambda _, table=table: f"{table}\n", page)
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
    rows = []
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
        rows.append((called, accuracy, difference, gain))
    far = f"points from `{variants[baseline]['order']}` [95 %]"
    head = ("order (in the figure)", "accuracy, % (sd)", far, "gain, re-estimated")
    return aligned(head, (False, False, False, True), rows)


def claims(judged_claims: pd.DataFrame) -> str:
    """A row a claim: what was measured, and its verdict."""
    rows = [
        (
            claim.sentence,
            judged.estimate(claim),
            judged.interval(claim),
            judged.p(claim),
            words.number(claim.p_outperform),
            judged.in_short(claim),
        )
        for claim in judged_claims.itertuples()
    ]
    head = ("claim", "estimate", "95 % interval", "p", "P", "verdict")
    return aligned(head, (False, False, False, True, True, False), rows)
