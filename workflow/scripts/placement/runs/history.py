"""The history of a run: one JSON file that any parser reads (no NaN), its schema, reader and writer.

All of it but `seconds` and `environment` is the same bits whenever the run is repeated.

An epoch's `learning_rate` is that of its last step. `evaluation` holds the scores at the kept weights (`test` stands
beside it too), and at the last epoch's in `last`. `best_epoch` is the one whose weights are kept.

`code` holds the digests of the sources that made the run (see sources.digests); it may be missing.
"""

import json
from pathlib import Path
from typing import Any

import jsonschema

from placement.errors import InputError
from placement.files import atomic

# What a study calls a run, which may be another study's too, under other names.
NAMES = ("study", "variant")
IDENTITY = ("study", "dataset", "variant", "seed", "spec", "training")
# Of these, what the runs of a variant have in common, whatever it is called.
OF_VARIANT = ("dataset", "spec", "training")

_NUMBER = {"type": "number"}
_COUNT = {"type": "integer", "minimum": 0}
_FRACTION = {"type": "number", "minimum": 0, "maximum": 1}


def _record(optional: tuple[str, ...] = (), **properties: dict[str, Any]) -> dict[str, Any]:
    return {
        "type": "object",
        "properties": properties,
        "required": [name for name in properties if name not in optional],
        "additionalProperties": False,
    }


_SCORES = _record(loss=_NUMBER, accuracy=_FRACTION)
SCHEMA = _record(
    optional=("code",),
    study={"type": "string"},
    dataset={"type": "object"},
    variant={"type": "string"},
    seed=_COUNT,
    spec={"type": "object"},
    training={"type": "object"},
    code={"type": "object"},
    parameters=_record(total=_COUNT, trainable=_COUNT),
    steps_per_epoch=_COUNT,
    epochs={
        "type": "array",
        "minItems": 1,
        "items": _record(
            epoch=_COUNT,
            loss=_NUMBER,
            accuracy=_FRACTION,
            val_loss=_NUMBER,
            val_accuracy=_FRACTION,
            learning_rate=_NUMBER,
            seconds=_NUMBER,
        ),
    },
    best_epoch={"type": "integer", "minimum": 1},
    stopped_early={"type": "boolean"},
    evaluation=_record(
        optional=("test", "last"),  # which older ones don't have
        train=_SCORES,
        validation=_SCORES,
        test=_SCORES,
        last=_record(validation=_SCORES, test=_SCORES),
    ),
    test=_SCORES,
    environment={"type": "object"},
)
_VALIDATOR = jsonschema.Draft202012Validator(SCHEMA)


def write(path: str | Path, history: dict[str, Any]) -> None:
    """Write a history atomically. Raises ValueError on NaN or infinity, which JSON doesn't have."""
    _VALIDATOR.validate(history)
    text = json.dumps(history, indent=1, allow_nan=False)
    with atomic(path) as temporary:
        temporary.write_text(text + "\n", encoding="utf-8")


def read(path: str | Path, identity: dict[str, Any] | None = None) -> dict[str, Any]:
    """Read and check a history; `identity` holds the IDENTITY keys that it must have been written with;
    study and variant are as the identity calls them.

    Raises:
        InputError: not JSON, a key is missing or of the wrong type, or it belongs to another config.
    """
    try:
        history = json.loads(Path(path).read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise InputError(f"{path}: not a history in JSON ({error}); delete it and run again") from error
    for wrong in _VALIDATOR.iter_errors(history):
        raise InputError(f"{path}: {wrong.json_path}: {wrong.message}; delete it and run again")
    if len(history["epochs"]) < history["best_epoch"]:
        raise InputError(f"{path}: best_epoch {history['best_epoch']}, but {len(history['epochs'])} epochs")
    identity = identity or {}
    for key, expected in identity.items():
        if key not in NAMES and history[key] != expected:
            raise InputError(f"{path}: {key} is {history[key]}, expected {expected}: it belongs to another config")
    return history | {key: identity[key] for key in NAMES if key in identity}


def made_of(path: str | Path) -> dict[str, Any]:
    """What a run's JSON file says that it was made of: those of IDENTITY and `code` that it has.

    Of a history, or of what was measured on its run; nothing where the file can't be read.
    """
    content = _content(path)
    return {key: content[key] for key in (*IDENTITY, "code") if key in content}


def seconds(path: str | Path, identity: dict[str, Any]) -> float | None:
    """What all epochs of a run took, see `seconds` there; None where there is no such run, or one of another network or
    recipe than the identity's."""
    content = _content(path)
    if any(key not in content or content[key] != identity[key] for key in OF_VARIANT):
        return None
    try:
        return float(sum(epoch["seconds"] for epoch in content["epochs"]))
    except (KeyError, TypeError):
        return None


def accuracy(path: str | Path) -> float | None:
    """Test accuracy in a history or in what was measured on its run; None where it can't be read."""
    content = _content(path)
    try:
        return float(content.get("test", content)["accuracy"])
    except (KeyError, TypeError, ValueError):
        return None


def _content(path: str | Path) -> dict[str, Any]:
    """What a run's JSON file holds; nothing where it can't be read."""
    try:
        content = json.loads(Path(path).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return content if isinstance(content, dict) else {}


def without_timing(history: dict[str, Any]) -> dict[str, Any]:
    """The part that every rerun reproduces to the bit: all but `seconds` and `environment`."""
    epochs = [{key: value for key, value in epoch.items() if key != "seconds"} for epoch in history["epochs"]]
    return {key: value for key, value in history.items() if key != "environment"} | {"epochs": epochs}
