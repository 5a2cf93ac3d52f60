"""Whether runs that were trained again have the bits of those that are kept.

    snakemake --cores 1 --until train --configfile workflow/studies/literature/small/folklore.yaml --config seeds='[3]'
    python docs/trained_again.py results/folklore_small docs/literature/kept/folklore_small

They have them on the same kind of processor alone. Exit status 1 where a run differs, or none is in both.
"""

import json
import sys
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT / "workflow/scripts"), str(ROOT / "docs")]

import kept_runs  # noqa: E402
from placement.runs import history  # noqa: E402

# What a run is called, and by whose code it says it was made: no bits of it.
NAMES = ("study", "variant", "code")


def compared(study: Path, kept: Path) -> dict[str, bool]:
    """{variant and seed: whether all but time and machine is the same}, of each run that is in both."""
    files, found = kept_runs.archived(kept), {}
    for file in sorted(study.glob("runs/*/seed*/history.json")):
        run = f"{file.parent.parent.name}/{file.parent.name}"
        again = kept_runs.of_a_run(file.parent)
        before = {name: files[f"{run}/{name}"] for name in again if f"{run}/{name}" in files}
        if before:
            one, other = (result(content.pop(kept_runs.HISTORY)) for content in (again, before))
            found[run] = one == other and all(again[name] == content for name, content in before.items())
    return found


def result(content: bytes) -> dict[str, Any]:
    """What a history says of a run's bits."""
    record = history.without_timing(json.loads(content))
    return {key: value for key, value in record.items() if key not in NAMES}


if __name__ == "__main__":
    found = compared(*map(Path, sys.argv[1:]))
    for run, same in found.items():
        print(f"{run}: {'the same bits' if same else 'differs'}")
    sys.exit(not found or not all(found.values()))
