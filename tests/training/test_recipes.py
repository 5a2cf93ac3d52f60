"""Recipes: what can be written, what Keras's optimizers take, the rates of every schedule. What they train to is in
test_training.py."""

import copy
import inspect
import math

import keras
import numpy as np
import pytest
import tensorflow as tf
from hypothesis import given
from hypothesis import strategies as st

from placement.errors import InputError
from placement.network import backbones, models
from placement.network.norms import NORMS
from placement.study.merging import merged
from placement.study.study import read as read_study
from placement.training import optimizers, recipes, schedules, step
from placement.training.recipes import OPTIMIZERS
from placement.training.schedules import REQUIRED, SCHEDULES
from studies import identity, resolve

TRAINING = {
    "epochs": 30,
    "batch_size": 128,
    "optimizer": "adam",
    "early_stopping": {"monitor": "val_accuracy", "patience": 3},
    "precision": "float32",
    "threads": 1,
}
SGD = {"name": "sgd", "learning_rate": 0.1, "momentum": 0.9, "nesterov": True, "weight_decay": 5e-4}
# Arguments that a recipe doesn't have: see recipes.OPTIMIZERS.
LEFT_OUT = {"name", "loss_scale_factor", "gradient_accumulation_steps"} | {
    *("use_ema", "ema_momentum", "ema_overwrite_frequency")
}


def recipe(own: dict | None = None, **study) -> dict:
    """Resolved, of a variant with keys of its own in a study that differs from TRAINING by some keys."""
    return recipes.resolve(merged(TRAINING | study, own or {})).to_dict()


# What is written ----------------------------------------------------------------------------------------------------


def test_what_was_written_before_there_were_recipes_is_the_same_run_as_ever():
    assert list(recipe().items()) == list(TRAINING.items())


@pytest.mark.parametrize(
    ("written", "shortest"),
    [
        ({"optimizer": {"name": "adam"}}, {}),
        ({"optimizer": {"name": "adam", "learning_rate": 1.0e-3, "weight_decay": 0}}, {}),
        ({"schedule": "constant"}, {}),
        ({"schedule": {"kind": "constant", "warmup": 0}}, {}),
        ({"label_smoothing": 0}, {}),
        ({"optimizer": {"name": "adam", "l2": 0, "decays": "kernels"}}, {}),
        ({"optimizer": SGD | {"l2": 0.0}}, {"optimizer": SGD}),
        ({"schedule": "cosine"}, {"schedule": {"kind": "cosine", "warmup": 0}}),
        ({"schedule": "one_cycle"}, {"schedule": {"kind": "one_cycle", "start": 0.04, "end": 4e-6}}),
    ],
)
def test_one_recipe_has_one_form(written, shortest):
    assert repr(recipe(**written)) == repr(recipe(**shortest))


def test_a_mapping_is_filled_with_keras_defaults_in_one_order():
    assert recipe(optimizer=dict(reversed(SGD.items())))["optimizer"] == SGD | {
        "clipnorm": None,
        "global_clipnorm": None,
        "clipvalue": None,
    }
    one, other = (recipe(optimizer=given) for given in (SGD, dict(reversed(SGD.items()))))
    assert repr(one) == repr(other)
    assert recipe(schedule={"warmup": 1, "at": [10, 20], "kind": "step"})["schedule"] == {
        "kind": "step",
        "warmup": 1.0,
        "at": [10.0, 20.0],
        "factor": 0.1,
    }


COSINE = {"kind": "cosine", "warmup": 2}


@pytest.mark.parametrize(
    ("study", "own", "same_as"),
    [
        ({"optimizer": SGD}, {"optimizer": {"momentum": 0.5}}, {"optimizer": SGD | {"momentum": 0.5}}),
        ({"optimizer": SGD}, {"optimizer": {"name": "sgd", "momentum": 0}}, {"optimizer": SGD | {"momentum": 0}}),
        ({"optimizer": SGD}, {"optimizer": {"name": "lion"}}, {"optimizer": "lion"}),
        ({"optimizer": SGD}, {"optimizer": "sgd"}, {"optimizer": "sgd"}),
        ({}, {"optimizer": {"learning_rate": 0.01}}, {"optimizer": {"name": "adam", "learning_rate": 0.01}}),
        ({"schedule": COSINE}, {"schedule": {"warmup": 1}}, {"schedule": COSINE | {"warmup": 1}}),
        ({"schedule": COSINE}, {"schedule": "constant"}, {}),
        ({"schedule": COSINE}, {"schedule": {"kind": "one_cycle"}}, {"schedule": "one_cycle"}),
        ({}, {"schedule": {"warmup": 2}, "early_stopping": None}, None),
        ({}, {"early_stopping": {"patience": 9}}, {"early_stopping": {"monitor": "val_accuracy", "patience": 9}}),
        ({}, {"early_stopping": None}, {"early_stopping": None}),
        ({"early_stopping": None}, {"epochs": 3}, {"early_stopping": None, "epochs": 3}),
    ],
)
def test_a_variant_s_keys_go_over_the_study_s(study, own, same_as):
    if same_as is None:  # of no schedule there is nothing that the key could change
        with pytest.raises(InputError, match=r"^training\.schedule\.kind: missing, expected one of constant, cosine"):
            recipe(own, **study)
    else:
        assert recipe(own, **study) == recipe(**same_as)


def test_a_recipe_is_part_of_its_variant_s_identity_and_of_no_other_s(config):
    before = {name: identity(config, name, 0) for name in config["variants"]}
    config["variants"]["classical"]["training"] = {"optimizer": SGD, "schedule": "cosine", "epochs": 20}
    read_study(config, {})
    after = {name: identity(config, name, 0) for name in config["variants"]}
    assert {name for name in after if after[name] != before[name]} == {"classical"}
    assert after["classical"]["training"] == recipe({"optimizer": SGD, "schedule": "cosine", "epochs": 20})
    assert list(before["classical"]["training"].items()) == list(config["training"].items())


@pytest.mark.parametrize(
    ("written", "line"),
    [
        ({"optimizer": "adamm"}, "training.optimizer: found 'adamm', expected one of adam, adamw, lion, nadam, "),
        ({"optimizer": {"name": "adamm"}}, "training.optimizer.name: found 'adamm', expected one of adam, adamw, lion"),
        ({"optimizer": {"learning_rate": 1}}, "training.optimizer.name: missing, expected one of sgd, adam"),
        ({"optimizer": SGD | {"momentum": 1}}, "training.optimizer.momentum: found 1, expected a number from 0"),
        ({"optimizer": SGD | {"learning_rate": 0}}, "training.optimizer.learning_rate: found 0, expected a number abo"),
        ({"optimizer": SGD | {"learning_rate": "2e-1"}}, "training.optimizer.learning_rate: found '2e-1', expected a "),
        ({"optimizer": SGD | {"nesterov": 1}}, "training.optimizer.nesterov: found 1, expected true or false"),
        ({"optimizer": SGD | {"weight_decay": -1}}, "training.optimizer.weight_decay: found -1, expected a number of"),
        ({"optimizer": SGD | {"use_ema": True}}, "training.optimizer.use_ema: unknown key, expected one of amsgrad, "),
        (
            {"optimizer": {"name": "adam", "momentum": 0.9}},
            "training.optimizer.momentum: no key of adam, expected one of amsgrad, beta_1, ",
        ),
        (
            {"optimizer": SGD | {"clipnorm": 1, "clipvalue": 1}},
            "training.optimizer.clipvalue: given beside clipnorm, expected one of them",
        ),
        ({"schedule": "linear"}, "training.schedule: found 'linear', expected one of constant, cosine, step, "),
        ({"schedule": {"kind": "cosine", "at": [3]}}, "training.schedule.at: no key of cosine, expected one of warmup"),
        ({"schedule": {"kind": "cosine", "warmup": -1}}, "training.schedule.warmup: found -1, expected a number of 0"),
        ({"schedule": {"kind": "cosine", "warmup": 12}}, "training.schedule.warmup: found 12, expected less than the "),
        ({"schedule": "step"}, "training.schedule.at: missing, expected it of step"),
        ({"schedule": {"kind": "step", "at": [3, 3]}}, "training.schedule.at: found [3, 3], expected rising numbers "),
        ({"schedule": {"kind": "step", "at": [12]}}, "training.schedule.at: found [12], expected rising numbers below"),
        ({"schedule": {"kind": "exponential"}}, "training.schedule.factor: missing, expected it of exponential"),
        (
            {"schedule": {"kind": "exponential", "factor": 1.1}},
            "training.schedule.factor: found 1.1, expected a number",
        ),
        (
            {"optimizer": {"name": "adamw", "l2": 0.1}},
            "training.optimizer.l2: given beside weight_decay, expected one of them",
        ),
        (
            {"optimizer": {"name": "sgd", "l2": 0.1, "clipnorm": 1}},
            "training.optimizer.l2: given beside clipnorm, expected one of them",
        ),
        (
            {"optimizer": {"name": "sgd", "decays": "all"}},
            "training.optimizer.decays: given, but nothing decays, expected l2 or weight_decay beside it",
        ),
        ({"schedule": {"warmup": 1}}, "training.schedule.kind: missing, expected one of constant, cosine, step, "),
        ({"early_stopping": {"patience": 3}}, "training.early_stopping.monitor: missing, expected it beside patience"),
        ({"label_smoothing": 1}, "training.label_smoothing: found 1, expected a number from 0 to below 1"),
    ],
)
def test_a_mistake_in_a_recipe_is_one_line_whether_the_study_makes_it_or_a_variant(config, written, line):
    def problems(changed):
        with pytest.raises(InputError) as caught:
            read_study(changed, {})
        return str(caught.value).splitlines()

    of_study = config | {"training": config["training"] | written}
    (found,) = problems(of_study)
    assert found.startswith(f"config: {line}")
    of_variant = copy.deepcopy(config)
    of_variant["training"]["early_stopping"] = None
    of_variant["variants"]["classical"]["training"] = written
    if "optimizer" not in written or "name" in written["optimizer"]:  # else the study's name is meant
        (found,) = problems(of_variant)
        assert found.startswith(f"config: variants.classical.{line}")


@pytest.mark.parametrize("key", ["precision", "threads"])
def test_what_runs_are_never_compared_across_is_the_study_s_alone(config, key):
    config["variants"]["classical"]["training"] = {key: config["training"][key]}
    with pytest.raises(InputError) as caught:
        read_study(config, {})
    assert str(caught.value).endswith(
        "expected it under the study's training, since runs that differ in it are not to be compared"
    )


# Keras's optimizers -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_the_table_of_optimizers_is_keras_own(name, schema):
    signature = inspect.signature(type(keras.optimizers.get(name))).parameters
    defaults = {key: p.default for key, p in signature.items() if p.kind is not p.VAR_KEYWORD and key not in LEFT_OUT}
    assert OPTIMIZERS[name] == defaults
    assert signature.keys() >= LEFT_OUT
    fields = schema["$defs"]["optimizer"]
    assert set(fields["properties"]["name"]["enum"]) == set(OPTIMIZERS)
    assert OPTIMIZERS[name].keys() | recipes.OWN.keys() <= fields["properties"].keys()


def test_the_table_of_schedules_is_the_schema_s(schema):
    fields = schema["$defs"]["schedule"]
    assert set(fields["properties"]["kind"]["enum"]) == set(SCHEDULES)
    assert {key for kind in SCHEDULES.values() for key in kind.keys} == fields["properties"].keys() - {"kind"}


@pytest.mark.parametrize(
    "given",
    [
        *OPTIMIZERS,
        SGD,
        {"name": "adam", "amsgrad": True},
        {"name": "rmsprop", "momentum": 0.5, "centered": True, "clipnorm": 1},
        {"name": "nadam", "global_clipnorm": 1, "epsilon": 1},
        {"name": "lion", "clipvalue": 1},
    ],
    ids=str,
)
def test_keras_takes_what_is_resolved_and_keeps_as_much_as_is_said(given):
    resolved = recipe(optimizer=given)["optimizer"]
    model = keras.Sequential([keras.Input([3]), keras.layers.Dense(100)])
    found = optimizers.optimizer(resolved, model)
    found.build(model.trainable_variables)
    settings = found.get_config()
    for key, value in ({} if isinstance(resolved, str) else resolved).items():
        assert key == "name" or settings[key] == pytest.approx(value)
    kept = sum(int(np.prod(variable.shape)) for variable in found.variables)
    assert kept // model.count_params() == recipes.slots(resolved)


# Kind of backbone -> its keys and an order.
SMALL = {
    "plain": ({"filters": [4, 4], "kernels": 3, "depths": 2, "dense": 4}, "conv norm act drop"),
    "residual": (
        {"filters": [4, 8], "depths": [1, 1], "shortcut": "projection", "bias": True},
        "norm act conv drop conv norm add act",
    ),
    "densenet": ({"filters": 4, "growth": 2, "depths": [1, 1]}, "norm act conv1 norm act conv drop concat"),
}


# Worked out by hand from g = slope + l2 * w; buf = 0.5 * buf + g; w = w - 0.1 * buf, as PyTorch's documentation of SGD
# has it (https://docs.pytorch.org/docs/stable/generated/torch.optim.SGD.html), with slopes of 3 and 1.
@pytest.mark.parametrize(
    ("decays", "biases"), [("kernels", [0.9, 0.75, 0.575]), ("all", [0.89, 0.7261, 0.536889])], ids=str
)
def test_coupled_decay_is_pytorch_s(decays, biases):
    model = keras.Sequential([keras.Input([1]), keras.layers.Dense(1)])
    model.set_weights([np.array([[2.0]]), np.array([1.0])])
    given = recipe(optimizer={"name": "sgd", "learning_rate": 0.1, "momentum": 0.5, "l2": 0.1, "decays": decays})
    found = optimizers.optimizer(given["optimizer"], model)
    found.build(model.trainable_variables)
    factors = optimizers.coupled_decay(given["optimizer"], model)
    train = step.one_step(model, found, lambda truth, logits: logits[:, 0], factors)
    for kernel, bias in zip([1.68, 1.2032, 0.652768], biases, strict=True):
        before = [float(weight.numpy().item()) for weight in model.weights]
        loss, _ = train(tf.constant([[3.0]]), tf.constant([0]), None)
        assert float(loss) == pytest.approx(3 * before[0] + before[1])  # without what decay would add
        assert [weight.numpy().item() for weight in model.weights] == pytest.approx([kernel, bias])


def test_all_decay_takes_biases_and_norms_too():
    keys, order = SMALL["residual"]
    spec = resolve(
        "v", {"backbone": {"kind": "residual"} | keys, "variants": {"v": {"order": order.replace("drop", "")}}}
    )
    model = models.build(spec, (8, 8, 3), 4, seed=0, for_training=True, xla=False)
    found = optimizers.optimizer({"name": "sgd", "weight_decay": 0.5, "learning_rate": 1.0, "decays": "all"}, model)
    found.build(model.trainable_variables)
    before = [variable.numpy() for variable in model.trainable_variables]
    found._apply_weight_decay(model.trainable_variables)
    for variable, old in zip(model.trainable_variables, before, strict=True):
        np.testing.assert_allclose(variable.numpy(), old / 2)


@pytest.mark.parametrize("norm", NORMS)
@pytest.mark.parametrize("kind", SMALL)
def test_kernels_alone_decay(kind, norm):
    keys, order = SMALL[kind]
    groups = {"groups": 2} if norm == "group" else {}
    backbone = {"kind": kind} | keys
    if (kind, norm) == ("plain", "instance"):  # it would leave nothing of the dense layer
        backbone["dense"] = None
    config = {"backbone": backbone, "dropout": {"rates": 0.1, "dense_rate": 0.1}, "norm": {"kind": norm} | groups}
    spec = resolve("v", config | {"variants": {"v": {"order": order}}})
    model = models.build(spec, (8, 8, 3), 4, seed=0, for_training=True, xla=False)
    found = optimizers.optimizer("adamw", model)
    found.build(model.trainable_variables)
    before = {variable.path: variable.numpy() for variable in model.variables}
    found._apply_weight_decay(model.trainable_variables)
    shrunk = {variable.path: variable.numpy() for variable in model.variables}
    decayed = {path for path in before if not np.array_equal(before[path], shrunk[path])}
    weighted = {
        layer.name for layer in backbones.build(spec, (8, 8, 3), 4) if layer.kind in ("conv", "dense", "output")
    }
    assert decayed == {f"{name}/kernel" for name in weighted}
    for path in decayed:
        np.testing.assert_allclose(shrunk[path], before[path] * (1 - 0.004 * 0.001), rtol=1e-6)


# Rates --------------------------------------------------------------------------------------------------------------


def test_warm_up_and_cosine_are_their_formulas():
    found = schedules.rates({"kind": "cosine", "warmup": 2.0}, 0.1, epochs=10, steps=5)
    warm = [0.1 * step / 10 for step in range(1, 11)]
    falling = [0.1 * (1 + math.cos(math.pi * step / 40)) / 2 for step in range(40)]
    np.testing.assert_allclose(found, [*warm, *falling], rtol=1e-6)
    theirs = keras.optimizers.schedules.CosineDecay(0.1, decay_steps=50)
    found = schedules.rates({"kind": "cosine", "warmup": 0.0}, 0.1, epochs=10, steps=5)
    np.testing.assert_allclose(found, [theirs(step) for step in range(50)], rtol=1e-4)


def test_steps_are_keras_piecewise_constants_and_count_from_the_run_s_beginning():
    found = schedules.rates({"kind": "step", "warmup": 1.0, "at": [2.0, 3.5], "factor": 0.1}, 1.0, epochs=5, steps=4)
    np.testing.assert_allclose(found, [0.25, 0.5, 0.75, 1, *[1] * 4, *[0.1] * 6, *[0.01] * 6], rtol=1e-6)


def test_an_exponential_schedule_multiplies_by_its_factor_an_epoch():
    found = schedules.rates({"kind": "exponential", "warmup": 0.0, "factor": 0.9}, 0.1, epochs=6, steps=7)
    theirs = keras.optimizers.schedules.ExponentialDecay(0.1, decay_steps=7, decay_rate=0.9)
    np.testing.assert_allclose(found, [theirs(step) for step in range(42)], rtol=1e-5)


def test_one_cycle_starts_and_ends_where_it_is_told():
    """KaiFabi's: from 1e-5 by 4e-3 to 1e-7."""
    written = recipe(schedule={"kind": "one_cycle", "warmup": 3, "end": 2.5e-5, "start": 2.5e-3})["schedule"]
    assert written == {"kind": "one_cycle", "warmup": 3.0, "start": 2.5e-3, "end": 2.5e-5}
    found = schedules.rates(written, 4e-3, epochs=10, steps=1000)
    assert found[0] == pytest.approx(1e-5, rel=1e-3)
    assert found[2999] == found[3000] == np.float32(4e-3)
    assert found[-1] == pytest.approx(1e-7, rel=1e-2)


@pytest.mark.parametrize(("warmup", "rising"), [(None, 3.0), (5.0, 5.0), (0.0, 0.0)])
def test_one_cycle_rises_and_falls_once(warmup, rising):
    found = schedules.rates({"kind": "one_cycle", "warmup": warmup}, 1.0, epochs=10, steps=100)
    top = int(100 * rising)
    assert found.argmax() == max(top - 1, 0) and found.max() == 1
    assert (np.diff(found[:top]) > 0).all() and (np.diff(found[top:]) < 0).all()
    assert found[0] == pytest.approx(1 / 25 if rising else 1, abs=1e-3)
    # A step before the end, where it would be 4e-6.
    assert found[-1] == pytest.approx(4e-6 + np.sin(np.pi / 2 / (1000 - top)) ** 2, rel=1e-4)


# Keys of each schedule: a new one has a line here.
KEYS = {
    "constant": st.just({}),
    "cosine": st.just({}),
    "one_cycle": st.sampled_from([{}, {"start": 0.5, "end": 0.1}]),
    "step": st.builds(lambda at: {"at": [at], "factor": 0.5}, st.floats(0.01, 2.9)),
    "exponential": st.builds(lambda factor: {"factor": factor}, st.floats(0.1, 1)),
}
kinds = st.sampled_from(list(SCHEDULES)).flatmap(lambda kind: KEYS[kind].map(lambda keys: {"kind": kind} | keys))


@given(kinds, st.floats(0, 2.9), st.integers(3, 9), st.integers(1, 40))
def test_every_step_has_a_rate_above_0_up_to_the_optimizer_s_own(kind, warmup, epochs, steps):
    schedule = recipe(schedule=kind | {"warmup": warmup}, epochs=epochs).get("schedule")
    found = schedules.rates(schedule, 0.1, epochs, steps)
    assert found.dtype == np.float32 and found.shape == (epochs * steps,)
    assert (found > 0).all() and found.max() <= np.float32(0.1)
    # Where more epochs leave the rates of the first as they are, a checkpoint may go on to them.
    more = schedules.rates(schedule, 0.1, epochs + 3, steps)
    assert schedules.by_length(schedule) or np.array_equal(more[: len(found)], found)


def test_without_a_schedule_the_rate_is_the_optimizer_s():
    assert schedules.rates(None, 0.001, 2, 3).tolist() == [float(np.float32(0.001))] * 6
    assert not schedules.by_length(None)
    assert [kind for kind, s in SCHEDULES.items() if s.by_length] == ["cosine", "one_cycle"]
    assert any(default is REQUIRED for s in SCHEDULES.values() for default in s.keys.values())
