"""batchnorm: moments over batches are those of the whole, and re-estimation makes every layer exact at once;
variance_shift: what it measures of a run, the same bits each time."""

import json
import re

import keras
import numpy as np
import pytest

import variance_shift
from checkout import ROOT
from placement.data import arrays
from placement.errors import InputError
from placement.network import batchnorm, models
from placement.runs import history
from studies import resolve

SPEC = resolve(
    "v",
    {
        "backbone": {"kind": "plain", "filters": [3, 4], "kernels": [3, 3], "dense": 5},
        "dropout": {"rates": [0.5, 0.5], "dense_rate": 0.5},
        "variants": {"v": {"order": "conv act drop norm"}},
    },
)


@pytest.fixture(scope="module")
def images():
    # Not a multiple of the batch, and of unlike batches.
    noise = np.random.default_rng(0).integers(0, 256, (577, 8, 8, 1))
    return (noise * np.linspace(0.2, 1, len(noise))[:, None, None, None]).astype(np.uint8)


@pytest.fixture
def model():
    return models.build(SPEC, shape=(8, 8, 1), classes=10, seed=0)


def test_layers_come_in_network_order(model):
    assert [layer.name for layer in batchnorm.layers(model)] == ["norm1", "norm2", "norm_dense"]


def test_moments_are_those_of_all_images_at_once_in_inference(model, images):
    for norm, moments in zip(
        batchnorm.layers(model), batchnorm.input_moments(model, batchnorm.layers(model), images), strict=True
    ):
        inputs = keras.Model(model.inputs, norm.input)(images, training=False).numpy().astype(np.float64)
        inputs = inputs.reshape(-1, inputs.shape[-1])
        np.testing.assert_allclose(moments.mean, inputs.mean(axis=0), rtol=1e-4, atol=1e-7)
        np.testing.assert_allclose(moments.variance, inputs.var(axis=0), rtol=1e-4, atol=1e-9)


def test_reestimation_leaves_no_layer_off_its_own_inputs(model, images):
    norms = batchnorm.layers(model)
    before = [norm.moving_variance.numpy() for norm in norms]
    batchnorm.reestimate(model, images)
    for norm, old, moments in zip(norms, before, batchnorm.input_moments(model, norms, images), strict=True):
        np.testing.assert_allclose(norm.moving_mean.numpy(), moments.mean, rtol=1e-4, atol=1e-6)
        np.testing.assert_allclose(norm.moving_variance.numpy(), moments.variance, rtol=1e-4, atol=1e-8)
        assert not np.allclose(norm.moving_variance.numpy(), old)


def test_the_lines_that_the_documentation_gives_do_the_same(model, images):
    (lines,) = re.findall(r"```python\n(.*?)```", (ROOT / "docs/faq.md").read_text(encoding="utf-8"), re.DOTALL)
    exec(lines, {"keras": keras, "model": model, "images": images})
    as_documented = [weights.numpy() for weights in model.non_trainable_weights]
    batchnorm.reestimate(model, images)
    for weights, documented in zip(model.non_trainable_weights, as_documented, strict=True):
        np.testing.assert_allclose(documented, weights.numpy(), rtol=1e-4, atol=1e-6)


def test_what_is_saved_is_loaded(model, images, tmp_path):
    model.save(tmp_path / "model.keras")
    loaded = batchnorm.load(tmp_path / "model.keras")
    np.testing.assert_array_equal(loaded(images[:9], training=False), model(images[:9], training=False))


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04 half of a file"])
def test_a_damaged_model_is_named(tmp_path, content):
    (tmp_path / "model.keras").write_bytes(content)
    with pytest.raises(InputError, match=r"^\S+model\.keras: not a saved model .*delete it and run again$"):
        batchnorm.load(tmp_path / "model.keras")


@pytest.fixture
def measure(model, images, tmp_path):
    """variance_shift of a run of `model` that was never trained; arguments replace its own."""
    rng = np.random.default_rng(0)
    data = {
        "train_images": images,
        "train_labels": rng.integers(0, 10, len(images)).astype(np.uint8),
        "test_images": images[::-1][:60],
        "test_labels": rng.integers(0, 10, 60).astype(np.uint8),
    }
    arrays.write(tmp_path, data)
    np.savez(tmp_path / "split.npz", train=np.arange(0, len(images), 2), validation=np.arange(1, len(images), 2))
    model.save(tmp_path / "model.keras")
    scores = {"loss": 2.3, "accuracy": 0.1}
    epoch = dict.fromkeys(["loss", "accuracy", "val_loss", "val_accuracy", "learning_rate", "seconds"], 0.5)
    identity = {
        "study": "s",
        "dataset": {},
        "variant": "v",
        "seed": 3,
        "spec": SPEC.to_dict(),
        "training": {"threads": 1, "precision": "float32"},
    }
    history.write(
        tmp_path / "history.json",
        identity
        | {
            "parameters": {"total": 9, "trainable": 9},
            "steps_per_epoch": 1,
            "epochs": [epoch | {"epoch": 1}],
            "best_epoch": 1,
            "stopped_early": False,
            "evaluation": {"train": scores, "validation": scores},
            "test": scores,
            "environment": {},
        },
    )

    def run(**changed):
        variance_shift.variance_shift(
            identity=identity | changed,
            prepared={
                "fingerprint": str(tmp_path / "fingerprint.json"),
                "split": str(tmp_path / "split.npz"),
            },
            code={"variance_shift": "0"},
            history_file=str(tmp_path / "history.json"),
            model_file=str(tmp_path / "model.keras"),
            shift_file=str(tmp_path / "variance_shift.json"),
            log_file=str(tmp_path / "variance_shift.log"),
        )
        return (tmp_path / "variance_shift.json").read_text()

    return run


def test_a_run_is_measured_on_its_own_training_part_and_all_test_images(measure, model, images):
    written = measure()
    assert measure() == written
    record = json.loads(written)
    assert record["seed"] == 3 and record["code"] == {"variance_shift": "0"}
    assert record["images"] == {"train": (len(images) + 1) // 2, "test": 60}
    norms = batchnorm.layers(model)
    on_train = batchnorm.input_moments(model, norms, images[::2])
    on_test = batchnorm.input_moments(model, norms, images[::-1][:60])
    for layer, norm, train, test in zip(record["layers"], norms, on_train, on_test, strict=True):
        assert layer["layer"] == norm.name
        assert layer["epsilon"] == norm.epsilon
        assert layer["moving_variance"] == [1.0] * len(layer["moving_variance"])
        assert layer["moving_mean"] == [0.0] * len(layer["moving_mean"])
        np.testing.assert_allclose(layer["train_mean"], train.mean, rtol=1e-5, atol=1e-7)
        np.testing.assert_allclose(layer["test_mean"], test.mean, rtol=1e-5, atol=1e-7)
        np.testing.assert_allclose(layer["train_variance"], train.variance, rtol=1e-5)
        np.testing.assert_allclose(layer["test_variance"], test.variance, rtol=1e-5)


def test_a_run_of_another_config_is_not_measured(measure):
    with pytest.raises(InputError, match=r"history\.json: seed is 3, expected 4"):
        measure(seed=4)


ORDERS = {
    "plain": ("conv act drop norm", {"filters": [3, 4], "kernels": 3, "dense": 5}),
    "residual": ("norm act conv norm act conv add", {"filters": [3, 4], "depths": [1, 2], "shortcut": "projection"}),
    "densenet": ("norm act conv concat", {"filters": 3, "growth": 2, "depths": [2, 2]}),
}


@pytest.mark.parametrize("room", [1 << 30, 100_000])
@pytest.mark.parametrize("kind", ORDERS)
@pytest.mark.slow
def test_carried_forward_statistics_are_those_of_the_whole_network_norm_by_norm(kind, room, images):
    """Whether all that is alive between norms is kept, or no more than of a few channels."""
    order, backbone = ORDERS[kind]
    dropout = {"rates": 0.1, "dense_rate": 0.1} if "drop" in order else {}
    spec = resolve(
        "v", {"backbone": {"kind": kind} | backbone, "dropout": dropout, "variants": {"v": {"order": order}}}
    )
    whole, carried = (models.build(spec, shape=(8, 8, 1), classes=10, seed=0) for _ in range(2))
    for norm in batchnorm.layers(whole):
        (moments,) = batchnorm.input_moments(whole, [norm], images)
        norm.moving_mean.assign(moments.mean)
        norm.moving_variance.assign(moments.variance)
    batchnorm.reestimate(carried, images, room)
    for one, other in zip(carried.get_weights(), whole.get_weights(), strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-5, atol=1e-6)


def test_moments_are_exact_where_float32_sums_are_not():
    """Of 4 million values far from zero."""
    image = keras.Input((64, 64, 1), dtype="uint8")
    norm = keras.layers.BatchNormalization(name="norm")
    model = keras.Model(image, norm(keras.layers.Rescaling(1 / 255, offset=100)(image)))
    images = np.random.default_rng(0).integers(0, 256, (1000, 64, 64, 1), dtype=np.uint8)
    (moments,) = batchnorm.input_moments(model, [norm], images)
    exact = (images / np.float32(255) + np.float32(100)).astype(np.float64)
    assert abs(moments.mean[0] - exact.mean()) < 1e-6 * exact.std()
    assert moments.variance[0] == pytest.approx(exact.var(), rel=1e-5)
