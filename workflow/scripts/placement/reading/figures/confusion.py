"""Which classes a variant takes for which."""

from collections.abc import Sequence

import numpy as np

from placement.reading.figures import parts
from placement.reading.figures.backend import Figure, PowerNorm, mpl
from placement.reading.figures.look import LOOK


@mpl.rc_context(LOOK)
def draw(matrix: np.ndarray, class_names: Sequence[str], label: str) -> Figure:
    """Share in per cent of each true class's images that go to each class.

    Args:
        matrix: calibration.confusion_matrix [C, C], of a run or summed over runs.
        class_names: in label order.
        label: the variant's.
    """
    share = 100 * matrix / np.maximum(matrix.sum(axis=1, keepdims=True), 1)
    size = 0.42 * max(len(class_names), 5)
    figure = Figure((2.0 + size, 1.7 + size), layout="constrained")
    axes = figure.subplots()
    # Errors are a few per cent: a power below one lets them be seen beside the diagonal.
    cells = parts.cells(axes, share, class_names, "Blues", PowerNorm(0.4, 0, 100))
    for (i, j), value in np.ndenumerate(share):
        if matrix[i, j]:
            parts.annotate(cells, i, j, value, f"{value:.1f}" if value < 99.95 else "100")
    axes.set(xlabel="Predicted class", ylabel="True class")
    axes.set_title(f"{parts.wrapped(label, 60)}: % of the true class's {_images(matrix)} predictions", loc="left")
    return figure


def _images(matrix: np.ndarray) -> str:
    counts = sorted(set(matrix.sum(axis=1).tolist()))
    return f"{counts[0]:,}" if len(counts) == 1 else f"{counts[0]:,} to {counts[-1]:,}"
