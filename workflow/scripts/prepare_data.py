"""Find, check and store a data set: uint8 arrays and their fingerprint."""

import json
from pathlib import Path
from typing import Any

from placement.data import chosen, preparation
from placement.data.datasets import DATASETS
from placement.errors import InputError, reported
from placement.files import atomic


def prepare_data(name: str, arrays_file: str, fingerprint_file: str, dataset: dict[str, Any], workers: int) -> str:
    """Write the checked arrays of a data set and the SHA-256 of each; return one line on what was done.

    Args:
        name: of its folder under results/data/.
        arrays_file, fingerprint_file: the files to write; of a folder of images images.csv beside them as well.
        dataset: the study's, which says where a folder is. Its path decides nothing, so that it is no param.
        workers: processes that decode a folder.

    Raises:
        InputError: see preparation.
    """
    if name in DATASETS:
        done = preparation.prepare_known(name, arrays_file)
    else:
        wanted = chosen.chosen(dataset)
        if wanted.folder != name:
            raise InputError(f"results/data/{name}: not the data of this study, expected {wanted.folder}")
        list_file = Path(arrays_file).with_name("images.csv")
        done = preparation.prepare_folder(dataset, wanted.identity, arrays_file, list_file, workers)
    with atomic(fingerprint_file) as temporary:
        temporary.write_text(json.dumps(done.fingerprint, indent=1) + "\n", encoding="utf-8")
    return done.line


if __name__ == "__main__":
    with reported(snakemake.log[0]):
        print(
            prepare_data(
                snakemake.wildcards.dataset,
                snakemake.output.arrays,
                snakemake.output.fingerprint,
                snakemake.config["dataset"],
                snakemake.threads,
            ),
            flush=True,
        )
