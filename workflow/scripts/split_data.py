"""Split the training images of a data set into training and validation, stratified by class."""

from collections.abc import Sequence
from typing import Any

from placement.data import arrays, splits
from placement.data.chosen import chosen
from placement.job import job


def split_data(labels_file: str, split: dict[str, Any], class_names: Sequence[str], split_file: str) -> None:
    """Write the int32 indices `train` and `validation` into the training images.

    Args:
        labels_file: the prepared labels of the training images.
        split: validation_fraction, seed and limit, as splits.split takes them.
        class_names: in label order, for a message.
        split_file: the .npz file to write.

    Raises:
        InputError: see splits.split.
    """
    labels = arrays.mapped(labels_file)
    splits.write(split_file, *splits.split(labels, **split, class_names=class_names))


if __name__ == "__main__":
    with job(snakemake.log[0]):
        split_data(
            snakemake.input.labels,
            snakemake.params.split,
            chosen(snakemake.config["dataset"]).class_names,
            snakemake.output[0],
        )
