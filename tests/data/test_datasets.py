"""The table of data sets, its readers and sources. Small archives of their exact format stand for the real ones."""

import dataclasses
import gzip
import hashlib
import io
import runpy
import shutil
import subprocess
import tarfile
from pathlib import Path

import numpy as np
import pytest

import page_tables
from checkout import ROOT
from placement.data import datasets, downloads, idx
from placement.data.chosen import described
from placement.data.datasets import DATASETS
from placement.data.downloads import DEBIAN_DATASETS
from placement.errors import InputError

FASHION_MNIST = DATASETS["fashion_mnist"]


def sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def as_idx(array: np.ndarray) -> bytes:
    """An IDX file of unsigned bytes."""
    return bytes([0, 0, 8, array.ndim]) + np.array(array.shape, dtype=">u4").tobytes() + array.tobytes()


def images(size: int, shape=(4, 4)) -> np.ndarray:
    return np.random.default_rng(size).integers(0, 256, (size, *shape), dtype=np.uint8)


def in_resources(dataset, held: dict[str, bytes], **changes):
    """The data set with these files, which lie in resources/."""
    folder = Path("resources", dataset.folder)
    folder.mkdir(parents=True, exist_ok=True)
    for name, content in held.items():
        (folder / name).write_bytes(content)
    files = {name: sha256(content) for name, content in held.items()}
    return dataclasses.replace(dataset, **({"files": files, "addresses": (), "debian_package": None} | changes))


@pytest.fixture
def small(tmp_path: Path, monkeypatch):
    """A data set like Fashion-MNIST, its content known: 20 + 10 images of 4x4 in two classes, in resources/small/."""
    monkeypatch.chdir(tmp_path)
    contents = {}
    for prefix, size in (("train", 20), ("t10k", 10)):
        contents[f"{prefix}-images-idx3-ubyte.gz"] = as_idx(images(size))
        contents[f"{prefix}-labels-idx1-ubyte.gz"] = as_idx(np.arange(size, dtype=np.uint8) % 2)
    dataset = dataclasses.replace(
        FASHION_MNIST, name="small", shape=(4, 4, 1), class_names=("a", "b"), training_size=20, test_size=10
    )
    known = {name: sha256(content) for name, content in contents.items()}
    return in_resources(dataset, {name: gzip.compress(c) for name, c in contents.items()}, contents=known)


def replaced(small, name: str, content: bytes):
    """The data set with another file content, which it holds for the right one."""
    Path("resources/small", name).write_bytes(gzip.compress(content))
    return dataclasses.replace(small, contents=small.contents | {name: sha256(content)})


def read(dataset) -> dict[str, np.ndarray]:
    return datasets.read(dataset, downloads.locate(dataset))


def test_reads_uint8_arrays(small):
    assert {name: (array.shape, array.dtype.name) for name, array in read(small).items()} == {
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
        read(small)


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        (
            "train-images-idx3-ubyte.gz",
            as_idx(np.zeros((20, 5, 4), np.uint8)),
            r"shape \(20, 5, 4, 1\), expected \(20, 4, 4, 1\)",
        ),
        ("train-labels-idx1-ubyte.gz", as_idx(np.zeros(19, np.uint8)), r"shape \(19,\), expected \(20,\)"),
        ("t10k-labels-idx1-ubyte.gz", as_idx(np.full(10, 2, np.uint8)), "label 2, expected 0 to 1"),
        ("t10k-labels-idx1-ubyte.gz", b"\x00\x00\x0d\x01", "expected an IDX file of unsigned bytes"),
        ("t10k-labels-idx1-ubyte.gz", as_idx(np.zeros(10, np.uint8))[:-1], "9 bytes of data, expected"),
        ("t10k-labels-idx1-ubyte.gz", b"\x00\x00\x08\x03\x00", "expected"),
    ],
)
def test_wrong_content_is_named_even_where_its_checksum_is_expected(small, name, content, words):
    with pytest.raises(InputError, match=f"{name}: .*{words}"):
        read(replaced(small, name, content))


@pytest.mark.parametrize("name", ["mnist", "kmnist"])
def test_mnist_s_format_is_known_by_the_compressed_files(small, name):
    """Whose content has no checksum of its own."""
    contents = {file: Path("resources/small", file).read_bytes() for file in small.files}
    dataset = in_resources(DATASETS[name], contents, shape=(4, 4, 1), training_size=20, test_size=10)
    arrays = read(dataset)
    assert np.array_equal(arrays["test_images"][..., 0], images(10))
    file = Path("resources", name, "t10k-images-idx3-ubyte.gz")
    file.write_bytes(gzip.compress(gzip.decompress(file.read_bytes()), compresslevel=1))
    with pytest.raises(InputError, match=rf"^{file}: SHA-256 is \w+, expected {dataset.files[file.name]}"):
        read(dataset)
    file.unlink()
    with pytest.raises(InputError, match=rf"^{file}: can't be read \(No such file"):
        read(dataset)


def archive(members: dict[str, bytes]) -> bytes:
    written = io.BytesIO()
    with tarfile.open(fileobj=written, mode="w:gz") as tar:
        for name, content in members.items():
            member = tarfile.TarInfo(name)
            member.size = len(content)
            tar.addfile(member, io.BytesIO(content))
    return written.getvalue()


def records(pixels: np.ndarray, *labels: np.ndarray) -> bytes:
    """CIFAR's: label bytes and planes of (3, 32, 32)."""
    planes = pixels.transpose(0, 3, 1, 2).reshape(len(pixels), -1)
    return np.hstack([*(label[:, None] for label in labels), planes]).tobytes()


def cifar10_members(size: int = 2, classes: int = 10) -> dict[str, bytes]:
    names = [*(f"data_batch_{number}.bin" for number in range(1, 6)), "test_batch.bin"]
    return {"cifar-10-batches-bin/readme.html": b"x", "cifar-10-batches-bin/batches.meta.txt": b"airplane\n"} | {
        f"cifar-10-batches-bin/{name}": records(
            images(size + number, (32, 32, 3))[:size], (np.arange(size, dtype=np.uint8) + number) % classes
        )
        for number, name in enumerate(names)
    }


def cifar10(members: dict[str, bytes], **changes):
    contents = {"cifar-10-binary.tar.gz": archive(members)}
    return in_resources(DATASETS["cifar10"], contents, **({"training_size": 10, "test_size": 2} | changes))


def test_cifar_10_s_batches_are_read_in_their_order(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    arrays = read(cifar10(cifar10_members()))
    expected = np.concatenate([images(2 + number, (32, 32, 3))[:2] for number in range(5)])
    assert np.array_equal(arrays["train_images"], expected)
    assert arrays["train_labels"].tolist() == [0, 1, 1, 2, 2, 3, 3, 4, 4, 5]
    assert arrays["test_labels"].tolist() == [5, 6]
    assert {array.dtype.name for array in arrays.values()} == {"uint8"}


def test_cifar_100_s_fine_labels_are_read(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    pixels, coarse, fine = images(5, (32, 32, 3)), np.full(5, 19, np.uint8), np.array([0, 99, 3, 50, 7], np.uint8)
    members = {f"cifar-100-binary/{part}.bin": records(pixels, coarse, fine) for part in ("train", "test")}
    dataset = in_resources(
        DATASETS["cifar100"], {"cifar-100-binary.tar.gz": archive(members)}, training_size=5, test_size=5
    )
    arrays = read(dataset)
    assert np.array_equal(arrays["train_images"], pixels)
    assert arrays["test_labels"].tolist() == fine.tolist()


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda members: members.pop("cifar-10-batches-bin/data_batch_3.bin"), "data_batch_3.bin is missing"),
        (lambda members: members.update({"cifar-10-batches-bin/test_batch.bin": b""}), "test_batch.bin has 0 bytes"),
        (
            lambda members: members.update({"cifar-10-batches-bin/test_batch.bin": bytes(3074)}),
            "test_batch.bin has 3074 bytes, expected a whole number of 3073 a record",
        ),
        (
            lambda members: members.update({"cifar-10-batches-bin/test_batch.bin": bytes(3073)}),
            r"test images of shape \(1, 32, 32, 3\), expected \(2, 32, 32, 3\)",
        ),
        (
            lambda members: members.update({"cifar-10-batches-bin/test_batch.bin": b"\x0a" + bytes(2 * 3073 - 1)}),
            "label 10, expected 0 to 9",
        ),
    ],
)
def test_a_wrong_archive_is_named_even_where_its_checksum_is_expected(tmp_path, monkeypatch, change, words):
    monkeypatch.chdir(tmp_path)
    members = cifar10_members()
    change(members)
    with pytest.raises(InputError, match=f"^resources/cifar10/cifar-10-binary.tar.gz: {words}"):
        read(cifar10(members))


@pytest.mark.parametrize(
    "content", [b"", b"<!DOCTYPE html>", archive(cifar10_members())[:-500]], ids=["empty", "html", "truncated"]
)
def test_what_is_no_archive_is_named_even_where_its_checksum_is_expected(tmp_path, monkeypatch, content):
    monkeypatch.chdir(tmp_path)
    dataset = in_resources(DATASETS["cifar10"], {"cifar-10-binary.tar.gz": content})
    with pytest.raises(InputError, match=r"^resources/cifar10/cifar-10-binary.tar.gz: can't be unpacked \("):
        read(dataset)


def test_digits_need_no_source(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    dataset = DATASETS["digits"]
    assert downloads.locate(dataset) is None
    arrays = read(dataset)
    assert arrays["train_images"].max() == 255 and len(np.unique(arrays["train_images"])) == 17
    shown = {image.tobytes() for image in arrays["train_images"]}
    assert not shown & {image.tobytes() for image in arrays["test_images"]}
    assert not list(tmp_path.iterdir())


def test_the_checkout_comes_before_debian(small, tmp_path, monkeypatch):
    debian = tmp_path / "debian"
    shutil.copytree("resources/small", debian / "small")
    monkeypatch.setattr(downloads, "DEBIAN_DATASETS", debian)
    assert downloads.locate(small) == Path("resources/small")
    shutil.rmtree("resources/small")
    assert downloads.locate(small) == debian / "small"


def test_no_source_gives_the_remedy_and_writes_nothing(small, monkeypatch):
    shutil.rmtree("resources")
    small = dataclasses.replace(small, debian_package="dataset-small")
    monkeypatch.setattr(downloads, "DEBIAN_DATASETS", Path("nowhere"))
    monkeypatch.setattr(downloads.shutil, "which", lambda name: f"/usr/bin/{name}")

    def refused(*args, **kwargs):
        raise subprocess.CalledProcessError(100, args, stderr="E: Unable to locate package")

    monkeypatch.setattr(downloads.subprocess, "run", refused)
    with pytest.raises(InputError, match=r"apt-get install dataset-small.*resources/small") as error:
        downloads.locate(small)
    assert "Unable to locate package" in str(error.value)
    assert not list(Path().rglob("*.gz"))


@pytest.fixture
def fetched(small, tmp_path, monkeypatch):
    """The data set, with nothing in resources/ and a source that has it; the names of what was fetched."""
    source, names = tmp_path / "source", []
    shutil.move("resources", source)
    monkeypatch.setattr(downloads, "DEBIAN_DATASETS", Path("nowhere"))

    def download(dataset, folder):
        names.extend(dataset.files)
        shutil.copytree(source / dataset.folder, folder, dirs_exist_ok=True)

    monkeypatch.setattr(downloads, "_download", download)
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
    assert downloads.locate(small) == own
    assert len(datasets.read(small, own)["train_labels"]) == 20
    assert {path.relative_to(own) for path in own.rglob("*")} == there | {Path(name) for name in small.files}


@pytest.mark.parametrize("taken", ["resources", "resources/small"])
def test_a_place_that_cant_be_written_is_named_before_anything_is_fetched(small, fetched, taken):
    Path(taken).parent.mkdir(exist_ok=True)
    Path(taken).write_text("a file in the place of the folder")
    with pytest.raises(InputError, match=r"^resources/small: can't be written: (File exists|Not a directory)$"):
        downloads.locate(small)
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

    monkeypatch.setattr(downloads.subprocess, "run", run)
    monkeypatch.setattr(downloads.shutil, "which", lambda name: f"/usr/bin/{name}")
    small = dataclasses.replace(small, debian_package="dataset-small")
    assert downloads.locate(small) == Path("resources/small")
    assert len(datasets.read(small, Path("resources/small"))["train_labels"]) == 20


def test_fashion_mnist_is_what_debian_ships():
    folder = DEBIAN_DATASETS / FASHION_MNIST.folder
    if not folder.exists():
        pytest.skip(f"{folder} is not installed")
    arrays = datasets.read(FASHION_MNIST, folder)
    assert arrays["train_images"].shape == (60_000, 28, 28, 1)
    assert np.bincount(arrays["test_labels"]).tolist() == [1000] * 10


@pytest.mark.parametrize("dataset", DATASETS.values(), ids=DATASETS)
def test_an_entry_is_whole(dataset):
    assert len(set(dataset.class_names)) == len(dataset.class_names)
    assert described({"name": dataset.name}) == (dataset.shape, dataset.class_names, dataset.test_size)
    assert all(address.startswith("https://") and address.endswith("/") for address in dataset.addresses)
    assert bool(dataset.files) == bool(dataset.addresses)
    assert all(len(digest) == 64 for digest in [*dataset.files.values(), *dataset.contents.values()])
    assert dataset.reader is not idx.read or dataset.files.keys() == {
        name for part in idx.FILES.values() for name in part
    }
    assert dataset.licence and dataset.citation and dataset.title


def test_the_docs_table_is_made_from_the_code_s():
    page = (ROOT / "docs/data.md").read_text(encoding="utf-8")
    made = runpy.run_path(str(ROOT / "docs/datasets_table.py"))["tables"]()
    assert page_tables.replaced(page, made) == page
