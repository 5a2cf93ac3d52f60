"""How fine a difference of accuracy so many test images can show."""

# Test images that a region of practical equivalence should be wide: in a narrower one, a verdict of equality hangs on
# one or two images.
FEW_IMAGES = 5


def one_image(images: int) -> float:
    """What one of so many test images is of the accuracy, in points."""
    return 100 / images


def announced(rope: float, images: int) -> str:
    """That a region of practical equivalence of ±`rope` points is too narrow, before training; else nothing."""
    if rope >= FEW_IMAGES * one_image(images):
        return ""
    return (
        f"What counts as equal, ±{rope:g} points of accuracy (comparison.rope), is {rope / one_image(images):.2g} of "
        f"the {images:,} test images: too narrow for a verdict; {FEW_IMAGES} images are "
        f"±{FEW_IMAGES * one_image(images):.2g} points"
    )
