"""A run: its bits, its resume, its recipe."""

import math
import os
import re
import shutil
import signal
import subprocess
import sys

import keras
import numpy as np
import pytest
import tensorflow as tf
import yaml
from hypothesis import given
from hypothesis import strategies as st
from scipy import special

from checkout import ROOT
from placement.data import arrays, splits
from placement.errors import RunError
from placement.network import models
from placement.runs import history
from placement.training import augmentation, evaluation, fit, optimizers, recipes, schedules, step
from placement.training.checkpoint import Checkpoint
from placement.training.recipes import Recipe
from studies import resolve

CONFIG = yaml.safe_load((ROOT / "config.yaml").read_text()) | {
    # One stage of the default's four: most of the time here is compilation.
    "backbone": {"kind": "plain", "filters": [32], "kernels": [5], "dense": 64, "head": "flatten"},
    "dropout": {"rates": [0.1], "dense_rate": 0.2},
}
SHAPE, CLASSES = (28, 28, 1), 10
PROTOCOL = {
    "epochs": 3,
    "batch_size": 64,
    "optimizer": {"name": "adam", "learning_rate": 0.003},
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
    spec = resolve(variant, CONFIG)
    return models.build(spec, SHAPE, CLASSES, seed, for_training=True, xla=xla)


def trained(parts, folder, variant="dropout_first", seed=0, log=lambda line: None, xla=False, **protocol):
    checkpoint = Checkpoint(folder / "checkpoint.npz", "run")
    return fit.fit(network(variant, seed, xla), *parts, Recipe.from_dict(PROTOCOL | protocol), seed, checkpoint, log)


def same(one: fit.Fit, other: fit.Fit) -> bool:
    def strip(found):
        return [{key: value for key, value in epoch.items() if key != "seconds"} for epoch in found.epochs]

    return (
        strip(one) == strip(other)
        and (one.best_epoch, one.stopped_early) == (other.best_epoch, other.stopped_early)
        and all(np.array_equal(a, b) for a, b in zip(one.weights, other.weights, strict=True))
    )


def checkpoints_kept(folder):
    """A log that keeps the checkpoint of each epoch, which is all that a kill after that epoch would leave."""

    def log(line: str) -> None:
        if epoch := re.match(r"epoch (\d+)/", line):
            shutil.copy(folder / "checkpoint.npz", folder / f"epoch {epoch[1]}.npz")

    return log


def killed(unbroken, epoch: int, folder) -> None:
    """Leave in a folder what a run whose checkpoints were kept would have left if killed after so many epochs."""
    folder.mkdir(exist_ok=True)
    shutil.copy(unbroken / f"epoch {epoch}.npz", folder / "checkpoint.npz")


@pytest.fixture(scope="module")
def of_unbroken(tmp_path_factory):
    return tmp_path_factory.mktemp("unbroken")


@pytest.fixture(scope="module")
def unbroken(parts, of_unbroken):
    return trained(parts, of_unbroken, log=checkpoints_kept(of_unbroken))


def test_the_same_seed_gives_the_same_bits(parts, unbroken, tmp_path):
    assert same(trained(parts, tmp_path), unbroken)


def test_another_seed_gives_another_run(parts, unbroken, tmp_path):
    assert not same(trained(parts, tmp_path, seed=1), unbroken)


@pytest.mark.parametrize("after", [1, 2])
def test_a_resumed_run_ends_with_the_same_bits(parts, unbroken, of_unbroken, tmp_path, after):
    killed(of_unbroken, after, tmp_path)
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
    whole = trained(parts, compiled, xla=True, log=checkpoints_kept(compiled))
    killed(compiled, 1, resumed)
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
        fit.fit(model, *parts, Recipe.from_dict(PROTOCOL), 0, Checkpoint(tmp_path / "checkpoint.npz", "run"), print)
    assert not (tmp_path / "checkpoint.npz").exists()


def test_a_run_whose_weights_are_finite_and_whose_validation_loss_is_not_has_diverged(parts, tmp_path):
    train, validation = parts
    black = step.Part(np.zeros_like(train.images), train.labels)  # of which a network whose biases are 0 makes zeros
    model = network("modern_baseline")
    weights = model.get_weights()
    weights[0] *= 1e30
    weights[-2] *= 1e30
    model.set_weights(weights)
    checkpoint = Checkpoint(tmp_path / "checkpoint.npz", "run")
    stopping = {"monitor": "val_loss", "patience": 1}
    with pytest.raises(RunError, match=r"diverged: the validation loss is not finite after epoch 1$"):
        recipe = Recipe.from_dict(PROTOCOL | {"early_stopping": stopping})
        fit.fit(model, black, validation, recipe, 0, checkpoint, print)
    assert all(np.isfinite(weight).all() for weight in model.get_weights())
    assert not checkpoint.path.exists()


def test_a_run_whose_moving_variance_is_infinite_has_diverged(small, tmp_path):
    """Its losses are finite: to such a layer all values are its mean."""
    model = tiny()
    moving = next(weight for weight in model.weights if weight.name == "moving_variance")
    moving.assign(np.full(moving.shape, np.inf))
    with pytest.raises(RunError, match=r"diverged: a weight is not finite after epoch 1$"):
        fitted(small, tmp_path, recipe(), model=model)
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
    import keras

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


def test_evaluated_in_pieces_a_part_has_the_scores_of_all_its_predictions(parts):
    train, _ = parts
    saved = models.build(resolve("modern_baseline", CONFIG), SHAPE, CLASSES, seed=0)
    rows = np.tile(np.arange(256), 4)[:700]  # more than a batch
    part = step.Part(train.images, train.labels[rows], rows)
    predicted = evaluation.predict(saved, train.images[rows])
    assert evaluation.evaluate(saved, part) == evaluation.scores(part.labels, predicted)
    whole = tf.function(lambda images: saved(images, training=False))
    pieces = [whole(train.images[rows[at]]).numpy() for at in part.pieces()]
    np.testing.assert_array_equal(predicted.probabilities, np.concatenate(pieces))


def test_scores_are_those_of_scikit_learn():
    from sklearn.metrics import accuracy_score, log_loss

    generator = np.random.default_rng(0)
    logits = generator.normal(0, 3, (500, 10)).astype(np.float32)
    probabilities = special.softmax(logits.astype(np.float64), axis=1)
    labels = np.arange(500, dtype=np.uint8) % 10
    scores = evaluation.scores(labels, evaluation.Outputs(logits, probabilities.astype(np.float32)))
    assert scores["accuracy"] == accuracy_score(labels, probabilities.argmax(axis=1))
    assert scores["loss"] == pytest.approx(log_loss(labels, probabilities), rel=1e-12)


def test_the_loss_of_a_certain_mistake_is_its_logits():
    """Its probability of float32 is 0: clipped, as at 1e-7, it would be a loss of 16.1."""
    logits = np.array([[200.0, 0.0], [0.0, 3.0]], np.float32)
    outputs = evaluation.Outputs(logits, special.softmax(logits, axis=1))
    assert evaluation.scores(np.array([1, 1]), outputs)["loss"] == pytest.approx((200 + math.log1p(math.exp(-3))) / 2)


# Augmentation --------------------------------------------------------------------------------------------------------

ALL = {"flip": True, "crop": 2, "cutout": 3}


def augmented(settings: dict, images: np.ndarray, seed: int = 0, number: int = 0) -> np.ndarray:
    return np.asarray(augmentation.augmentation(settings, seed)(tf.constant(images), tf.constant(number, tf.int64)))


def pictures(count: int = 200, shape=(8, 6, 3)) -> np.ndarray:
    """No pixel of them is black."""
    return np.random.default_rng(0).integers(1, 256, (count, *shape), dtype=np.uint8)


def test_half_of_the_images_are_mirrored():
    images = pictures()
    found = augmented({"flip": True}, images)
    mirrored = (found == images[:, :, ::-1]).all(axis=(1, 2, 3))
    assert (mirrored ^ (found == images).all(axis=(1, 2, 3))).all()
    assert 70 < mirrored.sum() < 130


def test_a_crop_is_a_window_of_the_padded_image():
    images = pictures()
    found = augmented({"crop": 2}, images)
    padded = np.pad(images, [(0, 0), (2, 2), (2, 2), (0, 0)])
    windows = {(i, j): padded[:, i : i + 8, j : j + 6] for i in range(5) for j in range(5)}
    at = [next(place for place, w in windows.items() if (w[n] == found[n]).all()) for n in range(len(images))]
    assert len(set(at)) == 25


@pytest.mark.parametrize("side", [1, 3, 4])
def test_a_cutout_is_one_black_square_clipped_at_the_border(side):
    images = pictures()
    black = augmented({"cutout": side}, images) == 0
    kept = augmented({"cutout": side}, images)
    assert (kept[~black] == images[~black]).all()
    areas = set()
    for image in black.all(axis=3):
        rows, columns = np.flatnonzero(image.any(axis=1)), np.flatnonzero(image.any(axis=0))
        assert image.sum() == len(rows) * len(columns) > 0
        assert np.ptp(rows) == len(rows) - 1 < side and np.ptp(columns) == len(columns) - 1 < side
        areas.add((len(rows), len(columns)))
    assert (side, side) in areas


def test_augmentation_depends_on_seed_and_step_and_no_operation_on_another():
    images = pictures()
    for settings in ({"flip": True}, {"crop": 2}, {"cutout": 3}, ALL):
        first = augmented(settings, images)
        assert first.dtype == np.uint8 and first.shape == images.shape
        assert np.array_equal(first, augmented(settings, images))
        assert not np.array_equal(first, augmented(settings, images, number=1))
        assert not np.array_equal(first, augmented(settings, images, seed=1))
    flipped = augmented({"flip": True, "crop": 0, "cutout": 0}, images)
    assert np.array_equal(augmented(ALL, images), augmented({"crop": 2, "cutout": 3}, flipped))
    assert augmentation.augmentation({"flip": False, "crop": 0, "cutout": 0}, 0) is augmentation.nothing
    assert augmentation.augmentation(None, 0) is augmentation.nothing


@pytest.fixture
def seen(monkeypatch):
    """{step: sum over the images that a run is trained on, each pixel weighted by its place}, as it is trained."""
    found: dict[int, int] = {}

    def watched(settings, seed):
        augment = augmentation.augmentation(settings, seed)

        def note(images, number):
            images = images.astype(np.int64)
            found[int(number)] = int((images.ravel() * np.arange(1, images.size + 1)).sum())
            return np.int64(0)

        def augment_and_note(images, number):
            images = augment(images, number)
            with tf.control_dependencies([tf.numpy_function(note, [images, number], tf.int64)]):
                return tf.identity(images)

        return augment_and_note

    monkeypatch.setattr(fit, "augmentation", watched)
    return found


def test_a_seed_s_augmented_batches_are_equal_across_variants_and_after_a_resume(parts, seen, tmp_path):
    def batches(folder, variant="modern_baseline", seed=0, **settings):
        seen.clear()
        folder = tmp_path / folder
        log = checkpoints_kept(folder)
        run = trained(parts, folder, variant, seed, log, epochs=2, augmentation=ALL | settings)
        return dict(seen), run

    first, unbroken = batches("first")
    assert sorted(first) == list(range(8)) and len(set(first.values())) == 8
    assert batches("other", "dropout_first")[0] == first
    killed(tmp_path / "first", 1, tmp_path / "resumed")
    resumed, again = batches("resumed")
    assert resumed == {step: first[step] for step in range(4, 8)} and same(again, unbroken)
    assert batches("seed", seed=1)[0] != first
    assert batches("less", cutout=0)[0] != first


def test_no_epoch_repeats_the_batches_of_another(parts, seen, tmp_path):
    """Keras 3.15's own fit takes one order in every epoch where a seed is set."""
    trained(parts, tmp_path, "modern_baseline", epochs=2)
    assert sorted(seen) == list(range(8)) and len(set(seen.values())) == 8


# Recipes --------------------------------------------------------------------------------------------------------------

# Every optimizer and every schedule, with decay, clipping and smoothing here and there.
RECIPES = [
    ({"name": "sgd", "learning_rate": 0.1, "momentum": 0.9, "nesterov": True, "weight_decay": 5e-4}, "cosine"),
    ({"name": "adam", "amsgrad": True, "clipnorm": 1.0}, "one_cycle"),
    ({"name": "adamw", "learning_rate": 0.01}, {"kind": "step", "at": [0.5, 2]}),
    ({"name": "nadam", "weight_decay": 0.1}, {"kind": "exponential", "factor": 0.5, "warmup": 1.5}),
    ({"name": "rmsprop", "momentum": 0.5, "centered": True}, {"kind": "constant", "warmup": 2}),
    ({"name": "lion", "global_clipnorm": 1.0}, {"kind": "cosine", "warmup": 1}),
]
HASTY = {"name": "sgd", "learning_rate": 1.0}  # its validation loss only rises
STUDY = CONFIG | {"backbone": {"kind": "plain", "filters": [4], "kernels": [3], "dense": None}}
TINY = resolve("post_activation_batchnorm", STUDY)


@pytest.fixture(scope="module")
def small():
    """40 training and 20 validation images of 8x8 in 3 classes, which are no more than noise."""
    generator = np.random.default_rng(0)
    images, labels = generator.integers(0, 256, (60, 8, 8, 1), dtype=np.uint8), np.arange(60, dtype=np.uint8) % 3
    return step.Part(images[:40], labels[:40]), step.Part(images[40:], labels[40:])


def tiny(for_training: bool = True):
    return models.build(TINY, (8, 8, 1), 3, seed=0, for_training=for_training, xla=False)


def recipe(optimizer="adam", schedule="constant", **own) -> dict:
    given = PROTOCOL | {"batch_size": 16, "optimizer": optimizer, "schedule": schedule, "early_stopping": None} | own
    return recipes.resolve(given).to_dict()


def fitted(small, folder, training, log=lambda line: None, model=None) -> fit.Fit:
    checkpoint = Checkpoint(folder / "checkpoint.npz", "run")
    return fit.fit(model or tiny(), *small, Recipe.from_dict(training), 0, checkpoint, log)


def test_every_optimizer_and_every_schedule_is_among_the_recipes():
    resolved = [recipe(*given) for given in RECIPES]
    assert {r["optimizer"] if isinstance(r["optimizer"], str) else r["optimizer"]["name"] for r in resolved} == set(
        recipes.OPTIMIZERS
    )
    assert {r["schedule"]["kind"] for r in resolved if "schedule" in r} == set(schedules.SCHEDULES)


@pytest.mark.parametrize(("optimizer", "schedule"), RECIPES, ids=str)
def test_a_recipe_resumes_to_the_bit_and_its_rates_go_on(small, tmp_path, optimizer, schedule):
    training = recipe(optimizer, schedule, label_smoothing=0.1)
    of_unbroken = tmp_path / "unbroken"
    unbroken = fitted(small, of_unbroken, training, checkpoints_kept(of_unbroken))
    killed(of_unbroken, 2, tmp_path)
    lines = []
    resumed = fitted(small, tmp_path, training, lines.append)
    assert "resumed after epoch 2" in lines
    assert same(resumed, unbroken)
    keras_own = optimizers.optimizer(training["optimizer"], tiny()).learning_rate
    rates = schedules.rates(training.get("schedule"), float(keras_own), epochs=3, steps=3)
    assert [epoch["learning_rate"] for epoch in resumed.epochs] == rates[[2, 5, 8]].tolist()


def test_without_early_stopping_all_epochs_run_and_the_last_weights_are_kept(small, tmp_path):
    model = tiny()
    found = fitted(small, tmp_path, recipe(HASTY, epochs=4, label_smoothing=0.5), model=model)
    assert (found.best_epoch, len(found.epochs), found.stopped_early) == (4, 4, False)
    assert fit.best_epoch(found.epochs, "val_loss") < 4
    assert all(np.array_equal(a, b) for a, b in zip(found.weights, model.get_weights(), strict=True))
    # Only the training loss is smoothed.
    validation = small[1]
    loss = keras.losses.sparse_categorical_crossentropy(validation.labels, model(validation.images), from_logits=True)
    assert found.epochs[-1]["val_loss"] == pytest.approx(np.mean(loss), rel=1e-5)


def test_a_checkpoint_that_went_further_than_the_run_would_is_not_continued(small, tmp_path):
    training = recipe(HASTY, epochs=4) | {"early_stopping": {"monitor": "val_loss", "patience": 9}}
    longer = fitted(small, tmp_path / "epochs", training)
    shutil.copytree(tmp_path / "epochs", tmp_path / "patience")
    shorter = fitted(small, tmp_path / "epochs", training | {"epochs": 1})
    less_patient = fitted(
        small, tmp_path / "patience", recipe(HASTY, epochs=4, early_stopping={"monitor": "val_loss", "patience": 1})
    )
    for found, epochs in ((shorter, 1), (less_patient, longer.best_epoch + 1)):
        assert [epoch["loss"] for epoch in found.epochs] == [epoch["loss"] for epoch in longer.epochs[:epochs]]
    assert less_patient.stopped_early and not shorter.stopped_early


@pytest.mark.parametrize("number", [0, 2])
def test_steps_are_those_of_stock_keras_with_its_own_smoothing_decay_and_schedule(small, number):
    """Optimizers that divide by the root of a mean square are looked at where their epsilon is large: where a gradient
    is rounding alone, they make a whole step of it."""
    given, _ = RECIPES[number]
    resolved = recipe(given | ({"epsilon": 1e-2} if number == 2 else {}))["optimizer"]
    part, _ = small
    model, stock = tiny(), tiny(for_training=False)
    ours = optimizers.optimizer(resolved, model)
    ours.learning_rate = optimizers.Rates(schedules.rates({"kind": "cosine", "warmup": 0.0}, 0.01, 2, 2))
    ours.build(model.trainable_variables)
    losses, _ = step.compiled_steps(model, ours, 10, label_smoothing=0.2)(*part.take(np.arange(40)), 0)
    arguments = {key: value for key, value in resolved.items() if key != "name"}
    theirs = type(keras.optimizers.get(resolved["name"]))(
        **arguments | {"learning_rate": keras.optimizers.schedules.CosineDecay(0.01, 4)}
    )
    theirs.exclude_from_weight_decay(var_names=["bias", "gamma", "beta"])
    stock.compile(theirs, keras.losses.CategoricalCrossentropy(label_smoothing=0.2))
    targets = np.eye(3, dtype=np.float32)[part.labels]
    for at, loss in zip(range(0, 40, 10), losses.numpy(), strict=True):
        rows = slice(at, at + 10)
        stock.reset_metrics()
        assert stock.train_on_batch(part.images[rows], targets[rows]) == pytest.approx(loss / 10, rel=1e-5)
    for mine, its in zip(model.weights, stock.weights, strict=True):
        np.testing.assert_allclose(mine.numpy(), its.numpy(), rtol=1e-5, atol=1e-5, err_msg=mine.path)


@pytest.fixture
def run(small, tmp_path):
    """A run by train.py on these images and 30 for testing: its history."""
    import train as script

    generator = np.random.default_rng(1)
    files = {"fingerprint": str(tmp_path / "fingerprint.json"), "split": str(tmp_path / "split.npz")}
    content = {
        "train_images": np.concatenate([part.images for part in small]),
        "train_labels": np.concatenate([part.labels for part in small]),
        "test_images": generator.integers(0, 256, (30, 8, 8, 1), dtype=np.uint8),
        "test_labels": np.arange(30, dtype=np.uint8) % 3,
    }
    arrays.write(tmp_path, content)
    splits.write(files["split"], np.arange(40), np.arange(40, 60))

    def run(folder: str, training: dict) -> dict:
        identity = {"study": "s", "dataset": {"name": "d"}, "variant": "v", "seed": 0, "spec": TINY.to_dict()}
        own, kept = tmp_path / folder, tmp_path / folder / "kept"
        own.mkdir()
        script.train(identity | {"training": training}, files, {}, own, kept, str(own / "log"))
        return history.read(own / "history.json")

    return run


def test_a_history_has_the_test_at_the_kept_and_at_the_last_weights(run):
    training = recipe(HASTY, epochs=4)
    last = run("last", training)
    best = run("best", training | {"early_stopping": {"monitor": "val_loss", "patience": 9}})
    assert best["best_epoch"] < last["best_epoch"] == 4
    for record in (last, best):
        evaluation = record["evaluation"]
        assert evaluation["test"] == record["test"]
        # Both ended with the same weights.
        assert evaluation["last"] == {name: last["evaluation"][name] for name in ("validation", "test")}
    assert best["evaluation"]["test"] != best["evaluation"]["last"]["test"]


def test_a_run_whose_test_loss_is_not_finite_has_diverged_and_leaves_no_history(run, tmp_path, monkeypatch):
    nothing = evaluation.Outputs(*np.full((2, 64, 3), np.nan, np.float32))
    monkeypatch.setattr(evaluation, "predict", lambda model, images: nothing._make(x[: len(images)] for x in nothing))
    with pytest.raises(RunError, match=r"^v seed 0: diverged: the loss is not finite on the training or the test"):
        run("run", recipe(epochs=1))
    assert not list(tmp_path.glob("run/**/history.json"))


def test_a_checkpoint_goes_on_to_more_epochs_where_the_rates_don_t_go_by_their_number():
    from placement.training.run import of_every_epoch

    stopping = {"early_stopping": PROTOCOL["early_stopping"]}

    def depends(schedule, **change) -> bool:
        one, other = ({"training": recipe("sgd", schedule, **each)} for each in (stopping, stopping | change))
        return of_every_epoch(one) != of_every_epoch(other)

    for schedule in ("constant", {"kind": "step", "at": [1]}, {"kind": "exponential", "factor": 0.5}):
        assert not depends(schedule, epochs=9)
        assert depends(schedule, batch_size=9)
    for schedule in ("cosine", "one_cycle"):
        assert depends(schedule, epochs=9)
        assert not depends(schedule, early_stopping=PROTOCOL["early_stopping"] | {"patience": 9})
    assert depends("constant", early_stopping=None)


# Maps ----------------------------------------------------------------------------------------------------------------


def test_a_map_trains_like_what_is_in_memory_whatever_is_handed_over_at_once(parts, unbroken, tmp_path, monkeypatch):
    from placement.data import arrays

    train, validation = parts
    shuffled = np.random.default_rng(0).permutation(356)
    images = np.concatenate([train.images, validation.images])[shuffled]
    arrays.write(tmp_path, {"images": images})
    rows = np.argsort(shuffled).astype(np.int32)
    mapped = arrays.mapped(tmp_path / "images.npy")
    as_maps = [step.Part(mapped, part.labels, some) for part, some in ((train, rows[:256]), (validation, rows[256:]))]
    assert same(trained(as_maps, tmp_path), unbroken)
    monkeypatch.setattr(fit, "BYTES_A_CALL", 1)
    small = trained(as_maps, tmp_path / "small")
    assert all(np.array_equal(a, b) for a, b in zip(small.weights, unbroken.weights, strict=True))


def test_what_is_handed_over_at_once_is_bounded():
    assert fit.steps_per_call(100) == fit.STEPS_A_CALL
    assert fit.steps_per_call(fit.BYTES_A_CALL // 2) == 2
    assert fit.steps_per_call(10 * fit.BYTES_A_CALL) == 1


def test_results_come_in_order_and_errors_where_they_are_due():
    assert list(step.ahead(lambda n: n * n, range(5))) == [0, 1, 4, 9, 16]
    assert list(step.ahead(str, [])) == []
    results = step.ahead(lambda n: 1 // n, [1, 0])
    assert next(results) == 1
    with pytest.raises(ZeroDivisionError):
        next(results)


def test_a_map_larger_than_the_memory_granted_trains_to_the_same_bits():
    """Loading it within the grant fails, which the benchmark makes sure of."""
    command = [sys.executable, ROOT / "benchmarks/larger_than_memory.py"]
    done = subprocess.run(
        [*command, "--gib", "0.35", "--grant", "0.25", "--limit", "320", "--epochs", "1"],
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.endswith("equal to the bit\n")
