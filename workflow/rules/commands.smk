# What a command says when it starts and when it ends, and a dry run of what it would do. What it counts by, the networks,
# recipes and seconds of all variants, is train.smk's.

from functools import cache

from snakemake.logging import logger
from snakemake_interface_logger_plugins.common import LogEvent

from placement import progress
from placement.analysis import duration, minimum
from placement.network import backbones
from placement.network.norms import BatchNorm
from placement.runs import history
from placement.study import cautions, select, wording

# What Snakemake says of itself, at each job or at each start, and nobody asks for.
CHATTER = (
    "Select jobs to execute",
    "Execute ",
    "Using shell: ",
    "Rules claiming more threads",
    "Conda environments: ignored",
)
# What would mislead: the profile leaves out the jobs that are pointed to, and a plan takes no lock.
REWORDED = {
    "(check individual jobs above for details)": "(`--quiet host` shows them job by job)",
    "Error: Directory cannot be locked. Another Snakemake instance is running.": (
        "Another snakemake is at work here: this plan goes by what is finished so far."
    ),
}


def in_our_words(record):
    """Without the chatter, and with what misleads in other words."""
    for theirs, ours in REWORDED.items():
        if theirs in str(record.msg):  # an event has no message
            record.msg = record.msg.replace(theirs, ours)
    return not record.getMessage().startswith(CHATTER)


if not IS_MODULE:
    logger.addFilter(in_our_words)

# Variants whose networks are shown; of more variants, those that are named.
NAMED = 20
# Finished runs that are asked how long they took, of each variant.
FEW = 20


@cache
def say(line):
    """Print a line, once."""
    logger.warning(line)


@cache
def work():
    """What this command is to train and to measure, and how long that takes."""
    jobs = jobs_to_run()
    todo, measured = ([wildcards.variant for wildcards in jobs.pop(rule, ())] for rule in ("train", "variance_shift"))
    others = sum(map(len, jobs.values()))
    done = [
        (variant, seconds)
        for variant in VARIANTS
        for seed in SEEDS[:FEW]
        if (seconds := history.seconds(f"{RUNS}/{variant}/seed{seed}/history.json", STUDY.identity(variant, seed)))
    ]
    return duration.Work(
        usual_seconds(),
        todo,
        measured,
        others,
        done,
        cores=NODES or CORES or 1,
        threads=config["training"]["threads"],
        cluster=bool(NODES),
    )


@cache
def announce():
    """Say how much is to be trained, and what that won't judge."""
    if work().todo:
        info = STUDY.dataset.info
        logger.info(STUDY.dataset.described)
        variants = f"{how_many(len(VARIANTS), 'variant')}, each with {how_many(len(SEEDS), 'seed')}:"
        if more := and_more(len(VARIANTS), NAMED):
            logger.info(f"{variants} {', '.join(VARIANTS[:NAMED])}{more}")
        else:
            logger.info("\n  ".join([variants, *wording.lines(STUDY.variants, info.shape, len(info.class_names))]))
        logger.info(work().announced())
        levels = list(map(len, STUDY.grid.factors.values())) if STUDY.grid else []
        if not_judged := minimum.announced(len(SEEDS), len(VARIANTS), len(STUDY.comparison["claims"]), levels):
            logger.info(not_judged)
        if STUDY.grid and (wanted := STUDY.comparison.get("select")):
            judging = len(SEEDS) - len(select.choosing_seeds(wanted) or ())
            placements = len(select.placements(STUDY.grid, select.over(wanted)))
            if not_judged := minimum.announced_of_placements(judging, placements):
                logger.info(not_judged)
        for caution in cautions.announced(STUDY.variants, info.shape, len(info.class_names)):
            logger.info(caution)
        if narrow := cautions.narrow_rope(STUDY.comparison["rope"], STUDY.dataset.info.test_size):
            logger.info(narrow)
        if short := cautions.few_steps(moving_averages()):
            logger.info(short)


def announce_before_jobs(record):
    """Before Snakemake's list of jobs, which a dry run prints too."""
    if getattr(record, "event", None) == LogEvent.RUN_INFO:
        announce()
    return True


if IS_MAIN_PROCESS:
    logger.addFilter(announce_before_jobs)


@cache
def compares():
    """Whether this command writes findings; to be asked first while its jobs are yet to run."""
    return "compare" in jobs_to_run()


def show_time_left():
    """Have a terminal's bars say how much is left."""
    for handler in log_handlers():
        progress.improve(handler, work().left())


def usual_seconds():
    """By variant, what a run is likely to take: asked when a command starts to run, and not by each of its jobs."""
    return {
        variant: duration.Usual.of(
            TRAINING_SECONDS[variant],
            len(backbones.build(*network)),
            steps(RECIPES[variant]),
        )
        for variant, network in NETWORKS.items()
    }


def steps(recipe):
    """Of all its epochs."""
    return recipe.steps_per_epoch(STUDY.dataset.training_images) * recipe.epochs


def moving_averages():
    """By variant that has them, their momentum and the steps of all epochs."""
    return {
        variant: (norm.momentum, steps(recipe))
        for variant, recipe in RECIPES.items()
        if isinstance(norm := STUDY.variants[variant].spec.norm, BatchNorm)
    }


onstart:
    show_time_left()
    compares()


onsuccess:
    if compares():
        logger.info(f"What was found: {RESULTS}/findings.html")
