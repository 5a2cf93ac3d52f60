"""What a document is made of, and the same as Markdown; page.py makes a page of it.

All text is Markdown in one paragraph, list or block of code, and a cell of a table is a line of it.
"""

import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from markdown_it import MarkdownIt

MARKDOWN = MarkdownIt("commonmark", {"html": False})


class Verdict(NamedTuple):
    """A cell that is a verdict: its word, which the page gives a colour, and why."""

    word: str
    reason: str = ""

    def __str__(self) -> str:
        return f"**{self.word}**" + (f": {self.reason}" if self.reason else "")


class Figure(NamedTuple):
    """A figure by its name, which is that of its files where it has any. Only the page shows it."""

    name: str
    caption: str


class Table(NamedTuple):
    """Rows of cells under a head, the first cell of each its name.

    Attributes:
        caption: what it holds; Markdown has it from the text around.
        unfolds: by row, a figure that the page shows once asked to; of no row, or one for each.
    """

    caption: str
    head: tuple[str, ...]
    rows: tuple[tuple, ...]
    unfolds: tuple[Figure | None, ...] = ()

    @classmethod
    def of(
        cls, caption: str, head: Sequence[str], rows: Sequence[Sequence], unfolds: Sequence[Figure | None] = ()
    ) -> "Table":
        """A table without the columns in which no row has anything to say."""
        kept = [i for i in range(len(head)) if i == 0 or any(row[i] not in ("-", "") for row in rows)]
        return cls(
            caption,
            tuple(head[i] for i in kept),
            tuple(tuple(row[i] for i in kept) for row in rows),
            tuple(unfolds),
        )

    @property
    def numeric(self) -> list[bool]:
        """Of each column whether it holds numbers, which stand in one line; what is longer is a sentence."""
        return [
            bool(self.rows) and all(re.match(r"[-+<[\d].{,39}$", str(row[i])) for row in self.rows)
            for i in range(len(self.head))
        ]


Block = str | Table | Figure


class Section(NamedTuple):
    """A heading and what stands below it."""

    title: str
    blocks: tuple[Block, ...]


class Document(NamedTuple):
    """A title, what is to be read first, and sections."""

    title: str
    opening: tuple[Block, ...]
    sections: tuple[Section, ...]


def anchor(title: str) -> str:
    """A title's name in addresses and files."""
    return re.sub(r"\W+", "-", title.lower()).strip("-")


def markdown(document: Document) -> str:
    return "\n\n".join(_paragraphs(document)) + "\n"


def _paragraphs(document: Document) -> Iterator[str]:
    yield f"# {document.title}"
    yield from _texts(document.opening)
    for section in document.sections:
        yield f"## {section.title}"
        yield from _texts(section.blocks)


def _texts(blocks: Sequence[Block]) -> Iterator[str]:
    for block in blocks:
        if isinstance(block, Table):
            yield table(block)
        elif isinstance(block, str):
            yield block


def table(table: Table) -> str:
    """A table of Markdown, numbers to the right."""
    return aligned(table.head, table.numeric, table.rows)


def aligned(head: Sequence[str], right: Sequence[bool], rows: Sequence[Sequence]) -> str:
    """Rows under a head as a table of Markdown, by column whether it stands to the right."""
    cells = [[str(cell).replace("|", "\\|") for cell in row] for row in rows]
    rule = ["---:" if to_the_right else "---" for to_the_right in right]
    return "\n".join("| " + " | ".join(line) + " |" for line in (head, rule, *cells))
