# Reads and checks the config, and gives each rule its slice of it. Nothing is written here.

import sys
from pathlib import Path

import yaml

SCRIPTS = Path(workflow.basedir) / "workflow" / "scripts"
sys.path.insert(0, str(SCRIPTS))

from placement import config as study_config, sources
from placement.errors import reported

with reported():
    study_config.check(
        config,
        yaml.safe_load((Path(workflow.basedir) / "workflow" / "schemas" / "config.schema.yaml").read_text()),
        [str(file) for file in workflow.overwrite_configfiles or workflow.configfiles],
    )

STUDY = config["study"]
DATASET = config["dataset"]["name"]
VARIANTS = list(config["variants"])
SEEDS = study_config.seeds(config)
RUNS = f"results/{STUDY}/runs"


wildcard_constraints:
    variant="|".join(VARIANTS),
    seed=r"\d+",
    dataset=r"\w+",


def run_identity(wildcards):
    """All of the config that one run depends on."""
    return study_config.run_identity(config, wildcards.variant, int(wildcards.seed))


def split_file(wildcards):
    """The split of a run: the study's one, or its seed's own where dataset.split_seed is null."""
    dataset = config["dataset"]
    seed = wildcards.seed if dataset["split_seed"] is None else dataset["split_seed"]
    limit = "none" if dataset["limit"] is None else dataset["limit"]
    return f"results/data/{DATASET}/splits/fraction{dataset['validation_fraction']}_seed{seed}_limit{limit}.npz"
