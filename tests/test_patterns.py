"""Many names as a short regular expression."""

import re
from itertools import product

from hypothesis import given
from hypothesis import strategies as st

from placement import patterns

NAMES = st.sets(st.text("ab-.", min_size=1, max_size=6))


@given(NAMES, NAMES)
def test_a_pattern_is_of_just_its_names(wanted, others):
    pattern = re.compile(patterns.names(wanted))
    for name in wanted | others:
        assert bool(pattern.fullmatch(name)) == (name in wanted)


@given(st.sets(st.integers(0, 3000)), st.sets(st.integers(0, 3000)))
def test_a_pattern_is_of_just_its_numbers_before_their_end(wanted, others):
    pattern = re.compile(rf"a(?={patterns.numbers(wanted, '/')})")
    for number in wanted | others:
        assert bool(pattern.match(f"a{number}/")) == (number in wanted)


def test_cells_of_a_grid_and_ranges_of_seeds_stay_short():
    cells = ["-".join(cell) for cell in product(["before", "after"], map(str, range(50)), "abc")]
    assert len(patterns.names(cells)) < len("-".join(cells)) / 5
    assert len(patterns.numbers(range(10_000), "/")) < 300
