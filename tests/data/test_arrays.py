"""Arrays as files: written, mapped, damaged."""

import json

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes
from hypothesis.extra.numpy import arrays as any_array

from placement.data import arrays, splits
from placement.errors import InputError


@settings(max_examples=30)
@given(
    content=st.dictionaries(
        st.sampled_from(["train_images", "labels", "x"]),
        st.sampled_from([np.uint8, np.uint16]).flatmap(lambda dtype: any_array(dtype, array_shapes(max_dims=4))),
        min_size=1,
    )
)
def test_what_is_written_is_what_numpy_reads_and_what_is_mapped(content, tmp_path_factory):
    folder = tmp_path_factory.mktemp("arrays")
    arrays.write(folder, content)
    read = {name: np.load(folder / f"{name}.npy") for name in content}
    for found in (read, arrays.prepared(folder / "fingerprint.json")):
        assert found.keys() == content.keys()
        assert all(np.array_equal(found[name], content[name]) for name in content)
        assert all(found[name].dtype == content[name].dtype for name in content)


def test_pieces_are_one_array(tmp_path):
    whole = np.arange(60, dtype=np.uint8).reshape(10, 2, 3)
    arrays.write_pieces(tmp_path / "pieces.npy", np.uint8, whole.shape, [whole[:4], whole[4:5], whole[5:]])
    np.save(tmp_path / "whole.npy", whole)
    assert (tmp_path / "pieces.npy").read_bytes() == (tmp_path / "whole.npy").read_bytes()


def test_mapped_arrays_are_read_only(tmp_path):
    np.save(tmp_path / "x.npy", np.zeros(3, np.uint8))
    with pytest.raises(ValueError, match="read-only"):
        arrays.mapped(tmp_path / "x.npy")[0] = 1


def test_damaged_arrays_are_named(tmp_path):
    file, fingerprint = tmp_path / "labels.npy", tmp_path / "fingerprint.json"
    arrays.write(tmp_path, {"labels": np.arange(3, dtype=np.uint8)})
    content = file.read_bytes()
    file.write_bytes(content[:-1] + b"\0")
    with pytest.raises(InputError, match=r"labels\.npy: not the array that was prepared; delete it and run again$"):
        arrays.prepared(fingerprint)
    for size in (40, len(content) - 1, 0):
        file.write_bytes(content[:size])
        with pytest.raises(InputError, match=r"labels\.npy: can't be read .*; delete it and run again$"):
            arrays.prepared(fingerprint)
    file.unlink()
    with pytest.raises(InputError, match=r"labels\.npy: can't be read .*No such file"):
        arrays.prepared(fingerprint)


@pytest.mark.parametrize("damaged", ["", '{"labels": "8', "null", "[1]"])
def test_a_damaged_fingerprint_is_named(tmp_path, damaged):
    file = tmp_path / "fingerprint.json"
    arrays.write(tmp_path, {"labels": np.arange(3, dtype=np.uint8)})
    assert json.loads(file.read_text()).keys() == {"labels"}
    file.write_text(damaged)
    with pytest.raises(InputError, match=r"fingerprint\.json: not a fingerprint in JSON .*; delete it and run again$"):
        arrays.prepared(file)


def test_a_part_of_a_split_that_is_missing_is_named(tmp_path):
    np.savez(tmp_path / "split.npz", train=np.arange(3))
    with pytest.raises(InputError, match=r"split\.npz: can't be read .*validation.*; delete it and run again$"):
        splits.read(tmp_path / "split.npz")


def test_what_is_no_plain_array_is_refused(tmp_path):
    np.save(tmp_path / "x.npy", np.array([{}], dtype=object))
    with pytest.raises(InputError, match=r"x\.npy: can't be read"):
        arrays.mapped(tmp_path / "x.npy")
