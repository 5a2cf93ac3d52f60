"""Histories: written, read, damaged, of another config."""

import copy
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from placement.errors import InputError
from placement.runs import history

fractions = st.floats(0, 1)
losses = st.floats(0, 1e6)
scores = st.fixed_dictionaries({"loss": losses, "accuracy": fractions})
epochs = st.lists(st.tuples(losses, fractions, losses, fractions), min_size=1, max_size=12).map(
    lambda rows: [
        {
            "epoch": number,
            "loss": row[0],
            "accuracy": row[1],
            "val_loss": row[2],
            "val_accuracy": row[3],
            "learning_rate": 0.001,
            "seconds": 1.5,
        }
        for number, row in enumerate(rows, start=1)
    ]
)
histories = st.builds(
    lambda epochs, train, validation, test, seed: {
        "study": "s",
        "dataset": {"name": "fashion_mnist"},
        "variant": "classical",
        "seed": seed,
        "spec": {"order": "conv act"},
        "training": {"epochs": 12},
        "parameters": {"total": 10, "trainable": 9},
        "steps_per_epoch": 375,
        "epochs": epochs,
        "best_epoch": 1,
        "stopped_early": False,
        "evaluation": {"train": train, "validation": validation},
        "test": test,
        "environment": {"python": "3.11"},
    },
    epochs,
    scores,
    scores,
    scores,
    st.integers(0, 1000),
)


@given(histories)
def test_what_is_written_is_read(tmp_path_factory, record):
    file = tmp_path_factory.mktemp("history") / "history.json"
    history.write(file, record)
    assert history.read(file, {"seed": record["seed"], "study": "s"}) == record
    assert json.loads(file.read_text(), parse_constant=pytest.fail) == record


@given(histories, st.floats(0, 100))
def test_only_timing_and_environment_are_left_out_of_comparisons(record, seconds):
    other = copy.deepcopy(record)
    other["environment"] = {}
    for epoch in other["epochs"]:
        epoch["seconds"] = seconds
    assert history.without_timing(other) == history.without_timing(record)
    other["epochs"][-1]["loss"] += 1
    assert history.without_timing(other) != history.without_timing(record)


@pytest.fixture
def file(tmp_path):
    record = {
        "study": "s",
        "dataset": {},
        "variant": "classical",
        "seed": 0,
        "spec": {},
        "training": {"epochs": 12},
        "parameters": {"total": 10, "trainable": 9},
        "steps_per_epoch": 375,
        "epochs": [
            {
                "epoch": 1,
                "loss": 1.0,
                "accuracy": 0.5,
                "val_loss": 1.0,
                "val_accuracy": 0.5,
                "learning_rate": 0.001,
                "seconds": 1.0,
            }
        ],
        "best_epoch": 1,
        "stopped_early": False,
        "evaluation": {"train": {"loss": 1.0, "accuracy": 0.5}, "validation": {"loss": 1.0, "accuracy": 0.5}},
        "test": {"loss": 1.0, "accuracy": 0.5},
        "environment": {},
    }
    path = tmp_path / "history.json"
    history.write(path, record)
    return path


def edit(file, change):
    record = json.loads(file.read_text())
    change(record)
    file.write_text(json.dumps(record))


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda record: record.pop("best_epoch"), "'best_epoch' is a required property"),
        (lambda record: record["epochs"][0].pop("loss"), r"epochs\[0\]: 'loss' is a required property"),
        (lambda record: record["test"].update(accuracy=92.5), r"test\.accuracy: 92.5 is greater than"),
        (lambda record: record.update(best_epoch=2), "best_epoch 2, but 1 epochs"),
        (lambda record: record.update(epochs=[]), r"epochs: \[\]"),
    ],
)
def test_a_damaged_history_is_named(file, change, words):
    edit(file, change)
    with pytest.raises(InputError, match=rf"history\.json: .*{words}"):
        history.read(file)


@pytest.mark.parametrize("content", ["", "{", "[]", '{"loss": NaN}', "\x00"])
def test_what_is_no_history_is_named(file, content):
    file.write_text(content)
    with pytest.raises(InputError, match=r"history\.json: "):
        history.read(file)


def test_an_evaluation_may_have_the_test_and_the_last_weights_whole(file):
    edit(file, lambda record: record["evaluation"].update(test=record["test"]))
    edit(file, lambda record: record["evaluation"].update(last={"validation": record["test"], "test": record["test"]}))
    assert history.read(file)["evaluation"]["last"]["test"] == {"loss": 1.0, "accuracy": 0.5}
    edit(file, lambda record: record["evaluation"]["last"].pop("test"))
    with pytest.raises(InputError, match=r"history\.json: .*last: 'test' is a required property"):
        history.read(file)


def test_a_history_of_another_config_is_named(file):
    with pytest.raises(InputError, match=r"training is {'epochs': 12}, expected {'epochs': 20}: it belongs to another"):
        history.read(file, {"training": {"epochs": 20}})


def test_a_file_says_what_it_was_made_of(file):
    identity = {key: json.loads(file.read_text())[key] for key in history.IDENTITY}
    assert history.made_of(file) == identity
    edit(file, lambda record: record.update(code={"train": "a"}))
    assert history.read(file, identity) and history.made_of(file) == identity | {"code": {"train": "a"}}


@pytest.mark.parametrize("content", ["", "[]", "{}", "\x00"])
def test_what_is_no_history_says_nothing(file, content):
    file.write_text(content)
    assert history.made_of(file) == {}
    assert history.made_of(file.with_name("missing.json")) == {}


def test_nan_is_never_written(file):
    before = file.read_text()
    record = json.loads(before)
    record["test"]["loss"] = float("nan")
    with pytest.raises(ValueError, match="JSON compliant"):
        history.write(file, record)
    assert file.read_text() == before
    assert [path.name for path in file.parent.iterdir()] == ["history.json"]
