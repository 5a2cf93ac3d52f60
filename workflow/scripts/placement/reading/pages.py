"""HTML pages of text and tables, each in one file: the report shows these, where it only offers other files to save."""

import html
from collections.abc import Mapping

import pandas as pd
from markdown_it import MarkdownIt

_PAGE = """<!DOCTYPE html>
<html lang="en">
<meta charset="utf-8">
<title>{title}</title>
<style>
body {{ font: 15px/1.5 sans-serif; color: #222; max-width: 60em; margin: 2em auto; padding: 0 1em }}
table {{ border-collapse: collapse; font-size: 13px; display: block; overflow-x: auto; margin: 1em 0 }}
th, td {{ border-bottom: 1px solid #ddd; padding: .25em .7em; text-align: left; vertical-align: top }}
pre {{ background: #f4f4f4; padding: .7em; overflow-x: auto }}
</style>
{body}
</html>
"""


def of_markdown(text: str, title: str) -> str:
    """A page of CommonMark with tables; HTML in the text is shown as text."""
    return _PAGE.format(
        title=html.escape(title), body=MarkdownIt("commonmark", {"html": False}).enable("table").render(text)
    )


def of_tables(tables: Mapping[str, pd.DataFrame], title: str) -> str:
    """A page of tables, each under the heading that is its key; numbers to four digits."""
    body = f"<h1>{html.escape(title)}</h1>\n"
    for heading, table in tables.items():
        body += f"<h2>{html.escape(heading)}</h2>\n"
        body += table.to_html(index=False, na_rep="", float_format="{:.4g}".format, border=0) + "\n"
    return _PAGE.format(title=html.escape(title), body=body)
