"""The exceptions that a user is to read, and how scripts report them: one line and exit status 1, no traceback."""

import io
import sys
import traceback
from collections.abc import Iterator
from contextlib import contextmanager, suppress


class InputError(ValueError):
    """A mistake in a config, a data file or a result: the message names the key or file, what was found and
    what was expected."""


class ConfigError(InputError):
    """A mistake at a key of a config.

    Attributes:
        path: the keys that lead there, from the nearest mapping that whoever raises it knows: for a variant's network
            `norm`, `groups`.
        text: what was found and what was expected.
    """

    def __init__(self, path: tuple[str | int, ...], text: str) -> None:
        super().__init__(f"{'.'.join(map(str, path))}: {text}")
        self.path, self.text = path, text


class RunError(RuntimeError):
    """A run that can't end: it diverged, or it was told to stop."""


@contextmanager
def reported(log: str | None = None) -> Iterator[None]:
    """Turn an InputError or RunError into its message on stderr and exit status 1.

    What is printed in it is escaped as on stderr, rather than an error, where the locale hasn't its letters.

    Args:
        log: a file that gets the message as well, or the traceback of another error: Snakemake points to it.
    """
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="backslashreplace")
    try:
        yield
    except (InputError, RunError) as error:
        _note(log, f"{error}\n")
        sys.exit(str(error))
    except Exception:
        _note(log, traceback.format_exc())
        raise


def _note(log: str | None, text: str) -> None:
    if log is not None:
        with suppress(OSError), open(log, "a", encoding="utf-8", errors="backslashreplace") as file:
            file.write(text)
