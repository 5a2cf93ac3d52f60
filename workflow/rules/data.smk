# Reads the data set's source; writes results/data/{dataset}/: arrays, their fingerprint, and splits. Studies share them.

from snakemake.io import IOFile


rule prepare_data:
    output:
        arrays="results/data/{dataset}/arrays.npz",
        fingerprint="results/data/{dataset}/fingerprint.json",
    log:
        "results/data/{dataset}/prepare_data.log",
    localrule: True
    conda:
        "../../environment.yml"
    params:
        code=sources.digests("prepare_data"),
    script:
        "../scripts/prepare_data.py"


rule split_data:
    input:
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
