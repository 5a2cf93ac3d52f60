"""The state of an unfinished run after its last whole epoch, in one .npz file that is replaced atomically."""

import hashlib
import json
from pathlib import Path
from typing import Any

import numpy as np

from placement.files import atomic


class Checkpoint:
    """Where a run keeps its state, and for which run.

    Attributes:
        path: the .npz file.
        key: digest of all that the state depends on; a file with another key is another run's and is not read.
    """

    def __init__(self, path: str | Path, identity: Any) -> None:
        self.path = Path(path)
        self.key = hashlib.sha256(json.dumps(identity).encode()).hexdigest()

    def save(self, arrays: dict[str, list[np.ndarray]], epochs: list[dict[str, Any]]) -> None:
        """Replace the file by this state: named lists of arrays and the epochs' records so far."""
        flat: dict[str, Any] = {
            f"{name}/{index}": array for name, group in arrays.items() for index, array in enumerate(group)
        }
        header = json.dumps({"key": self.key, "epochs": epochs, "counts": {n: len(g) for n, g in arrays.items()}})
        with atomic(self.path) as temporary:
            np.savez(temporary, header=np.array(header), **flat)

    def load(self) -> tuple[dict[str, list[np.ndarray]], list[dict[str, Any]]] | None:
        """The saved arrays and epochs, or None where there is no whole file of this run."""
        try:
            with np.load(self.path, allow_pickle=False) as file:
                header = json.loads(str(file["header"]))
                if header["key"] != self.key:
                    return None
                arrays = {
                    name: [file[f"{name}/{index}"] for index in range(count)]
                    for name, count in header["counts"].items()
                }
        except Exception:  # no file, or a damaged one (zipfile, zlib and numpy have no common base): start afresh
            return None
        return arrays, header["epochs"]
