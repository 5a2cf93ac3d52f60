import numpy as np
import pytest

from placement.data import arrays
from placement.errors import InputError


def test_damaged_arrays_are_named(tmp_path):
    file = tmp_path / "arrays.npz"
    content = {"labels": np.arange(3, dtype=np.uint8)}
    np.savez(file, **content)
    assert np.array_equal(arrays.load(file, arrays.fingerprint(content))["labels"], content["labels"])
    with pytest.raises(InputError, match=r"arrays\.npz: not the arrays that were prepared"):
        arrays.load(file, arrays.fingerprint({"labels": np.zeros(3, dtype=np.uint8)}))
    file.write_bytes(file.read_bytes()[:40])
    with pytest.raises(InputError, match=r"arrays\.npz: can't be read"):
        arrays.load(file)


def test_pickled_arrays_are_refused(tmp_path):
    file = tmp_path / "arrays.npz"
    np.savez(file, labels=np.array([{}], dtype=object))
    with pytest.raises(InputError, match=r"arrays\.npz: can't be read"):
        arrays.load(file)
