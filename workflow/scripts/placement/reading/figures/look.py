"""What all figures have in common: their look, the looks of the variants, and what writes the files.

All figures share one look: Okabe & Ito's colours (2008), which colour-blind readers can tell apart, each with a marker
and a dash of its own for readers in grey, and sizes for a page 7.2 inches wide. Where variants stand on rows, the page
grows with them. Labels are drawn as they are, never as mathematics.

`runs` is a frame of metrics.run_metrics, accuracies as fractions. Frames of the analysis are in display units:
accuracies and their differences in percentage points. Axes show per cent and points.
"""

import io
from collections.abc import Mapping, Sequence
from itertools import product
from pathlib import Path
from types import MappingProxyType
from typing import Any, NamedTuple

from placement.files import atomic
from placement.reading.figures.backend import ConstrainedLayoutEngine, Figure, LineStyleType, mpl

# Yellow, the eighth of them, is too faint for lines on white.
OKABE_ITO = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#000000")
# As many markers and dashes as share no factor with the colours: their combinations repeat late.
MARKERS = ("o", "s", "^", "D", "v", "P", "X", "<", ">")
DASHES: tuple[LineStyleType, ...] = ("-", (0, (5, 1.5)), (0, (1.5, 1.2)), (0, (5, 1.2, 1.2, 1.2)))
GREY = "#666666"
GRID = "#e4e4e4"
BAND = "#f0f0f0"  # of practical equivalence
WIDTH = 7.2
ROW = 0.34
MARGIN = 0.25
LOOK = {
    **mpl.rcParamsDefault,  # and nothing of what a user has set
    # Matplotlib brings DejaVu Sans along. The text of an SVG stays text, so that it can be searched; where a reader
    # lacks the font, the others are as wide or narrower.
    "font.family": "sans-serif",
    "font.sans-serif": ["DejaVu Sans", "Verdana", "Arial"],
    "svg.fonttype": "none",
    "font.size": 8,
    "axes.titlesize": 8,
    "axes.labelsize": 8,
    "figure.titlesize": 9,
    "figure.labelsize": 7,
    "legend.fontsize": 7,
    "xtick.labelsize": 7,
    "ytick.labelsize": 7,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.linewidth": 0.6,
    "xtick.major.width": 0.6,
    "ytick.major.width": 0.6,
    "axes.grid": True,
    "axes.axisbelow": True,
    "grid.color": GRID,
    "grid.linewidth": 0.6,
    "lines.linewidth": 1.3,
    "lines.markersize": 4.5,
    "legend.frameon": False,
    "legend.handlelength": 2.2,
    "text.parse_math": False,
    "axes.formatter.useoffset": False,
    "savefig.dpi": 200,
    "svg.hashsalt": "placement",
}


class Style(NamedTuple):
    """How a variant looks in every figure. Of a cell of a grid colour, marker and dash stand for `levels`."""

    label: str
    colour: str
    marker: str
    dash: LineStyleType
    levels: tuple[str, ...] = ()


class Places(NamedTuple):
    """Which of the colours, markers and dashes a variant has; after the last the first comes again."""

    colour: int
    marker: int
    dash: int


def styles(
    variants: Mapping[str, Mapping[str, Any]],
    factors: Mapping[str, Sequence[str]] = MappingProxyType({}),
    cells: Mapping[tuple[str, ...], str] = MappingProxyType({}),
) -> dict[str, Style]:
    """The looks of the variants of a config, in its order: by position, or by level where they are a grid's cells; its
    own colour where a variant names one.

    Args:
        factors, cells: the grid's, as study.grids.Grid has them.
    """
    of_cells = _of_cells(list(factors.values()), cells)
    others = len(next(iter(factors.values()), ()))  # whose colours come after those of the cells
    found = {}
    for i, (variant, fields) in enumerate(variants.items()):
        place, levels = of_cells.get(variant, (Places(*[others + i] * 3), ()))
        found[variant] = Style(
            fields["label"],
            fields.get("colour", OKABE_ITO[place.colour % len(OKABE_ITO)]),
            MARKERS[place.marker % len(MARKERS)],
            DASHES[place.dash % len(DASHES)],
            levels,
        )
    return found


def _of_cells(
    factors: list[Sequence[str]], cells: Mapping[tuple[str, ...], str]
) -> dict[str, tuple[Places, tuple[str, ...]]]:
    """By variant, the places of its colour, marker and dash, and the levels that they stand for: those of the first
    factor, of the second, and of all others together. A variant of several cells looks like the first of them."""
    found: dict[str, tuple[Places, tuple[str, ...]]] = {}
    rest = list(product(*factors[2:]))
    for cell, variant in cells.items():
        first, second, others = cell[0], cell[1] if len(cell) > 1 else "", cell[2:]
        place = Places(factors[0].index(first), factors[1].index(second) if second else 0, rest.index(others))
        found.setdefault(variant, (place, (first, second, ", ".join(others))))
    return found


@mpl.rc_context(LOOK)
def noted(figure: Figure, note: str) -> Figure:
    """The figure, with what is to be known of all figures of a study in a margin added above; as it is without."""
    if note:
        width, height = figure.get_size_inches()
        inside = height / (height + MARGIN)
        figure.set_size_inches(width, height + MARGIN)
        _layout(figure).set(rect=(0, 0, 1, inside))
        figure.text(0.99, (1 + inside) / 2, note, ha="right", va="center", weight="bold", in_layout=False)
    return figure


@mpl.rc_context(LOOK)
def save(figure: Figure, path: str | Path, note: str = "", pdf: bool = False) -> str:
    """Write a figure as PNG to `path` and as SVG beside it: the same bits for the same figure.

    Args:
        figure: drawn, and not saved before.
        path: the .png file.
        note: see `noted`.
        pdf: whether to write it as PDF too.

    Returns:
        The text of the SVG.

    Raises:
        InputError: a file can't be written.
    """
    path = Path(path)
    text = svg(noted(figure, note))
    with atomic(path) as temporary:
        figure.savefig(temporary, metadata={"Software": None})
    with atomic(path.with_suffix(".svg")) as temporary:
        temporary.write_text(text, encoding="utf-8")
    if pdf:
        with atomic(path.with_suffix(".pdf")) as temporary:
            figure.savefig(temporary, format="pdf", metadata={"CreationDate": None})
    return text


@mpl.rc_context(LOOK)
def svg(figure: Figure) -> str:
    """The text of an SVG file of a figure not saved before, which says nothing of when and by what it was drawn."""
    # Laid out once, for all its files: left to it, matplotlib draws a figure twice for each.
    figure.set_dpi(mpl.rcParams["savefig.dpi"])
    if figure.axes:
        _layout(figure).execute(figure)
    figure.set_layout_engine(None)
    file = io.StringIO()
    figure.savefig(file, format="svg", metadata=dict.fromkeys(("Creator", "Date", "Format", "Type")))
    return file.getvalue()


def _layout(figure: Figure) -> ConstrainedLayoutEngine:
    layout = figure.get_layout_engine()
    assert isinstance(layout, ConstrainedLayoutEngine), "every figure is made with one, and has it until it is saved"
    return layout
