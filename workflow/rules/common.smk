# Reads and checks the config, and gives each rule its slice of it. All that is written here, in a dry run too, is what a
# look at a folder of images found: results/data/image_folder/.

import os
import re
import sys
from pathlib import Path

import yaml
from snakemake.common.configfile import load_configfile

# In a module, workflow.basedir is the importer's.
WORKFLOW = Path(workflow.current_basedir.get_path_or_uri(secret_free=True)).parent
if not WORKFLOW.is_dir():
    sys.exit(f"{WORKFLOW}: not a folder, expected a checkout on this machine; as a module, clone the workflow first")
# Whatever the user's PYTHONPATH says: a script finds its own folder last on sys.path.
sys.path.insert(0, str(WORKFLOW / "scripts"))
os.environ.update(PYTHONPATH=os.pathsep.join(filter(None, [sys.path[0], os.environ.get("PYTHONPATH")])))

from placement import patterns, sources
from placement.data.chosen import DEFAULTS, chosen
from placement.errors import reported
from placement.study import bases, config as study_config, grids, identities
from placement.study.reading import command_line

if not sources.SCRIPTS.samefile(WORKFLOW / "scripts"):
    sys.exit(f"{WORKFLOW}: in one workflow with {sources.SCRIPTS.parent}, expected one checkout of the two")

said = {key: value for key, value in command_line(CONFIG_ARGUMENTS).items() if key in config}
said_in = {str(file): load_configfile(file) for file in config_files()}
said_in |= {"--config": said}
# Snakemake's own merging knows of no kinds, and leaves what is nested in a value of --config text. What an importer
# passes on is in no file as such.
given = [config, said] if IS_MODULE else [*said_in.values()]
with reported():
    WRITTEN, said_in = bases.merged(given, said_in, load_configfile)
    study_config.check(
        WRITTEN,
        yaml.safe_load((WORKFLOW / "schemas" / "config.schema.yaml").read_text(encoding="utf-8")),
        said_in,
        look=IS_MAIN_PROCESS,  # its jobs go by what it saw
    )

GRID = grids.grid(WRITTEN)
config = grids.expanded(WRITTEN)
STUDY = config["study"]
DATA = chosen(config["dataset"])
DATASET = DATA.folder
DATASET_KEYS = DEFAULTS | config["dataset"]
VARIANTS = list(config["variants"])
LABELS = {variant: identities.label(config, variant) for variant in VARIANTS}
SEEDS = identities.seeds(config)
IDENTITIES = {variant: identities.run_identity(config, variant, SEEDS[0]) for variant in VARIANTS}
RESULTS = f"results/{STUDY}"
RUNS = f"{RESULTS}/runs"


wildcard_constraints:
    variant=patterns.names(VARIANTS),
    seed=r"\d+",
    dataset=r"[\w-]+",


def run_identity(wildcards):
    """All of the config that one run depends on."""
    return IDENTITIES[wildcards.variant] | {"seed": int(wildcards.seed)}


def variant_identity(variant):
    """What all runs of a variant depend on: the identity of one, but for its seed."""
    return {key: value for key, value in IDENTITIES[variant].items() if key != "seed"}


def as_text(label):
    """A label for the report, in which Snakemake looks for wildcards: a word joiner, which is not seen, hides them."""
    return label.replace("{", "{\u2060")


def split_of(seed):
    """What decides the split of a run of this seed: the study's one, or its own where dataset.split_seed is null."""
    return {
        "validation_fraction": float(DATASET_KEYS["validation_fraction"]),
        "seed": seed if DATASET_KEYS["split_seed"] is None else DATASET_KEYS["split_seed"],
        "limit": DATASET_KEYS["limit"],
    }


def split_name(split):
    """What the file of a split is called."""
    limit = "none" if split["limit"] is None else split["limit"]
    return f"fraction{split['validation_fraction']}_seed{split['seed']}_limit{limit}"


SPLITS = {split_name(split): split for split in map(split_of, SEEDS)}
