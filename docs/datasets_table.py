"""Write the table of data sets in docs/data.md, which is made from the one in the code.

python docs/datasets_table.py
"""

import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "workflow" / "scripts"))

from placement.data.datasets import DATASETS, Dataset  # noqa: E402

START, END = "<!-- python docs/datasets_table.py -->\n", "<!-- end -->\n"


def row(dataset: Dataset) -> str:
    height, width, channels = dataset.shape
    source = ", ".join(address.split("/")[2] for address in dataset.addresses) or "scikit-learn"
    if dataset.debian_package:
        source += f", Debian's `{dataset.debian_package}`"
    cells = [
        f"`{dataset.name}`",
        dataset.title,
        f"{height}x{width}x{channels}",
        f"{len(dataset.class_names)}",
        f"{dataset.training_size:,} + {dataset.test_size:,}",
        source,
        dataset.licence,
        dataset.citation,
    ]
    return f"| {' | '.join(cells)} |\n"


def table() -> str:
    """The table, between its marks."""
    head = "| name | data set | images | classes | training + test | from | licence | cite |\n"
    return (
        START
        + head
        + "| --- | --- | --- | ---: | ---: | --- | --- | --- |\n"
        + "".join(map(row, DATASETS.values()))
        + END
    )


def written(page: str) -> str:
    """The page with the table as it should be."""
    before, rest = page.split(START)
    return before + table() + rest.split(END, 1)[1]


if __name__ == "__main__":
    path = ROOT / "docs/data.md"
    path.write_text(written(path.read_text(encoding="utf-8")), encoding="utf-8")
