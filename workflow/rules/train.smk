# Reads the prepared data and one run's slice of the config; writes results/{study}/runs/{variant}/seed{seed}/.

from placement.network import cost
from placement.training import recipes

# What costs are counted of, by variant.
NETWORKS = {
    name: (variant.spec, STUDY.dataset.info.shape, len(STUDY.dataset.info.class_names))
    for name, variant in STUDY.variants.items()
}
RECIPES = {name: variant.recipe for name, variant in STUDY.variants.items()}
TRAINING_MB = {
    variant: cost.training_memory(*network, RECIPES[variant].batch_size, recipes.slots(RECIPES[variant].optimizer))
    for variant, network in NETWORKS.items()
}
TRAINING_SECONDS = {
    variant: STUDY.dataset.images * RECIPES[variant].epochs * cost.training_seconds(*network)
    for variant, network in NETWORKS.items()
}
# And 5 minutes for all around it.
TRAINING_MINUTES = {variant: 5 + round(seconds / 60) for variant, seconds in TRAINING_SECONDS.items()}
# What a run's jobs read of the data.
PREPARED = {
    "arrays": expand(f"results/data/{DATASET}/{{name}}.npy", name=arrays.NAMES),
    "fingerprint": f"results/data/{DATASET}/fingerprint.json",
    "split": lambda wildcards: f"results/data/{DATASET}/splits/{split_name(STUDY.dataset.split(int(wildcards.seed)))}.npz",
}


rule train:
    """One run: a variant trained with one seed."""
    input:
        replaced(RUN_FILES),
        **PREPARED,
    output:
        history=f"{RUNS}/{{variant}}/seed{{seed}}/history.json",
        model=f"{RUNS}/{{variant}}/seed{{seed}}/model.keras",
        predictions=f"{RUNS}/{{variant}}/seed{{seed}}/predictions.npz",
    log:
        f"{RUNS}/{{variant}}/seed{{seed}}/train.log",
    wildcard_constraints:
        variant=jobs_of(STATES),
    # All variants of one seed before the next seed: a study that is stopped early is a smaller balanced study.
    priority: lambda wildcards: len(SEEDS) - SEEDS.index(int(wildcards.seed))
    conda:
        "../../environment.yml"
    # Of each run, whatever the machine has: so results don't depend on it.
    threads: config["training"]["threads"]
    resources:
        mem_mb=lambda wildcards, attempt: min(attempt, 4) * TRAINING_MB[wildcards.variant],
        runtime=lambda wildcards, attempt: min(attempt, 4) * TRAINING_MINUTES[wildcards.variant],
    params:
        code=TRAINED_BY,
        identity=run_identity,
        kept=kept_folder,
    message:
        "train {wildcards.variant}, seed {wildcards.seed} ({resources.mem_mb} MB, {resources.runtime} min at most)"
    script:
        "../scripts/train.py"


# What a study lacks of its runs, whether or not something else needs it.
RUN_OUTPUTS = [f"{run_folder(*run)}/{name}" for run in DIGESTS if STATES.get(run) != HERE for name in kept.RESULTS]
