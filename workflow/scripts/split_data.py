"""Split the training images of a data set into training and validation, stratified by class."""

from typing import Any

from placement.data import arrays, splits
from placement.errors import reported


def split_data(arrays_file: str, split: dict[str, Any], split_file: str) -> None:
    """Write the int32 indices `train` and `validation` into the training images.

    Args:
        arrays_file: the prepared arrays.
        split: validation_fraction, seed and limit, as splits.split takes them.
        split_file: the .npz file to write.

    Raises:
        InputError: a class would be left without an image in one of the parts.
    """
    labels = arrays.mapped(arrays_file)["train_labels"]
    splits.write(split_file, *splits.split(labels, **split))


if __name__ == "__main__":
    with reported(snakemake.log[0]):
        split_data(snakemake.input.arrays, snakemake.params.split, snakemake.output[0])
