# Reads and checks the config, and gives each rule its slice of it. All that is written here, in a dry run too, is what a
# look at a folder of images found: results/data/image_folder/.

import os
import re
import sys
from pathlib import Path

from snakemake.common.configfile import load_configfile

# In a module, workflow.basedir is the importer's.
WORKFLOW = Path(workflow.current_basedir.get_path_or_uri(secret_free=True)).parent
if not WORKFLOW.is_dir():
    sys.exit(f"{WORKFLOW}: not a folder, expected a checkout on this machine; as a module, clone the workflow first")
# Whatever the user's PYTHONPATH says: a script finds its own folder last on sys.path.
sys.path.insert(0, str(WORKFLOW / "scripts"))
os.environ.update(PYTHONPATH=os.pathsep.join(filter(None, [sys.path[0], os.environ.get("PYTHONPATH")])))

from placement import patterns, sources
from placement.counting import and_more, how_many
from placement.errors import reported
from placement.study import bases, study
from placement.study.parsing import command_line
from placement.study.problems import COMMAND_LINE

if not sources.SCRIPTS.samefile(WORKFLOW / "scripts"):
    sys.exit(f"{WORKFLOW}: in one workflow with {sources.SCRIPTS.parent}, expected one checkout of the two")

said = {key: value for key, value in command_line(CONFIG_ARGUMENTS).items() if key in config}
# What an importer passes on is in no file as such.
said_in = {"module config": config} if IS_MODULE else {str(file): load_configfile(file) for file in config_files()}
said_in |= {COMMAND_LINE: said}
# Snakemake's own merging knows of no kinds, and leaves what is nested in a value of --config text.
with reported():
    config, said_in = bases.merged(said_in, load_configfile)
    STUDY = study.read(config, said_in, look=IS_MAIN_PROCESS)  # its jobs go by what it saw

DATASET = STUDY.dataset.info.folder
VARIANTS = list(STUDY.variants)
SEEDS = list(STUDY.seeds)
RESULTS = f"results/{STUDY.name}"
RUNS = f"{RESULTS}/runs"


wildcard_constraints:
    variant=patterns.names(VARIANTS),
    seed=r"\d+",
    dataset=r"[\w-]+",


def run_identity(wildcards):
    """All of the config that one run depends on."""
    return STUDY.identity(wildcards.variant, int(wildcards.seed))


def variant_identity(variant):
    """What all runs of a variant depend on: the identity of one, but for its seed."""
    return {key: value for key, value in STUDY.identity(variant, SEEDS[0]).items() if key != "seed"}


def as_text(label):
    """A label for the report, in which Snakemake looks for wildcards: a word joiner, which is not seen, hides them."""
    return label.replace("{", "{\u2060")


def split_name(split):
    """What the file of a split is called."""
    limit = "none" if split["limit"] is None else split["limit"]
    return f"fraction{split['validation_fraction']}_seed{split['seed']}_limit{limit}"


SPLITS = {split_name(split): split for split in map(STUDY.dataset.split, SEEDS)}
