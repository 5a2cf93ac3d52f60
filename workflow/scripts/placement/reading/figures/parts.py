"""Parts that several figures share."""

import textwrap
from collections.abc import Iterable, Mapping, Sequence
from functools import partial
from typing import Any

import numpy as np
import pandas as pd

from placement.reading.figures.backend import Artist, Axes, Figure, Line2D, Normalize, QuadMesh
from placement.reading.figures.look import BAND, DASHES, GREY, ROW, WIDTH, Style

LEGEND = 15  # variants that a legend names one by one
CURVES = 6.0  # inches, the most height that curves get beside rows


def offsets(seeds: int) -> np.ndarray:
    # Seeds stand below the row's mean, each at a height of its own.
    return np.linspace(0.1, 0.35, seeds)


def seeds(axes: Axes, row: int, offsets: np.ndarray, values: pd.Series, style: Style) -> None:
    if len(values) == 1:  # it is its own mean
        return
    axes.plot(values, row + offsets, style.marker, color=style.colour, markersize=3, alpha=0.7, markeredgewidth=0)


def reference(axes: Axes, value: float) -> None:
    """A dotted line at what the others are compared with."""
    axes.axvline(value, color=GREY, linewidth=0.8, linestyle=DASHES[2], zorder=1)


def equivalent(axes: Axes, rope: float) -> None:
    """The region of practical equivalence."""
    axes.axvspan(-rope, rope, color=BAND, linewidth=0, zorder=0)


def mean(axes: Axes, y: float, estimate: Iterable[float], style: Style, filled: bool) -> None:
    """A mean over the bar of its interval: `estimate` is the mean, low and high, these NaN where there is none."""
    mean, low, high = estimate
    axes.plot([low, high], [y, y], color=style.colour, linewidth=1.6, zorder=2)
    axes.plot(
        mean,
        y,
        style.marker,
        color=style.colour,
        markerfacecolor=style.colour if filled else "white",
        markersize=6,
        zorder=3,
    )


def seeds_and_mean(seeds: int, intervals: str = "") -> dict[str, Artist]:
    """What a legend says of the marks of `seeds` and `mean`, where means may have intervals of this name."""
    mark = partial(Line2D, [], [], color=GREY, marker="o")
    large = mark(markersize=6, linestyle="-" if intervals else "none")
    if seeds == 1:
        return {"the one run": large}
    small = mark(markersize=2.8, linestyle="none", alpha=0.7)
    return {"a seed": small, f"mean, {intervals}" if intervals else "mean": large}


def rows(axes: Axes, styles: Mapping[str, Style]) -> None:
    width = 30 if len(styles) <= LEGEND else 45  # a large grid's labels are long, and a row has room for two lines
    axes.set_yticks(range(len(styles)), [wrapped(style.label, width) for style in styles.values()])
    axes.set_ylim(len(styles) - 0.5, -0.5)
    axes.grid(axis="y", visible=False)
    axes.tick_params(axis="y", length=0)


def curves_beside_rows(curves: int, rows: int) -> tuple[Figure, list[Axes], Axes]:
    """Panels of curves on the left, a row a variant on the right: the page grows with the rows, and the curves stay in
    shape."""
    height = max(1.3 + ROW * rows, 2.0 + 1.6 * (curves - 1) + 1.2)
    figure = Figure((WIDTH, height), layout="constrained")
    shape = min(height, CURVES * (curves + 1) / 2)
    rest = [height - shape] if height > shape else []
    grid = figure.add_gridspec(curves + len(rest), 2, height_ratios=[shape / curves] * curves + rest)
    return figure, [figure.add_subplot(grid[i, 0]) for i in range(curves)], figure.add_subplot(grid[:, 1])


def with_legend(styles: Mapping[str, Style], width: float, height: float) -> Figure:
    """A figure with a legend of the variants below, or of what the looks of a large grid's stand for, on whose height
    the page grows."""
    entries = _by_variant(styles) if len(styles) <= LEGEND else _by_level(styles)
    names = [wrapped(name) for name, _ in entries]
    columns = 3
    lines = sum(max(name.count("\n") + 1 for name in names[i : i + columns]) for i in range(0, len(names), columns))
    figure = Figure((width, height + 0.16 * lines), layout="constrained")
    figure.legend([Line2D([], [], **look) for _, look in entries], names, loc="outside lower center", ncols=columns)
    return figure


def _by_variant(styles: Mapping[str, Style]) -> list[tuple[str, dict[str, Any]]]:
    return [(style.label, line_style(style)) for style in styles.values()]


def _by_level(styles: Mapping[str, Style]) -> list[tuple[str, dict[str, Any]]]:
    """Colours, then markers, then dashes; and the variants that are no cells. Levels of two factors may share a
    name."""
    cells = [style for style in styles.values() if style.levels]
    colours = {style.levels[0]: line_style(style, linestyle="-", marker="") for style in cells}
    markers = {style.levels[1]: {"color": GREY, "linestyle": "", "marker": style.marker} for style in cells}
    dashes = {style.levels[2]: {"color": GREY, "linestyle": style.dash} for style in cells}
    others = {name: style for name, style in styles.items() if not style.levels}
    of_levels = [*colours.items(), *markers.items(), *dashes.items()]
    return [(name, look) for name, look in of_levels if name] + _by_variant(others)


def line_style(style: Style, **changed: Any) -> dict[str, Any]:
    return {"color": style.colour, "linestyle": style.dash, "marker": style.marker} | changed


def cells(
    axes: Axes,
    matrix: np.ndarray,
    names: Sequence[str],
    colours: str,
    norm: Normalize,
    columns: Sequence[str] | None = None,
) -> QuadMesh:
    """A matrix, its first row on top: a square one, rows and columns named alike, or one with names for its columns."""
    down, across = range(len(names)), range(len(names if columns is None else columns))
    cells = axes.pcolormesh(across, down, np.ma.masked_invalid(matrix), cmap=colours, norm=norm, edgecolor="white")
    axes.invert_yaxis()
    axes.set_yticks(down, [wrapped(name) for name in names])
    if columns is None:
        axes.set_aspect("equal")
        axes.set_xticks(across, [wrapped(name) for name in names], rotation=45, ha="right", rotation_mode="anchor")
    else:
        axes.set_xticks(across, [wrapped(name, 20) for name in columns])
    axes.grid(False)
    axes.tick_params(length=0)
    axes.spines[:].set_visible(False)
    return cells


def annotate(axes: Axes, cells: QuadMesh, row: int, column: int, value: float, text: str, bold: bool = False) -> None:
    red, green, blue, _ = cells.to_rgba(np.asarray(value))
    drawn = axes.text(column, row, text, ha="center", va="center", fontsize=6.5)
    # Not quite black and white, which a page in the dark turns about (inline.py): the cells keep their colours.
    drawn.set_color("#010101" if 0.299 * red + 0.587 * green + 0.114 * blue > 0.5 else "#FEFEFE")
    drawn.set_fontweight("bold" if bold else "normal")
    drawn.set_in_layout(False)  # it is inside its cell, and thousands are slow to lay out


def one_line(label: str) -> str:
    return " ".join(label.split())


def wrapped(label: str, width: int = 30) -> str:
    return textwrap.fill(one_line(label), width)
