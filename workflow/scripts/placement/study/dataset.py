"""What a study trains on: its `dataset`, defaults filled in, and whether its splits leave every class enough images."""

import math
import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from placement.counting import and_more
from placement.data import splits
from placement.data.chosen import DEFAULTS, FOLDER, DatasetInfo, chosen
from placement.data.datasets import DATASETS
from placement.data.folders import expanded
from placement.errors import ConfigError
from placement.study.problems import Problem

NAMED = 5  # classes that a plan names


@dataclass(frozen=True)
class StudyDataset:
    """The data of a study.

    Attributes:
        name: as readers call it: the data set's, or the folder's of images.
        info: what the table, or a look at the folder, says of it.
        contents: SHA-256 of the files that it is read from, by name; none of a folder, whose runs say it themselves.
        validation_fraction, split_seed, limit: the config's.
        skips_damaged: whether damaged files of a folder, which the numbers count, are left out.
    """

    name: str
    info: DatasetInfo
    contents: Mapping[str, str]
    validation_fraction: float
    split_seed: int | None
    limit: int | None
    skips_damaged: bool = False

    @property
    def identity(self) -> dict[str, Any]:
        """What of the data decides a run."""
        return self.info.identity | {key: getattr(self, key) for key in DEFAULTS}

    @property
    def images(self) -> int:
        """Those that are split into training and validation."""
        return self.limit or self.info.training_size

    @property
    def validation_images(self) -> int:
        """Those of them that validate."""
        return math.ceil(self.images * self.validation_fraction)  # as scikit-learn splits

    @property
    def training_images(self) -> int:
        """The others, which train."""
        return self.images - self.validation_images

    @property
    def counted(self) -> str:
        """How many images each part has, in words."""
        limited = f" of {self.info.training_size:,}" if self.limit else ""
        return (
            f"{self.training_images:,} images train and {self.validation_images:,} validate{limited}, "
            f"{self.info.test_size:,} test{', less the files that are damaged' if self.skips_damaged else ''}"
        )

    @property
    def described(self) -> str:
        """Its name, classes and images, in words."""
        classes = self.info.class_names
        named = f"{', '.join(classes[:NAMED])}{and_more(len(classes), NAMED)}"
        return f"{self.name}: {len(classes)} classes ({named}); {self.counted}"

    def split(self, seed: int) -> dict[str, Any]:
        """What decides the split of a run of this seed: the study's one, or its own where split_seed is null."""
        return {
            "validation_fraction": float(self.validation_fraction),
            "seed": seed if self.split_seed is None else self.split_seed,
            "limit": self.limit,
        }


def read(given: Mapping[str, Any], look: bool) -> StudyDataset:
    """The data of a `dataset` that is as the schema wants it.

    Raises:
        ConfigError: see chosen.
    """
    info, name = chosen(dict(given), look), given["name"]
    table = DATASETS.get(name)
    return StudyDataset(
        name=Path(os.path.abspath(expanded(given["path"]))).name or given["path"] if name == FOLDER else name,
        info=info,
        contents=table.files | table.contents if table else {},
        skips_damaged=given.get("skip_damaged", False),
        **{key: given.get(key, default) for key, default in DEFAULTS.items()},
    )


def problems(dataset: StudyDataset, seeds: Sequence[int]) -> Iterator[Problem]:
    """Where it has too few images.

    Args:
        seeds: of the study's runs, as far as they are known.
    """
    limit, images = dataset.limit, dataset.images
    there, classes = dataset.info.training_size, len(dataset.info.class_names)
    if images > there:
        yield Problem(
            ("dataset", "limit"),
            f"found {limit}, expected at most {there}, the training images there are",
        )
        return
    if images < 2 * classes:  # no fraction helps
        yield Problem(
            ("dataset", "limit"),
            f"found {limit}, expected at least {2 * classes}, for each class an image to train on and one to validate",
        )
        return
    for part, count in (("validation", dataset.validation_images), ("training", dataset.training_images)):
        if count < classes:
            yield Problem(
                ("dataset", "validation_fraction"),
                f"found {dataset.validation_fraction} of {images} images, which leaves {count} for {part}, "
                f"expected one of each of the {classes} classes at least",
                (("dataset", "limit"),),
            )
            return
    yield from _too_few_of_a_class(dataset, seeds if dataset.split_seed is None else [dataset.split_seed])


def _too_few_of_a_class(dataset: StudyDataset, seeds: Sequence[int]) -> Iterator[Problem]:
    """What one of the splits would say, before anything is prepared: they go by the classes' sizes alone."""
    counts, fraction, limit = dataset.info.training_counts, dataset.validation_fraction, dataset.limit
    if counts is None or not splits.may_run_short(counts, fraction, limit):
        return
    labels = np.repeat(np.arange(len(counts)), counts)
    try:
        for seed in seeds:
            splits.split(labels, fraction, seed, limit, dataset.info.class_names)
    except ConfigError as error:
        yield Problem(("dataset", "validation_fraction"), error.text, (("dataset", "limit"),))
