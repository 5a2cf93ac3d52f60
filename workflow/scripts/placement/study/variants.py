"""The variants of a study: what each is trained as, defaults filled in, and what can be wrong with them."""

from collections.abc import Iterator, Mapping, Set
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

from placement.errors import ConfigError
from placement.network import backbones
from placement.network.spec import VariantSpec
from placement.study import networks
from placement.study.dataset import StudyDataset
from placement.study.merging import KINDS, merged
from placement.study.problems import Problem
from placement.training import recipes
from placement.training.recipes import Recipe


@dataclass(frozen=True)
class Variant:
    """What is compared.

    Attributes:
        name: of its folder.
        label: as readers call it.
        colour: as '#rrggbb'; None where it is given one.
        spec: the network that it is.
        recipe: how it is trained.
    """

    name: str
    label: str
    colour: str | None
    spec: VariantSpec
    recipe: Recipe

    @cached_property
    def record(self) -> dict[str, Any]:
        """What decides its runs, as histories have it: spec and training."""
        return {"spec": self.spec.to_dict(), "training": self.recipe.to_dict()}


def recipe(fields: Mapping[str, Any], config: Mapping[str, Any]) -> Recipe:
    """The recipe of a variant: its own keys over the study's, its augmentation over the study's.

    Raises:
        ConfigError: its path is the variant's.
    """
    resolved = recipes.resolve(merged(config["training"], fields.get("training", {})))
    given = config.get("augmentation", {}) | fields.get("augmentation", {})
    augmentation = {"flip": given.get("flip", False), "crop": given.get("crop", 0), "cutout": given.get("cutout", 0)}
    return replace(resolved, augmentation=augmentation if any(augmentation.values()) else None)


def label(name: str, fields: Mapping[str, Any]) -> str:
    """What readers call a variant: its label, or its name where it has none."""
    return fields.get("label", name)


def unusable_labels(config: Mapping[str, Any]) -> Iterator[Problem]:
    """Readers tell variants apart by their labels, and legends leave out what begins with '_'."""
    called: dict[str, str] = {}
    for name, fields in config["variants"].items():
        at = ("variants", name, "label") if "label" in fields else ("variants", name)
        text = label(name, fields)
        if text.startswith("_"):
            yield Problem(at, f"found {text!r}, expected a label that doesn't begin with '_': legends leave it out")
        elif text == "seed":
            yield Problem(at, "found 'seed', expected another label: tables have a column of that name")
        elif (first := called.setdefault(text, name)) != name:
            yield Problem(
                at, f"found {text!r}, as {first} is called too, expected a label of its own", (("variants", first),)
            )


def too_large_augmentation(config: Mapping[str, Any], dataset: StudyDataset) -> Iterator[Problem]:
    """Crops and squares beyond the image."""
    given = {(): config} | {("variants", name): fields for name, fields in config["variants"].items()}
    side = min(dataset.info.shape[:2])
    for path, fields in given.items():
        for name in ("crop", "cutout"):
            if (pixels := fields.get("augmentation", {}).get(name, 0)) > side:
                yield Problem(
                    (*path, "augmentation", name), f"found {pixels}, expected at most {side}, the images' side"
                )


def specs(
    config: Mapping[str, Any], dataset: StudyDataset | None, resolved: Mapping[str, VariantSpec]
) -> tuple[dict[str, VariantSpec], list[Problem]]:
    """The networks of variants by name, and what is wrong with the others. What several have of a key that all share,
    such as dropout.rates, is told once, at that key.

    Args:
        config: its `training` is empty where that isn't sound.
        dataset: None where it isn't known; then nothing is said of how networks fit the images.
        resolved: those that have been, of a grid.
    """
    found: dict[str, VariantSpec] = {}
    problems: dict[Problem, None] = {}
    for name, fields in config["variants"].items():
        try:
            spec = resolved[name] if name in resolved else networks.resolve(fields, config)
            if dataset is not None:
                network = (spec, dataset.info.shape, len(dataset.info.class_names))
                backbones.build(*network)
                if config["training"]:
                    own = fields.get("training", {})
                    backbones.check_batch(*network, merged(config["training"], own)["batch_size"])
            found[name] = spec
        except ConfigError as error:
            # An order that nobody gave is each variant's own to give.
            shared = {*networks.SHARED, "training"} - ({"order"} - config.keys())
            path = _said_at(name, fields, error.path, shared)
            # Most of what is wrong with a network is so together with its sizes.
            problems.setdefault(Problem(path, error.text, () if path[-1] == "order" else (("backbone",),)))
    return found, list(problems)


def _said_at(
    name: str, fields: Mapping[str, Any], path: tuple[str | int, ...], shared: Set[str]
) -> tuple[str | int, ...]:
    """Where a key of a variant's network was said, or could have been: under the variant, or under what all share."""
    key, *inner = (str(step) for step in path)
    own = fields.get(key, {})
    if isinstance(own, str):  # its kind alone, or its order
        return ("variants", name, key)
    if key in shared and not ((inner and inner[0] in own) or KINDS.get(key) in own):
        return path
    return ("variants", name, *path)


def recipes_of(config: Mapping[str, Any], variants: Mapping[str, Any]) -> tuple[dict[str, Recipe], list[Problem]]:
    """The recipes of variants by name, and what is wrong with the others; with the study's own, which each would
    repeat, alone."""
    try:
        recipes.resolve(config["training"])
    except ConfigError as error:
        return {}, [Problem.of(error)]
    found: dict[str, Recipe] = {}
    problems = []
    for name, fields in variants.items():
        try:
            found[name] = recipe(fields, config)
        except ConfigError as error:
            problems.append(Problem.of(error, ("variants", name)))
    return found, problems
