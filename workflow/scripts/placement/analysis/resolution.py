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
    few = f"{FEW_IMAGES} of the {images:,} test images, ±{FEW_IMAGES * one_image(images):.2g} points"
    return (
        f"±{rope:g} points of accuracy count as equal (comparison.rope). That is less than {few}: a verdict of "
        "equality would hang on one or two"
    )
