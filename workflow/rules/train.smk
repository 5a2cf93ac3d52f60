# Reads the prepared data and one run's slice of the config; writes results/{study}/runs/{variant}/seed{seed}/.

# 3 ms an image of 28x28 and epoch, ample for the default network on a slow core, and 5 minutes for all around it.
IMAGES = config["dataset"].get("limit") or DATA.training_size
TRAINING_MINUTES = 5 + round(
    IMAGES * config["training"]["epochs"] * 3e-3 / 60 * (DATA.shape[0] * DATA.shape[1] / 28**2)
)


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
        mem_mb=1500,
        runtime=lambda wildcards, attempt: min(attempt, 4) * TRAINING_MINUTES,
    params:
        code=sources.digests("train"),
        identity=run_identity,
    script:
        "../scripts/train.py"


# A study has all of them, so that one that is lost is made again, whether or not something else needs it.
RUN_OUTPUTS = expand(rules.train.output, variant=VARIANTS, seed=SEEDS)


onsuccess:
    remove_checkpoints()


onerror:
    remove_checkpoints()
