import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from placement.data import splits
from placement.errors import InputError

LABELS = np.repeat(np.arange(10, dtype=np.uint8), 60)


@settings(max_examples=30, deadline=None)
@given(
    fraction=st.floats(0.05, 0.9),
    seed=st.integers(0, 2**32 - 1),
    limit=st.one_of(st.none(), st.integers(200, 600)),
)
def test_splits_are_disjoint_stratified_and_repeatable(fraction, seed, limit):
    train, validation = splits.split(LABELS, fraction, seed, limit)
    total = limit or len(LABELS)
    assert len(train) + len(validation) == total
    assert len(validation) == pytest.approx(total * fraction, abs=1)
    assert not set(train) & set(validation)
    counts = np.bincount(LABELS[train], minlength=10)
    assert counts.max() - counts.min() <= 2
    again = splits.split(LABELS, fraction, seed, limit)
    assert np.array_equal(train, again[0]) and np.array_equal(validation, again[1])


def test_other_seeds_split_otherwise():
    assert not np.array_equal(splits.split(LABELS, 0.2, 0)[0], splits.split(LABELS, 0.2, 1)[0])


@pytest.mark.parametrize(("fraction", "limit"), [(0.001, None), (0.999, None), (0.2, 12)])
def test_a_class_without_an_image_is_refused(fraction, limit):
    with pytest.raises(InputError, match=r"dataset: validation_fraction"):
        splits.split(LABELS, fraction, 0, limit)
