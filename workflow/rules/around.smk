# What is said before training starts, and removed when a command ends.

from placement import progress
from placement.analysis import duration

# Finished runs that are asked how long they took, of each variant.
FEW = 20


def announce():
    """Say how much is to be trained, and have the bars of a terminal say how much is left."""
    todo = [job.wildcards.variant for job in workflow.dag.needrun_jobs() if job.rule.name == "train"]
    done = [
        (variant, seconds)
        for variant in VARIANTS
        for seed in SEEDS[:FEW]
        if (seconds := history.seconds(f"{RUNS}/{variant}/seed{seed}/history.json", IDENTITIES[variant]))
    ]
    cores = workflow.resource_settings.cores or workflow.resource_settings.nodes or 1
    if todo:
        logger.info(duration.announced(TRAINING_SECONDS, todo, done, cores))
    expected = duration.expected(TRAINING_SECONDS, done)
    per_job = {
        "train": sum(map(expected.get, todo)) / max(len(todo), 1),
        "variance_shift": duration.AROUND,
    }
    for handler in workflow.logger_manager.get_log_handlers():
        if hasattr(handler, "progress"):
            progress.improve(handler, per_job, cores)


onstart:
    announce()


def clean():
    """Remove the states of finished runs, unless they are those of another command, beside which this one ran."""
    if workflow.execution_settings.lock:
        remove_checkpoints()


onsuccess:
    clean()


onerror:
    clean()
