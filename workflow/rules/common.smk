# Reads and checks the config, and gives each rule its slice of it. Nothing is written here.

import os
import sys
from pathlib import Path

import yaml
from snakemake.common.configfile import load_configfile
from snakemake.io import IOFile
from snakemake.utils import update_config

SCRIPTS = Path(workflow.basedir) / "workflow" / "scripts"
sys.path.insert(0, str(SCRIPTS))

from placement import sources
from placement.errors import reported
from placement.study import config as study_config, identities
from placement.study.reading import command_line

# Snakemake leaves what is nested in a value of --config text.
said = {key: value for key, value in command_line(workflow.config_settings.config_args).items() if key in config}
update_config(config, said)
with reported():
    study_config.check(
        config,
        yaml.safe_load(
            (Path(workflow.basedir) / "workflow" / "schemas" / "config.schema.yaml").read_text(encoding="utf-8")
        ),
        {str(file): load_configfile(file) for file in workflow.overwrite_configfiles or workflow.configfiles}
        | {"--config": said},
    )

STUDY = config["study"]
DATASET = config["dataset"]["name"]
VARIANTS = list(config["variants"])
LABELS = {variant: identities.label(config, variant) for variant in VARIANTS}
SEEDS = identities.seeds(config)
IDENTITIES = {variant: identities.run_identity(config, variant, SEEDS[0]) for variant in VARIANTS}
RESULTS = f"results/{STUDY}"
RUNS = f"{RESULTS}/runs"


wildcard_constraints:
    variant="|".join(VARIANTS),
    seed=r"\d+",
    dataset=r"\w+",


def run_identity(wildcards):
    """All of the config that one run depends on."""
    return IDENTITIES[wildcards.variant] | {"seed": int(wildcards.seed)}


def split_file(wildcards):
    """The split of a run: the study's one, or its seed's own where dataset.split_seed is null."""
    dataset = config["dataset"]
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


def configfiles():
    """The files that describe this study, where they aren't the default's."""
    if set(workflow.config_settings.config) - {"seeds"}:  # keys of the command line are in no other file
        return [f"{RESULTS}/config.yaml"]
    return [os.path.relpath(file) for file in workflow.overwrite_configfiles]


def prepared(**outputs):
    """The prepared data as inputs of a run's job; `outputs` are its own and those before it, by their scripts' names.

    Snakemake reruns all that depends on a missing file once it is made anew, and where a job before another reruns it
    doesn't look at the other's own params, `ancient` or not. So what is up to date must not depend on
    prepare_data and split_data: it takes their files as they are, by paths that no rule makes. Then the data can be
    deleted, and prepared again for a new run, with no effect on the others.
    """

    def inputs(wildcards):
        folder = f"results/data/{DATASET}"
        files = {
            "arrays": f"{folder}/arrays.npz",
            "fingerprint": f"{folder}/fingerprint.json",
            "split": split_file(wildcards),
        }
        if not all(up_to_date(script, file.format(**wildcards), wildcards) for script, file in outputs.items()):
            return files
        return {name: ancient(os.path.abspath(file)) for name, file in files.items() if os.path.exists(file)}

    return inputs


def up_to_date(script, file, wildcards):
    """Whether a run's file is there and, as far as there is a record of it, of this code and config."""
    forced = workflow.dag_settings.forceall or workflow.dag_settings.forcerun or workflow.dag_settings.forcetargets
    if forced or not os.path.exists(file):
        return False
    recorded = workflow.persistence.params(IOFile(file))
    return recorded is None or set(recorded) == {repr(sources.digests(script)), repr(run_identity(wildcards))}


def remove_checkpoints():
    """Remove the states of finished runs, and what a kill left of writing one.

    Only when a command ends, since a run is done once Snakemake has noted it: where that is killed between a run's end
    and the note, it deletes the run's files and makes the run again, from its checkpoint.
    """
    for history in map(Path, every_run("history.json")):
        if history.exists():
            for file in history.parent.glob("*checkpoint*.npz"):
                file.unlink(missing_ok=True)
