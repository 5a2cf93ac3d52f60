"""The variance shift of a run: one JSON file, its writer and reader (see variance_shift.py)."""

import json
from pathlib import Path
from typing import Any

from placement.errors import InputError
from placement.files import atomic

_RUN = ("variant", "seed", "accuracy", "accuracy_reestimated", "layers")
_LAYER = (
    "layer",
    "epsilon",
    *(f"{whose}_{moment}" for whose in ("moving", "train", "test") for moment in ("mean", "variance")),
)


def has_one(identity: dict[str, Any]) -> bool:
    """Whether there is one of a run of this identity (see Study.identity): it has BatchNorm."""
    return (identity["spec"]["norm"] or {}).get("kind") == "batch"


def write(path: str | Path, shift: dict[str, Any]) -> None:
    """Write what was measured of a run atomically."""
    with atomic(path) as temporary:
        temporary.write_text(json.dumps(shift, allow_nan=False) + "\n", encoding="utf-8")


def read(path: str | Path) -> dict[str, Any]:
    """The record of a run: see variance_shift.py.

    Raises:
        InputError: it isn't that.
    """
    try:
        record = json.loads(Path(path).read_text(encoding="utf-8"))
        missing = [key for key in _RUN if key not in record]
        missing += [key for layer in record["layers"] for key in _LAYER if key not in layer] if not missing else []
        if missing:
            raise KeyError(missing[0])
        return record
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise InputError(f"{path}: not a variance shift ({error!r}); delete it and run again") from error
