# Reads the prepared data and one run's slice of the config; writes results/{study}/runs/{variant}/seed{seed}/.

from placement import progress
from placement.analysis import duration
from placement.network import cost
from placement.network.spec import VariantSpec
from placement.training import recipes

IMAGES = config["dataset"].get("limit") or DATA.training_size
NETWORKS = {
    variant: (VariantSpec.from_dict(IDENTITIES[variant]["spec"]), DATA.shape, len(DATA.class_names))
    for variant in VARIANTS
}
RECIPES = {variant: IDENTITIES[variant]["training"] for variant in VARIANTS}
TRAINING_MB = {
    variant: cost.training_memory(
        *network, RECIPES[variant]["batch_size"], recipes.slots(RECIPES[variant]["optimizer"])
    )
    for variant, network in NETWORKS.items()
}
TRAINING_SECONDS = {
    variant: IMAGES * RECIPES[variant]["epochs"] * cost.training_seconds(*network)
    for variant, network in NETWORKS.items()
}
# And 5 minutes for all around it.
TRAINING_MINUTES = {variant: 5 + round(seconds / 60) for variant, seconds in TRAINING_SECONDS.items()}


rule train:
    input:
        unpack(prepared("train")),
    output:
        history=f"{RUNS}/{{variant}}/seed{{seed}}/history.json",
        model=f"{RUNS}/{{variant}}/seed{{seed}}/model.keras",
        predictions=f"{RUNS}/{{variant}}/seed{{seed}}/predictions.npz",
    log:
        f"{RUNS}/{{variant}}/seed{{seed}}/train.log",
    # All variants of one seed before the next seed: a study that is stopped early is a smaller balanced study.
    priority: lambda wildcards: len(SEEDS) - SEEDS.index(int(wildcards.seed))
    conda:
        "../../environment.yml"
    threads: 1
    resources:
        mem_mb=lambda wildcards, attempt: min(attempt, 4) * TRAINING_MB[wildcards.variant],
        runtime=lambda wildcards, attempt: min(attempt, 4) * TRAINING_MINUTES[wildcards.variant],
    params:
        code=sources.digests("train"),
        identity=run_identity,
    script:
        "../scripts/train.py"


# A study has all of them, so that one that is lost is made again, whether or not something else needs it.
RUN_OUTPUTS = expand(rules.train.output, variant=VARIANTS, seed=SEEDS)

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
