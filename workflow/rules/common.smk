# Reads and checks the config, and gives each rule its slice of it. All that is written here, in a dry run too, is what a
# look at a folder of images found: results/data/image_folder/.

import os
import re
import sys
from functools import cache
from itertools import combinations
from pathlib import Path

import yaml
from snakemake.common.configfile import load_configfile
from snakemake.io import IOFile
from snakemake.logging import logger
from snakemake.settings.types import RerunTrigger

# In a module, workflow.basedir is the importer's.
WORKFLOW = Path(workflow.current_basedir.get_path_or_uri(secret_free=True)).parent
if not WORKFLOW.is_dir():
    sys.exit(f"{WORKFLOW}: not a folder, expected a checkout on this machine; as a module, clone the workflow first")
# Whatever the user's PYTHONPATH says: a script finds its own folder last on sys.path.
sys.path.insert(0, str(WORKFLOW / "scripts"))
os.environ.update(PYTHONPATH=os.pathsep.join(filter(None, [sys.path[0], os.environ.get("PYTHONPATH")])))

from placement import sources
from placement.data.chosen import DEFAULTS, chosen
from placement.errors import reported
from placement.runs import history
from placement.study import bases, config as study_config, grids, identities
from placement.study.reading import command_line

if not sources.SCRIPTS.samefile(WORKFLOW / "scripts"):
    sys.exit(f"{WORKFLOW}: in one workflow with {sources.SCRIPTS.parent}, expected one checkout of the two")

said = {key: value for key, value in command_line(workflow.config_settings.config_args).items() if key in config}
said_in = {str(file): load_configfile(file) for file in workflow.overwrite_configfiles or workflow.configfiles}
said_in |= {"--config": said}
IS_MODULE = not workflow.modifier.is_main_snakefile()
# Snakemake's own merging knows of no kinds, and leaves what is nested in a value of --config text. What an importer
# passes on is in no file as such.
given = [config, said] if IS_MODULE else [*said_in.values()]
with reported():
    WRITTEN, said_in = bases.merged(given, said_in, load_configfile)
    study_config.check(
        WRITTEN,
        yaml.safe_load((WORKFLOW / "schemas" / "config.schema.yaml").read_text(encoding="utf-8")),
        said_in,
        look=workflow.is_main_process,  # its jobs go by what it saw
    )

GRID = grids.grid(WRITTEN)
config = grids.expanded(WRITTEN)
STUDY = config["study"]
DATA = chosen(config["dataset"])
DATASET = DATA.folder
VARIANTS = list(config["variants"])
LABELS = {variant: identities.label(config, variant) for variant in VARIANTS}
SEEDS = identities.seeds(config)
IDENTITIES = {variant: identities.run_identity(config, variant, SEEDS[0]) for variant in VARIANTS}
RESULTS = f"results/{STUDY}"
RUNS = f"{RESULTS}/runs"
# Where a file of ours is, in a module with a prefix.
in_place = workflow.modifier.path_modifier.replace_prefix


# What Snakemake says of itself, at each job or at each start, and nobody asks for.
CHATTER = (
    "Select jobs to execute",
    "Execute ",
    "Using shell: ",
    "Rules claiming more threads",
    "Conda environments: ignored",
)
if not IS_MODULE:
    logger.addFilter(lambda record: not record.getMessage().startswith(CHATTER))


wildcard_constraints:
    variant="|".join(map(re.escape, VARIANTS)),
    seed=r"\d+",
    dataset=r"[\w-]+",


def run_identity(wildcards):
    """All of the config that one run depends on."""
    return IDENTITIES[wildcards.variant] | {"seed": int(wildcards.seed)}


def split_file(wildcards):
    """The split of a run: the study's one, or its seed's own where dataset.split_seed is null."""
    dataset = DEFAULTS | config["dataset"]
    seed = wildcards.seed if dataset["split_seed"] is None else dataset["split_seed"]
    limit = "none" if dataset["limit"] is None else dataset["limit"]
    return f"results/data/{DATASET}/splits/fraction{dataset['validation_fraction']}_seed{seed}_limit{limit}.npz"


def as_text(label):
    """A label for the report, in which Snakemake looks for wildcards: a word joiner, which is not seen, hides them."""
    return label.replace("{", "{\u2060")


def variant_identity(variant):
    """What all runs of a variant depend on: the identity of one, but for its seed."""
    return {key: value for key, value in IDENTITIES[variant].items() if key != "seed"}


def every_run(file, variants=VARIANTS):
    """A file of every run: all seeds of the first variant, then of the next."""
    return expand(f"{RUNS}/{{variant}}/seed{{seed}}/{file}", variant=variants, seed=SEEDS)


def set_triggers():
    """Set what the promises on reruns rest on, whatever profile is in force.

    The settings are there after the rules are read, and looked at after all input functions; so each of those calls
    this. The settings of an importer are for the importer's own rules too, and stay as they are.
    """
    if not IS_MODULE:
        # `code` looks at a script's age and not at its imports: each rule has digests of both among its params (see
        # sources.py). `input` looks at the list of input files: what decides over that is among the params, and
        # prepared data that is deleted is no input of a finished run (see `prepared`).
        settings = workflow.dag_settings
        settings.rerun_triggers = {*settings.rerun_triggers} - {RerunTrigger.CODE, RerunTrigger.INPUT}
        # What a killed job left is redone without being asked (training goes on from its checkpoint).
        settings.force_incomplete = True


def prepared(*chain, **others):
    """The prepared data, and `others`, as inputs of a run's job; `chain` are its rule and those before it.

    Snakemake reruns all that depends on a missing file once it is made anew, and where a job before another reruns it
    doesn't look at the other's own params, `ancient` or not. So what is up to date must not depend on
    prepare_data and split_data: it takes their files as they are, from no rule (`before_update`). Then the data can be
    deleted, and prepared again for a new run, with no effect on the others.
    """

    def inputs(wildcards):
        set_triggers()
        data = {
            "arrays": f"results/data/{DATASET}/arrays.npz",
            "fingerprint": f"results/data/{DATASET}/fingerprint.json",
            "split": split_file(wildcards),
        }
        # Told to prepare the data again, Snakemake is to do as it does: all that depends on them follows.
        if is_forced("prepare_data") or is_forced("split_data"):
            return data | others
        if not all(up_to_date(each, wildcards) for each in chain):
            return data | others
        data = {name: ancient(before_update(file)) for name, file in data.items() if os.path.exists(in_place(file))}
        # By its record Snakemake knows an input that is only newer from a changed one. Else age means nothing.
        if not others or is_recorded(outputs(chain[-1], wildcards)):
            return data | others
        return data | {name: ancient(file) for name, file in others.items()}

    return inputs


def up_to_date(rule, wildcards):
    """Whether a run's job has its files, of this code and config, and isn't told to make them again.

    Snakemake compares with its record of them. Where it has none, the first of them says what it was made of, and is
    made again where that is something else.
    """
    files = outputs(rule, wildcards)
    if is_forced(rule, files) or not all(map(os.path.exists, files)):
        return False
    if is_as_asked(rule, wildcards):
        return True
    if is_recorded(files):
        return False
    make_again(files)
    say(
        f"{RUNS}: some runs, of which Snakemake has no record, say that they are of another config or of other code: "
        "they are trained again (`snakemake --touch` keeps them)"
    )
    return False


def is_as_asked(rule, wildcards):
    """Whether the files of a run's job are of this code and config, by Snakemake's record or by what the first says."""
    files, code, identity = outputs(rule, wildcards), sources.digests(rule), run_identity(wildcards)
    if set(workflow.persistence.params(IOFile(files[0])) or ()) == {repr(code), repr(identity)}:
        return True
    return not is_recorded(files) and history.made_of(files[0]) == identity | {"code": code}


def unless_recorded(rule):
    """No input; but what a job made is made again where Snakemake has no record of what it was made of."""

    def inputs(wildcards):
        set_triggers()
        files = outputs(rule, wildcards)
        if any(map(os.path.exists, files)) and not is_recorded(files):
            make_again(files)
        return []

    return inputs


def outputs(rule, wildcards):
    """The files that a job makes."""
    return expand(getattr(rules, rule).output, **wildcards)


def is_recorded(files):
    """Whether Snakemake has noted what all of these files were made of."""
    return all(workflow.persistence.metadata(IOFile(file)) is not None for file in files)


def is_forced(rule, files=()):
    """Whether the command line wants the rule run again or one of the files made again, or `make_again` does."""
    return getattr(rules, rule).rule in workflow.dag.forcerules or not workflow.dag.forcefiles.isdisjoint(files)


def make_again(files):
    """Have Snakemake make files again, as it does with incomplete ones."""
    workflow.dag.forcefiles.update(files)


@cache
def say(line):
    """Print a line, once."""
    logger.warning(line)
