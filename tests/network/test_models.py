"""Networks and training with TensorFlow, on real images where it matters."""

import subprocess
import sys
from dataclasses import replace

import keras
import numpy as np
import pytest
import tensorflow as tf
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from checkout import ROOT
from placement.network import backbones, layers, models, orders
from placement.network.described import trainable_parameters
from placement.network.norms import NORMS
from placement.network.spec import VariantSpec
from studies import SMALL, resolve, resolved

CONFIG = yaml.safe_load((ROOT / "config.yaml").read_text())
SHAPE, CLASSES = (28, 28, 1), 10


def spec(name: str, **own) -> VariantSpec:
    config = CONFIG | {"variants": {name: CONFIG["variants"][name] | own}}
    return resolve(name, config)


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
        layer.name for layer in backbones.build(spec(name), SHAPE, CLASSES)
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


# Every backbone ---------------------------------------------------------------------------------------------------


ORIGINAL = "conv norm act conv norm add act"

# Each once at most: norms of norms are ill-conditioned, and float32 then differs by more than rounding.
BETWEEN = st.lists(st.sampled_from(["act", "norm", "drop"]), max_size=2, unique=True)


@st.composite
def networks(draw, kind: str) -> VariantSpec:
    """A small network of a kind with an order drawn from the grammar, and a norm, an activation and shortcuts."""
    words = [*draw(BETWEEN), "conv", *draw(BETWEEN)]
    if draw(st.booleans()):
        words += [draw(st.sampled_from(["conv", "conv1"])), *draw(BETWEEN)]
    joint = backbones.BACKBONES[kind].places["order"].joint
    if joint:
        words += [joint, *draw(BETWEEN)]
    elif draw(st.booleans()):
        words.insert(draw(st.integers(0, len(words))), "pool")
    backbone = SMALL[kind] | {"bias": draw(st.booleans()), "head": draw(st.sampled_from(["", "norm", "act pool drop"]))}
    if kind == "plain":
        backbone |= {"depths": draw(st.sampled_from([1, [2, 1]])), "dense": draw(st.sampled_from([None, 5]))}
        backbone |= draw(st.sampled_from([{}, {"stem": "conv act", "stem_filters": 5, "stem_kernel": 4}]))
        backbone |= {"pool": {"size": draw(st.sampled_from([2, 3]))}}
    if kind == "residual":
        backbone |= {"shortcut": draw(st.sampled_from(["pad", "projection"])), "stem_stride": draw(st.integers(1, 2))}
        if words[0] not in orders.CONVOLUTIONS:
            backbone |= {"preactivation": draw(st.sampled_from(["branch", "shared"]))}
    norm = draw(
        st.fixed_dictionaries(
            {"momentum": st.sampled_from([0.9, 0.99]), "epsilon": st.sampled_from([1e-3, 1e-2])},
            optional={"scale": st.booleans(), "center": st.booleans()},
        )
        | st.sampled_from(["layer", "rms"])
    )
    spec = resolved(" ".join(words), backbone, norm)
    # Smooth ones: by rounding a value may be on either side of a kink, and a kink may leave a norm what doesn't vary.
    return replace(spec, activation=draw(st.sampled_from(["tanh", "gelu", "silu"])) if spec.activation else None)


ROUNDING = 5e-5  # of a gradient that is zero


def one_step(model: keras.Model, images: np.ndarray, labels: np.ndarray, logits: bool) -> tuple:
    """Outputs in inference and of a training step as log-probabilities, gradients and non-trainable weights after it,
    each by layer and name."""

    def log_probabilities(outputs):
        return tf.nn.log_softmax(outputs) if logits else tf.math.log(outputs)

    def run():
        inference = log_probabilities(model(images, training=False))
        with tf.GradientTape() as tape, layers.step(tf.constant(0)):
            outputs = log_probabilities(model(images, training=True))
            loss = -tf.reduce_mean(tf.gather(outputs, labels, axis=1, batch_dims=1))
        return inference, outputs, tape.gradient(loss, model.trainable_variables)

    inference, outputs, gradients = run()
    # A bias before a norm has none: what is seen is rounding, of which Keras has up to 3e-5.
    gradients = [each if np.abs(each).max() > ROUNDING else tf.zeros_like(each) for each in gradients]
    names = [variable.path for variable in model.trainable_variables]
    moved = {variable.path: variable.numpy() for variable in model.non_trainable_variables if "moving" in variable.path}
    return inference, outputs, dict(zip(names, gradients, strict=True)), moved


def assert_close(ours, theirs):
    assert ours.keys() == theirs.keys()
    for name, value in theirs.items():
        value = np.asarray(value)
        np.testing.assert_allclose(ours[name], value, rtol=0, atol=1e-5 * max(1, np.abs(value).max()), err_msg=name)


def check_training_model(spec: VariantSpec, seed: int, xla: bool) -> None:
    """The training model is the stock one: outputs, gradients, moving statistics."""
    generator = np.random.default_rng(seed)
    images = generator.integers(0, 256, (16, 8, 8, 3), dtype=np.uint8)
    labels = generator.integers(0, 4, 16)
    stock = models.build(spec, images.shape[1:], 4, seed)
    fast = models.build(spec, images.shape[1:], 4, seed, for_training=True, xla=xla)
    for weight in stock.weights:
        if "moving_variance" in weight.path or "gamma" in weight.path or "beta" in weight.path:
            weight.assign(generator.uniform(0.5, 1.5, weight.shape))
    models.transfer(stock, fast)
    assert sum(int(np.prod(weight.shape)) for weight in stock.trainable_weights) == trainable_parameters(
        spec, images.shape[1:], 4
    )
    ours, theirs = one_step(fast, images, labels, True), one_step(stock, images, labels, False)
    for mine, its in zip(ours, theirs, strict=True):
        assert_close(mine if isinstance(mine, dict) else {"": mine}, its if isinstance(its, dict) else {"": its})


@pytest.mark.parametrize("kind", NORMS)
def test_a_norm_s_layer_is_as_its_class_says(kind):
    norm = NORMS[kind]()
    layer = getattr(keras.layers, norm.layer)(**norm.arguments())
    images = np.random.default_rng(0).normal(size=(4, 6, 6, 8)).astype(np.float32)
    before = np.array(layer(images, training=True))
    assert sum(int(np.prod(weight.shape)) for weight in layer.trainable_weights) == norm.trained * images.shape[-1]
    other_image, other_position = images.copy(), images.copy()
    other_image[1:] += 1 + images[1:] ** 2
    other_position[0, 1:] += 1 + images[0, 1:] ** 2
    # The first row of the first image, in a batch whose other images, or other rows of it, are others.
    rows = [np.array(layer(changed, training=True))[0, 0] for changed in (other_image, other_position)]
    depends = [not np.allclose(row, before[0, 0], atol=1e-5) for row in rows]
    assert depends == [norm.over_images, norm.over_positions]


@pytest.mark.parametrize("kind", SMALL)
@settings(max_examples=5)
@given(data=st.data(), seed=st.integers(0, 1000))
@pytest.mark.slow
def test_any_order_trains_as_keras_would(kind, data, seed):
    check_training_model(data.draw(networks(kind)), seed, xla=False)


def test_a_compiled_network_trains_as_keras_would():
    check_training_model(resolved("conv norm act drop conv norm add act", SMALL["residual"]), 0, xla=True)
