"""Data sets: where their files come from and what they must be.

Arrays stay uint8 from the file to the device; nothing here scales them.
"""

import gzip
import hashlib
import os
import shutil
import subprocess
import tempfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from placement.errors import InputError

RESOURCES = Path("resources")
DEBIAN_DATASETS = Path("/usr/share/datasets")
DOWNLOAD_TIMEOUT_SECONDS = (10, 30)  # to connect; without a byte


@dataclass(frozen=True)
class Dataset:
    """What a data set is.

    Attributes:
        shape: height, width, channels of an image.
        class_names: in label order.
        training_size, test_size: number of images of each part.
        files: name of the gzip-compressed file -> SHA-256 of what it holds. Debian compresses the same content anew,
            so only this is the same whatever the source.
        downloads: name of the file -> SHA-256 of the compressed file at the public addresses.
        addresses: base URLs, tried in order; https only.
        debian_package: the Debian package that holds the files under /usr/share/datasets, if there is one.
    """

    name: str
    shape: tuple[int, int, int]
    class_names: tuple[str, ...]
    training_size: int
    test_size: int
    files: dict[str, str]
    downloads: dict[str, str]
    addresses: tuple[str, ...]
    debian_package: str | None = None

    @property
    def folder(self) -> str:
        """The name of its folder under resources/ and /usr/share/datasets/."""
        return self.name.replace("_", "-")


# Xiao, Rasul, Vollgraf: Fashion-MNIST (2017), arXiv:1708.07747.
FASHION_MNIST = Dataset(
    name="fashion_mnist",
    shape=(28, 28, 1),
    class_names=(
        "T-shirt/top",
        "Trouser",
        "Pullover",
        "Dress",
        "Coat",
        "Sandal",
        "Shirt",
        "Sneaker",
        "Bag",
        "Ankle boot",
    ),
    training_size=60_000,
    test_size=10_000,
    files={
        "train-images-idx3-ubyte.gz": "c59f468a2f672dc815687fe0f83887768d799fd8a3f3276145d20f83aa44d888",
        "train-labels-idx1-ubyte.gz": "bad3541b69d912435c50bb6ba87bec294ff4f6a2e1246121d8633921760443d9",
        "t10k-images-idx3-ubyte.gz": "5b4141f0afbad91edebe8549f8fcffe087ea10ca49f1dbef5c9a5cd8815ce37b",
        "t10k-labels-idx1-ubyte.gz": "0402a96d92fd2663957122ceb108a494c5af83dab82d92729df917d7dec38c34",
    },
    downloads={
        "train-images-idx3-ubyte.gz": "3aede38d61863908ad78613f6a32ed271626dd12800ba2636569512369268a84",
        "train-labels-idx1-ubyte.gz": "a04f17134ac03560a47e3764e11b92fc97de4d1bfaf8ba1a3aa29af54cc90845",
        "t10k-images-idx3-ubyte.gz": "346e55b948d973a97e58d2351dde16a484bd415d4595297633bb08f03db6a073",
        "t10k-labels-idx1-ubyte.gz": "67da17c76eaffca5446c3361aaab5c3cd6d1c2608764d35dfb1850b086bf8dd5",
    },
    addresses=(
        "https://storage.googleapis.com/tensorflow/tf-keras-datasets/",
        "https://raw.githubusercontent.com/zalandoresearch/fashion-mnist/master/data/fashion/",
    ),
    debian_package="dataset-fashion-mnist",
)

DATASETS = {dataset.name: dataset for dataset in (FASHION_MNIST,)}


# Sources -------------------------------------------------------------------------------------------------------


def locate(dataset: Dataset) -> Path:
    """The folder that holds the data set's files, from the first source that has it.

    The sources in order: resources/ in the checkout, Debian's package where it is installed, the public addresses,
    and Debian's package downloaded and unpacked without being installed (that needs no root).

    Raises:
        InputError: no source has the files, in which case the message lists what was tried and gives the remedy; or
            they can't be written to resources/.
    """
    own = RESOURCES / dataset.folder
    for folder in (own, DEBIAN_DATASETS / dataset.folder):
        if any((folder / name).exists() for name in dataset.files):
            return folder
    tried = []
    for fetch in (_download, _download_debian_package):
        with _scratch(own) as scratch:
            try:
                fetch(dataset, scratch)
            except OSError as error:  # requests' and subprocess' for a source that can't be reached are OSErrors
                tried.append(str(error))
                continue
            for name in dataset.files:  # one by one, beside whatever else is there
                os.replace(scratch / name, own / name)
            return own
    remedy = f"put {', '.join(dataset.files)} into {own}/"
    if dataset.debian_package and shutil.which("apt-get"):
        remedy = f"'apt-get install {dataset.debian_package}' as root, or {remedy}"
    raise InputError(f"{dataset.name}: no source has the data ({'; '.join(tried)}). Remedy: {remedy}")


@contextmanager
def _scratch(folder: Path) -> Iterator[Path]:
    """A folder in `folder`, made where it is missing, to fetch into what then goes up.

    Raises:
        InputError: nothing can be written there, which is told before anything is fetched.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix=".", dir=folder) as scratch:
            yield Path(scratch)
    except OSError as error:
        raise InputError(f"{folder}: can't be written: {error.strerror or error}") from error


def _download(dataset: Dataset, folder: Path) -> None:
    import pooch

    problems = []
    for address in dataset.addresses:
        registry = {name: f"sha256:{digest}" for name, digest in dataset.downloads.items()}
        source = pooch.create(folder, address, registry=registry, retry_if_failed=2)
        download = pooch.HTTPDownloader(
            progressbar=os.isatty(2),
            timeout=DOWNLOAD_TIMEOUT_SECONDS,
            hooks={"response": _refuse_plain_http},
        )
        try:
            for name in dataset.files:
                source.fetch(name, downloader=download)
            return
        except (OSError, ValueError) as error:  # unreachable, or not the file with the known SHA-256
            problems.append(f"{address}: {_first_line(error)}")
    raise OSError("; ".join(problems))


def _refuse_plain_http(response, **_) -> None:
    if response.is_redirect and not response.headers["Location"].lower().startswith(("https://", "/")):
        raise OSError(f"{response.url} redirects to {response.headers['Location']}, expected https")


def _first_line(error: Exception) -> str:
    return (str(error) or type(error).__name__).splitlines()[0]


def _download_debian_package(dataset: Dataset, folder: Path) -> None:
    if not dataset.debian_package or not shutil.which("apt-get") or not shutil.which("dpkg-deb"):
        raise OSError("no Debian package on this system")
    with tempfile.TemporaryDirectory() as scratch:
        try:
            subprocess.run(
                ["apt-get", "download", dataset.debian_package],
                cwd=scratch,
                check=True,
                capture_output=True,
                text=True,
                timeout=300,
            )
            (package,) = Path(scratch).glob("*.deb")
            subprocess.run(["dpkg-deb", "--extract", package.name, "."], cwd=scratch, check=True, capture_output=True)
        except (subprocess.SubprocessError, ValueError) as error:
            detail = (getattr(error, "stderr", None) or str(error)).strip().splitlines()[-1]
            raise OSError(f"apt-get download {dataset.debian_package}: {detail}") from error
        unpacked = Path(scratch) / DEBIAN_DATASETS.relative_to("/") / dataset.folder
        folder.mkdir(parents=True, exist_ok=True)
        for name in dataset.files:
            shutil.copyfile(unpacked / name, folder / name)


# Reading and checking --------------------------------------------------------------------------------------------


def read(dataset: Dataset, folder: Path) -> dict[str, np.ndarray]:
    """The checked arrays: {train,test}_images uint8 [N, height, width, channels] and {train,test}_labels uint8 [N].

    Raises:
        InputError: a file is missing, has another SHA-256, can't be read, or holds other shapes or labels than the
            data set's; it names the file.
    """
    arrays = {}
    for part, prefix, size in (
        ("train", "train", dataset.training_size),
        ("test", "t10k", dataset.test_size),
    ):
        images_file = folder / f"{prefix}-images-idx3-ubyte.gz"
        labels_file = folder / f"{prefix}-labels-idx1-ubyte.gz"
        images = read_idx(images_file, dataset.files[images_file.name])
        labels = read_idx(labels_file, dataset.files[labels_file.name])
        if images.shape != (size, *dataset.shape[:2]):
            raise InputError(f"{images_file}: shape {images.shape}, expected {(size, *dataset.shape[:2])}")
        if labels.shape != (size,):
            raise InputError(f"{labels_file}: shape {labels.shape}, expected {(size,)}")
        if labels.max() >= len(dataset.class_names):
            raise InputError(f"{labels_file}: label {labels.max()}, expected 0 to {len(dataset.class_names) - 1}")
        arrays[f"{part}_images"] = images.reshape(size, *dataset.shape)
        arrays[f"{part}_labels"] = labels
    return arrays


def read_idx(path: Path, sha256: str) -> np.ndarray:
    """An array of unsigned bytes from a gzip-compressed IDX file (http://yann.lecun.com/exdb/mnist, 'file formats').

    Raises:
        InputError: missing, not gzip, truncated, its content has another SHA-256, is not IDX of unsigned bytes, or
            not of the size that its header gives.
    """
    try:
        with gzip.open(path) as file:
            content = file.read()
    except FileNotFoundError as error:
        raise InputError(f"{path}: missing, expected a gzip-compressed IDX file") from error
    except (OSError, EOFError, zlib.error) as error:
        raise InputError(f"{path}: not a whole gzip file ({error})") from error
    found = hashlib.sha256(content).hexdigest()
    if found != sha256:
        raise InputError(f"{path}: SHA-256 of its content is {found}, expected {sha256}")
    if content[:3] != b"\x00\x00\x08" or len(content) < 4 + 4 * content[3]:
        raise InputError(f"{path}: starts with {content[:4].hex()}, expected an IDX file of unsigned bytes (000008..)")
    header = 4 + 4 * content[3]
    shape = tuple(np.frombuffer(content[4:header], dtype=">u4").tolist())
    if len(content) - header != np.prod(shape, dtype=np.int64):
        raise InputError(f"{path}: {len(content) - header} bytes of data, expected {shape} of its header")
    return np.frombuffer(content, dtype=np.uint8, offset=header).reshape(shape)
