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
from PIL import Image, ImageFile, ImageOps, UnidentifiedImageError
from PIL.TiffImagePlugin import TiffImageFile

from placement.errors import InputError

# By content, whatever a file is called. PostScript isn't among them: it would be run.
FORMATS = ("JPEG", "PNG", "GIF", "BMP", "TIFF", "WEBP", "PPM")
CHUNK = 64  # files a task

# Of few grey shades in a PNG, what Pillow multiplies pixels by, but not the one that is transparent.
SHADES = {"L;2": 85, "L;4": 17}
# TIFF's tag, and its value in files of 16 bits that Pillow, which inverts those of 8, takes as they are.
PHOTOMETRIC, WHITE_IS_ZERO = 262, 0


class Decoded(NamedTuple):
    """Some files: pixels uint8 [N, size, size, channels], the SHA-256 of each content, of each the reason why it is no
    image, or None, and of those of 16 bits the highest value that is in them, or None."""

    pixels: np.ndarray
    digests: list[str]
    problems: list[str | None]
    highest: list[int | None]


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
    highest: list[int | None] = [None] * len(paths)
    for index, path in enumerate(paths):
        content, problem = _content(path)
        digests.append(sha256(content).hexdigest())
        if problem is None:
            try:
                pixels[index], highest[index] = decode(content, size, channels)
            except Exception as error:  # what Pillow raises of damaged files has no common base
                problem = _reason(error)
        problems.append(problem)
    return Decoded(pixels, digests, problems, highest)


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


def decode(content: bytes, size: int, channels: int) -> tuple[np.ndarray, int | None]:
    """An image file as uint8 [size, size, channels]; and, of 16 bits a pixel, the highest value in the file.

    That is None of any other, where white is 0, and where Pillow spreads the values to all 16 bits or keeps the upper 8
    alone.

    The first frame, turned as its EXIF data say, in 8 bits (of 16 the upper ones), transparent parts black; RGB, or
    grey by ITU-R 601-2 for one channel. Its shorter side becomes `size`, by a bicubic filter, and the centre is kept.

    Raises:
        Exception: it is no image, or a damaged one; Pillow's errors have no common base.
    """
    with Image.open(io.BytesIO(content), formats=FORMATS) as opened:
        raw = _raw_mode(opened)
        inverted = isinstance(opened, TiffImageFile) and opened.tag_v2.get(PHOTOMETRIC) == WHITE_IS_ZERO
        image = ImageOps.exif_transpose(opened)
    transparent, highest = image.info.get("transparency"), None
    if image.mode == "F" or (image.mode == "I" and opened.format != "PPM"):
        integers = "16 bits with a sign" if raw.startswith("I;16") else "32 bits"
        kind = "floating point" if image.mode == "F" else integers
        raise InputError(f"pixels of {kind}, expected 8 or 16 bits without a sign: their range is unknown")
    if image.mode.startswith("I"):  # of 16 bits; Pillow spreads a PGM's to all 16
        values = np.asarray(image)
        if not inverted and raw != "I;12" and opened.format != "PPM":
            highest = int(values.max())
        grey = (values >> (4 if raw == "I;12" else 8)).astype(np.uint8)
        image = Image.fromarray(255 - grey if inverted else grey)
        if transparent is not None:
            image.putalpha(_opaque(values != transparent))
    elif raw == "RGB;16B" and transparent is not None:
        # Pillow keeps the upper bytes and compares them with all 16 bits. So the lower ones are read as well.
        with Image.open(io.BytesIO(content), formats=FORMATS) as opened:
            opened.tile = [tile._replace(args="RGB;16L") for tile in opened.tile]
            lower = ImageOps.exif_transpose(opened)
        values = np.asarray(image).astype(np.uint16) << 8 | np.asarray(lower)
        image.info.pop("transparency")
        image.putalpha(_opaque((values != transparent).any(axis=-1)))
    elif raw in SHADES and transparent is not None:
        image.info["transparency"] = transparent * SHADES[raw]
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
    return np.asarray(image).reshape(size, size, channels), highest


def _raw_mode(image: ImageFile.ImageFile) -> str:
    """How Pillow calls the layout of an unread file's pixels; empty where it doesn't say."""
    arguments = image.tile[0].args if image.tile else ""
    first = arguments if isinstance(arguments, str) else next(iter(arguments or ()), "")
    return first if isinstance(first, str) else ""


def _opaque(where: np.ndarray) -> Image.Image:
    return Image.fromarray(np.where(where, 255, 0).astype(np.uint8))
