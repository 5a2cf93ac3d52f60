"""What each part of the workflow gets of a checked config, so that no rule depends on more of it than it uses."""

import os
from pathlib import Path
from typing import Any

from placement.data.chosen import DEFAULTS, FOLDER, chosen
from placement.data.datasets import DATASETS
from placement.data.folders import expanded
from placement.merging import merged as over
from placement.network.spec import resolve
from placement.training import recipes


def seeds(config: dict[str, Any]) -> list[int]:
    """The seeds of a study, or those that select, in running order."""
    given = config["seeds"]
    return list(range(given)) if isinstance(given, int) else list(given)


def label(config: dict[str, Any], name: str) -> str:
    """What readers call a variant: its label, or its name where it has none."""
    return config["variants"][name].get("label", name)


def data_name(dataset: dict[str, Any]) -> str:
    """What readers call the data: the name of the data set, or of the folder of images."""
    name = dataset["name"]
    return Path(os.path.abspath(expanded(dataset["path"]))).name or dataset["path"] if name == FOLDER else name


def variant_spec(config: dict[str, Any], name: str) -> dict[str, Any]:
    """The resolved spec of a variant, as VariantSpec.to_dict gives it."""
    return resolve(name, config).to_dict()


def run_identity(config: dict[str, Any], variant: str, seed: int) -> dict[str, Any]:
    """All of the config that one run depends on, keys in one fixed order (see history.IDENTITY)."""
    dataset = DEFAULTS | config["dataset"]
    return {
        "study": config["study"],
        "dataset": chosen(dataset).identity | {key: dataset[key] for key in DEFAULTS},
        "variant": variant,
        "seed": seed,
        "spec": variant_spec(config, variant),
        "training": training(config, variant),
    }


def contents(config: dict[str, Any]) -> dict[str, str]:
    """SHA-256 of the files that a known data set is read from; a folder of images says it in its runs' identity."""
    known = DATASETS.get(config["dataset"]["name"])
    return known.files | known.contents if known else {}


def has_batchnorm(identity: dict[str, Any]) -> bool:
    """Whether there is a variance shift of a run."""
    return (identity["spec"]["norm"] or {}).get("kind") == "batch"


def training(config: dict[str, Any], variant: str) -> dict[str, Any]:
    """The recipe of a variant, resolved: its own keys over the study's, and its augmentation where there is any."""
    own = config["variants"][variant].get("training", {})
    recipe = recipes.resolve(over(config["training"], own), f"variants.{variant}.training")
    return recipe | augmentation(config, variant)


def augmentation(config: dict[str, Any], variant: str) -> dict[str, Any]:
    """{"augmentation": {flip, crop, cutout}} of a variant: its own keys over the study's; nothing where all is off."""
    given = config.get("augmentation", {}) | config["variants"][variant].get("augmentation", {})
    merged = {"flip": given.get("flip", False), "crop": given.get("crop", 0), "cutout": given.get("cutout", 0)}
    return {"augmentation": merged} if any(merged.values()) else {}


def compared(
    config: dict[str, Any], config_file: str, tables: dict[str, str], grid: dict[str, Any] | None = None
) -> dict[str, Any]:
    """What the comparison of a study gets: see `study` in compare.py.

    Args:
        config: the study's, its grid expanded.
        config_file: the one beside the results, which is the study whatever files and command line it was given by.
        tables: {name: title} of the tables to write.
        grid: as Grid.to_dict gives it, where the study has one.
    """
    variants, data = config["variants"], chosen(config["dataset"])
    return {
        "study": config["study"],
        "dataset": data_name(config["dataset"]),
        "classes": list(data.class_names),
        "copies": data.copies.text,
        "seeds": seeds(config),
        "config_file": config_file,
        "comparison": config["comparison"],
        "variants": {
            name: {"label": label(config, name)} | {key: fields[key] for key in ("colour",) if key in fields}
            for name, fields in variants.items()
        },
        "specs": {name: variant_spec(config, name) | {"training": training(config, name)} for name in variants},
        "tables": tables,
        "outputs": config.get("outputs", []),
        "grid": grid,
    }
