"""A config beside its JSON Schema: each mistake with the schema's own description of what was expected."""

import math
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any

import jsonschema
import numpy as np
import yaml

from placement.data.chosen import FOLDER
from placement.data.datasets import DATASETS
from placement.network.backbones import BACKBONES
from placement.network.norms import NORMS
from placement.network.spec import ACTIVATIONS
from placement.study.problems import Problem
from placement.training.recipes import OPTIMIZERS
from placement.training.schedules import SCHEDULES

_FILE = Path(__file__).parents[3] / "schemas/config.schema.yaml"
_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)  # in C where PyYAML has it: ten times as fast
_KINDS = {
    "activations": ACTIVATIONS,
    "backbones": tuple(BACKBONES),
    "datasets": (*DATASETS, FOLDER),
    "norms": tuple(NORMS),
    "optimizers": tuple(sorted(OPTIMIZERS)),
    "schedules": tuple(SCHEDULES),
}
# Beyond every size that means something here, and within what TensorFlow and NumPy count with.
_LARGEST = 2**32
_LONGEST_SHOWN = 80
_TINY = float(np.finfo(np.float32).tiny)  # the least of float32, which training computes in


def _is_integer(_, value: Any) -> bool:
    """JSON Schema calls 5.0 an integer; Python's range() doesn't."""
    return isinstance(value, int) and not isinstance(value, bool) and abs(value) <= _LARGEST


def _is_number(_, value: Any) -> bool:
    """YAML's .nan and .inf are no sizes, and no minimum refuses .nan. What float32 hasn't would be 0 or infinite."""
    return _is_integer(_, value) or (isinstance(value, float) and (value == 0 or _TINY <= abs(value) <= _LARGEST))


def _is_below(validator, bound: float, value: Any, _) -> Iterator[jsonschema.ValidationError]:
    """In float32 a number that is below 1 may be 1: a dropout of everything."""
    if validator.is_type(value, "number") and np.float32(value) >= np.float32(bound):
        yield jsonschema.ValidationError(f"{value!r} is not below {bound}")


_TYPES = jsonschema.Draft202012Validator.TYPE_CHECKER.redefine_many({"integer": _is_integer, "number": _is_number})
_Validator = jsonschema.validators.extend(
    jsonschema.Draft202012Validator, {"exclusiveMaximum": _is_below}, type_checker=_TYPES
)


@cache
def load() -> dict[str, Any]:
    """The schema of a config, the names of the kinds that there are filled in from their tables."""
    text = _FILE.read_text(encoding="utf-8")
    for table, names in _KINDS.items():
        *others, last = names
        for written, said in (
            (f"<{table}>", ", ".join(names)),
            (f"<{table}|>", "|".join(names)),
            (f"<{table} or>", f"{', '.join(others)} or {last}"),
        ):
            text = text.replace(written, said)
    return yaml.load(text, Loader=_LOADER)


def resolved(part: Mapping[str, Any], defined: Mapping[str, Any]) -> dict[str, Any]:
    """A part of a schema with what its reference, if any, adds to it.

    Args:
        defined: the schema's `$defs`.
    """
    return {**defined.get(part.get("$ref", "").removeprefix("#/$defs/"), {}), **part}


def problems(config: Any, schema: dict[str, Any]) -> list[Problem]:
    """All that the schema forbids, in the order of the keys."""
    found = sorted(_Validator(schema).iter_errors(config), key=lambda error: [str(step) for step in error.path])
    return [problem for error in found for problem in _explain(error, schema.get("$defs", {}))]


def _explain(error: jsonschema.ValidationError, defined: dict[str, Any]) -> Iterator[Problem]:
    path, description = tuple(error.absolute_path), error.schema.get("description", error.message)
    if error.validator == "additionalProperties" and error.validator_value is False:
        known = ", ".join(sorted(error.schema["properties"]))
        for name in error.instance.keys() - error.schema["properties"].keys():
            yield Problem((*path, name), f"unknown key, expected one of {known}")
    elif error.validator == "required":
        missing = error.message.split("'")[1]
        wanted = resolved(error.schema.get("properties", {}).get(missing, {}), defined)
        yield Problem((*path, missing), f"missing, expected {wanted.get('description', 'a value')}")
    else:
        if "propertyNames" in error.schema_path:  # then the name itself is the instance
            path = (*path, error.instance)
        if error.validator == "type" and error.validator_value == "string":
            # To YAML 2025 is a number, yes a truth value and 2025-01-01 a date.
            description = f"text in quotes, {description}"
        elif error.validator == "type" and error.schema.get("additionalProperties") is False:
            description = f"the keys {', '.join(error.schema['properties'])}: {description}"
        elif error.validator == "type" and (number := _number_in(error.instance)):
            description += f", written as {number}: to YAML this is text"
        yield Problem(path, f"found {_shown(error.instance)}{_in_float32(error.instance)}, expected {description}")


def _shown(value: Any) -> str:
    """A value as a message has it: what is null or long in YAML's words."""
    if value is None:
        return "null"
    if isinstance(value, Mapping | list) and len(repr(value)) > _LONGEST_SHOWN:
        return f"{'a mapping' if isinstance(value, Mapping) else 'a list'} of {len(value)}"
    return repr(value)


def _in_float32(value: Any) -> str:
    """What a number is there, where that is what is wrong with it; else nothing."""
    if not isinstance(value, float) or not math.isfinite(value):
        return ""
    with np.errstate(over="ignore"):
        there = float(np.float32(value)) if abs(value) >= _TINY else 0.0
    return f" ({there:g} in float32)" if there != value and there in (0, 1, math.inf, -math.inf) else ""


def _number_in(value: Any) -> str:
    """A text such as '1e-3', which YAML takes for none, as YAML writes that number; empty where it is none."""
    try:
        number = float(value) if isinstance(value, str) else math.nan
    except ValueError:
        return ""
    return yaml.safe_dump(int(number) if number.is_integer() else number).split()[0] if math.isfinite(number) else ""
