# Finished studies side by side: `snakemake atlas --config studies='[fashion_mnist, he2016]'`. Reads their tables and
# histories; writes results/atlas/. It trains nothing and changes no study.

import csv

STUDIES = config.get("studies", [STUDY])
ATLAS = "results/atlas"


def finished_studies(wildcards):
    """The files of each study, from no rule: a study is taken as it is. One history a variant says what it is."""
    set_triggers()
    found = {}
    for study in STUDIES:
        folder = f"results/{study}"
        for name in ("runs", "claims"):
            found[f"{study}_{name}"] = f"{folder}/{name}.csv"
        if absent := [file for file in found.values() if not os.path.exists(in_place(file))]:
            raise WorkflowError(f"{absent[0]}: missing, expected a finished study {study} for the atlas")
        with open(in_place(f"{folder}/runs.csv"), encoding="utf-8") as file:
            first = {run["variant"]: run["seed"] for run in reversed(list(csv.DictReader(file)))}
        found[f"{study}_histories"] = [
            f"{folder}/runs/{variant}/seed{seed}/history.json" for variant, seed in reversed(first.items())
        ]
    return {
        name: before_update(files) if isinstance(files, str) else [before_update(file) for file in files]
        for name, files in found.items()
    }


rule atlas:
    input:
        unpack(finished_studies),
    output:
        page=f"{ATLAS}/atlas.html",
        tables=expand(f"{ATLAS}/{{name}}.csv", name=["contrasts", "answers", "claims"]),
    log:
        f"{ATLAS}/atlas.log",
    localrule: True
    conda:
        "../../environment.yml"
    params:
        code=sources.digests("atlas"),
        studies=STUDIES,
    script:
        "../scripts/atlas.py"
