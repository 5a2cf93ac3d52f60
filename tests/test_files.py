"""Files that are whole or as they were."""

import ast
import os

import numpy as np
import pytest

from checkout import ROOT
from placement.errors import InputError
from placement.files import atomic
from placement.runs import predictions
from placement.training.checkpoint import Checkpoint


def test_a_writer_that_fails_leaves_the_old_file(tmp_path):
    file = tmp_path / "result.json"
    file.write_text("old")
    with pytest.raises(RuntimeError), atomic(file) as temporary:
        temporary.write_text("half")
        raise RuntimeError
    assert file.read_text() == "old"
    assert os.listdir(tmp_path) == ["result.json"]


def test_the_temporary_file_has_the_same_suffix_and_becomes_the_file(tmp_path):
    file = tmp_path / "new/model.keras"
    with atomic(file) as temporary:
        assert temporary.suffix == ".keras" and temporary.parent == file.parent
        temporary.write_text("whole")
        assert not file.exists()
    assert file.read_text() == "whole"


def test_a_file_that_cannot_be_written_is_named(tmp_path):
    (tmp_path / "file").write_text("in the way")
    with (
        pytest.raises(InputError, match=r"file/history\.json: can't be written"),
        atomic(tmp_path / "file/history.json"),
    ):
        pass


def test_a_full_disk_is_named():
    if not os.path.exists("/dev/full"):
        pytest.skip("no /dev/full on this system")
    with pytest.raises(InputError, match="No space left"), atomic("/dev/shm/full.txt"), open("/dev/full", "w") as file:
        file.write("x")
        file.flush()


def test_predictions_survive_their_file(tmp_path):
    labels, probabilities = np.arange(3, dtype=np.uint8), np.eye(3, dtype=np.float32)
    predictions.write(tmp_path / "predictions.npz", labels, probabilities)
    read = predictions.read(tmp_path / "predictions.npz")
    assert np.array_equal(read[0], labels) and np.array_equal(read[1], probabilities)


def test_predictions_that_do_not_fit_are_named(tmp_path):
    file = tmp_path / "predictions.npz"
    predictions.write(file, np.arange(4, dtype=np.uint8), np.eye(3, dtype=np.float32))
    says = r"predictions\.npz: labels of shape \(4,\) and probabilities of shape \(3, 3\)"
    with pytest.raises(InputError, match=says):
        predictions.read(file)
    file.write_bytes(b"")
    with pytest.raises(InputError, match=r"predictions\.npz: not predictions"):
        predictions.read(file)


ARRAYS = {"model": [np.arange(3.0), np.ones((2, 2))], "best": []}
EPOCHS = [{"epoch": 1, "loss": 0.1 + 0.2}]


def test_a_checkpoint_gives_back_the_same_bits(tmp_path):
    checkpoint = Checkpoint(tmp_path / "checkpoint.npz", ["run"])
    assert checkpoint.load() is None
    checkpoint.save(ARRAYS, EPOCHS)
    arrays, epochs = checkpoint.load()
    assert epochs == EPOCHS
    assert arrays.keys() == ARRAYS.keys()
    assert all(np.array_equal(a, b) for name in ARRAYS for a, b in zip(arrays[name], ARRAYS[name], strict=True))
    assert os.listdir(tmp_path) == ["checkpoint.npz"]


@pytest.mark.parametrize("keep", [0, 1, 100, 400])
def test_a_damaged_checkpoint_is_no_checkpoint(tmp_path, keep):
    checkpoint = Checkpoint(tmp_path / "checkpoint.npz", ["run"])
    checkpoint.save(ARRAYS, EPOCHS)
    checkpoint.path.write_bytes(checkpoint.path.read_bytes()[:keep])
    assert checkpoint.load() is None


def test_a_checkpoint_of_another_run_is_not_read(tmp_path):
    Checkpoint(tmp_path / "checkpoint.npz", {"seed": 1}).save(ARRAYS, EPOCHS)
    assert Checkpoint(tmp_path / "checkpoint.npz", {"seed": 2}).load() is None


def text_calls(tree: ast.Module):
    """The calls that open a file as text; os.open and gzip.open give bytes."""
    for node in ast.walk(tree):
        match node:
            case ast.Call(func=ast.Attribute(attr="read_text" | "write_text")):
                yield node
            case ast.Call(func=ast.Name(id="open"), args=args) if "b" not in "".join(ast.unparse(a) for a in args[1:]):
                yield node


@pytest.mark.parametrize("path", sorted((ROOT / "workflow").rglob("*.py")), ids=lambda path: path.stem)
def test_text_is_utf8_whatever_the_users_locale(path):
    """Sources, configs and findings have letters beyond ASCII."""
    for call in text_calls(ast.parse(path.read_text(encoding="utf-8"))):
        assert "encoding" in {keyword.arg for keyword in call.keywords}, f"line {call.lineno}"
