"""The step that is compiled as a whole, for a GPU: XLA compiles it for a CPU too, slowly, so networks are small."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from placement.network import layers, models
from placement.training import augmentation, fit, step, whole
from placement.training.checkpoint import Checkpoint
from placement.training.recipes import EarlyStopping, Recipe
from studies import SMALL, resolved
from test_training import checkpoints_kept, killed

BATCH, STRIDE = 16, 4
SHAPE, CLASSES = (8, 8, 3), 4
# One block and a dense layer: what compiling takes goes by the number of layers.
PLAIN = {"kind": "plain", "filters": [4], "kernels": [3], "dense": 8}
DROPOUT = resolved("conv act drop norm", PLAIN, dropout={"rates": [0.1], "dense_rate": 0.4})
AUGMENTED = {"flip": True, "crop": 1, "cutout": 2}


def images(count: int) -> tuple[np.ndarray, np.ndarray]:
    generator = np.random.default_rng(0)
    return generator.integers(0, 256, (count, *SHAPE), dtype=np.uint8), np.arange(count, dtype=np.uint8) % CLASSES


def trained(spec, as_whole: bool, taken: int, first: int, settings=None, smoothing: float = 0.0):
    """Losses, hits and the weights after so many images from that step on; SGD, whose steps go by the gradients' size,
    and by Adam's they would go by their sign."""
    model = models.build(spec, SHAPE, CLASSES, 0, for_training=True, xla=False, whole=as_whole)
    optimizer = keras.optimizers.SGD(0.05, momentum=0.9)
    optimizer.build(model.trainable_variables)
    protocol = (model, optimizer, BATCH, augmentation.augmentation(settings, 0), smoothing)
    run = whole.whole_steps(*protocol, STRIDE) if as_whole else step.compiled_steps(*protocol)
    data, labels = images(taken)
    losses, hits = run(tf.constant(data), tf.constant(labels.astype(np.int32)), first)
    return losses.numpy(), hits.numpy(), {layer.name: layer.get_weights() for layer in model.layers if layer.weights}


@pytest.mark.parametrize(
    ("taken", "settings", "smoothing"),
    [(2 * BATCH + 5, AUGMENTED, 0.1), (STRIDE * BATCH, None, 0.0)],  # the last batch is full in one of them only
)
def test_it_is_the_step_in_pieces_masks_and_images_included(taken, settings, smoothing):
    ours = trained(DROPOUT, True, taken, 7, settings, smoothing)
    theirs = trained(DROPOUT, False, taken, 7, settings, smoothing)
    np.testing.assert_allclose(ours[0], theirs[0], rtol=1e-5)
    assert np.array_equal(ours[1], theirs[1])
    assert ours[2].keys() == theirs[2].keys()
    for name, arrays in theirs[2].items():
        for mine, its in zip(ours[2][name], arrays, strict=True):
            np.testing.assert_allclose(mine, its, rtol=0, atol=1e-5 * max(1, np.abs(its).max()), err_msg=name)


def test_masks_go_by_layer_and_step_and_have_the_rate():
    x = tf.ones([64, 8, 8, 4])
    seeds = [(1, 2), (3, 4)]

    def masked(seed, number, spatial=False):
        drawn = dict(zip(seeds, tf.unstack(layers.keys(seeds, tf.constant(number, tf.int64))), strict=True))
        with layers.step(None, drawn):
            return layers.Dropout(0.25, seed, spatial)(x, training=True).numpy()

    mask = masked(seeds[0], 0)
    assert abs((mask == 0).mean() - 0.25) < 0.02 and np.allclose(mask[mask > 0], 4 / 3)
    assert np.array_equal(masked(seeds[0], 0), mask)
    assert not np.array_equal(masked(seeds[0], 1), mask)
    assert not np.array_equal(masked(seeds[1], 0), mask)
    assert (np.ptp(masked(seeds[0], 0, spatial=True), axis=(1, 2)) == 0).all()
    assert np.array_equal(layers.Dropout(0.25, seeds[0], False)(x, training=False), x)


def test_a_run_of_whole_steps_resumes_to_its_bits(tmp_path):
    data, labels = images(6 * BATCH)
    parts = step.Part(data[: 4 * BATCH], labels[: 4 * BATCH]), step.Part(data[4 * BATCH :], labels[4 * BATCH :])

    def run(folder):
        recipe = Recipe(2, BATCH, "adam", EarlyStopping("val_loss", 5), "float32", threads=1)
        model = models.build(DROPOUT, SHAPE, CLASSES, 0, for_training=True, whole=True)
        checkpoint = Checkpoint(folder / "checkpoint.npz", "run")
        return fit.fit(model, *parts, recipe, 0, checkpoint, checkpoints_kept(folder), whole=True)

    unbroken = run(tmp_path / "unbroken")
    killed(tmp_path / "unbroken", 1, tmp_path / "resumed")
    resumed = run(tmp_path / "resumed")
    for one, other in zip(resumed.epochs, unbroken.epochs, strict=True):
        assert one | {"seconds": 0} == other | {"seconds": 0}
    assert all(np.array_equal(a, b) for a, b in zip(resumed.weights, unbroken.weights, strict=True))


def compiled(spec) -> str:
    """What XLA is given for a spec's program."""
    model = models.build(spec, SHAPE, CLASSES, 0, for_training=True, whole=True)
    optimizer = keras.optimizers.Adam()
    optimizer.build(model.trainable_variables)
    data, labels = (array.reshape(STRIDE, BATCH, *array.shape[1:]) for array in images(STRIDE * BATCH))
    keys = tf.zeros([STRIDE, len(whole.mask_seeds(model)), 2], tf.uint32)
    inputs = tf.constant(data), tf.constant(labels.astype(np.int32)), keys, tf.constant(STRIDE)
    program = whole.program(model, optimizer).experimental_get_compiler_ir(*inputs)
    return program(stage="hlo", device_name="/CPU:0")


@pytest.mark.parametrize("kind", SMALL)
def test_nothing_of_its_program_is_an_element_at_a_time(kind):
    """A scatter is, on a GPU whose results are to be the same bits; XLA refuses Keras's max-pooling there."""
    order = {"plain": "conv norm act drop", "densenet": "norm act conv drop concat"}
    backbone = SMALL[kind] | ({"shortcut": "pad"} if kind == "residual" else {})
    program = compiled(resolved(order.get(kind, "conv norm act drop conv norm add act"), backbone))
    assert program.count(" convolution(") > 2 and program.count(" while(") == 1
    assert "scatter" not in program


def test_the_cross_entropy_by_labels_would_be(monkeypatch):
    monkeypatch.setattr(whole, "smoothed", lambda smoothing: tf.nn.sparse_softmax_cross_entropy_with_logits)
    assert "scatter" in compiled(DROPOUT)
