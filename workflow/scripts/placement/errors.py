"""The exceptions that a user is to read, and how scripts report them: one line and exit status 1, no traceback."""

import io
import sys
from collections.abc import Iterator
from contextlib import contextmanager


class InputError(ValueError):
    """A mistake in a config, a data file or a result: the message names the key or file, what was found and
    what was expected."""


class RunError(RuntimeError):
    """A run that can't end: it diverged, or it was told to stop."""


@contextmanager
def reported() -> Iterator[None]:
    """Turn an InputError or RunError into its message on stderr and exit status 1.

    What is printed in it is escaped as on stderr, rather than an error, where the locale hasn't its letters.
    """
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="backslashreplace")
    try:
        yield
    except (InputError, RunError) as error:
        sys.exit(str(error))
