"""A study's and a variant's lines of `training` -> the recipe of a run, defaults filled in and checked.

No TensorFlow here, since planning does it: what Keras's optimizers take is in a table, which
tests/training/test_recipes.py holds to their signatures.
"""

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from typing import Any

from placement.errors import ConfigError
from placement.training.schedules import ONE_CYCLE, REQUIRED, SCHEDULES

_DECAY_AND_CLIPPING = {"weight_decay": None, "clipnorm": None, "global_clipnorm": None, "clipvalue": None}
_MOMENTS = {"beta_1": 0.9, "beta_2": 0.999, "epsilon": 1e-7}
# Optimizer -> its arguments with Keras's defaults. Left out are those that belong to other keys here (name; what scales
# losses, which is for float16; gradient_accumulation_steps, which is a batch size that BatchNorm doesn't see), and the
# moving average of the weights (use_ema and the like), which would be other weights than those that are evaluated.
OPTIMIZERS = {
    "sgd": {"learning_rate": 0.01, "momentum": 0.0, "nesterov": False, **_DECAY_AND_CLIPPING},
    "adam": {"learning_rate": 0.001, **_MOMENTS, "amsgrad": False, **_DECAY_AND_CLIPPING},
    "adamw": {"learning_rate": 0.001, **_MOMENTS, "amsgrad": False, **_DECAY_AND_CLIPPING, "weight_decay": 0.004},
    "nadam": {"learning_rate": 0.001, **_MOMENTS, **_DECAY_AND_CLIPPING},
    "rmsprop": {
        "learning_rate": 0.001,
        "rho": 0.9,
        "momentum": 0.0,
        "epsilon": 1e-7,
        "centered": False,
        **_DECAY_AND_CLIPPING,
    },
    "lion": {"learning_rate": 0.001, "beta_1": 0.9, "beta_2": 0.99, **_DECAY_AND_CLIPPING},
}
_CLIPPING = ("clipnorm", "global_clipnorm", "clipvalue")  # of which Keras takes one
# What is ours of an optimizer, absent where it has no effect: coupled decay, and what decays (see optimizers).
OWN = {"l2": 0.0, "decays": "kernels"}


@dataclass(frozen=True)
class EarlyStopping:
    """The column of an epoch's record that is to improve, and the epochs that are waited for it."""

    monitor: str
    patience: int


@dataclass(frozen=True)
class Recipe:
    """How a run is trained.

    Attributes:
        optimizer: its name where all its arguments are Keras's defaults, else {name, and all its arguments} with those
            of OWN that have an effect.
        early_stopping: None: all epochs are trained, and the last one's weights kept.
        threads: of the run's process.
        schedule: {kind, and its keys}, see schedules; None: the rate is constant.
        augmentation: see augmentation; None: nothing.
    """

    epochs: int
    batch_size: int
    optimizer: str | dict[str, Any]
    early_stopping: EarlyStopping | None
    precision: str
    threads: int
    schedule: dict[str, Any] | None = None
    label_smoothing: float = 0.0
    augmentation: dict[str, Any] | None = None

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON types, the form that histories hold: the last three are absent at their defaults."""
        record = {field.name: getattr(self, field.name) for field in fields(self)}
        said = {name: value for name, value in record.items() if name not in LATER or value != LATER[name]}
        return said | {"early_stopping": self.early_stopping and asdict(self.early_stopping)}

    def steps_per_epoch(self, images: int) -> int:
        """The steps of an epoch of so many training images; the last takes those that are left."""
        return math.ceil(images / self.batch_size)

    @classmethod
    def from_dict(cls, record: Mapping[str, Any]) -> "Recipe":
        """The inverse of to_dict."""
        stopping = record["early_stopping"]
        return cls(**{**record, "early_stopping": stopping and EarlyStopping(**stopping)})


# Keys that recipes had not at first, with what older ones do.
LATER = {"schedule": None, "label_smoothing": 0.0, "augmentation": None}


def resolve(training: dict[str, Any]) -> Recipe:
    """The recipe of a run, but for its augmentation.

    One recipe has one form, the shortest: see Recipe; a one_cycle's `start` and `end` are absent where they are the
    usual ones.

    Args:
        training: a study's, with the variant's own keys over it.

    Raises:
        ConfigError: its path begins with `training`.
    """
    schedule = _schedule(training.get("schedule", "constant"), training["epochs"])
    return Recipe(
        epochs=training["epochs"],
        batch_size=training["batch_size"],
        optimizer=_optimizer(training["optimizer"]),
        early_stopping=_early_stopping(training["early_stopping"]),
        precision=training["precision"],
        threads=training["threads"],
        schedule=None if schedule == {"kind": "constant", "warmup": 0.0} else schedule,
        label_smoothing=float(training.get("label_smoothing", 0)),
    )


def slots(optimizer: str | dict[str, Any]) -> int:
    """How many numbers a resolved optimizer keeps for each trainable one."""
    given = _mapping(optimizer, "name")
    match given["name"]:
        case "sgd":
            return int(given.get("momentum", 0) > 0)
        case "rmsprop":
            return 1 + (given.get("momentum", 0) > 0) + given.get("centered", False)
        case "lion":
            return 1
    return 2 + given.get("amsgrad", False)


def _mapping(given: str | dict[str, Any], naming: str) -> dict[str, Any]:
    return {naming: given} if isinstance(given, str) else given


def _optimizer(given: str | dict[str, Any]) -> str | dict[str, Any]:
    table = {name: arguments | OWN for name, arguments in OPTIMIZERS.items()}
    filled = _filled("optimizer", _mapping(given, "name"), "name", table)
    name = filled["name"]
    if filled["weight_decay"] == 0 and OPTIMIZERS[name]["weight_decay"] is None:
        filled["weight_decay"] = None
    clipping = [key for key in _CLIPPING if filled[key] is not None]
    if len(clipping) > 1:
        raise ConfigError(("training", "optimizer", clipping[1]), f"given beside {clipping[0]}, expected one of them")
    if filled["l2"] and (other := next((key for key in ("weight_decay", *_CLIPPING) if filled[key] is not None), None)):
        raise ConfigError(("training", "optimizer", "l2"), f"given beside {other}, expected one of them")
    if filled["decays"] != OWN["decays"] and not filled["l2"] and filled["weight_decay"] is None:
        raise ConfigError(
            ("training", "optimizer", "decays"), "given, but nothing decays, expected l2 or weight_decay beside it"
        )
    filled = {key: value for key, value in filled.items() if OWN.get(key, ...) != value}
    return name if filled == {"name": name} | OPTIMIZERS[name] else filled


def _schedule(given: str | dict[str, Any], epochs: int) -> dict[str, Any]:
    given, table = _mapping(given, "kind"), {kind: schedule.keys for kind, schedule in SCHEDULES.items()}
    filled = _filled("schedule", given, "kind", table)
    if (filled["warmup"] or 0) >= epochs:
        raise ConfigError(
            ("training", "schedule", "warmup"),
            f"found {given['warmup']}, expected less than the {epochs} epochs of the run",
        )
    if "at" in filled:
        at = filled["at"] = [float(epoch) for epoch in filled["at"]]
        if any(one >= other for one, other in zip(at, [*at[1:], epochs], strict=True)):
            raise ConfigError(
                ("training", "schedule", "at"),
                f"found {given['at']}, expected rising numbers below the {epochs} epochs",
            )
    return {key: value for key, value in filled.items() if ONE_CYCLE.get(key, ...) != value}


def _early_stopping(given: dict[str, Any] | None) -> EarlyStopping | None:
    if given is None:
        return None
    if missing := [key for key in ("monitor", "patience") if key not in given]:
        raise ConfigError(
            ("training", "early_stopping", missing[0]), f"missing, expected it beside {', '.join(given) or 'nothing'}"
        )
    return EarlyStopping(given["monitor"], given["patience"])


def _filled(key: str, given: dict[str, Any], naming: str, table: dict[str, dict[str, Any]]) -> dict[str, Any]:
    """What is given, with the defaults of its name in the table; numbers as floats, so that 1 is no other than 1.0."""
    if naming not in given:
        raise ConfigError(("training", key, naming), f"missing, expected one of {', '.join(table)}")
    name = given[naming]
    defaults = table[name]
    if unknown := sorted(given.keys() - defaults.keys() - {naming}):
        raise ConfigError(
            ("training", key, unknown[0]), f"no key of {name}, expected one of {', '.join(sorted(defaults))}"
        )
    if missing := [key for key, default in defaults.items() if default is REQUIRED and key not in given]:
        raise ConfigError(("training", key, missing[0]), f"missing, expected it of {name}")
    filled = defaults | {key: float(value) if type(value) is int else value for key, value in given.items()}
    return {naming: name} | {key: filled[key] for key in defaults}
