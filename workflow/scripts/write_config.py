"""Write the merged config beside the results: given with --configfile, it is the same study again."""

from typing import Any

import yaml

from placement.files import atomic
from placement.job import job


def write_config(config: dict[str, Any], config_file: str) -> None:
    """Write a config as YAML, keys in the order that they have."""
    with atomic(config_file) as temporary:
        temporary.write_text(yaml.safe_dump(config, sort_keys=False, allow_unicode=True, width=120), encoding="utf-8")


if __name__ == "__main__":
    with job(snakemake.log[0]):
        write_config(snakemake.params.config, snakemake.output[0])
