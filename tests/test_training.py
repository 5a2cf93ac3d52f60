import os
import signal

import numpy as np
import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from conftest import ROOT
from placement.errors import RunError
from placement.network import models
from placement.network.spec import VariantSpec
from placement.study.identities import run_identity
from placement.training import evaluation, fit, step
from placement.training.checkpoint import Checkpoint

CONFIG = yaml.safe_load((ROOT / "config.yaml").read_text()) | {
    # Half of the default's stages: most of the time here is compilation.
    "backbone": {"kind": "plain", "filters": [32, 64], "kernels": [5, 3], "dense": 64},
    "dropout": {"rates": [0.1, 0.2], "dense_rate": 0.4},
}
SHAPE, CLASSES = (28, 28, 1), 10
PROTOCOL = {
    "epochs": 3,
    "batch_size": 64,
    "optimizer": "adam",
    "early_stopping": {"monitor": "val_accuracy", "patience": 3},
    "precision": "float32",
    "threads": 1,
}


@pytest.fixture(scope="module")
def parts():
    """256 training and 100 validation images of Fashion-MNIST."""
    from placement.data import datasets, downloads

    dataset = datasets.DATASETS["fashion_mnist"]
    arrays = datasets.read(dataset, downloads.locate(dataset))
    images, labels = arrays["test_images"], arrays["test_labels"]
    return step.Part(images[:256], labels[:256]), step.Part(images[256:356], labels[256:356])


def network(variant: str = "dropout_first", seed: int = 0, xla: bool = False):
    spec = VariantSpec.from_dict(run_identity(CONFIG, variant, seed)["spec"])
    return models.build(spec, SHAPE, CLASSES, seed, for_training=True, xla=xla)


def trained(parts, folder, variant="dropout_first", seed=0, log=lambda line: None, xla=False, **protocol):
    checkpoint = Checkpoint(folder / "checkpoint.npz", "run")
    return fit.fit(network(variant, seed, xla), *parts, PROTOCOL | protocol, seed, checkpoint, log)


def same(one: fit.Fit, other: fit.Fit) -> bool:
    def strip(found):
        return [{key: value for key, value in epoch.items() if key != "seconds"} for epoch in found.epochs]

    return (
        strip(one) == strip(other)
        and (one.best_epoch, one.stopped_early) == (other.best_epoch, other.stopped_early)
        and all(np.array_equal(a, b) for a, b in zip(one.weights, other.weights, strict=True))
    )


@pytest.fixture(scope="module")
def unbroken(parts, tmp_path_factory):
    return trained(parts, tmp_path_factory.mktemp("unbroken"))


def test_the_same_seed_gives_the_same_bits(parts, unbroken, tmp_path):
    assert same(trained(parts, tmp_path), unbroken)


def test_another_seed_gives_another_run(parts, unbroken, tmp_path):
    assert not same(trained(parts, tmp_path, seed=1), unbroken)


@pytest.mark.parametrize("after", [1, 2])
def test_a_resumed_run_ends_with_the_same_bits(parts, unbroken, tmp_path, after):
    trained(parts, tmp_path, epochs=after)
    lines = []
    assert same(trained(parts, tmp_path, log=lines.append), unbroken)
    # The log is whole, though the one that the first epochs were in is gone.
    assert lines.pop(after) == f"resumed after epoch {after}"
    assert [line.split("/")[0] for line in lines] == [f"epoch {n + 1}" for n in range(PROTOCOL["epochs"])]


def test_sigterm_keeps_the_finished_epochs(parts, unbroken, tmp_path):
    def stop_after_first_epoch(line):
        if line.startswith("epoch 1"):
            os.kill(os.getpid(), signal.SIGTERM)

    with pytest.raises(RunError, match="stopped in epoch 2; the same command goes on after the 1 finished"):
        trained(parts, tmp_path, log=stop_after_first_epoch)
    assert same(trained(parts, tmp_path), unbroken)


def test_compiled_by_xla_a_run_resumes_to_its_bits_and_differs_by_rounding_only(parts, unbroken, tmp_path):
    compiled, resumed = tmp_path / "compiled", tmp_path / "resumed"
    whole = trained(parts, compiled, xla=True)
    trained(parts, resumed, xla=True, epochs=1)
    assert same(trained(parts, resumed, xla=True), whole)
    for name in ("loss", "val_loss"):
        assert whole.epochs[0][name] == pytest.approx(unbroken.epochs[0][name], rel=1e-4)


def test_training_learns(unbroken):
    assert unbroken.epochs[-1]["accuracy"] > unbroken.epochs[0]["accuracy"] > 0.2


@pytest.mark.parametrize(
    ("layer", "words"),
    [
        (-1, "the loss is not finite at step 1 of epoch 1"),
        # The loss tells on some processors only.
        (0, "(the loss is not finite at step 1 of|a weight is not finite after) epoch 1"),
    ],
)
def test_a_run_that_diverges_is_ended_and_says_where(parts, tmp_path, layer, words):
    model = network("modern_baseline")
    weights = model.get_weights()
    weights[layer][:] = np.nan
    model.set_weights(weights)
    with pytest.raises(RunError, match=f"diverged: {words}"):
        fit.fit(model, *parts, PROTOCOL, 0, Checkpoint(tmp_path / "checkpoint.npz", "run"), print)
    assert not (tmp_path / "checkpoint.npz").exists()


def test_batches_are_paired_across_variants_and_cover_every_image():
    order = fit.batch_order(seed=0, epoch=1, size=1000)
    assert sorted(order.tolist()) == list(range(1000))
    assert np.array_equal(order, fit.batch_order(seed=0, epoch=1, size=1000))
    assert not np.array_equal(order, fit.batch_order(seed=0, epoch=2, size=1000))


def records(values: list[float]) -> list[dict]:
    return [{"val_accuracy": value, "val_loss": -value} for value in values]


@given(st.lists(st.integers(0, 5).map(float), min_size=1, max_size=12), st.integers(0, 4))
def test_stopping_agrees_with_keras_early_stopping(values, patience):
    from placement.network.backend import keras

    class Model:
        stop_training = False
        get_weights = staticmethod(list)

    callback = keras.callbacks.EarlyStopping(monitor="val_accuracy", mode="max", patience=patience)
    callback.set_model(Model())
    callback.on_train_begin()
    for epoch, value in enumerate(values):
        callback.on_epoch_end(epoch, {"val_accuracy": value})
        seen = records(values[: epoch + 1])
        assert fit.out_of_patience(seen, "val_accuracy", patience) == callback.model.stop_training
        assert fit.best_epoch(seen, "val_accuracy") == callback.best_epoch + 1
        assert fit.best_epoch(seen, "val_loss") == callback.best_epoch + 1
        if callback.model.stop_training:
            break


def test_scores_are_those_of_scikit_learn():
    from sklearn.metrics import accuracy_score, log_loss

    generator = np.random.default_rng(0)
    probabilities = generator.dirichlet(np.ones(10), 500).astype(np.float32)
    labels = np.arange(500, dtype=np.uint8) % 10
    scores = evaluation.scores(labels, probabilities)
    assert scores["accuracy"] == accuracy_score(labels, probabilities.argmax(axis=1))
    assert scores["loss"] == pytest.approx(log_loss(labels, probabilities.astype(np.float64)), rel=1e-5)
