"""batchnorm: moments over batches are those of the whole, and re-estimation makes every layer exact at once."""

import keras
import numpy as np
import pytest

from placement import batchnorm, models
from placement.errors import InputError
from placement.variants import VariantSpec

SPEC = VariantSpec(
    order=("conv", "act", "drop", "norm"),
    activation="relu",
    norm="batch",
    backbone={"kind": "plain", "filters": [3, 4], "kernels": [3, 3], "dense": 5},
    dropout={"rates": [0.5, 0.5], "dense_rate": 0.5},
)


@pytest.fixture(scope="module")
def images():
    # Not a multiple of the batch, and of unlike batches.
    noise = np.random.default_rng(0).integers(0, 256, (batchnorm.BATCH + 77, 8, 8, 1))
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


def test_what_is_saved_is_loaded(model, images, tmp_path):
    model.save(tmp_path / "model.keras")
    loaded = batchnorm.load(tmp_path / "model.keras")
    np.testing.assert_array_equal(loaded(images[:9], training=False), model(images[:9], training=False))


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04 half of a file"])
def test_a_damaged_model_is_named(tmp_path, content):
    (tmp_path / "model.keras").write_bytes(content)
    with pytest.raises(InputError, match=r"^\S+model\.keras: not a saved model .*delete it and run again$"):
        batchnorm.load(tmp_path / "model.keras")
