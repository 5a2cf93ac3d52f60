import sys

import pytest
import yaml

from checkout import ROOT, Checkout


@pytest.hookimpl(tryfirst=True)  # before xdist reads the groups
def pytest_collection_modifyitems(items):
    """A file's tests share a worker, and all that need the finished study share another; the slow ones come first."""
    for item in items:
        item.add_marker(pytest.mark.xdist_group("finished" if "finished" in item.fixturenames else item.path.stem))
    slow = ["test_slurm", "test_reruns", "test_crashes", "test_workflow"]
    items.sort(key=lambda item: slow.index(item.path.stem) if item.path.stem in slow else len(slow))


@pytest.fixture(scope="session", autouse=True)
def _tensorflow_as_in_a_run():
    """TensorFlow takes its settings only before it runs anything; tests that don't use it needn't import it."""
    if "tensorflow" in sys.modules:
        from placement.training import process

        process.configure(threads=1)


@pytest.fixture
def config():
    """The default study's config, free to be changed."""
    return yaml.safe_load((ROOT / "config.yaml").read_text())


@pytest.fixture(scope="session")
def schema():
    return yaml.safe_load((ROOT / "workflow/schemas/config.schema.yaml").read_text())


@pytest.fixture(scope="session")
def finished(tmp_path_factory) -> Checkout:
    """A checkout whose tiny study is done. It stays as it is: change copies."""
    checkout = Checkout.create(tmp_path_factory.mktemp("finished") / "checkout")
    checkout.snakemake()
    return checkout
