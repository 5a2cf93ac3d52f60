"""Write the table of data sets in docs/data.md, which is made from the one in the code.

python docs/datasets_table.py
"""

import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT / "workflow/scripts"), str(ROOT / "docs")]

import page_tables  # noqa: E402
from placement.data.datasets import DATASETS, Dataset  # noqa: E402
from placement.reading.document import aligned  # noqa: E402

PAGE = ROOT / "docs/data.md"


def row(dataset: Dataset) -> tuple[str, ...]:
    height, width, channels = dataset.shape
    source = ", ".join(address.split("/")[2] for address in dataset.addresses) or "scikit-learn"
    if dataset.debian_package:
        source += f", Debian's `{dataset.debian_package}`"
    return (
        f"`{dataset.name}`",
        dataset.title,
        f"{height}x{width}x{channels}",
        f"{len(dataset.class_names)}",
        f"{dataset.training_size:,} + {dataset.test_size:,}",
        source,
        dataset.licence,
        dataset.citation,
    )


def tables() -> dict[str, str]:
    """The table by its first columns, as page_tables takes it."""
    head = ("name", "data set", "images", "classes", "training + test", "from", "licence", "cite")
    right = (False, False, False, True, True, False, False, False)
    return {"name | data set": aligned(head, right, [*map(row, DATASETS.values())])}


if __name__ == "__main__":
    page_tables.write({PAGE: tables()})
