"""Keep what libraries write to the terminal by themselves out of it."""

import os
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def stderr_to(path: str) -> Iterator[None]:
    """Append to a file what this process writes to stderr, by native code too, which redirect_stderr misses."""
    terminal = os.dup(2)
    with open(path, "a", encoding="utf-8") as file:
        os.dup2(file.fileno(), 2)
    try:
        yield
    finally:
        os.dup2(terminal, 2)
        os.close(terminal)
