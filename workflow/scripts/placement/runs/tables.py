"""Tables as CSV files that read back with the very values that were written."""

from collections.abc import Sequence
from pathlib import Path

import pandas as pd

from placement.errors import InputError
from placement.files import atomic


def write(path: str | Path, table: pd.DataFrame) -> None:
    """Write a table atomically; a missing value is an empty cell."""
    with atomic(path) as temporary:
        table.to_csv(temporary, index=False)


def read(path: str | Path, columns: Sequence[str] = ()) -> pd.DataFrame:
    """A table that `write` wrote.

    Args:
        columns: some that it has to have.

    Raises:
        InputError: not a table, or another one.
    """
    try:
        # A variant may be called '1' or 'nan', or labelled so; a digest may be '12e4'.
        texts = dict.fromkeys(("variant", "label", "run"), str)
        table = pd.read_csv(path, dtype=texts, keep_default_na=False, na_values=[""])
    except ValueError as error:  # pandas' errors of parsing are ValueErrors
        raise InputError(f"{path}: not a table ({error}); delete it and run again") from error
    if missing := [name for name in columns if name not in table]:
        raise InputError(f"{path}: has no column {missing[0]!r}; delete it and run again")
    return table
