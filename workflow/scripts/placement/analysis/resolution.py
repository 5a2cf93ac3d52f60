"""How fine a difference of accuracy so many test images can show."""

# Test images that a region of practical equivalence should be wide: in a narrower one, a verdict of equality hangs on
# one or two images.
FEW_IMAGES = 5


def announced(rope: float, images: int) -> str:
    """That a region of practical equivalence of ±`rope` points is too narrow, before training; else nothing."""
    narrowest = 100 * FEW_IMAGES / images
    if rope >= narrowest:
        return ""
    few = f"{FEW_IMAGES} of the {images:,} test images, ±{narrowest:.2g} points"
    return (
        f"±{rope:g} points of accuracy count as equal (comparison.rope). That is less than {few}, and a verdict of "
        "equality would hang on one or two. Test more images, or give a wider `rope` if you would count that as equal"
    )
