import dataclasses
import gzip
import hashlib
import shutil
import subprocess
from pathlib import Path

import numpy as np
import pytest

from placement.data import datasets
from placement.data.datasets import DEBIAN_DATASETS, FASHION_MNIST
from placement.errors import InputError


def idx(array: np.ndarray) -> bytes:
    """An IDX file of unsigned bytes."""
    return bytes([0, 0, 8, array.ndim]) + np.array(array.shape, dtype=">u4").tobytes() + array.tobytes()


@pytest.fixture
def small(tmp_path: Path, monkeypatch):
    """A data set of 20 + 10 images of 4x4 in two classes, its files lying in resources/small/."""
    monkeypatch.chdir(tmp_path)
    generator = np.random.default_rng(0)
    contents = {}
    for prefix, size in (("train", 20), ("t10k", 10)):
        contents[f"{prefix}-images-idx3-ubyte.gz"] = idx(generator.integers(0, 256, (size, 4, 4), dtype=np.uint8))
        contents[f"{prefix}-labels-idx1-ubyte.gz"] = idx(np.arange(size, dtype=np.uint8) % 2)
    folder = tmp_path / "resources/small"
    folder.mkdir(parents=True)
    for name, content in contents.items():
        (folder / name).write_bytes(gzip.compress(content))
    return dataclasses.replace(
        FASHION_MNIST,
        name="small",
        shape=(4, 4, 1),
        class_names=("a", "b"),
        training_size=20,
        test_size=10,
        files={name: hashlib.sha256(content).hexdigest() for name, content in contents.items()},
        addresses=(),
        debian_package=None,
    )


def replaced(small, name: str, content: bytes):
    """The data set with another file content, which it holds for the right one."""
    Path("resources/small", name).write_bytes(gzip.compress(content))
    return dataclasses.replace(small, files=small.files | {name: hashlib.sha256(content).hexdigest()})


def test_reads_uint8_arrays(small):
    arrays = datasets.read(small, datasets.locate(small))
    assert {name: (array.shape, array.dtype.name) for name, array in arrays.items()} == {
        "train_images": ((20, 4, 4, 1), "uint8"),
        "train_labels": ((20,), "uint8"),
        "test_images": ((10, 4, 4, 1), "uint8"),
        "test_labels": ((10,), "uint8"),
    }


@pytest.mark.parametrize(
    ("damage", "words"),
    [
        (lambda file: file.unlink(), "missing"),
        (lambda file: file.write_bytes(file.read_bytes()[:-20]), "not a whole gzip file"),
        (lambda file: file.write_bytes(b"<!DOCTYPE html><html></html>"), "not a whole gzip file"),
        (lambda file: file.write_bytes(b""), "SHA-256"),
        (lambda file: file.write_bytes(gzip.compress(b"other")), "SHA-256 of its content is"),
    ],
    ids=["missing", "truncated", "html", "empty", "other"],
)
def test_a_damaged_file_is_named(small, damage, words):
    damage(Path("resources/small/train-labels-idx1-ubyte.gz"))
    with pytest.raises(InputError, match=f"^resources/small/train-labels-idx1-ubyte.gz: .*{words}"):
        datasets.read(small, datasets.locate(small))


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        (
            "train-images-idx3-ubyte.gz",
            idx(np.zeros((20, 5, 4), np.uint8)),
            r"shape \(20, 5, 4\), expected \(20, 4, 4\)",
        ),
        ("train-labels-idx1-ubyte.gz", idx(np.zeros(19, np.uint8)), r"shape \(19,\), expected \(20,\)"),
        ("t10k-labels-idx1-ubyte.gz", idx(np.full(10, 2, np.uint8)), "label 2, expected 0 to 1"),
        ("t10k-labels-idx1-ubyte.gz", b"\x00\x00\x0d\x01", "expected an IDX file of unsigned bytes"),
        ("t10k-labels-idx1-ubyte.gz", idx(np.zeros(10, np.uint8))[:-1], "9 bytes of data, expected"),
        ("t10k-labels-idx1-ubyte.gz", b"\x00\x00\x08\x03\x00", "expected"),
    ],
)
def test_wrong_content_is_named_even_where_its_checksum_is_expected(small, name, content, words):
    small = replaced(small, name, content)
    with pytest.raises(InputError, match=f"{name}: .*{words}"):
        datasets.read(small, datasets.locate(small))


def test_the_checkout_comes_before_debian(small, tmp_path, monkeypatch):
    debian = tmp_path / "debian"
    shutil.copytree("resources/small", debian / "small")
    monkeypatch.setattr(datasets, "DEBIAN_DATASETS", debian)
    assert datasets.locate(small) == Path("resources/small")
    shutil.rmtree("resources/small")
    assert datasets.locate(small) == debian / "small"


def test_no_source_gives_the_remedy_and_writes_nothing(small, monkeypatch):
    shutil.rmtree("resources")
    small = dataclasses.replace(small, debian_package="dataset-small")
    monkeypatch.setattr(datasets, "DEBIAN_DATASETS", Path("nowhere"))
    monkeypatch.setattr(datasets.shutil, "which", lambda name: f"/usr/bin/{name}")

    def refused(*args, **kwargs):
        raise subprocess.CalledProcessError(100, args, stderr="E: Unable to locate package")

    monkeypatch.setattr(datasets.subprocess, "run", refused)
    with pytest.raises(InputError, match=r"apt-get install dataset-small.*resources/small") as error:
        datasets.locate(small)
    assert "Unable to locate package" in str(error.value)
    assert not list(Path().rglob("*.gz"))


@pytest.fixture
def fetched(small, tmp_path, monkeypatch):
    """The data set, with nothing in resources/ and a source that has it; the names of what was fetched."""
    source, names = tmp_path / "source", []
    shutil.move("resources", source)
    monkeypatch.setattr(datasets, "DEBIAN_DATASETS", Path("nowhere"))

    def download(dataset, folder):
        names.extend(dataset.files)
        shutil.copytree(source / dataset.folder, folder, dirs_exist_ok=True)

    monkeypatch.setattr(datasets, "_download", download)
    return names


@pytest.mark.parametrize(
    "prepare",
    [
        lambda own: None,
        lambda own: own.mkdir(parents=True),
        lambda own: (own.mkdir(parents=True), (own / ".gitkeep").touch()),
        lambda own: ((own / "raw").mkdir(parents=True), (own / "raw/README").touch()),
    ],
    ids=["nothing", "an empty folder", "a file", "a folder"],
)
def test_what_lies_in_the_folder_is_no_hindrance_and_stays(small, fetched, prepare):
    own = Path("resources/small")
    prepare(own)
    there = {path.relative_to(own) for path in own.rglob("*")}
    assert datasets.locate(small) == own
    assert len(datasets.read(small, own)["train_labels"]) == 20
    assert {path.relative_to(own) for path in own.rglob("*")} == there | {Path(name) for name in small.files}


@pytest.mark.parametrize("taken", ["resources", "resources/small"])
def test_a_place_that_cant_be_written_is_named_before_anything_is_fetched(small, fetched, taken):
    Path(taken).parent.mkdir(exist_ok=True)
    Path(taken).write_text("a file in the place of the folder")
    with pytest.raises(InputError, match=r"^resources/small: can't be written: (File exists|Not a directory)$"):
        datasets.locate(small)
    assert not fetched


def test_the_debian_package_is_unpacked_without_being_installed(small, tmp_path, monkeypatch):
    package = tmp_path / "package"
    shutil.move("resources/small", package / "usr/share/datasets/small")
    (package / "DEBIAN").mkdir()
    (package / "DEBIAN/control").write_text(
        "Package: dataset-small\nVersion: 1\nArchitecture: all\nMaintainer: x <x@example.org>\nDescription: x\n"
    )
    if not shutil.which("dpkg-deb"):
        pytest.skip("no dpkg-deb on this system")
    real_run = subprocess.run

    def run(command, **options):
        if command[0] == "apt-get":  # what `apt-get download` does, from a package made here
            command = ["dpkg-deb", "--build", str(package), "dataset-small_1_all.deb"]
            options.pop("timeout")
        return real_run(command, **options)

    monkeypatch.setattr(datasets.subprocess, "run", run)
    monkeypatch.setattr(datasets.shutil, "which", lambda name: f"/usr/bin/{name}")
    small = dataclasses.replace(small, debian_package="dataset-small")
    assert datasets.locate(small) == Path("resources/small")
    assert len(datasets.read(small, Path("resources/small"))["train_labels"]) == 20


def test_fashion_mnist_is_what_debian_ships():
    folder = DEBIAN_DATASETS / FASHION_MNIST.folder
    if not folder.exists():
        pytest.skip(f"{folder} is not installed")
    arrays = datasets.read(FASHION_MNIST, folder)
    assert arrays["train_images"].shape == (60_000, 28, 28, 1)
    assert np.bincount(arrays["test_labels"]).tolist() == [1000] * 10
