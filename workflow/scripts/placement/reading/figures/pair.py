"""Two factors of a grid: means at each pair of levels, and one factor over the other."""

from collections.abc import Sequence

import numpy as np

from placement.analysis.conventions import INFERENCE_SEEDS
from placement.analysis.paired import StudentMean
from placement.counting import how_many
from placement.reading import words
from placement.reading.figures import parts
from placement.reading.figures.backend import Figure, Normalize, mpl
from placement.reading.figures.look import DASHES, LOOK, MARKERS, OKABE_ITO, WIDTH

CELL = 0.3  # inches, a row of the heat map


@mpl.rc_context(LOOK)
def draw(
    values: np.ndarray, counts: np.ndarray, rows: str, row_levels: Sequence[str], columns: str, levels: Sequence[str]
) -> Figure:
    """Mean test accuracy at each pair of levels as a heat map; and by the columns' levels, a line for each row's.

    Args:
        values: mean test accuracy in points over the other factors' levels [seeds, levels of `rows`, of `columns`], NaN
            where there is no cell.
        counts: of how many cells each is the mean [levels of `rows`, of `columns`]; where these differ, the means
            are of different combinations, which is marked.
        rows, columns: the factors.
    """
    means = [[StudentMean.of(values[:, i, j]) for j in range(len(levels))] for i in range(len(row_levels))]
    matrix = np.array([[cell.mean for cell in row] for row in means])
    legend_lines = -(-len(row_levels) // 4)
    map_height = 0.5 + CELL * len(row_levels)
    figure = Figure((WIDTH, map_height + 3.3 + 0.16 * legend_lines), layout="constrained")
    top, below = figure.subplots(2, 1, height_ratios=[map_height, 2.8])
    shown = matrix[np.isfinite(matrix)]
    norm = Normalize(*((shown.min(), shown.max()) if len(shown) and np.ptp(shown) > 0 else (0, 1)))
    cells = parts.cells(top, matrix, row_levels, "cividis", norm, columns=levels)
    for (i, j), value in np.ndenumerate(matrix):
        if np.isfinite(value):
            parts.annotate(top, cells, i, j, value, f"{value:.2f}{'*' if 0 < counts[i, j] < counts.max() else ''}")
    partial = " (* over fewer of them: missing cells)" if ((counts > 0) & (counts < counts.max())).any() else ""
    over = f" over the other factors{partial}" if counts.max() > 1 else ""
    top.set_title(f"Mean test accuracy (%){over}", loc="left")
    top.set_ylabel(rows)
    spread = np.linspace(-0.15, 0.15, len(row_levels)) if len(row_levels) > 1 else [0.0]
    n, infers = len(values), len(values) >= INFERENCE_SEEDS
    for i, level in enumerate(row_levels):
        style = {"color": OKABE_ITO[i % len(OKABE_ITO)], "marker": MARKERS[i % len(MARKERS)]}
        x = np.arange(len(levels)) + spread[i]
        below.plot(x, matrix[i], linestyle=DASHES[i % len(DASHES)], label=parts.wrapped(level), **style)
        if infers:
            for at, cell in zip(x, means[i], strict=True):
                below.plot([at] * 2, cell.interval(), color=style["color"], linewidth=0.9)
    below.set_xticks(range(len(levels)), [parts.wrapped(level, 20) for level in levels])
    below.set_xlim(-0.5, len(levels) - 0.5)
    intervals = f", {words.LEVEL} interval of each alone" if infers else ""
    below.set(xlabel=columns, ylabel="Test accuracy (%)")
    below.set_title(f"Means over {how_many(n, 'seed')}{intervals}", loc="left")
    figure.legend(
        *below.get_legend_handles_labels(),
        loc="outside lower center",
        ncols=4,
        title=rows,
        title_fontsize=7,
        handlelength=4,  # shows the dashes
    )
    return figure
