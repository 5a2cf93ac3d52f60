"""Tables as CSV files that read back with the very values that were written."""

from collections.abc import Container, Sequence
from pathlib import Path

import pandas as pd

from placement.errors import InputError
from placement.files import atomic

# Columns that are text, whatever is in them: a variant may be called '1', a digest '12e4', a claim's source '2015'.
TEXTS = (
    *("variant", "label", "run", "study", "condition"),
    *("sentence", "left", "right", "within", "against", "binding", "source", "claimed_network", "claimed_by_others"),
)


def write(path: str | Path, table: pd.DataFrame) -> None:
    """Write a table atomically; a missing value is an empty cell."""
    with atomic(path) as temporary:
        table.to_csv(temporary, index=False)


def read(path: str | Path, columns: Sequence[str] = (), numbers: Container[str] = ()) -> pd.DataFrame:
    """A table that `write` wrote.

    Args:
        columns: some that it has to have.
        numbers: columns of numbers, where it has them.

    Raises:
        InputError: not a table, or another one, or it has text where a number belongs.
    """
    try:
        table = pd.read_csv(path, dtype=dict.fromkeys(TEXTS, str), keep_default_na=False, na_values=[""])
    except ValueError as error:  # pandas' errors of parsing are ValueErrors
        raise InputError(f"{path}: not a table ({error}); delete it and run again") from error
    if missing := [name for name in columns if name not in table]:
        raise InputError(f"{path}: has no column {missing[0]!r}; delete it and run again")
    for name in table.columns:
        if len(table) and name in numbers and not pd.api.types.is_numeric_dtype(table[name]):
            raise InputError(f"{path}: has text in column {name!r}, expected numbers alone; delete it and run again")
    return table
