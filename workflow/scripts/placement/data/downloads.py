"""Sources of a data set's files: the checkout, the system, the network. What comes from the network is checked."""

import os
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from placement.data.datasets import Dataset
from placement.errors import InputError

RESOURCES = Path("resources")
DEBIAN_DATASETS = Path("/usr/share/datasets")
DOWNLOAD_TIMEOUT_SECONDS = (10, 30)  # to connect; without a byte
ATTEMPTS = 5  # to go on with a file that got no further, each after a pause twice as long


def locate(dataset: Dataset) -> Path | None:
    """The folder that holds the data set's files, from the first source that has it; None where it has no files.

    The sources in order: resources/ in the checkout, Debian's package where it is installed, the public addresses,
    and Debian's package downloaded and unpacked without being installed (that needs no root).

    Raises:
        InputError: no source has the files, in which case the message lists what was tried and gives the remedy; or
            they can't be written to resources/.
    """
    if not dataset.files:
        return None
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
    for address in dataset.addresses[:1]:
        remedy += f", fetched by hand from {address} ('wget -c' goes on where it stopped)"
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
        registry = {name: f"sha256:{digest}" for name, digest in dataset.files.items()}
        source = pooch.create(folder, address, registry=registry, retry_if_failed=2)
        try:
            for name in dataset.files:
                source.fetch(name, downloader=_resuming)
            return
        except (OSError, ValueError) as error:  # unreachable, or not the file with the known SHA-256
            problems.append(f"{address}: {_first_line(error)}")
    raise OSError("; ".join(problems))


def _resuming(url: str, output_file: str, _pooch) -> None:
    """Download like pooch.HTTPDownloader; a download that breaks off or stalls goes on where it stopped."""
    import requests
    from tqdm import tqdm

    furthest = failures = 0
    with (
        open(output_file, "wb") as file,
        tqdm(desc=url.rsplit("/", 1)[-1], unit="B", unit_scale=True, disable=None) as progress,
    ):
        while True:
            try:
                _append(url, file, progress)
                return
            except (requests.ConnectionError, requests.Timeout, requests.exceptions.ChunkedEncodingError):
                failures = 0 if file.tell() > furthest else failures + 1
                furthest = max(furthest, file.tell())
                if not furthest or failures == ATTEMPTS:
                    raise
                time.sleep(2**failures)


def _append(url: str, file: BinaryIO, progress) -> None:
    """Write what the file lacks, all of it where the server doesn't know ranges."""
    import requests

    wanted = {"Accept-Encoding": "identity"} | ({"Range": f"bytes={file.tell()}-"} if file.tell() else {})
    hooks = {"response": _refuse_plain_http}
    with requests.get(url, headers=wanted, stream=True, timeout=DOWNLOAD_TIMEOUT_SECONDS, hooks=hooks) as response:
        response.raise_for_status()
        if response.status_code != requests.codes.partial_content:
            file.seek(0)
            file.truncate()
        progress.reset(file.tell() + int(response.headers.get("Content-Length", 0)))
        progress.update(file.tell())
        for chunk in response.iter_content(1 << 16):
            progress.update(file.write(chunk))


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
            subprocess.run(
                ["dpkg-deb", "--extract", package.name, "."], cwd=scratch, check=True, capture_output=True, text=True
            )
        except (subprocess.SubprocessError, ValueError) as error:
            said: str = getattr(error, "stderr", None) or ""
            *_, detail = [str(error), *said.strip().splitlines()]
            raise OSError(f"Debian's package {dataset.debian_package}: {detail}") from error
        unpacked = Path(scratch) / DEBIAN_DATASETS.relative_to("/") / dataset.folder
        folder.mkdir(parents=True, exist_ok=True)
        for name in dataset.files:
            shutil.copyfile(unpacked / name, folder / name)
