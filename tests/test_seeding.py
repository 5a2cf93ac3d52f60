"""Streams of random numbers, by their names."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from placement import seeding

seeds = st.integers(0, 2**32 - 1)


@given(seeds, st.integers(0, 50))
def test_a_stream_is_a_function_of_its_names(seed, epoch):
    first, second = (seeding.generator(seed, "batch order", epoch).permutation(100) for _ in range(2))
    assert np.array_equal(first, second)


def test_streams_of_other_seeds_purposes_and_names_differ():
    drawn = [
        tuple(seeding.integers(seed, purpose, name, count=4))
        for seed in range(20)
        for purpose in ("weights", "dropout")
        for name in ("conv1", "conv2", "conv10")
    ]
    assert len(set(drawn)) == len(drawn)


@given(seeds)
def test_integers_fit_libraries_that_take_31_bits(seed):
    assert all(0 <= value < 2**31 for value in seeding.integers(seed, "weights", "conv1", count=10))


def test_the_streams_stay_what_they_were():
    # A change here would silently make every new run another one than the runs that are there.
    assert seeding.integers(0, "weights", "conv1") == [1072357041]
