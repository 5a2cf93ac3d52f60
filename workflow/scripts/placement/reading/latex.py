"""The tables of a document as LaTeX, for papers; they need the package booktabs."""

import re
from collections import Counter

import pandas as pd

from placement.reading.document import MARKDOWN, Document, Section, Table, anchor

NAMES = {"\\": r"\textbackslash{}", "~": r"\textasciitilde{}", "^": r"\textasciicircum{}"}


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
    written = (
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
    return written.replace("η", r"$\eta$")  # which pdflatex doesn't know


def _plain(cell: object) -> str:
    """The text of a line of Markdown."""
    (line,) = MARKDOWN.parseInline(str(cell))
    return "".join(token.content for token in line.children or ())


def _escaped(text: str) -> str:
    return re.sub(r"[#$%&_{}\\~^]", lambda found: NAMES.get(found[0], rf"\{found[0]}"), text)
