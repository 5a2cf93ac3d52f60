# What a command says when it starts, and clears away when it ends.

from placement import progress
from placement.analysis import duration, minimum, settling
from placement.network import backbones

# Finished runs that are asked how long they took, of each variant.
FEW = 20


def announce():
    """Say how much is to be trained and what that won't judge, and have a terminal's bars say how much is left."""
    todo, measured = (
        [job.wildcards.variant for job in workflow.dag.needrun_jobs() if job.rule.name == rule]
        for rule in ("train", "variance_shift")
    )
    done = [
        (variant, seconds)
        for variant in VARIANTS
        for seed in SEEDS[:FEW]
        if (seconds := history.seconds(f"{RUNS}/{variant}/seed{seed}/history.json", IDENTITIES[variant]))
    ]
    usual = usual_seconds()
    cores = workflow.resource_settings.cores or workflow.resource_settings.nodes or 1
    if todo:
        logger.info(duration.announced(usual, todo, measured, done, cores))
        if not_judged := minimum.announced(len(SEEDS), len(VARIANTS), len(config["comparison"].get("claims", ()))):
            logger.info(not_judged)
        if few_steps := settling.announced(moving_averages()):
            logger.info(few_steps)
    expected = duration.expected(usual, done)
    per_job = {
        "train": sum(expected[variant] for variant in todo) / max(len(todo), 1),
        "variance_shift": sum(usual[variant].around for variant in measured) / max(len(measured), 1),
    }
    for handler in workflow.logger_manager.get_log_handlers():
        if hasattr(handler, "progress"):
            progress.improve(handler, per_job, cores)


def usual_seconds():
    """By variant, what a run is likely to take: asked when a command starts to run, and not by each of its jobs."""
    return {
        variant: duration.Usual.of(
            TRAINING_SECONDS[variant],
            len(backbones.build(*network)),
            RECIPES[variant]["epochs"] * IMAGES // RECIPES[variant]["batch_size"],
        )
        for variant, network in NETWORKS.items()
    }


def moving_averages():
    """By variant that has them, their momentum and the steps of all epochs."""
    training_images = IMAGES * (1 - config["dataset"]["validation_fraction"])
    return {
        variant: (norm["momentum"], int(training_images // recipe["batch_size"]) * recipe["epochs"])
        for variant, recipe in RECIPES.items()
        if "momentum" in (norm := IDENTITIES[variant]["spec"]["norm"] or {})
    }


def clean():
    """Remove the states of finished runs, unless they are those of another command, beside which this one ran."""
    if workflow.execution_settings.lock:
        remove_checkpoints()


def remove_checkpoints():
    """Remove the states of finished runs, and what a kill left of writing one.

    Only when a command ends, since a run is done once Snakemake has noted it: where that is killed between a run's end
    and the note, it deletes the run's files and makes the run again, from its checkpoint.
    """
    for run in [Path(in_place(file)) for file in every_run("history.json")]:
        if run.exists():
            for file in run.parent.glob("*checkpoint*.npz"):
                file.unlink(missing_ok=True)
