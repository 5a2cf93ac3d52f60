"""Find, check and store a data set: uint8 arrays and their fingerprint."""

from pathlib import Path
from typing import Any

from placement.data import chosen, preparation
from placement.data.datasets import DATASETS
from placement.errors import InputError
from placement.job import job


def prepare_data(folder: str | Path, dataset: dict[str, Any], workers: int) -> str:
    """Write the checked arrays of a data set, then the SHA-256 of each; return one line on what was done.

    Args:
        folder: to write to, which has the data set's name: see data.arrays; of a folder of images images.csv as well.
        dataset: the study's, which says where a folder is. Its path decides nothing, so that it is no param.
        workers: processes that decode a folder.

    Raises:
        InputError: see preparation.
    """
    name = Path(folder).name
    if name in DATASETS:
        return preparation.prepare_known(name, folder)
    wanted = chosen.chosen(dataset)
    if wanted.folder != name:
        raise InputError(f"{folder}: not the data of this study, expected {wanted.folder}")
    return preparation.prepare_folder(dataset, wanted.identity, folder, workers)


if __name__ == "__main__":
    with job(snakemake.log[0]):
        folder = Path(snakemake.output.fingerprint).parent
        print(prepare_data(folder, snakemake.config["dataset"], snakemake.threads), flush=True)
