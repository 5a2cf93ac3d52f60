"""Image files decoded into arrays: what docs/data.md says of formats, colours, rotation and size is here."""

import io
import os
import stat
import warnings
from collections import deque
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from hashlib import sha256
from typing import NamedTuple

import numpy as np
from PIL import Image, ImageOps, UnidentifiedImageError

from placement.errors import InputError

# By content, whatever a file is called. PostScript isn't among them: it would be run.
FORMATS = ("JPEG", "PNG", "GIF", "BMP", "TIFF", "WEBP", "PPM")
CHUNK = 64  # files a task


class Decoded(NamedTuple):
    """Some files: pixels uint8 [N, size, size, channels], the SHA-256 of each content, and of each the reason why it is
    no image, or None."""

    pixels: np.ndarray
    digests: list[str]
    problems: list[str | None]


def decode_all(paths: Sequence[str], size: int, channels: int, workers: int) -> Iterator[Decoded]:
    """All files in their order, by so many processes; those done ahead of their turn are few."""
    with ProcessPoolExecutor(workers, initializer=_quietly) as pool:
        pending: deque = deque()
        for start in range(0, len(paths), CHUNK):
            if len(pending) == 4 * workers:
                yield pending.popleft().result()
            pending.append(pool.submit(_decode_chunk, paths[start : start + CHUNK], size, channels))
        while pending:
            yield pending.popleft().result()


def _quietly() -> None:
    warnings.simplefilter("ignore")  # of odd metadata


def _decode_chunk(paths: Sequence[str], size: int, channels: int) -> Decoded:
    pixels = np.zeros((len(paths), size, size, channels), np.uint8)
    digests, problems = [], []
    for index, path in enumerate(paths):
        content, problem = _content(path)
        digests.append(sha256(content).hexdigest())
        if problem is None:
            try:
                pixels[index] = decode(content, size, channels)
            except Exception as error:  # what Pillow raises of damaged files has no common base
                problem = _reason(error)
        problems.append(problem)
    return Decoded(pixels, digests, problems)


def _content(path: str) -> tuple[bytes, str | None]:
    """A file's bytes, and the reason where there are none."""
    try:
        if not stat.S_ISREG(os.stat(path).st_mode):
            return b"", "not a file"
        with open(path, "rb") as file:
            content = file.read()
    except OSError as error:
        return b"", f"can't be read: {error.strerror}"
    return content, None if content else "empty"


def _reason(error: Exception) -> str:
    if isinstance(error, UnidentifiedImageError):
        return f"not an image, expected one of {', '.join(FORMATS)}"
    if isinstance(error, InputError):
        return str(error)
    return f"damaged: {(str(error) or type(error).__name__).splitlines()[0]}"


def decode(content: bytes, size: int, channels: int) -> np.ndarray:
    """An image file as uint8 [size, size, channels].

    The first frame, turned as its EXIF data say, in 8 bits (of 16 the upper ones), transparent parts black; RGB, or
    grey by ITU-R 601-2 for one channel. Its shorter side becomes `size`, by a bicubic filter, and the centre is kept.

    Raises:
        Exception: it is no image, or a damaged one; Pillow's errors have no common base.
    """
    with Image.open(io.BytesIO(content), formats=FORMATS) as opened:
        image = ImageOps.exif_transpose(opened)
    if image.mode.startswith("I;16"):
        image = Image.fromarray((np.asarray(image) >> 8).astype(np.uint8))
    elif image.mode in ("I", "F"):
        raise InputError("pixels of 32 bits, expected 8 or 16: their range is unknown")
    if image.has_transparency_data:
        image = Image.alpha_composite(Image.new("RGBA", image.size, "black"), image.convert("RGBA"))
    if image.mode != "L":
        image = image.convert("RGB")
    image = image.convert("L" if channels == 1 else "RGB")
    short = min(image.size)
    if image.size != (size, size):
        left, top = ((side - short) / 2 for side in image.size)
        box = (left, top, left + short, top + short)
        image = image.resize((size, size), Image.Resampling.BICUBIC, box)
    return np.asarray(image).reshape(size, size, channels)
