"""Link a kept run, or what was measured of one, into a study's folder."""

from pathlib import Path

from placement.job import job
from placement.runs import kept

if __name__ == "__main__":
    with job(snakemake.log[0]):
        source = Path(snakemake.params.kept)
        if source.is_dir():
            kept.take(source, Path(snakemake.output[0]).parent)
        else:
            kept.link(source, snakemake.output[0])
