"""Folders of images: what counts as an image of which class, how it is decoded, and what is refused in one line."""

import csv
import io
import os
import struct
import zlib
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from placement.data import arrays, copies, folders, images, preparation
from placement.data.chosen import chosen
from placement.errors import ConfigError, InputError
from placement.study import dataset as study_dataset

SIZE = 8


def encoded(seed: int = 0, shape: tuple[int, int] = (SIZE, SIZE), mode: str = "RGB", format: str = "PNG", **options):
    """An image file of noise."""
    array = np.random.default_rng(seed).integers(0, 256, (*shape, 4), dtype=np.uint8)
    bands = len(Image.new(mode, (1, 1)).getbands())
    content = io.BytesIO()
    Image.fromarray(array[..., :bands].squeeze(), mode if bands > 1 else "L").convert(mode).save(
        content, format, **options
    )
    return content.getvalue()


def saved(image: Image.Image, format: str = "PNG", **options) -> bytes:
    content = io.BytesIO()
    image.save(content, format, **options)
    return content.getvalue()


def pnm(kind: str, largest: int, values: tuple[int, ...]) -> bytes:
    """A PGM (P5; P2 in text) or PPM (P6) of one colour."""
    head = f"{kind} {SIZE} {SIZE} {largest}\n".encode()
    if kind == "P2":
        return head + b" ".join(b"%d" % value for value in values * SIZE**2)
    return head + np.array(values * SIZE**2, ">u2").tobytes()


def png(depth: int, values: tuple[int, ...], transparent: tuple[int, ...]) -> bytes:
    """A PNG of one colour, grey or RGB, and of the one that is transparent."""

    def chunk(name: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))

    bits = "".join(f"{value:0{depth}b}" for value in values * SIZE)
    row = b"\0" + int(bits, 2).to_bytes(len(bits) // 8, "big")
    head = struct.pack(">IIBBBBB", SIZE, SIZE, depth, 0 if len(values) == 1 else 2, 0, 0, 0)
    chunks = {b"IHDR": head, b"tRNS": struct.pack(f">{len(transparent)}H", *transparent)}
    chunks |= {b"IDAT": zlib.compress(row * SIZE), b"IEND": b""}
    return b"\x89PNG\r\n\x1a\n" + b"".join(chunk(*each) for each in chunks.items())


def tiff(bits: int, value: int, tags: dict[int, int]) -> bytes:
    """A grey TIFF of one colour, with tags (262: 0 has white for 0; 339: 2 has signs)."""
    pixels = int(f"{value:0{bits}b}" * SIZE**2, 2).to_bytes(bits * SIZE**2 // 8, "big")
    if bits == 16:
        pixels = np.frombuffer(pixels, ">u2").astype("<u2").tobytes()
    every = {256: SIZE, 257: SIZE, 258: bits, 259: 1, 262: 1, 273: 8, 277: 1, 278: SIZE, 279: len(pixels)} | tags
    entries = b"".join(struct.pack("<HHII", tag, 4, 1, number) for tag, number in sorted(every.items()))
    return b"II*\0" + struct.pack("<I", 8 + len(pixels)) + pixels + struct.pack("<H", len(every)) + entries + bytes(4)


def plain(colour, mode: str = "RGB", format: str = "PNG", **options) -> bytes:
    return saved(Image.new(mode, (SIZE, SIZE), colour), format, **options)


def pixels_of(content: bytes, size: int, channels: int) -> np.ndarray:
    return images.decode(content, size, channels)[0]


@pytest.fixture(autouse=True)
def here(tmp_path, monkeypatch):
    """Records and prepared data go to a folder of the test's own."""
    monkeypatch.chdir(tmp_path)


def grown(tree: dict[str, bytes | None], root: str = "images") -> str:
    """A folder of such files (None: an empty folder)."""
    for name, content in tree.items():
        path = Path(root, name)
        if content is None:
            path.mkdir(parents=True, exist_ok=True)
        else:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)
    return root


def parts(count: int = 3, classes=("cat", "dog"), test: int = 1) -> dict[str, bytes]:
    """A good tree with train/ and test/, no two files alike."""
    names = [f"train/{label}/{n}.png" for label in classes for n in range(count)]
    names += [f"test/{label}/{n}.png" for label in classes for n in range(test)]
    return {name: encoded(seed) for seed, name in enumerate(names)}


def tree(count: int = 5, classes=("cat", "dog")) -> dict[str, bytes]:
    """A good tree without parts."""
    names = [f"{label}/{n}.png" for label in classes for n in range(count)]
    return {name: encoded(seed) for seed, name in enumerate(names)}


def dataset(path: str = "images", **keys) -> dict:
    return {"name": "image_folder", "path": path, "size": SIZE} | keys


def prepare(settings: dict):
    """The prepared arrays, the rows of the list of files, and the line."""
    found = chosen(settings, look=True)
    line = preparation.prepare_folder(settings, found.identity, ".", workers=1)
    with open("images.csv", encoding="utf-8", errors="surrogateescape", newline="") as file:
        rows = list(csv.DictReader(file))
    return arrays.prepared("fingerprint.json"), rows, line


# Classes and parts ---------------------------------------------------------------------------------------------------


def test_classes_are_sorted_and_files_too(tmp_path):
    content = parts(classes=("zebra", "Ant", "bee"))
    found, rows, line = prepare(dataset(grown(content)))
    assert chosen(dataset()).class_names == ("Ant", "bee", "zebra")
    assert found["train_labels"].tolist() == [0, 0, 0, 1, 1, 1, 2, 2, 2]
    assert found["test_labels"].tolist() == [0, 1, 2]
    assert [row["file"] for row in rows[:4]] == [
        f"train/{f}" for f in ("Ant/0.png", "Ant/1.png", "Ant/2.png", "bee/0.png")
    ]
    for row in rows:
        image = Image.open(io.BytesIO(content[row["file"]]))
        assert np.array_equal(found[f"{row['part']}_images"][int(row["row"])], np.asarray(image))
        assert row["sha256"] == folders.hashlib.sha256(content[row["file"]]).hexdigest()
    assert line == "images: 9 + 3 images"


def test_hidden_nested_and_linked_files_and_what_lies_beside_classes():
    content = parts() | {
        "train/cat/.DS_Store": b"x",
        "train/.git/x/1.png": encoded(90),
        "train/cat/2020/May/deep.png": encoded(91),
        "train/README.txt": b"x",
        "labels.csv": b"x",
        "validation/ape/1.png": encoded(92),
        "train/cat/UPPER.PNG": encoded(93),
        "train/cat/named.txt": encoded(94),  # what a file is decides its content
    }
    grown(content)
    os.symlink(os.path.abspath("images/train/dog/0.png"), "images/train/dog/linked.png")
    grown({"a.png": encoded(95)}, "elsewhere")
    os.symlink(os.path.abspath("elsewhere"), "images/train/dog/others")
    _, rows, _ = prepare(dataset())
    names = [row["file"] for row in rows if row["part"] == "train"]
    assert names == [
        "train/cat/0.png",
        "train/cat/1.png",
        "train/cat/2.png",
        "train/cat/2020/May/deep.png",
        "train/cat/UPPER.PNG",
        "train/cat/named.txt",
        "train/dog/0.png",
        "train/dog/1.png",
        "train/dog/2.png",
        "train/dog/linked.png",
        "train/dog/others/a.png",
    ]


def test_a_name_that_is_no_text_is_listed_as_it_is():
    grown(parts())
    name = os.fsdecode(b"images/train/cat/\xff.png")
    Path(name).write_bytes(encoded(50))
    _, rows, _ = prepare(dataset())
    assert name.removeprefix("images/") in [row["file"] for row in rows]


def test_more_than_256_classes_have_wider_labels():
    found, _, _ = prepare(dataset(grown(parts(2, [f"{n:03}" for n in range(257)]))))
    assert found["train_labels"].dtype == np.uint16 and found["train_labels"][-1] == 256
    assert found["train_images"].dtype == np.uint8


def test_the_test_part_of_a_tree_depends_on_the_images_alone():
    content = tree(20)
    settings = dataset(grown(content), test_fraction=0.25)
    found, _, line = prepare(settings)
    assert line == "images: 30 + 10 images"
    held = {image.tobytes() for image in found["test_images"]}
    assert not held & {image.tobytes() for image in found["train_images"]}
    assert np.bincount(found["test_labels"]).tolist() == [5, 5]
    renamed = {f"{name.split('/')[0]}/{n:03}": content[name] for n, name in enumerate(reversed(content))}
    found, _, _ = prepare(dataset(grown(renamed, "others"), test_fraction=0.25))
    assert {image.tobytes() for image in found["test_images"]} == held


def test_equal_images_of_a_class_are_never_in_both_parts():
    content = {f"{label}/{n}.png": encoded(n // 3) for label in ("cat", "dog") for n in range(12)}
    found, _, _ = prepare(dataset(grown(content), test_fraction=0.2))
    for label in (0, 1):
        held, trained = (
            {image.tobytes() for image in found[f"{part}_images"][found[f"{part}_labels"] == label]}
            for part in ("test", "train")
        )
        assert held and trained and not held & trained


# What identifies a data set ------------------------------------------------------------------------------------------


def test_the_same_images_elsewhere_are_the_same_data_and_only_a_change_is_read_again(monkeypatch):
    first = chosen(dataset(grown(parts())), look=True)
    assert chosen(dataset(os.path.relpath(grown(parts(), "copy"))), look=True) == first
    reads = []
    monkeypatch.setattr(folders, "digests", lambda files: reads.append(files) or ["0"] * len(files))
    assert chosen(dataset(), look=True) == first and not reads
    os.utime("images/train/cat/0.png", (1, 1))
    assert chosen(dataset(), look=True) != first and len(reads) == 1


@pytest.mark.parametrize(
    "change",
    [
        lambda: grown({"train/cat/0.png": encoded(99)}),
        lambda: grown({"train/cat/more.png": encoded(99)}),
        lambda: os.remove("images/train/cat/0.png"),
        lambda: os.rename("images/train/cat/0.png", "images/train/dog/9.png"),
        lambda: [os.rename(f"images/{part}/cat", f"images/{part}/ape") for part in ("train", "test")],
    ],
    ids=["other content", "one more", "one less", "another class", "a class renamed"],
)
def test_other_images_are_other_data(change):
    first = chosen(dataset(grown(parts())), look=True)
    change()
    second = chosen(dataset(), look=True)
    assert second.folder != first.folder and second.identity["images"] != first.identity["images"]


def test_what_decides_the_arrays_is_in_their_folder_s_name_and_the_path_is_not():
    grown(parts())
    names = [chosen(dataset(**keys), look=True).folder for keys in ({}, {"size": 4}, {"channels": 1})]
    assert len(set(names)) == 3
    assert chosen(dataset(skip_damaged=True)).folder == names[0]
    assert "images" not in names[0].removeprefix("image_folder-")


def test_a_folder_that_is_gone_is_known_from_its_last_look():
    first = chosen(dataset(grown(parts())), look=True)
    os.rename("images", "gone")
    assert chosen(dataset(), look=True) == first == chosen(dataset())
    with pytest.raises(InputError, match="never been looked at"):
        chosen(dataset("another"))


@pytest.mark.parametrize(
    ("content", "then", "now"),
    [(parts(), {}, {"test_fraction": 0.2}), (tree(), {"test_fraction": 0.2}, {})],
    ids=["fraction added", "fraction removed"],
)
def test_a_folder_that_is_gone_is_unknown_in_other_parts(content, then, now):
    chosen(dataset(grown(content), **then), look=True)
    os.rename("images", "gone")
    with pytest.raises(InputError, match=r"^dataset.path: found 'images', expected a folder$"):
        chosen(dataset(**now), look=True)
    with pytest.raises(InputError, match="never been looked at"):
        chosen(dataset(**now))


def test_a_folder_that_changed_since_it_was_looked_at_isn_t_prepared():
    found = chosen(dataset(grown(parts())), look=True)
    grown({"train/cat/0.png": encoded(99)})
    with pytest.raises(InputError, match=r"dataset\.path: 'images' has changed since it was looked at; run again"):
        preparation.prepare_folder(dataset(), found.identity, ".", workers=1)
    assert not Path("fingerprint.json").exists()


@pytest.mark.parametrize(
    ("train", "test"),
    [("Training", "Testing"), ("TRAIN", "Test"), ("training_set", "test_set"), ("seg_train", "seg_test")],
)
def test_parts_are_known_by_their_usual_names(train, test):
    plain = chosen(dataset(grown(parts())), look=True)
    named = {name.replace("train/", f"{train}/").replace("test/", f"{test}/"): file for name, file in parts().items()}
    assert chosen(dataset(grown(named, "named")), look=True) == plain


def test_classes_with_a_part_in_their_names_are_classes():
    content = tree(classes=("valid", "invalid", "train_station", "contest"))
    found = chosen(dataset(grown(content), test_fraction=0.2), look=True)
    assert found.class_names == ("contest", "invalid", "train_station", "valid")


@pytest.mark.parametrize(
    "name",
    [
        *("@eaDir/1.jpg/SYNOPHOTO_THUMB_M.jpg", "#recycle/1.png", "__MACOSX/._1.png", "Thumbs.db", "desktop.ini"),
        *("$RECYCLE.BIN/1.png", "lost+found/1.png", "@__thumb/1.png", "1.png~"),
    ],
)
def test_what_systems_and_tools_leave_behind_is_not_data(name):
    plain = chosen(dataset(grown(parts())), look=True)
    left = {f"{below}{name}": encoded(90) for below in ("", "train/", "train/cat/", "test/dog/deeper/")}
    assert chosen(dataset(grown(left)), look=True) == plain


# Copies --------------------------------------------------------------------------------------------------------------


def test_copies_are_counted_and_told():
    content = parts()
    cat, dog = content["train/cat/0.png"], content["train/dog/0.png"]
    content |= {"test/cat/seen.png": cat, "train/dog/again.png": dog, "train/cat/dog.png": dog}
    found = chosen(dataset(grown(content)), look=True).copies
    assert found[:4] == (1, 3, 1, 3)
    text = "1 of the 3 test images is in the training part too, 1 is in their class once more"
    assert found.text.startswith(text)
    content, _, line = prepare(dataset())
    assert text in line
    assert copies.count_in_arrays(content)[:4] == found[:4]


def test_copies_in_one_tree_stay_together_and_empty_files_are_none():
    content = tree() | {"cat/again.png": tree()["cat/0.png"], "dog/a.png": b"", "dog/b.png": b""}
    found = chosen(dataset(grown(content), test_fraction=0.2), look=True).copies
    assert found[:4] == (0, 0, 1, 0) and found.example == ("cat/0.png", "cat/again.png")
    assert not chosen(dataset(grown(tree(), "others"), test_fraction=0.2), look=True).copies


def test_the_parts_are_counted_with_copies_that_stay_together():
    content = {
        f"{label}/{i}-{j}.png": encoded(9 * i + 90 * k)
        for k, label in enumerate("ab")
        for i in range(4)
        for j in range(3)
    }
    settings = dataset(grown(content), test_fraction=0.2)
    found, (arrays, _, _) = chosen(settings, look=True), prepare(settings)
    assert (
        (found.training_size, found.test_size) == (18, 6) == (len(arrays["train_labels"]), len(arrays["test_labels"]))
    )


def test_a_home_folder_is_found(monkeypatch, tmp_path):
    grown(parts())
    for home, path in (("", "~/images"), ("images", "~")):
        monkeypatch.setenv("HOME", str(tmp_path / home))
        assert chosen(dataset(path), look=True) == chosen(dataset(), look=True)
        assert prepare(dataset(path))[2] == f"{tmp_path}/images: 6 + 2 images"
        assert study_dataset.read(dataset(path), look=False).name == "images"


# Decoding ------------------------------------------------------------------------------------------------------------


def test_an_image_of_the_right_size_is_what_its_file_holds():
    pixels = np.random.default_rng(0).integers(0, 256, (SIZE, SIZE, 3), dtype=np.uint8)
    for format in ("PNG", "BMP", "TIFF", "PPM"):
        assert np.array_equal(pixels_of(saved(Image.fromarray(pixels), format), SIZE, 3), pixels)
    assert np.array_equal(pixels_of(saved(Image.fromarray(pixels), "WEBP", lossless=True), SIZE, 3), pixels)


def test_the_shorter_side_becomes_the_size_and_the_centre_is_kept():
    wide = np.zeros((20, 60, 3), np.uint8)
    wide[:, :20], wide[:, 20:40], wide[:, 40:] = (255, 0, 0), (0, 255, 0), (0, 0, 255)
    for image in (wide, wide.swapaxes(0, 1)):
        assert (pixels_of(saved(Image.fromarray(image)), 10, 3)[1:-1, 1:-1] == (0, 255, 0)).all()
    assert pixels_of(plain((9, 9, 9)), 64, 3).shape == (64, 64, 3)
    assert (pixels_of(plain((9, 9, 9)), 64, 3) == 9).all()
    assert pixels_of(saved(Image.new("RGB", (10_000, 1), "white")), 64, 3).min() == 255


@pytest.mark.parametrize(
    ("content", "channels", "expected"),
    [
        (plain((255, 0, 0)), 1, [76]),  # ITU-R 601-2: 0.299 of red
        (plain(7, "L"), 3, [7, 7, 7]),
        (plain(1, "1"), 3, [255, 255, 255]),
        (plain((0, 255, 255, 0), "CMYK", "TIFF"), 3, [255, 0, 0]),
        (plain((0, 255, 255, 0), "CMYK", "JPEG", quality=100), 3, [254, 0, 0]),
        (plain((10, 20, 30)), 3, [10, 20, 30]),
        (saved(Image.new("RGB", (SIZE, SIZE), (200, 100, 50)).quantize(2)), 3, [200, 100, 50]),
        (plain((200, 100, 50, 255), "RGBA"), 3, [200, 100, 50]),
        (plain((200, 100, 50, 0), "RGBA"), 3, [0, 0, 0]),
        (plain((200, 0), "LA"), 1, [0]),
        (saved(Image.new("P", (SIZE, SIZE), 0), transparency=0), 3, [0, 0, 0]),
        (saved(Image.fromarray(np.full((SIZE, SIZE), 0xABCD, np.uint16))), 1, [0xAB]),
        (saved(Image.fromarray(np.full((SIZE, SIZE), 0xABCD, np.uint16)), "TIFF"), 3, [0xAB] * 3),
        (pnm("P5", 65535, (0xABCD,)), 1, [0xAB]),
        (pnm("P5", 4095, (0xABC,)), 1, [0xAB]),
        (pnm("P2", 65535, (0xABCD,)), 1, [0xAB]),
        (pnm("P6", 65535, (0xABCD, 0, 0xFFFF)), 3, [0xAB, 0, 0xFF]),
        (tiff(16, 0xABCD, {}), 1, [0xAB]),
        (tiff(16, 0xABCD, {262: 0}), 1, [0xFF - 0xAB]),
        (tiff(8, 0xAB, {262: 0}), 1, [0xFF - 0xAB]),
        (tiff(12, 0xABC, {}), 1, [0xAB]),
        *((png(depth, (1,), (1,)), 1, [0]) for depth in (1, 2, 4, 8, 16)),
        *((png(depth, (2**depth - 1,), (0,)), 1, [255]) for depth in (1, 2, 4, 8, 16)),
        (png(8, (9, 8, 7), (9, 8, 7)), 3, [0, 0, 0]),
        (png(16, (0x909, 0x808, 0x707), (0x909, 0x808, 0x707)), 3, [0, 0, 0]),
        (png(16, (0x909, 0x808, 0x707), (0x909, 0x808, 0x708)), 3, [9, 8, 7]),
        (
            plain((10, 20, 30), "RGB", "GIF", save_all=True, append_images=[Image.new("RGB", (SIZE, SIZE))]),
            3,
            [10, 20, 30],
        ),
    ],
    ids=[
        "colour to grey",
        "grey to colour",
        "one bit",
        "CMYK TIFF",
        "CMYK JPEG",
        "RGB",
        "palette",
        "opaque",
        "transparent",
        "transparent grey",
        "transparent palette",
        "16-bit PNG",
        "16-bit TIFF",
        *("16-bit PGM", "12-bit PGM", "16-bit PGM in text", "16-bit PPM"),
        *("16-bit grey TIFF", "16-bit TIFF, white is 0", "8-bit TIFF, white is 0", "12-bit TIFF"),
        *(f"{depth}-bit PNG, {what}" for what in ("transparent", "opaque") for depth in (1, 2, 4, 8, 16)),
        *("transparent colour", "16-bit transparent colour", "16-bit colour that is almost the transparent one"),
        "animation",
    ],
)
def test_colours(content, channels, expected):
    found = pixels_of(content, SIZE, channels)
    assert found.dtype == np.uint8 and found.shape == (SIZE, SIZE, channels)
    assert np.abs(found.astype(int) - expected).max() <= (2 if content[:2] == b"\xff\xd8" else 0)


@pytest.mark.parametrize("orientation", range(1, 9))
def test_images_are_turned_as_their_exif_data_say(orientation):
    image = Image.fromarray(np.arange(SIZE * SIZE, dtype=np.uint8).reshape(SIZE, SIZE))
    exif = Image.Exif()
    exif[0x0112] = orientation
    turned = pixels_of(saved(image, exif=exif), SIZE, 1)[..., 0]
    upright = np.asarray(image)
    expected = {
        1: upright,
        2: upright[:, ::-1],
        3: upright[::-1, ::-1],
        4: upright[::-1],
        5: upright.T,
        6: upright[::-1].T,
        7: upright[::-1, ::-1].T,
        8: upright.T[::-1],
    }
    assert np.array_equal(turned, expected[orientation])


# What is refused -----------------------------------------------------------------------------------------------------

JPEG, PNG = encoded(format="JPEG", shape=(64, 64)), encoded(shape=(64, 64))
# A file in the place of a good one -> what its line says.
BAD_FILES = {
    "empty": (b"", "empty"),
    "text": (b"not an image", "not an image, expected one of JPEG, PNG"),
    "html": (b"<!DOCTYPE html>", "not an image"),
    "zeros": (bytes(1000), "not an image"),
    "noise": (np.random.default_rng(0).bytes(1000), "not an image"),
    "svg": (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "not an image"),
    "PostScript": (b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 8 8\n", "not an image"),
    "archive": (b"PK\x03\x04" + bytes(100), "not an image"),
    "truncated JPEG": (JPEG[: len(JPEG) // 2], "damaged: "),
    "JPEG's head": (JPEG[:30], ""),
    "truncated PNG": (PNG[: len(PNG) // 2], "damaged: "),
    "PNG's head": (PNG[:40], "not an image"),
    "PNG of a broken chunk": (PNG[:60] + b"\0\0\0\0" + PNG[64:], "damaged: "),
    "truncated GIF": (encoded(format="GIF", shape=(64, 64))[:200], "not an image"),
    "truncated BMP": (encoded(format="BMP")[:100], "damaged: "),
    "truncated TIFF": (encoded(format="TIFF", shape=(64, 64))[:200], ""),
    "truncated WebP": (encoded(format="WEBP", shape=(64, 64))[:100], ""),
    "32-bit TIFF": (saved(Image.new("F", (SIZE, SIZE), 0.5), "TIFF"), "pixels of floating point, expected 8 or 16"),
    "32-bit integers": (saved(Image.new("I", (SIZE, SIZE), 5), "TIFF"), "pixels of 32 bits, expected 8 or 16"),
    "signed TIFF": (tiff(16, 0xABCD, {339: 2}), "pixels of 16 bits with a sign, expected 8 or 16"),
    "bomb": (
        PNG[:16] + (60_000).to_bytes(4, "big") * 2 + PNG[24:29] + b"\0\0\0\0" + PNG[33:],
        "",
    ),
}


@pytest.mark.parametrize("name", BAD_FILES)
def test_a_bad_file_is_one_line_and_can_be_left_out(name):
    content, words = BAD_FILES[name]
    grown(parts() | {"train/cat/bad file.jpg": content})
    with pytest.raises(InputError) as raised:
        prepare(dataset())
    line, remedy = str(raised.value).splitlines()
    assert line.startswith(f"images/train/cat/bad file.jpg: {words}")
    assert remedy == "dataset.skip_damaged: true leaves such files out"
    assert not Path("fingerprint.json").exists()
    found, rows, line = prepare(dataset(skip_damaged=True))
    assert line == "images: 6 + 2 images, 1 file left out (see images.csv)"
    assert [row["file"] for row in rows if row["left_out"]] == ["train/cat/bad file.jpg"]
    assert rows[-1]["left_out"].startswith(words)
    assert found["train_images"].any(axis=(1, 2, 3)).all()  # no gap where it was


def bad_link() -> None:
    os.symlink("nowhere", "images/train/cat/bad.png")


def pipe() -> None:
    os.mkfifo("images/train/cat/bad.png")


def link_to_itself() -> None:
    os.symlink("bad.png", "images/train/cat/bad.png")


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (bad_link, "can't be read: No such file"),
        (link_to_itself, "can't be read: Too many levels of symbolic links"),
        (pipe, "not a file"),
    ],
)
def test_what_is_no_file_is_one_line_and_can_be_left_out(make, words):
    grown(parts())
    make()
    with pytest.raises(InputError, match=f"^images/train/cat/bad.png: {words}"):
        prepare(dataset())
    assert prepare(dataset(skip_damaged=True))[2].startswith("images: 6 + 2 images, 1 file left out")


def test_a_folder_that_may_be_listed_and_not_entered_is_one_line(monkeypatch):
    grown(parts())
    real = os.stat

    def refused(path, **options):
        if str(path) == "images/train/cat":
            raise PermissionError(13, "Permission denied", path)
        return real(path, **options)

    monkeypatch.setattr(os, "stat", refused)
    with pytest.raises(ConfigError, match="'images/train/cat' can't be read: Permission denied"):
        prepare(dataset())


def test_scans_of_12_bits_in_16_are_refused_and_dark_ones_beside_others_are_not():
    grown(parts() | {f"train/cat/{n}.png": png16(4095 - n) for n in range(3)})
    with pytest.raises(InputError) as raised:
        prepare(dataset())
    assert str(raised.value) == (
        "dataset.path: 3 files of 16 bits in 'images' reach 4,095 of 65,535 at most, and the upper 8 bits keep 16 grey "
        "levels of that, expected files that use all 16 bits: rescale them"
    )
    assert not Path("fingerprint.json").exists()
    grown({"train/dog/bright.png": png16(4096)})
    assert prepare(dataset())[2] == "images: 7 + 2 images"


def png16(value: int) -> bytes:
    """A grey image of 16 bits that is that value all over."""
    return saved(Image.fromarray(np.full((SIZE, SIZE), value, np.uint16)))


def test_many_bad_files_are_counted_not_all_named():
    grown(parts() | {f"train/cat/bad{n:02}.png": b"x" for n in range(30)})
    with pytest.raises(InputError) as raised:
        prepare(dataset())
    lines = str(raised.value).splitlines()
    assert len(lines) == preparation.NAMED + 2 and lines[-2] == "… and 10 files more"


def test_a_class_that_is_left_with_too_little_is_named():
    grown(parts(2) | {"train/cat/0.png": b"", "train/cat/1.png": b""})
    with pytest.raises(InputError, match="class 'cat' is left with 0 of its images for train, expected 2 at least"):
        prepare(dataset(skip_damaged=True))


def looping() -> None:
    grown(parts())
    os.symlink(os.path.abspath("images/train/cat"), "images/train/cat/again")


# A folder -> what its line says.
BAD_FOLDERS = {
    "missing": (lambda: None, {}, "dataset.path: found 'images', expected a folder"),
    "a file": (lambda: Path("images").write_bytes(b""), {}, "dataset.path: found 'images', expected a folder"),
    "empty": (lambda: os.mkdir("images"), {}, "hasn't train/ and test/, expected both, or dataset.test_fraction"),
    "no parts": (lambda: grown(tree()), {}, "hasn't train/ and test/, expected both, or dataset.test_fraction"),
    "no test": (
        lambda: grown(tree(), "images/Training"),
        {},
        "'images' has Training/ alone, expected train/ and test/ (a test part is made of 'images/Training' where",
    ),
    "two for training": (
        lambda: (grown(parts()), grown(tree(), "images/training_set")),
        {},
        "'images' has train/ and training_set/ and test/, expected one for training and one for the test",
    ),
    "prefixed parts and a fraction": (
        lambda: (grown(tree(), "images/seg_train"), grown(tree(), "images/seg_test")),
        {"test_fraction": 0.2},
        "'images' has seg_train/ and seg_test/ of its own, expected test_fraction left out",
    ),
    "copies that are to be refused": (
        lambda: grown(parts() | {"test/cat/again.png": parts()["train/cat/0.png"]}),
        {"duplicates": "refuse"},
        "dataset.duplicates: found in 'images': 1 of the 3 test images is in the training part too; the first are "
        "train/cat/0.png and test/cat/again.png; expected none, or `duplicates: keep`",
    ),
    "parts and a fraction": (lambda: grown(parts()), {"test_fraction": 0.2}, "has train/ and test/ of its own"),
    "a train part and a fraction": (
        lambda: grown(tree(), "images/train"),
        {"test_fraction": 0.2},
        "dataset.test_fraction: given, but 'images' has train/ of its own",
    ),
    "a test part among classes": (
        lambda: (grown(tree()), grown(tree(), "images/test")),
        {"test_fraction": 0.2},
        "dataset.test_fraction: given, but 'images' has test/ of its own",
    ),
    "ImageNet's parts": (
        lambda: (grown(tree(), "images/train"), grown(tree(), "images/val")),
        {},
        "dataset.path: 'images' has train/ and val/, expected train/ and test/: rename val/ to test/",
    ),
    "ImageNet's parts and a fraction": (
        lambda: (grown(tree(), "images/train"), grown(tree(), "images/val")),
        {"test_fraction": 0.2},
        "rename val/ to test/ and leave test_fraction out",
    ),
    "empty tree": (
        lambda: os.mkdir("images"),
        {"test_fraction": 0.2},
        "has 0 folders of images, expected one for each",
    ),
    "images without classes": (
        lambda: grown({"a.png": encoded(), "b.png": encoded(1)}),
        {"test_fraction": 0.2},
        "has 0 folders of images",
    ),
    "too much for the test": (
        lambda: grown(tree(count=20) | tree(count=5, classes=["eel"])),
        {"test_fraction": 0.7},
        "dataset.test_fraction: found 0.7, which leaves 1 of the 5 images of class 'eel' for training and validation, "
        "expected 2 at least",
    ),
    "all for the test": (
        lambda: grown(tree()),
        {"test_fraction": 0.95},
        "dataset.test_fraction: found 0.95, which leaves 0 of the 5 images of class 'cat'",
    ),
    "one class": (lambda: grown(tree(classes=["cat"])), {"test_fraction": 0.2}, "has 1 folder of images, expected"),
    "an empty class": (
        lambda: grown(parts() | {"train/ape": None}),
        {},
        "'images/train/ape' holds no image, expected some in a class's folder",
    ),
    "a class of hidden files": (
        lambda: grown(parts() | {"train/ape/.x.png": encoded()}),
        {},
        "'images/train/ape' holds no image",
    ),
    "a class that is only trained": (
        lambda: grown(parts() | {"train/ape/1.png": encoded(90), "train/ape/2.png": encoded(91)}),
        {},
        "has class 'ape' in one of train/ and test/, expected in both",
    ),
    "a class that is only tested": (
        lambda: grown(parts() | {"test/ape/1.png": encoded(90)}),
        {},
        "has class 'ape' in one of train/ and test/, expected in both",
    ),
    "a class of one image": (
        lambda: grown(parts() | {"train/ape/1.png": encoded(90), "test/ape/1.png": encoded(91)}),
        {},
        "class 'ape' has 1 image for training, validation, expected 2 at least",
    ),
    "a class of two images in a tree": (
        lambda: grown(tree() | {"ape/1.png": encoded(90), "ape/2.png": encoded(91)}),
        {"test_fraction": 0.2},
        "class 'ape' has 2 images for training, validation and test, expected 3 at least",
    ),
    "a class whose name is two lines": (
        lambda: grown(parts() | {"train/a\nb/1.png": encoded(90)}),
        {},
        r"'images/train/a\nb': its name is no printable text, expected a class's name",
    ),
    "a class whose name is no text": (
        lambda: grown(parts() | {os.fsdecode(b"train/\xff/1.png"): encoded(90)}),
        {},
        "its name is no printable text",
    ),
    "a folder in itself": (looping, {}, "'images/train/cat/again' is a link to a folder that it is in"),
}


@pytest.mark.parametrize("name", BAD_FOLDERS)
def test_a_bad_folder_is_one_line(name):
    make, keys, words = BAD_FOLDERS[name]
    make()
    with pytest.raises(InputError) as raised:
        chosen(dataset(**keys), look=True)
    (line,) = str(raised.value).splitlines()
    assert line.startswith("dataset.") and words in line


def test_few_chunks_are_decoded_ahead_of_their_turn(monkeypatch):
    """So that memory holds these and not the set."""
    started = []

    class Pool(ThreadPoolExecutor):
        def submit(self, *arguments):
            started.append(arguments)
            return super().submit(*arguments)

    monkeypatch.setattr(images, "ProcessPoolExecutor", Pool)
    grown(parts())
    pieces = images.decode_all(["images/train/cat/0.png"] * 100 * images.CHUNK, SIZE, 3, workers=2)
    assert len(next(pieces).pixels) == images.CHUNK
    assert len(started) < 10
    assert sum(len(piece.pixels) for piece in pieces) == 99 * images.CHUNK
