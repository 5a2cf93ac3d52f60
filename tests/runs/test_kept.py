"""Runs that studies share."""

import copy
import os
import zipfile

import numpy as np
import pytest

from checkout import STUDY
from placement.runs import history, kept, predictions, shifts
from studies import identity

IDENTITY = {
    "study": "one",
    "dataset": {"name": "digits"},
    "variant": "a",
    "seed": 0,
    "spec": {"order": "conv act"},
    "training": {"epochs": 1},
}
CODE = {"train": "1"}
EPOCH = dict.fromkeys(("loss", "accuracy", "val_loss", "val_accuracy", "learning_rate", "seconds"), 0.5)
SCORES = {"loss": 0.5, "accuracy": 0.75}
RESULT = {
    "parameters": {"total": 10, "trainable": 9},
    "steps_per_epoch": 3,
    "epochs": [{"epoch": 1} | EPOCH],
    "best_epoch": 1,
    "stopped_early": False,
    "evaluation": {"train": SCORES, "validation": SCORES},
    "test": SCORES,
    "environment": {},
}


def a_run(folder, code=CODE, **changes):
    folder.mkdir(parents=True)
    (folder / "train.log").write_text("1")
    with zipfile.ZipFile(folder / "model.keras", "w") as archive:
        archive.writestr("content", "model.keras")
    predictions.write(
        folder / "predictions.npz", np.array([0, 1, 1, 1], np.uint8), np.eye(2, dtype=np.float32)[[0, 1, 1, 0]]
    )
    history.write(folder / "history.json", IDENTITY | RESULT | {"code": code} | changes)
    return folder


@pytest.mark.parametrize(
    ("change", "same"),
    [({"study": "two"}, True), ({"variant": "b"}, True), ({"seed": 1}, False), ({"spec": {"order": "conv"}}, False)],
)
def test_a_run_is_addressed_by_what_decides_its_bits(change, same):
    first = kept.digest(IDENTITY, {"file": "1"}, CODE)
    assert (kept.digest(IDENTITY | change, {"file": "1"}, CODE) == first) is same
    assert kept.digest(IDENTITY, {"file": "2"}, CODE) != first != kept.digest(IDENTITY, {"file": "1"}, {"train": "2"})
    assert kept.digest(dict(reversed(IDENTITY.items())), {"file": "1"}, CODE) == first


@pytest.mark.parametrize(
    ("change", "others"),
    [
        (lambda c: c["variants"]["batchnorm"].update(order="conv norm act"), "batchnorm"),
        (lambda c: c["dropout"].update(dense_rate=0.5), "dropout"),
        (lambda c: c["variants"]["dropout"].update(training={"optimizer": {"learning_rate": 0.01}}), "dropout"),
        (lambda c: c["variants"]["dropout"].update(training={"optimizer": {"name": "adam"}, "epochs": 1}), ""),
        (lambda c: c["variants"]["dropout"].update(label="Another", colour="#123456"), ""),
        (lambda c: c["backbone"].update(dense=16), "baseline dropout batchnorm"),
        (lambda c: c["training"].update(epochs=2), "baseline dropout batchnorm"),
        (lambda c: c["training"]["early_stopping"].update(patience=7), "baseline dropout batchnorm"),
        (lambda c: c["training"].update(schedule="cosine"), "baseline dropout batchnorm"),
        (lambda c: c["training"].update(early_stopping=None), "baseline dropout batchnorm"),
        (lambda c: c["training"].update(device="cpu"), ""),
        (lambda c: c["dataset"].update(split_seed=7), "baseline dropout batchnorm"),
        (lambda c: c["comparison"].update(rope=1.0), ""),
    ],
)
def test_which_runs_depend_on_a_key_of_the_config(change, others):
    def digests(config):
        return {name: kept.digest(identity(config, name), {}, CODE) for name in config["variants"]}

    before = digests(STUDY)
    change(config := copy.deepcopy(STUDY))
    after = digests(config)
    assert [name for name in before if after[name] != before[name]] == others.split()


def test_a_study_has_the_kept_run_as_links_without_what_was_measured_of_another(tmp_path):
    there, own = a_run(tmp_path / "runs/x"), a_run(tmp_path / "one/runs/a/seed0", seed=7)
    (own / "variance_shift.json").write_text("{}")
    kept.take(there, own)
    assert all(os.path.samefile(there / name, own / name) for name in (kept.LOG, *kept.RESULTS))
    assert sorted(path.name for path in own.iterdir()) == sorted((kept.LOG, *kept.RESULTS))


def test_without_links_it_has_copies(tmp_path, monkeypatch):
    def refused(*_):
        raise OSError("no links here")

    monkeypatch.setattr(os, "link", refused)
    kept.take(there := a_run(tmp_path / "x"), own := tmp_path / "own")
    assert not os.path.samefile(there / "model.keras", own / "model.keras")
    assert kept.same(there / "model.keras", own / "model.keras")


@pytest.mark.parametrize("lost", kept.RESULTS)
def test_a_run_that_lacks_a_file_is_not_there(tmp_path, lost):
    own = a_run(tmp_path / "own")
    assert kept.is_here(str(own), "nowhere", IDENTITY | {"study": "other", "variant": "b"}, CODE)
    (own / lost).unlink()
    assert not kept.is_here(str(own), "nowhere", IDENTITY, CODE)


@pytest.mark.parametrize("damaged", kept.RESULTS)
def test_a_damaged_run_is_not_taken(tmp_path, damaged):
    folder = a_run(tmp_path / "x")
    assert kept.is_sound(folder, IDENTITY) and not kept.is_sound(folder, IDENTITY | {"seed": 9})
    content = (folder / damaged).read_bytes()
    (folder / damaged).write_bytes(content.replace(damaged.encode(), b"#" * len(damaged), 1)[: -len(content) // 3])
    assert not kept.is_sound(folder, IDENTITY)


def test_a_run_whose_files_are_of_two_runs_is_not_taken(tmp_path):
    folder, other = a_run(tmp_path / "x"), a_run(tmp_path / "y")
    predictions.write(other / "predictions.npz", np.array([0, 1], np.uint8), np.eye(2, dtype=np.float32))
    (folder / "predictions.npz").write_bytes((other / "predictions.npz").read_bytes())
    assert not kept.is_sound(folder, IDENTITY)


def test_a_variance_shift_is_taken_where_it_is_whole_and_of_the_run(tmp_path):
    folder, file = a_run(tmp_path / "x"), tmp_path / "shift.json"
    shift = IDENTITY | {"accuracy": 0.75, "accuracy_reestimated": 0.8, "layers": []}
    for content, sound in (
        (shift, True),
        (shift | {"accuracy": 0.5}, False),
        (shift | {"seed": 1}, False),
        ({key: shift[key] for key in IDENTITY}, False),
    ):
        shifts.write(file, content)
        assert kept.is_sound_shift(file, folder, IDENTITY) is sound
    file.write_text("{")
    assert not kept.is_sound_shift(file, folder, IDENTITY)


def test_a_flipped_bit_is_damage_and_no_traceback(tmp_path):
    file = a_run(tmp_path / "x") / "predictions.npz"
    content = file.read_bytes()
    for at in range(len(content)):
        file.write_bytes(content[:at] + bytes([content[at] ^ 0x01 << at % 8]) + content[at + 1 :])
        kept.is_sound(tmp_path / "x", IDENTITY)


def test_a_run_of_other_code_is_there_where_it_is_the_kept_one(tmp_path):
    own = a_run(tmp_path / "own", code={"train": "0"})
    assert not kept.is_here(str(own), str(tmp_path / "runs/x"), IDENTITY, CODE)
    kept.take(own, tmp_path / "runs/x")
    assert kept.is_here(str(own), str(tmp_path / "runs/x"), IDENTITY, CODE)


def test_what_no_study_has_or_asks_for_is_unused(tmp_path):
    a_run(tmp_path / "runs/asked", seed=1)
    a_run(tmp_path / "runs/lone", seed=2)
    kept.take(a_run(tmp_path / "runs/had"), tmp_path / "one/runs/a/seed0")
    assert [path.name for path in kept.unused(["asked"], tmp_path)] == ["lone"]
