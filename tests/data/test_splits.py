"""Which images train and which validate."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from placement.data import splits
from placement.errors import InputError

LABELS = np.repeat(np.arange(10, dtype=np.uint8), 60)
NAMES = tuple("0123456789")


@settings(max_examples=30)
@given(
    fraction=st.floats(0.05, 0.9),
    seed=st.integers(0, 2**32 - 1),
    limit=st.one_of(st.none(), st.integers(200, 600)),
)
def test_splits_are_disjoint_stratified_and_repeatable(fraction, seed, limit):
    train, validation = splits.split(LABELS, fraction, seed, limit, NAMES)
    total = limit or len(LABELS)
    assert len(train) + len(validation) == total
    assert len(validation) == pytest.approx(total * fraction, abs=1)
    assert not set(train) & set(validation)
    counts = np.bincount(LABELS[train], minlength=10)
    assert counts.max() - counts.min() <= 2
    again = splits.split(LABELS, fraction, seed, limit, NAMES)
    assert np.array_equal(train, again[0]) and np.array_equal(validation, again[1])


def test_other_seeds_split_otherwise():
    assert not np.array_equal(
        splits.split(LABELS, 0.2, 0, None, NAMES)[0], splits.split(LABELS, 0.2, 1, None, NAMES)[0]
    )


@pytest.mark.parametrize(("fraction", "limit"), [(0.001, None), (0.999, None), (0.2, 12)])
def test_a_class_without_an_image_is_refused(fraction, limit):
    with pytest.raises(InputError, match=r"dataset: validation_fraction"):
        splits.split(LABELS, fraction, 0, limit, NAMES)


def test_a_short_class_is_called_by_its_name():
    with pytest.raises(InputError, match=r"split seed 0: class 'c10' has no validation image, expected 1 of each"):
        splits.split(np.repeat([0, 1, 2], [30, 30, 3]), 0.1, 0, None, ("c1", "c2", "c10"))
    with pytest.raises(InputError, match=r"^dataset.limit: found 700, expected at most 600, the training images there"):
        splits.split(LABELS, 0.2, 0, 700, NAMES)


@settings(max_examples=60)
@given(
    counts=st.lists(st.integers(2, 40), min_size=2, max_size=6),
    fraction=st.floats(0.05, 0.9),
    seed=st.integers(0, 99),
    share=st.one_of(st.none(), st.floats(0.3, 1)),
)
def test_planning_asks_wherever_a_split_would_be_refused_and_order_is_no_matter(counts, fraction, seed, share):
    limit = share and max(int(share * sum(counts)), 1)
    labels, names = np.repeat(np.arange(len(counts)), counts), [str(count) for count in range(len(counts))]

    def found(labels):
        try:
            return [np.bincount(labels[part]).tolist() for part in splits.split(labels, fraction, seed, limit, names)]
        except InputError as error:
            return str(error)

    shuffled = found(np.random.default_rng(0).permutation(labels))
    assert found(labels) == shuffled
    assert splits.may_run_short(counts, fraction, limit) or not isinstance(shuffled, str)
