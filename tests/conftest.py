"""What all tests share, and which of them are slow."""

import fcntl
import os
import sys

import hypothesis
import pytest
import yaml

from checkout import ROOT, Checkout
from placement.network import backend

# Tests import TensorFlow where they need it, and more slowly than a run does.
backend.forget_settings()

# An example may take as long as a busy machine lets it.
hypothesis.settings.register_profile("unhurried", deadline=None)
hypothesis.settings.load_profile("unhurried")

# Hundreds of processes run the same code: each keeps the bytecode for the next, whatever the environment says.
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
sys.dont_write_bytecode = False

# The slowest files, which come first, so that what is short fills up the end.
FIRST = ("test_slurm", "test_crashes", "test_reruns", "test_workflow", "test_module", "test_training")
# Files whose every test runs studies or trains: marked so that `pytest -m "not slow"` leaves them out.
SLOW = (*FIRST, "test_folder_study", "test_partial")
# Files whose tests share nothing dear but what all files share: any worker takes each.
APART = ("test_crashes", "test_workflow", "test_figures")


@pytest.hookimpl(tryfirst=True)  # before xdist reads the groups
def pytest_collection_modifyitems(items):
    """The tests of a file share a worker, and what they make, unless they stand apart. What runs studies is slow."""
    for item in items:
        if item.path.stem not in APART:
            item.add_marker(pytest.mark.xdist_group(item.path.stem))
        if item.path.stem in SLOW or "finished" in item.fixturenames:
            item.add_marker(pytest.mark.slow)
    items.sort(key=lambda item: FIRST.index(item.path.stem) if item.path.stem in FIRST else len(FIRST))


@pytest.fixture(scope="session", autouse=True)
def _tensorflow_as_in_a_run():
    """TensorFlow takes its settings only before it runs anything; tests that don't use it needn't import it."""
    if "tensorflow" in sys.modules:
        from placement.training import process

        process.configure(threads=1)


@pytest.fixture(autouse=True)
def _precision_of_its_own():
    """A network in bfloat16 leaves Keras's policy so. A run is a process of its own; tests share theirs."""
    yield
    if "keras" in sys.modules:
        sys.modules["keras"].config.set_dtype_policy("float32")


@pytest.fixture
def config():
    """The default study's config, free to be changed."""
    return yaml.safe_load((ROOT / "config.yaml").read_text())


@pytest.fixture(scope="session")
def schema():
    from placement.study import schema

    return schema.load()


@pytest.fixture(scope="session")
def finished(tmp_path_factory) -> Checkout:
    """A checkout whose tiny study is done, the same one for all workers. It stays as it is: change copies."""
    own = tmp_path_factory.getbasetemp()
    folder = (own.parent if "PYTEST_XDIST_WORKER" in os.environ else own) / "finished"
    folder.mkdir(exist_ok=True)
    with open(folder / "lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # let go when the file is closed
        checkout, done = Checkout(folder / "checkout"), folder / "done"
        if not done.exists():
            Checkout.create(checkout.root).snakemake()
            done.touch()
    return checkout
