"""Fast layers against Keras's own: outputs, gradients and moving statistics; the statistics of dropout masks."""

import itertools

import keras
import numpy as np
import pytest
import tensorflow as tf
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from placement.network import layers, processor

NORM = {"momentum": 0.99, "epsilon": 1e-3, "scale": True, "center": True}  # Keras's defaults
KERAS = {
    "act": keras.layers.ReLU,
    "norm": keras.layers.BatchNormalization,
    "pool": keras.layers.MaxPooling2D,
}
ORDERS = ("act", "norm", "pool", "act norm", "norm act", "act pool", "norm act pool", "act norm pool")
SHAPES = ((6, 14, 14, 8), (5, 7, 7, 3), (4, 3, 5, 6), (2, 11, 4, 2))
DROPPING = ("act drop", "act drop norm", "norm act drop", "act norm drop pool")


@pytest.fixture(scope="module", params=[True, False], ids=["compiled", "plain"])
def xla(request) -> bool:
    return request.param


def assert_same(ours, theirs):
    for a, b in zip(tf.nest.flatten(ours), tf.nest.flatten(theirs), strict=True):
        a, b = np.asarray(a), np.asarray(b)
        np.testing.assert_allclose(a, b, rtol=0, atol=1e-5 * max(1, np.abs(b).max()))


def runner(layer, graph: bool):
    """A function of input and upstream gradient: inference output, training output, gradients of the input and the
    weights, all weights after the step. In a graph, as layers train, it is compiled once."""

    def run(x, upstream):
        inference = layer(x, training=False)
        with tf.GradientTape() as tape, layers.step(tf.constant(3)):
            tape.watch(x)
            y = layer(x, training=True)
        return inference, y, tape.gradient(y, [x, *layer.trainable_variables], upstream)

    run = tf.function(run) if graph else run
    return lambda x, upstream: (run(tf.constant(x), tf.constant(upstream)), layer.get_weights())


def assert_alike(ours, theirs, x, upstream) -> None:
    """Keras's own is computed operation by operation: no graph is compiled for it."""
    assert_same(runner(ours, graph=True)(x, upstream), runner(theirs, graph=False)(x, upstream))


def normal(seed: int, *shape: int) -> np.ndarray:
    return np.random.default_rng(seed).normal(0.3, 1, shape).astype("float32")


@pytest.mark.parametrize(
    "shape",
    [(28, 28, 1, 32, 5), (8, 12, 3, 4, 3), (14, 14, 32, 16, 3), (7, 7, 5, 6, 4), (3, 3, 64, 8, 3), (8, 8, 1, 6, 4)],
    ids=str,
)
def test_convolution(xla, shape):
    height, width, channels, filters, kernel = shape
    ours = layers.Conv2D(filters, kernel, padding="same", xla=xla)
    theirs = keras.layers.Conv2D(filters, kernel, padding="same")
    ours.build((3, height, width, channels)), theirs.build((3, height, width, channels))
    run_ours, run_theirs = runner(ours, graph=True), runner(theirs, graph=False)
    for seed in (0, 500):
        theirs.bias.assign(normal(seed, filters))
        ours.set_weights(theirs.get_weights())
        x, upstream = normal(seed, 3, height, width, channels), normal(seed + 1, 3, height, width, filters)
        assert_same(run_ours(x, upstream), run_theirs(x, upstream))


def pair(order: str, shape: tuple[int, ...], seed: int, xla: bool):
    ours = layers.Block([(word, {"act": "relu", "norm": NORM}.get(word)) for word in order.split()], xla=xla)
    theirs = keras.Sequential([keras.Input(shape[1:]), *(KERAS[word]() for word in order.split())])
    ours.build(shape)
    set_weights(ours, theirs, seed)
    return ours, theirs


def set_weights(ours, theirs, seed: int) -> None:
    if theirs.weights:  # of BatchNorm
        gamma, beta, mean, variance = normal(seed, 4, theirs.weights[0].shape[0])
        theirs.set_weights([gamma, beta, mean, np.abs(variance) + 0.1])
        ours.set_weights(theirs.get_weights())


@pytest.mark.parametrize("order", ORDERS)
def test_block_of_images(xla, order):
    shape = SHAPES[ORDERS.index(order) % len(SHAPES)]  # XLA compiles each anew
    ours, theirs = pair(order, shape, 0, xla)
    run_ours, run_theirs = runner(ours, graph=True), runner(theirs, graph=False)
    for seed in np.random.default_rng(0).integers(0, 1000, 3):
        set_weights(ours, theirs, seed)
        x = normal(seed, *shape)
        upstream = normal(seed + 1, shape[0], *theirs.output_shape[1:])
        assert_same(run_ours(x, upstream), run_theirs(x, upstream))


@pytest.mark.parametrize("channels", [layers.FLOATS, layers.FLOATS + 1])
@pytest.mark.parametrize("order", ["act", "norm", "norm act", "act norm"])
def test_block_of_each_kind_of_processor(monkeypatch, order, channels):
    x, upstream = normal(0, 5, 7, 4, channels), normal(1, 5, 7, 4, channels)
    for kernels in processor.KERNELS.values():
        monkeypatch.setattr(processor, "kernels", lambda kernels=kernels: kernels)
        assert_alike(*pair(order, x.shape, 0, True), x, upstream)


def test_with_avx512_a_block_is_the_librarys_if_that_is_faster(monkeypatch):
    monkeypatch.setattr(processor, "kernels", lambda: processor.KERNELS["avx512"])

    def operations(order: str, channels: int = layers.FLOATS) -> set[str]:
        arguments = {"act": "relu", "norm": NORM, "drop": (0.5, (1, 2), False)}
        block = layers.Block([(word, arguments.get(word)) for word in order.split()])

        def run(x):
            with layers.step(tf.constant(0)):
                return block(x, training=True)

        graph = tf.function(run).get_concrete_function(tf.TensorSpec([2, 4, 4, channels])).graph
        return {operation.type for operation in graph.get_operations()}

    compiled = "PartitionedCall"
    for order in ("norm", "norm act"):
        assert "FusedBatchNormV3" in operations(order) and compiled not in operations(order)
    assert "Relu" in operations("act", channels=3)
    for order in ("act norm", "norm act pool", "norm act drop", "act drop"):
        assert compiled in operations(order) and "FusedBatchNormV3" not in operations(order)
    assert compiled in operations("norm act", layers.FLOATS + 8)


@pytest.mark.parametrize(("size", "stride"), [(3, 2), (2, 3), (3, 1), (4, 4)])
def test_overlapping_pooling(xla, size, stride):
    ours, theirs = layers.OverlappingMaxPooling2D(size, stride), keras.layers.MaxPooling2D(size, stride)
    x = tf.constant(normal(0, 3, 9, 12, 2))
    upstream = normal(1, *theirs(x).shape)
    compiled = tf.function(ours, jit_compile=True) if xla else ours
    with tf.GradientTape() as tape:
        tape.watch(x)
        y = compiled(x)
    stock_y, stock_gradient = runner(theirs, graph=False)(x, upstream)[0][1:]
    assert_same((y, tape.gradient(y, x, upstream)), (stock_y, stock_gradient[0]))


def test_overlapping_pooling_gives_the_gradient_to_the_first_of_equals():
    x = tf.ones([1, 3, 3, 1])
    with tf.GradientTape() as tape:
        tape.watch(x)
        y = layers.OverlappingMaxPooling2D(2, 1)(x)
    np.testing.assert_array_equal(tape.gradient(y, x)[0, :, :, 0], [[1, 1, 0], [1, 1, 0], [0, 0, 0]])


@pytest.mark.parametrize("order", [order for order in ORDERS if "pool" not in order])
def test_block_of_vectors(xla, order):
    ours, theirs = pair(order, (32, 12), 0, xla)
    x, upstream = tf.constant(normal(1, 32, 12)), normal(2, 32, 12)
    assert_alike(ours, theirs, x, upstream)


class Masked(keras.layers.Layer):
    """Dropout with a given mask."""

    def __init__(self, mask):
        super().__init__()
        self.mask = mask

    def call(self, x, training=False):
        return x * self.mask if training else x


@pytest.mark.parametrize("order", DROPPING)
def test_block_with_dropout_is_keras_with_the_same_mask(xla, order):
    shape, seed, rate = (6, 14, 14, 8), (5, 6), 0.3
    mask = masks(shape, rate, seed, 3)
    arguments = {"act": "relu", "drop": (rate, seed, False), "norm": NORM, "pool": None}
    ours = layers.Block([(word, arguments[word]) for word in order.split()], xla=xla)
    theirs = keras.Sequential(
        [keras.Input(shape[1:]), *(Masked(mask) if word == "drop" else KERAS[word]() for word in order.split())]
    )
    ours.build(shape)
    x = tf.constant(normal(0, *shape))
    upstream = normal(1, *theirs(x).shape)
    assert_alike(ours, theirs, x, upstream)


def masks(shape: tuple[int, ...], rate: float, seed: tuple[int, int], step: int, spatial: bool = False) -> np.ndarray:
    block = layers.Block([("drop", (rate, seed, spatial))])
    with layers.step(tf.constant(step)):
        return block(tf.ones(shape), training=True).numpy()


@settings(max_examples=8)
@given(st.sampled_from([0.05, 0.1, 0.15, 0.25, 0.4, 0.8]), st.integers(0, 2**31 - 1))
def test_dropout_keeps_rate_and_scale(rate, seed):
    mask = masks((64, 5000), rate, (seed, 1), 0)
    assert set(np.unique(mask)) <= {np.float32(0), np.float32(1 / (1 - rate))}
    deviation = np.sqrt(rate / (1 - rate))
    assert abs(mask.mean() - 1) < 5 * deviation / np.sqrt(mask.size)
    for axis in (0, 1):  # no image and no unit is favoured: by exact tails, as few of 64 are dropped at a low rate
        means = (mask.mean(axis=axis) - 1) / deviation * np.sqrt(mask.shape[axis])
        assert 0.5 < means.var() < 1.8
        dropped, of = (mask == 0).sum(axis=axis), mask.shape[axis]
        tails = np.minimum(stats.binom.cdf(dropped, of, rate), stats.binom.sf(dropped - 1, of, rate))
        assert tails.min() > stats.norm.sf(6)


def test_masks_of_layers_steps_and_seeds_are_independent():
    size = 1 << 16
    streams = {
        (seed, step): masks((size,), 0.5, seed, step).astype(bool)
        for seed, step in itertools.product([(0, 1), (1, 0), (0, 2), (7, 7)], [0, 1, 2])
    }
    for (_, a), (_, b) in itertools.combinations(streams.items(), 2):
        for shift in (0, 1, 2, 32):
            agreement = (a[: size - shift] == b[shift:]).mean()
            assert abs(agreement - 0.5) < 5 * 0.5 / np.sqrt(size)


def test_mask_is_a_function_of_seed_and_step():
    assert np.array_equal(masks((100,), 0.5, (3, 4), 9), masks((100,), 0.5, (3, 4), 9))


def test_neighbours_in_a_mask_are_independent():
    mask = masks((1 << 18,), 0.5, (3, 4), 0).astype(bool)
    for lag in (1, 2, 3, 7, 32, 256, 1024, 12544):
        assert abs((mask[lag:] == mask[:-lag]).mean() - 0.5) < 5 * 0.5 / np.sqrt(mask.size - lag)


def test_spatial_dropout_takes_whole_channels():
    mask = masks((8, 5, 5, 64), 0.25, (3, 4), 0, spatial=True)
    assert (mask == mask[:, :1, :1]).all()
    assert abs((mask[:, 0, 0] > 0).mean() - 0.75) < 0.1


@pytest.mark.parametrize("own", [{"scale": False}, {"center": False}, {"momentum": 0.5, "epsilon": 0.1}], ids=str)
def test_a_norm_with_keys_of_its_own(xla, own):
    ours = layers.Block([("norm", NORM | own)], xla=xla)
    theirs = keras.Sequential([keras.Input((6, 6, 4)), keras.layers.BatchNormalization(**NORM | own)])
    ours.build((3, 6, 6, 4))
    assert [weight.name for weight in ours.weights] == [weight.name for weight in theirs.weights]
    x, upstream = tf.constant(normal(1, 3, 6, 6, 4)), normal(2, 3, 6, 6, 4)
    assert_alike(ours, theirs, x, upstream)


@pytest.mark.parametrize(("stride", "kernel"), [(2, 3), (2, 1), (1, 1)])
def test_strided_and_pointwise_convolutions_without_bias(xla, stride, kernel):
    arguments = {"filters": 6, "kernel_size": kernel, "strides": stride, "padding": "same", "use_bias": False}
    for channels in (3, 8):
        x = tf.constant(normal(0, 3, 8, 8, channels))
        ours, theirs = layers.Conv2D(**arguments, xla=xla), keras.layers.Conv2D(**arguments)
        ours.build(x.shape), theirs.build(x.shape)
        ours.set_weights(theirs.get_weights())
        upstream = normal(1, *theirs(x).shape)
        assert_alike(ours, theirs, x, upstream)


def test_bfloat16_computes_in_it_and_keeps_float32_weights():
    policy = keras.DTypePolicy("mixed_bfloat16")
    images = keras.Input((8, 8, 1))
    y = layers.Conv2D(4, 3, padding="same", dtype=policy)(images)
    y = layers.Block([("norm", NORM), ("act", "relu"), ("pool", None)], dtype=policy)(y)
    y = layers.Conv2D(4, 3, padding="same", dtype=policy)(y)
    model = keras.Model(images, y)
    with tf.GradientTape() as tape:
        result = model(normal(0, 4, 8, 8, 1), training=True)
        loss = tf.reduce_sum(tf.cast(result, tf.float32) ** 2)
    assert result.dtype == tf.bfloat16
    for weight, gradient in zip(model.trainable_variables, tape.gradient(loss, model.trainable_variables), strict=True):
        assert weight.dtype == "float32" and gradient.dtype == tf.float32
        assert np.isfinite(gradient).all()
