"""Pages as tests read them."""

from pathlib import Path


def unwrapped(page: Path) -> str:
    """Its text, as if on one line."""
    return " ".join(page.read_text("utf-8").split())
