"""Images that a data set has more than once, byte by byte: a network is then tested on what it was trained on."""

from collections.abc import Mapping, Sequence
from hashlib import sha256
from typing import NamedTuple

import numpy as np

NOTHING = sha256().hexdigest()  # of empty files and those that can't be read, which are no images


class Copies(NamedTuple):
    """How many there are.

    Attributes:
        tested: images of the test part that are training (or validation) images too.
        of: images of the test part.
        repeated: images that are in their part and class already; those of a tree without parts stay together in the
            split that makes its test part.
        contradicted: images that another class has too, in either part.
        example: the names of two files that are the same; none where there are no copies.
    """

    tested: int = 0
    of: int = 0
    repeated: int = 0
    contradicted: int = 0
    example: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.example)

    @property
    def text(self) -> str:
        """What there is of them, as a list; empty where there is nothing."""
        told = {
            f"{self.tested} of the {self.of} test images {_are(self.tested)} in the training part too": self.tested,
            f"{self.repeated} {_are(self.repeated)} in their class once more": self.repeated,
            f"{self.contradicted} {_are(self.contradicted)} in another class too": self.contradicted,
        }
        return ", ".join(text for text, count in told.items() if count)


def _are(count: int) -> str:
    return "is" if count == 1 else "are"


def count(parts: Sequence[str], labels: Sequence[str], digests: Sequence[str], names: Sequence[str]) -> Copies:
    """Count them.

    Args:
        parts: `train`, `test` or, of a tree without parts, '', of each file.
        labels: the class of each.
        digests: the SHA-256 of each one's content.
        names: what an example is called by.
    """
    rows = list(zip(parts, labels, digests, strict=True))
    trained = {digest for part, _, digest in rows if part == "train"}
    classes: dict[str, set[str]] = {}
    for _, label, digest in rows:
        classes.setdefault(digest, set()).add(label)
    seen: dict[str, str] = {}  # content -> the first file that has it
    listed = set()
    tested = of = repeated = contradicted = 0
    example: tuple[str, ...] = ()
    for (part, label, digest), name in zip(rows, names, strict=True):
        of += part == "test"
        if digest == NOTHING:
            continue
        tested += part == "test" and digest in trained
        repeated += (part, label, digest) in listed
        contradicted += len(classes[digest]) > 1
        listed.add((part, label, digest))
        if seen.setdefault(digest, name) != name and not example:
            example = (seen[digest], name)
    return Copies(tested, of, repeated, contradicted, example)


def count_in_arrays(arrays: Mapping[str, np.ndarray]) -> Copies:
    """Count those of prepared arrays (see datasets.read): images with the same pixels."""
    rows = [
        (part, str(label), sha256(image).hexdigest(), f"{part} image {row}")
        for part in ("train", "test")
        for row, (image, label) in enumerate(zip(arrays[f"{part}_images"], arrays[f"{part}_labels"], strict=True))
    ]
    return count(*zip(*rows, strict=True)) if len({digest for _, _, digest, _ in rows}) < len(rows) else Copies()
