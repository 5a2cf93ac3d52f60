"""A document as one HTML page that needs nothing else: page.html, styled by page.css, with its figures in it."""

from collections.abc import Mapping
from pathlib import Path

import jinja2
import pandas as pd
from markupsafe import Markup

from placement.reading import words
from placement.reading.document import MARKDOWN, Document, Figure, Section, Table, Verdict, anchor


def of(document: Document, drawn: Mapping[str, str]) -> str:
    """The page; HTML in its texts is shown as text.

    Args:
        document: all of it.
        drawn: {name of a figure: its element, see figures/inline.py}.
    """
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(Path(__file__).parent),
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
        undefined=jinja2.StrictUndefined,
    )
    environment.filters["blocks"] = lambda text: Markup(MARKDOWN.render(text))
    environment.filters["line"] = lambda cell: Markup(MARKDOWN.renderInline(str(cell)))
    environment.filters["anchor"] = anchor
    environment.tests["figure"] = lambda block: isinstance(block, Figure)
    environment.tests["verdict"] = lambda cell: isinstance(cell, Verdict)
    environment.tests["table"] = lambda block: isinstance(block, Table)
    return environment.get_template("page.html").render(
        document=document,
        drawn={name: Markup(element) for name, element in drawn.items()},
        style=Markup(Path(__file__).with_name("page.css").read_text(encoding="utf-8")),
    )


def of_tables(tables: Mapping[str, pd.DataFrame], title: str) -> str:
    """A page of tables, each under the heading that is its key; numbers to four digits, empty columns left out."""
    sections = [
        Section(
            heading,
            (
                Table.of(
                    heading,
                    [words.text(name) for name in table.columns],
                    [[_cell(value) for value in row] for row in table.itertuples(index=False)],
                ),
            ),
        )
        for heading, table in tables.items()
    ]
    return of(Document(title, (), tuple(sections)), {})


def _cell(value: object) -> str:
    if isinstance(value, float):
        return "" if pd.isna(value) else f"{value:.4g}"
    return words.text(str(value))
