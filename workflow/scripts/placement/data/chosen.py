"""What the `dataset` of a study stands for: an entry of the table, or a folder of images."""

import hashlib
import json
from typing import Any, NamedTuple

from placement.data import folders
from placement.data.copies import Copies
from placement.data.datasets import DATASETS
from placement.errors import ConfigError

# What a study needn't say of its data.
DEFAULTS = {"validation_fraction": 0.2, "split_seed": 42, "limit": None}
FOLDER = "image_folder"
FOLDER_DEFAULTS = {"channels": 3, "test_fraction": None, "skip_damaged": False, "duplicates": "keep"}
FOLDER_KEYS = ("path", "size", *FOLDER_DEFAULTS)


class DatasetInfo(NamedTuple):
    """A data set as a study uses it.

    Attributes:
        identity: all that decides its arrays, whatever the source; of a folder not its path but what is in it.
        folder: of its prepared arrays, under results/data/.
        shape: height, width, channels.
        class_names: in label order.
        training_size, test_size: images there are to split, and to test with; of a folder also damaged files.
        training_counts: of each class; None where the table doesn't say.
        copies: of a folder, what is in it more than once.
    """

    identity: dict[str, Any]
    folder: str
    shape: tuple[int, int, int]
    class_names: tuple[str, ...]
    training_size: int
    test_size: int
    training_counts: tuple[int, ...] | None = None
    copies: Copies = Copies()


def chosen(dataset: dict[str, Any], look: bool = False) -> DatasetInfo:
    """What a study's `dataset` stands for, checked against the schema.

    Args:
        dataset: as in the config.
        look: whether to look at a folder; else it is what it was at the last look.

    Raises:
        InputError: no such data set, a key that it doesn't have or lacks, a test_fraction that leaves a class too few
            images, images that are there twice where they are to be refused, or see folders.look.
    """
    name = dataset["name"]
    if name != FOLDER:
        if name not in DATASETS:
            raise ConfigError(("dataset", "name"), f"found {name!r}, expected one of {', '.join([*DATASETS, FOLDER])}")
        for key in FOLDER_KEYS:
            if key in dataset:
                raise ConfigError(("dataset", key), f"given, but {name} isn't {FOLDER}, which alone has it")
        known = DATASETS[name]
        return DatasetInfo({"name": name}, name, known.shape, known.class_names, known.training_size, known.test_size)
    for key, what in (("path", "the folder's path"), ("size", "an integer, height and width in pixels")):
        if key not in dataset:
            raise ConfigError(("dataset", key), f"missing, expected {what}")
    settings = FOLDER_DEFAULTS | dataset
    path, fraction = folders.expanded(settings["path"]), settings["test_fraction"]
    found = folders.look(path, fraction) if look else folders.recorded(path, fraction)
    if found is None:
        raise ConfigError(
            ("dataset", "path"), f"'{path}' has never been looked at, expected a plain `snakemake` to do so"
        )
    if found.copies and settings["duplicates"] == "refuse":
        raise ConfigError(
            ("dataset", "duplicates"),
            f"found in '{path}': {found.copies.text}; the first are "
            f"{' and '.join(found.copies.example)}; expected none, or `duplicates: keep`",
        )
    identity = {
        "name": FOLDER,
        **{key: settings[key] for key in ("size", "channels", "test_fraction")},
        "images": found.content,
        "classes": found.classes,
    }
    digest = hashlib.sha256(json.dumps(identity).encode()).hexdigest()
    if fraction is not None:
        _check_left(found, fraction)
    return DatasetInfo(
        identity,
        f"{FOLDER}-{digest[:12]}",
        described(identity).shape,
        tuple(found.classes),
        sum(found.counts["train"]),
        sum(found.counts["test"]),
        tuple(found.counts["train"]),
        found.copies,
    )


def _check_left(found: folders.Look, fraction: float) -> None:
    """Whether the test part leaves every class enough."""
    for label, rest, held in zip(found.classes, found.counts["train"], found.counts["test"], strict=True):
        if rest < folders.LEAST:
            raise ConfigError(
                ("dataset", "test_fraction"),
                f"found {fraction}, which leaves {rest} of the {rest + held} images of class "
                f"{label!r} for training and validation, expected {folders.LEAST} at least",
            )


class Described(NamedTuple):
    """Shape, class names and number of test images of a data set; of a folder's only the predictions tell how many."""

    shape: tuple[int, int, int]
    class_names: tuple[str, ...]
    test_size: int | None


def described(identity: dict[str, Any]) -> Described:
    """A data set from what its runs keep of it (`dataset` in their histories)."""
    if identity["name"] == FOLDER:
        shape = (identity["size"], identity["size"], identity["channels"])
        return Described(shape, tuple(identity["classes"]), None)
    known = DATASETS[identity["name"]]
    return Described(known.shape, known.class_names, known.test_size)
