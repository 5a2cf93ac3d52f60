"""Reader of scikit-learn's digits, which come with that package: no file, no network."""

import hashlib
from pathlib import Path

import numpy as np

from placement.data.held_out import held_out
from placement.data.raw import Raw

TEST_FRACTION = 0.2


def read(folder: Path | None, files: dict[str, str], contents: dict[str, str]) -> dict[str, Raw]:
    """The parts `train` and `test`; the set has no test part of its own. The 17 shades become 0 to 255."""
    from sklearn.datasets import load_digits

    digits = load_digits()
    images = np.rint(digits.images * (255 / 16)).astype(np.uint8)[..., None]
    labels = digits.target.astype(np.uint8)
    test = held_out([hashlib.sha256(image.tobytes()).hexdigest() for image in images], labels, TEST_FRACTION)
    return {
        part: Raw(images[chosen], labels[chosen], "scikit-learn", "scikit-learn")
        for part, chosen in (("train", ~test), ("test", test))
    }
