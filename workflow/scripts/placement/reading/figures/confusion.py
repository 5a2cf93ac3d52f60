"""Which classes a variant takes for which."""

from collections.abc import Sequence

import numpy as np

from placement.reading.figures import parts
from placement.reading.figures.backend import Figure, PowerNorm, mpl
from placement.reading.figures.look import LOOK

NAMED = 40  # classes whose names and numbers can be read
UNNAMED = 10.0  # inches of the matrix of more


@mpl.rc_context(LOOK)
def draw(matrix: np.ndarray, class_names: Sequence[str], label: str) -> Figure:
    """Share in per cent of each true class's images that go to each class; of many classes the colours alone.

    Args:
        matrix: calibration.confusion_matrix [C, C], of a run or summed over runs.
        class_names: in label order.
        label: the variant's.
    """
    share = 100 * matrix / np.maximum(matrix.sum(axis=1, keepdims=True), 1)
    named = len(class_names) <= NAMED
    size = 0.42 * max(len(class_names), 5) if named else UNNAMED
    figure = Figure((2.0 + size, 1.7 + size), layout="compressed")
    axes = figure.subplots()
    # Errors are a few per cent: a power below one lets them be seen beside the diagonal.
    norm = PowerNorm(0.4, 0, 100)
    if named:
        cells = parts.cells(axes, share, class_names, "Blues", norm)
        for (i, j), value in np.ndenumerate(share):
            if matrix[i, j]:
                parts.annotate(axes, cells, i, j, value, f"{value:.1f}" if value < 99.95 else "100")
        axes.set(xlabel="Predicted class", ylabel="True class")
    else:
        # One picture: a shape for each of a million cells would be a huge SVG.
        axes.imshow(share, "Blues", norm, interpolation="nearest")
        axes.grid(False)
        axes.set(xticks=[], yticks=[], xlabel="Predicted class, in label order", ylabel="True class, in label order")
    axes.set_title(f"{parts.wrapped(label, 60)}: % of the true class's {_images(matrix)} predictions", loc="left")
    return figure


def _images(matrix: np.ndarray) -> str:
    counts = sorted(set(matrix.sum(axis=1).tolist()))
    return f"{counts[0]:,}" if len(counts) == 1 else f"{counts[0]:,} to {counts[-1]:,}"
