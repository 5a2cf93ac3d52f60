"""Tables as CSV files that read back with the very values that were written."""

from pathlib import Path

import pandas as pd

from placement.errors import InputError
from placement.files import atomic


def write(path: str | Path, table: pd.DataFrame) -> None:
    """Write a table atomically; a missing value is an empty cell."""
    with atomic(path) as temporary:
        table.to_csv(temporary, index=False)


def read(path: str | Path) -> pd.DataFrame:
    """A table that `write` wrote.

    Raises:
        InputError: not a table.
    """
    try:
        # A variant may be called '1' or 'nan', or labelled so; a digest may be '12e4'.
        texts = dict.fromkeys(("variant", "label", "run"), str)
        return pd.read_csv(path, dtype=texts, keep_default_na=False, na_values=[""])
    except ValueError as error:  # pandas' errors of parsing are ValueErrors
        raise InputError(f"{path}: not a table ({error}); delete it and run again") from error
