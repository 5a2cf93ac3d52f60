"""How fine a difference of accuracy so many test images can show."""

import pytest

from placement.analysis import resolution


@pytest.mark.parametrize(("rope", "images"), [(0.2, 10_000), (0.05, 10_000), (0.84, 600)])
def test_a_region_of_some_images_is_wide_enough(rope, images):
    assert resolution.announced(rope, images) == ""


def test_a_region_of_about_one_image_is_told_with_what_would_do():
    assert resolution.announced(0.2, 600) == (
        "±0.2 points of accuracy count as equal (comparison.rope). That is less than 5 of the 600 test images, ±0.83 "
        "points, and a verdict of equality would hang on one or two. Test more images, or give a wider `rope` if you "
        "would count that as equal"
    )
