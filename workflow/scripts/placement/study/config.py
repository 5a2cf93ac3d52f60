"""A study's config: everything wrong with it at once, one line a problem, or the study it describes.

The rest of the workflow sees the config only through what is here, so that no rule depends on more of it than it
uses.
"""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jsonschema
import yaml

from placement.data.datasets import DATASETS
from placement.errors import InputError
from placement.network.orders import resolve

# JSON Schema calls 5.0 an integer; Python's range() doesn't.
_TYPES = jsonschema.Draft202012Validator.TYPE_CHECKER.redefine(
    "integer", lambda _, value: isinstance(value, int) and not isinstance(value, bool)
)
_Validator = jsonschema.validators.extend(jsonschema.Draft202012Validator, type_checker=_TYPES)


def check(config: dict[str, Any], schema: dict[str, Any], files: list[str]) -> None:
    """Check a whole config.

    Args:
        config: as merged from the files and the command line.
        schema: the content of config.schema.yaml.
        files: the YAML files that it came from, for the messages and to find names that are given twice in a file.

    Raises:
        InputError: one line a problem, each naming file and key, what was found and what was expected.
    """
    source = ", ".join(map(str, files)) or "config"
    problems = [f"{file}: {problem}" for file in files for problem in _duplicate_keys(file)]
    found = sorted(_Validator(schema).iter_errors(config), key=lambda error: [str(step) for step in error.path])
    structure = [line for error in found for line in _explain(error)]
    # What depends on several keys is looked at only where each of them is sound.
    unsound = {line.split(":")[0].split(".")[0] for line in structure}
    meaning = _inconsistencies(config, unsound)
    problems += [f"{source}: {problem}" for problem in [*structure, *meaning]]
    if problems:
        raise InputError("\n".join(problems))


def integers(value: Any) -> Any:
    """A list with its items as integers where they are written so: `--config seeds='[5, 6]'` leaves them strings."""
    if not isinstance(value, list):
        return value
    return [int(item) if isinstance(item, str) and re.fullmatch(r"-?[0-9]+", item) else item for item in value]


def _explain(error: jsonschema.ValidationError) -> Iterator[str]:
    key = ".".join(str(step) for step in error.absolute_path)
    if error.validator == "additionalProperties" and error.validator_value is False:
        known = sorted(error.schema["properties"])
        for name in error.instance.keys() - error.schema["properties"].keys():
            yield f"{_join(key, name)}: unknown key, expected one of {', '.join(known)}"
    elif error.validator == "required":
        missing = error.message.split("'")[1]
        yield f"{_join(key, missing)}: missing, expected {_description(error.schema, missing)}"
    else:
        if "propertyNames" in error.schema_path:  # then the name itself is the instance
            key = _join(key, str(error.instance))
        yield f"{key or 'config'}: found {error.instance!r}, expected {error.schema.get('description', error.message)}"


def _join(key: str, name: str) -> str:
    return f"{key}.{name}" if key else str(name)


def _description(schema: dict[str, Any], key: str) -> str:
    return schema.get("properties", {}).get(key, {}).get("description", "a value")


def _inconsistencies(config: dict[str, Any], unsound: set[str]) -> Iterator[str]:
    """What is wrong between keys, but for the `unsound` top-level ones."""
    known = None
    if "dataset" not in unsound:
        dataset = config["dataset"]
        known = DATASETS.get(dataset["name"])
        if known is None:
            yield f"dataset.name: found {dataset['name']!r}, expected one of {', '.join(DATASETS)}"
        else:
            yield from _too_few_images(dataset, known)
    if unsound.isdisjoint(("variants", "backbone", "dropout")):
        yield from _impossible_variants(config, known)
    if unsound.isdisjoint(("comparison", "variants")):
        yield from _unknown_variants(config["comparison"], config["variants"])


def _impossible_variants(config: dict[str, Any], known) -> Iterator[str]:
    for name, variant in config["variants"].items():
        try:
            spec = resolve(name, variant, config["backbone"], config.get("dropout"))
        except InputError as error:
            yield str(error)
            continue
        stages = len(spec.backbone["filters"])
        if known is not None and min(known.shape[:2]) < 2 ** (stages - 1):
            yield (
                f"variants.{name}: backbone.filters has {stages} stages, too many halvings for images of "
                f"{known.shape[0]}x{known.shape[1]}"
            )


def _unknown_variants(comparison: dict[str, Any], variants: dict[str, Any]) -> Iterator[str]:
    if comparison["baseline"] not in variants:
        yield f"comparison.baseline: found {comparison['baseline']!r}, expected one of {', '.join(variants)}"
    for index, claim in enumerate(comparison["claims"]):
        for side in ("left", "right"):
            for name in members(claim[side]):
                if name not in variants:
                    yield (f"comparison.claims.{index}.{side}: found {name!r}, expected one of {', '.join(variants)}")


def members(side: str | list[str] | dict[str, list[str]]) -> list[str]:
    """The variants that a side of a claim names."""
    if isinstance(side, dict):
        return side["mean"]
    return [side] if isinstance(side, str) else side


def _too_few_images(dataset: dict[str, Any], known) -> Iterator[str]:
    limit, classes = dataset["limit"], len(known.class_names)
    images = known.training_size if limit is None else limit
    if images > known.training_size:
        yield f"dataset.limit: found {limit}, expected at most {known.training_size}, the training images there are"
        return
    validation = round(images * dataset["validation_fraction"])
    for part, count in (("validation", validation), ("training", images - validation)):
        if count < classes:
            yield (
                f"dataset.validation_fraction: found {dataset['validation_fraction']} of {images} images, which leaves "
                f"{count} for {part}, expected one of each of the {classes} classes at least"
            )


class _StrictLoader(yaml.SafeLoader):
    """SafeLoader keeps the last of two equal keys without a word; this one notes them."""

    def __init__(self, stream) -> None:
        super().__init__(stream)
        self.duplicates: list[str] = []

    def construct_mapping(self, node, deep=False):
        names = [self.construct_object(key) for key, _ in node.value]
        for (key, _), name in zip(node.value, names, strict=True):
            if names.count(name) > 1 and names.index(name) != node.value.index((key, _)):
                self.duplicates.append(f"line {key.start_mark.line + 1}: '{name}' is given twice, expected it once")
        return super().construct_mapping(node, deep)


def _duplicate_keys(file: str) -> list[str]:
    loader = _StrictLoader(Path(file).read_text())
    try:
        loader.get_single_data()
    except yaml.YAMLError as error:
        return [f"not YAML: {error}".replace("\n", " ")]
    finally:
        loader.dispose()
    return loader.duplicates
