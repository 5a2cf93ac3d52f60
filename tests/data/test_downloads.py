"""Downloads from an https server on this machine that misbehaves in the ways that real ones do."""

import dataclasses
import gzip
import hashlib
import http.server
import shutil
import ssl
import subprocess
import threading
import time
from collections import Counter
from pathlib import Path

import pytest

from placement.data import downloads
from placement.data.datasets import DATASETS
from placement.errors import InputError

FASHION_MNIST = DATASETS["fashion_mnist"]
CONTENTS = {name: gzip.compress(name.encode() * 100) for name in FASHION_MNIST.files}
SELF_SIGNED = (
    "openssl req -x509 -newkey rsa:2048 -nodes -days 1 -subj /CN=localhost "
    "-addext subjectAltName=DNS:localhost -keyout key.pem -out certificate.pem"
)
LAST = list(CONTENTS)[-1]  # what goes wrong goes wrong with the last file

pytestmark = pytest.mark.skipif(not shutil.which("openssl"), reason="no openssl to make a certificate with")


class Server(http.server.ThreadingHTTPServer):
    """Serves CONTENTS; `misbehave(handler)` answers for the last file instead."""

    daemon_threads = True
    block_on_close = False
    misbehave = None

    def __init__(self, *arguments) -> None:
        super().__init__(*arguments)
        self.requests: Counter[str] = Counter()
        self.ending = threading.Event()


class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        name = self.path.removeprefix("/")
        self.server.requests[name] += 1
        if name == LAST and self.server.misbehave is not None:
            self.server.misbehave(self)
        else:
            self.answer(CONTENTS[name])

    def answer(self, content: bytes, status: int = 200, **headers: str) -> None:
        self.send_response(status)
        for header, value in {"Content-Length": str(len(content)), **headers}.items():
            self.send_header(header, value)
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *arguments) -> None:
        pass


@pytest.fixture(scope="module")
def certificate(tmp_path_factory) -> Path:
    """A key and a certificate for localhost in one file."""
    folder = tmp_path_factory.mktemp("certificate")
    subprocess.run(
        SELF_SIGNED.split(),
        cwd=folder,
        check=True,
        capture_output=True,
    )
    both = folder / "both.pem"
    both.write_text((folder / "key.pem").read_text() + (folder / "certificate.pem").read_text())
    return both


@pytest.fixture
def server(certificate):
    server = Server(("localhost", 0), Handler)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield server
    server.ending.set()
    server.shutdown()
    server.server_close()


@pytest.fixture
def dataset(server, certificate, tmp_path, monkeypatch):
    """A data set that is found nowhere but at the server."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(certificate))
    monkeypatch.setattr(downloads, "DEBIAN_DATASETS", tmp_path / "nowhere")
    monkeypatch.setattr(downloads, "DOWNLOAD_TIMEOUT_SECONDS", (2, 0.3))
    monkeypatch.setattr(time, "sleep", lambda seconds: None)  # pooch waits before it tries again
    return dataclasses.replace(
        FASHION_MNIST,
        files={name: hashlib.sha256(content).hexdigest() for name, content in CONTENTS.items()},
        addresses=(f"https://localhost:{server.server_address[1]}/",),
        debian_package=None,
    )


def stored() -> dict[str, bytes]:
    return {str(path): path.read_bytes() for path in Path("resources").rglob("*") if path.is_file()}


GOOD = {f"resources/{FASHION_MNIST.folder}/{name}": content for name, content in CONTENTS.items()}


def test_the_files_are_stored_whole(dataset, server):
    assert downloads.locate(dataset) == Path("resources", dataset.folder)
    assert stored() == GOOD
    assert server.requests == dict.fromkeys(CONTENTS, 1)


def stall(handler: Handler) -> None:
    handler.send_response(200)
    handler.send_header("Content-Length", "1000")
    handler.end_headers()
    handler.wfile.write(b"x" * 10)
    handler.wfile.flush()
    handler.server.ending.wait(10)


def close_early(handler: Handler) -> None:
    handler.send_response(200)
    handler.send_header("Content-Length", "1000")
    handler.end_headers()
    handler.wfile.write(b"x" * 10)


def html(handler: Handler) -> None:
    handler.answer(b"<!DOCTYPE html><title>Log in</title>")


def to_plain_http(handler: Handler) -> None:
    handler.answer(b"", 302, Location=f"http://localhost:{handler.server.server_address[1]}{handler.path}")


def error(handler: Handler) -> None:
    handler.answer(b"", 503)


@pytest.mark.parametrize(
    ("misbehave", "words"),
    [
        (stall, "timed out"),
        (close_early, ""),
        (html, "SHA256 hash of downloaded file .* does not match the known hash"),
        (to_plain_http, "redirects to http://localhost.*, expected https"),
        (error, "503"),
    ],
    ids=lambda value: getattr(value, "__name__", ""),
)
def test_a_bad_answer_is_refused_in_one_line_and_leaves_no_file_behind(dataset, server, misbehave, words):
    server.misbehave = misbehave
    with pytest.raises(InputError, match=rf"fashion_mnist: no source has the data \(.*{words}") as raised:
        downloads.locate(dataset)
    message = str(raised.value)
    assert "\n" not in message
    assert dataset.addresses[0] in message and f"put {', '.join(dataset.files)} into resources/" in message
    assert stored() == {}
    server.misbehave = None
    downloads.locate(dataset)
    assert stored() == GOOD


def test_a_download_goes_on_after_a_passing_failure(dataset, server):
    def fail_once(handler: Handler) -> None:
        server.misbehave = None
        close_early(handler)

    server.misbehave = fail_once
    downloads.locate(dataset)
    assert stored() == GOOD
    assert server.requests[LAST] == 2


def test_the_second_address_is_tried_where_the_first_is_down(dataset):
    downloads.locate(dataclasses.replace(dataset, addresses=("https://localhost:9/", *dataset.addresses)))
    assert stored() == GOOD


def test_a_certificate_that_nobody_vouches_for_is_refused(dataset, monkeypatch):
    monkeypatch.delenv("REQUESTS_CA_BUNDLE")
    with pytest.raises(InputError, match=r"certificate verify failed|CERTIFICATE_VERIFY_FAILED"):
        downloads.locate(dataset)
    assert stored() == {}
