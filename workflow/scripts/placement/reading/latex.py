"""The tables of a document as LaTeX, for papers; they need the package booktabs."""

import re
from collections import Counter

import pandas as pd

from placement.reading.document import MARKDOWN, Document, Section, Table, anchor


def of(document: Document, note: str) -> str:
    """All tables that have rows, labelled by their section.

    Args:
        note: what the numbers are of, and how many seeds; ends each caption.
    """
    texts: list[str] = []
    of_section: Counter[str] = Counter()
    for section in (Section("opening", document.opening), *document.sections):
        for block in section.blocks:
            if isinstance(block, Table) and block.rows:
                name = anchor(section.title)
                of_section[name] += 1
                number = f"-{of_section[name]}" if of_section[name] > 1 else ""
                texts.append(_table(block, name + number, note))
    return "\n".join(texts)


def _table(table: Table, name: str, note: str) -> str:
    frame = pd.DataFrame([[_plain(cell) for cell in row] for row in table.rows])
    frame.columns = pd.Index([_plain(title) for title in table.head])
    return (
        frame.style.hide(axis="index")
        .format(escape="latex")
        .format_index(escape="latex", axis="columns")
        .to_latex(
            hrules=True,
            column_format="".join("r" if right else "l" for right in table.numeric),
            position="t",
            caption=_escaped(f"{_plain(table.caption)}. {note}"),
            label=f"tab:{name}",
        )
    )


def _plain(cell: object) -> str:
    """The text of a line of Markdown."""
    (line,) = MARKDOWN.parseInline(str(cell))
    return "".join(token.content for token in line.children or ())


def _escaped(text: str) -> str:
    return re.sub(r"([#$%&_{}])", r"\\\1", text)
