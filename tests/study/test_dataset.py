"""How many images train, validate and test, before any is read."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from placement.data import splits
from placement.study import dataset


@given(st.integers(200, 2000), st.integers(5, 60))
def test_the_parts_are_counted_as_they_are_split(limit, hundredths):
    fraction = hundredths / 100
    found = dataset.read({"name": "fashion_mnist", "limit": limit, "validation_fraction": fraction}, look=True)
    train, validation = splits.split(np.arange(limit) % 10, fraction, 42, None, list("0123456789"))
    assert (found.training_images, found.validation_images) == (len(train), len(validation))
    assert found.counted == (f"{len(train):,} images train and {len(validation):,} validate of 60,000, 10,000 test")


def test_a_plan_names_the_first_classes():
    found = dataset.read({"name": "digits"}, look=True)
    assert found.described == f"digits: 10 classes (0, 1, 2, 3, 4 and 5 more); {found.counted}"


def test_damaged_files_are_told_where_the_numbers_count_them(monkeypatch):
    known = dataset.read({"name": "fashion_mnist"}, look=True)
    monkeypatch.setattr(dataset, "chosen", lambda given, look: known.info)
    folder = {"name": "image_folder", "path": "images", "skip_damaged": True}
    assert dataset.read(folder, look=True).counted == f"{known.counted}, less the files that are damaged"
