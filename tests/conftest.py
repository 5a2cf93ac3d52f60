import sys

import pytest
import yaml

from checkout import ROOT, Checkout


@pytest.fixture(scope="session", autouse=True)
def _tensorflow_as_in_a_run():
    """TensorFlow takes its settings only before it runs anything; tests that don't use it needn't import it."""
    if "tensorflow" in sys.modules:
        from placement import training

        training.configure(threads=1)


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
