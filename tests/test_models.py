"""Networks and training with TensorFlow, on real images where it matters."""

import subprocess
import sys

import numpy as np
import pytest
import yaml

from conftest import ROOT
from placement.network import models
from placement.network.orders import VariantSpec, layer_sequence
from placement.study.identities import variant_spec

CONFIG = yaml.safe_load((ROOT / "config.yaml").read_text())
SHAPE, CLASSES = (28, 28, 1), 10


def spec(name: str, **own) -> VariantSpec:
    config = CONFIG | {"variants": {name: CONFIG["variants"][name] | own}}
    return VariantSpec.from_dict(variant_spec(config, name))


def build(name: str, seed: int = 0, **options):
    return models.build(spec(name), SHAPE, CLASSES, seed, **options)


@pytest.mark.parametrize("name", CONFIG["variants"])
def test_parameters(name):
    model = build(name)
    trainable = sum(int(np.prod(weight.shape)) for weight in model.trainable_weights)
    if "norm" in spec(name).order:
        assert (model.count_params(), trainable) == (424_970, 423_754)
    else:
        assert (model.count_params(), trainable) == (422_538, 422_538)


@pytest.mark.parametrize("name", CONFIG["variants"])
def test_saved_layers_are_keras_own_in_the_order_of_the_sequence(name):
    model = build(name)
    assert [layer.name for layer in model.layers] == ["image", "scale"] + [
        layer.name for layer in layer_sequence(spec(name), CLASSES)
    ]
    assert all(type(layer).__module__.startswith("keras.") for layer in model.layers)


@pytest.mark.parametrize("name", CONFIG["variants"])
def test_training_and_saved_model_are_the_same_function(name):
    saved, training = build(name), build(name, for_training=True)
    generator = np.random.default_rng(0)
    weights = [w + 0.1 * np.abs(generator.standard_normal(w.shape)).astype("float32") for w in training.get_weights()]
    saved.set_weights(weights)
    training.set_weights(weights)
    images = generator.integers(0, 256, (8, *SHAPE), dtype=np.uint8)
    logits = np.asarray(training(images, training=False), dtype=np.float64)
    probabilities = np.exp(logits - logits.max(axis=1, keepdims=True))
    probabilities /= probabilities.sum(axis=1, keepdims=True)
    np.testing.assert_allclose(saved(images, training=False), probabilities, atol=1e-5)


def test_variants_of_one_seed_share_their_initial_weights():
    reference = {weight.path: weight.numpy() for weight in build("modern_baseline", seed=3).weights}
    for name in CONFIG["variants"]:
        weights = {weight.path: weight.numpy() for weight in build(name, seed=3).weights}
        for path, value in reference.items():
            np.testing.assert_array_equal(weights[path], value)
    other = {weight.path: weight.numpy() for weight in build("modern_baseline", seed=4).weights}
    assert not np.array_equal(other["conv1/kernel"], reference["conv1/kernel"])


def test_norms_activations_and_precision_of_the_grammar():
    model = models.build(spec("classical", norm="group", activation="gelu"), SHAPE, CLASSES, 0, "bfloat16")
    kinds = {type(layer).__name__ for layer in model.layers}
    assert "GroupNormalization" in kinds
    assert model.get_layer("conv1").compute_dtype == "bfloat16"
    assert model.get_layer("conv1").kernel.dtype == "float32"
    assert model(np.zeros((1, *SHAPE), np.uint8)).dtype == "float32"


def test_colour_images_are_taken_as_well():
    model = models.build(spec("classical"), (32, 32, 3), CLASSES, 0)
    assert model(np.zeros((2, 32, 32, 3), np.uint8)).shape == (2, 10)


def test_a_saved_model_loads_in_plain_keras(tmp_path):
    model = build("classical")
    images = np.random.default_rng(0).integers(0, 256, (4, *SHAPE), dtype=np.uint8)
    np.savez(tmp_path / "expected.npz", images=images, probabilities=model(images))
    model.save(tmp_path / "model.keras")
    plain = (
        "import keras, numpy as np; d = np.load('expected.npz');"
        "p = keras.models.load_model('model.keras').predict(d['images'], verbose=0);"
        "np.testing.assert_allclose(p, d['probabilities'], atol=1e-6)"
    )
    subprocess.run([sys.executable, "-c", plain], cwd=tmp_path, check=True)
