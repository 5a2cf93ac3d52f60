# Reads the data set's source; writes results/data/{dataset}/: arrays, their fingerprint, and splits. Studies share them.


from placement.data import arrays


rule prepare_data:
    """The images and labels of a data set as arrays, shared by all studies."""
    output:
        arrays=expand("results/data/{{dataset}}/{name}.npy", name=arrays.NAMES),
        fingerprint="results/data/{dataset}/fingerprint.json",
    log:
        "results/data/{dataset}/prepare_data.log",
    localrule: True
    conda:
        "../../environment.yml"
    # A folder of images is decoded on all cores given: on a cluster those for local rules. The others are read in seconds.
    threads: 1 if DATASET == STUDY.dataset.name else CORES or LOCAL_CORES or 1
    params:
        code=sources.digests("prepare_data"),
    message:
        "prepare {wildcards.dataset}"
    script:
        "../scripts/prepare_data.py"


rule split_data:
    """Which images train and which validate."""
    input:
        NOTED_OF_DATA,
        # Too large for a checksum, so that its age would count; what it is is in the fingerprint.
        labels=ancient("results/data/{dataset}/train_labels.npy"),
        fingerprint="results/data/{dataset}/fingerprint.json",
    output:
        "results/data/{dataset}/splits/{split}.npz",
    log:
        "results/data/{dataset}/splits/{split}.log",
    wildcard_constraints:
        split="|".join(map(re.escape, SPLITS)),
    localrule: True
    conda:
        "../../environment.yml"
    params:
        code=sources.digests("split_data"),
        split=lambda wildcards: SPLITS[wildcards.split],
    message:
        "split {wildcards.dataset}: {wildcards.split}"
    script:
        "../scripts/split_data.py"
