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
        f"comparison.rope: ±{rope:g} points are {rope / one_image(images):.2g} of the {images:,} test images, too few "
        f"to call accuracies equal by; ±{FEW_IMAGES * one_image(images):.2g} would be {FEW_IMAGES}"
    )
