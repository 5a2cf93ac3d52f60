"""The test part of a data set that has none: made once, from the images alone, and kept out of sight of training."""

from collections.abc import Sequence

import numpy as np


def held_of(images: int, fraction: float) -> int:
    """How many of a class's images the test part takes: the fraction, one at least."""
    return max(round(images * fraction), 1)


def held_out(digests: Sequence[str], labels: np.ndarray, fraction: float) -> np.ndarray:
    """Which images (bool [N]) are the test part: of each class as many of the lowest digests as `held_of` says.

    It depends on neither names nor order, nor on any seed of a study; equal images of a class stay together.

    Args:
        digests: of each image's content.
        labels: their classes [N].
    """
    by_image = np.asarray(digests)
    held = np.zeros(len(labels), dtype=bool)
    for label in np.unique(labels):
        members = np.flatnonzero(labels == label)
        lowest = np.sort(by_image[members])[: held_of(len(members), fraction)]
        held[members] = by_image[members] <= lowest[-1]
    return held
