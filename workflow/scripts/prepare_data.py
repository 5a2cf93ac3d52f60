"""Find, check and store a data set: uint8 arrays and their fingerprint."""

import json

import numpy as np

from placement.data import arrays, datasets
from placement.errors import reported
from placement.files import atomic


def prepare_data(name: str, arrays_file: str, fingerprint_file: str) -> str:
    """Write the checked arrays of a data set and the SHA-256 of each; return one line on what was done.

    Raises:
        InputError: see datasets.locate and datasets.read.
    """
    dataset = datasets.DATASETS[name]
    folder = datasets.locate(dataset)
    content = datasets.read(dataset, folder)
    with atomic(arrays_file) as temporary:
        np.savez(temporary, **content)
    with atomic(fingerprint_file) as temporary:
        temporary.write_text(json.dumps(arrays.fingerprint(content), indent=1) + "\n", encoding="utf-8")
    return f"{name}: {len(content['train_labels'])} + {len(content['test_labels'])} images from {folder}"


if __name__ == "__main__":
    with reported():
        print(
            prepare_data(snakemake.wildcards.dataset, snakemake.output.arrays, snakemake.output.fingerprint),
            flush=True,
        )
