"""Numbers of things in words."""

import pytest

from placement.counting import and_more, how_many
from placement.reading.words import runs_a_variant


def test_one_thing_is_in_the_singular():
    assert [how_many(n, "test image") for n in (0, 1, 1024)] == ["0 test images", "1 test image", "1,024 test images"]


@pytest.mark.parametrize(
    ("numbers", "told"),
    [([1, 1], "1 run a variant"), ([5, 3, 5], "3 or 5 runs a variant"), ([1, 2], "1 or 2 runs a variant")],
)
def test_runs_of_each_variant(numbers, told):
    assert runs_a_variant(numbers) == told


def test_what_is_not_named_is_counted():
    assert [and_more(number, 3) for number in (2, 3, 4)] == ["", "", " and 1 more"]
