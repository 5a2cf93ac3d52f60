"""List the kept runs that no study's folder has and the study at hand doesn't ask for; delete them where told to."""

import shutil

from placement.counting import how_many
from placement.job import job
from placement.runs import kept


def tidy(asked: list[str], delete: bool) -> str:
    """What there is to be deleted, or was.

    Args:
        asked: digests of the runs that the study at hand asks for.
        delete: whether to delete the others that no study's folder has.
    """
    found = kept.unused(asked, "results")
    size = sum(file.stat().st_size for folder in found for file in folder.rglob("*") if file.is_file())
    if delete:
        for folder in found:
            shutil.rmtree(folder)
    told = "the same command with `tidy_away` for `tidy` deletes what is listed" if found else "nothing to delete"
    done = "deleted" if delete and found else told
    return "\n".join(
        [*map(str, found), f"{how_many(len(found), 'run')} that no study has, {size / 1e6:.1f} MB: {done}"]
    )


if __name__ == "__main__":
    with job(snakemake.log[0]):
        print(tidy(snakemake.params.asked, snakemake.params.delete), flush=True)
