"""Take a study's runs that other code made for runs of this code, as they are."""

from collections.abc import Iterable
from pathlib import Path
from typing import Any

from placement.counting import how_many
from placement.job import job
from placement.runs import history, kept


def adopt(
    runs: Iterable[tuple[str, str, dict[str, Any]]], trained_by: dict[str, str], measured_by: dict[str, str]
) -> str:
    """Link each run that is whole and of the study's config to where runs of this code are kept; say what was taken.

    Its files stay as they are: the history goes on saying what code made it.

    Args:
        runs: the study's folder of a run, the folder where this code's is kept, and the run's identity.
        trained_by, measured_by: digests of this code.
    """
    lines, taken = [], 0
    for own, there, identity in runs:
        file = Path(own, "history.json")
        name = f"{identity['variant']} seed {identity['seed']}"
        if not kept.is_whole(own):
            lines.append(f"{name}: not there")
            continue
        if not kept.is_of(file, identity, None):
            lines.append(f"{name}: left, it is of another config")
            continue
        if not kept.is_whole(there) or not kept.same(file, Path(there, "history.json")):
            kept.take(own, there)
        what = "the run"
        shift = Path(own, kept.SHIFT)
        if kept.is_sound_shift(shift, own, identity):
            kept.link(shift, Path(there, kept.shift_name(measured_by)))
            what += " and its variance shift"
        made = history.made_of(file).get("code")
        whose = "of this code" if made == trained_by else "of other code" if made else "that doesn't say of what code"
        lines.append(f"{name}: took {what}, {whose}")
        taken += 1
    return "\n".join(
        [*lines, f"{taken} of {how_many(len(lines), 'run')} taken" if lines else "Nothing to take: every run is there"]
    )


if __name__ == "__main__":
    with job(snakemake.log[0]):
        print(adopt(snakemake.params.runs, snakemake.params.trained_by, snakemake.params.measured_by), flush=True)
