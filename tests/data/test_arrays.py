import json

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes
from hypothesis.extra.numpy import arrays as any_array

from placement.data import arrays, splits
from placement.errors import InputError


def labels(file):
    return arrays.load(file, ["labels"])


@settings(max_examples=30)
@given(
    content=st.dictionaries(
        st.sampled_from(["train_images", "labels", "x"]),
        st.sampled_from([np.uint8, np.uint16]).flatmap(lambda dtype: any_array(dtype, array_shapes(max_dims=4))),
        min_size=1,
    )
)
def test_what_is_written_is_what_numpy_reads_and_what_is_mapped(content, tmp_path_factory):
    file = tmp_path_factory.mktemp("arrays") / "arrays.npz"
    fingerprint = arrays.write(file, content)
    for found in (arrays.load(file, content), arrays.mapped(file, fingerprint)):
        assert found.keys() == content.keys()
        assert all(np.array_equal(found[name], content[name]) for name in content)
        assert all(found[name].dtype == content[name].dtype for name in content)


def test_pieces_are_one_array(tmp_path):
    whole = np.arange(60, dtype=np.uint8).reshape(10, 2, 3)
    with arrays.Writer(tmp_path / "pieces.npz") as writer:
        writer.write("x", np.uint8, whole.shape, [whole[:4], whole[4:5], whole[5:]])
    assert writer.fingerprint == arrays.write(tmp_path / "whole.npz", {"x": whole})
    assert np.array_equal(arrays.mapped(tmp_path / "pieces.npz")["x"], whole)


def test_mapped_arrays_are_read_only(tmp_path):
    arrays.write(tmp_path / "arrays.npz", {"x": np.zeros(3, np.uint8)})
    with pytest.raises(ValueError, match="read-only"):
        arrays.mapped(tmp_path / "arrays.npz")["x"][0] = 1


def test_damaged_arrays_are_named(tmp_path):
    file = tmp_path / "arrays.npz"
    fingerprint = arrays.write(file, {"labels": np.arange(3, dtype=np.uint8)})
    other = arrays.write(tmp_path / "other.npz", {"labels": np.zeros(3, dtype=np.uint8)})
    assert json.loads(json.dumps(fingerprint)) == fingerprint
    with pytest.raises(InputError, match=r"arrays\.npz: not the arrays that were prepared"):
        arrays.mapped(file, other)
    content = file.read_bytes()
    flipped = bytearray(content)
    flipped[content.index(bytes([0, 1, 2]), 64)] ^= 1
    file.write_bytes(flipped)
    with pytest.raises(InputError, match=r"arrays\.npz: not the arrays that were prepared"):
        arrays.mapped(file, fingerprint)
    for size in (40, len(content) - 30, 0):
        file.write_bytes(content[:size])
        for read in (labels, arrays.mapped):
            with pytest.raises(InputError, match=r"arrays\.npz: can't be read"):
                read(file)


@pytest.mark.parametrize("damaged", ["", '{"labels": "8', "null", "[1]"])
def test_a_damaged_fingerprint_is_named(tmp_path, damaged):
    file, beside = tmp_path / "arrays.npz", tmp_path / "fingerprint.json"
    fingerprint = arrays.write(file, {"labels": np.arange(3, dtype=np.uint8)})
    beside.write_text(json.dumps(fingerprint))
    assert arrays.prepared(file, beside)["labels"].tolist() == [0, 1, 2]
    beside.write_text(damaged)
    with pytest.raises(InputError, match=r"fingerprint\.json: not a fingerprint in JSON .*; delete it and run again$"):
        arrays.prepared(file, beside)


def test_an_array_that_is_missing_is_named(tmp_path):
    arrays.write(tmp_path / "arrays.npz", {"images": np.arange(3, dtype=np.uint8)})
    for read, name in ((labels, "labels"), (splits.read, "train")):
        with pytest.raises(InputError, match=rf"arrays\.npz: can't be read .*{name}.*; delete it and run again$"):
            read(tmp_path / "arrays.npz")


def test_what_can_t_be_mapped_is_refused(tmp_path):
    file = tmp_path / "arrays.npz"
    np.savez(file, labels=np.array([{}], dtype=object))
    for read in (labels, arrays.mapped):
        with pytest.raises(InputError, match=r"arrays\.npz: can't be read"):
            read(file)
    np.savez_compressed(file, labels=np.zeros(1000, np.uint8))
    with pytest.raises(InputError, match="is compressed"):
        arrays.mapped(file)
