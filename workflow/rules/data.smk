# Reads the data set's source; writes results/data/{dataset}/: arrays, their fingerprint, and splits. Studies share them.


rule prepare_data:
    output:
        arrays="results/data/{dataset}/arrays.npz",
        fingerprint="results/data/{dataset}/fingerprint.json",
    log:
        "results/data/{dataset}/prepare_data.log",
    localrule: True
    conda:
        "../../environment.yml"
    # A folder of images is decoded on all cores given: on a cluster those for local rules, which may be left unsaid, as
    # --cores may (workflow.cores would then fail). The others are read in seconds.
    threads:
        1
        if DATASET == config["dataset"]["name"]
        else workflow.resource_settings.cores or workflow.resource_settings.local_cores or 1
    params:
        code=sources.digests("prepare_data"),
    script:
        "../scripts/prepare_data.py"


rule split_data:
    input:
        unless_recorded("split_data"),
        # Too large for a checksum, so their age would count; what they are is in the fingerprint.
        arrays=ancient("results/data/{dataset}/arrays.npz"),
        fingerprint="results/data/{dataset}/fingerprint.json",
    output:
        "results/data/{dataset}/splits/fraction{fraction}_seed{split_seed}_limit{limit}.npz",
    log:
        "results/data/{dataset}/splits/fraction{fraction}_seed{split_seed}_limit{limit}.log",
    localrule: True
    conda:
        "../../environment.yml"
    params:
        code=sources.digests("split_data"),
        split=lambda wildcards: {
            "validation_fraction": float(wildcards.fraction),
            "seed": int(wildcards.split_seed),
            "limit": None if wildcards.limit == "none" else int(wildcards.limit),
        },
    script:
        "../scripts/split_data.py"
