# Reads the tables and histories of finished studies, this one or not; writes results/atlas/. It trains nothing and changes
# no study.

ATLAS = "results/atlas"


def finished(wildcards):
    """The files of each study of the atlas, from no rule: a study is taken as it is."""
    set_triggers()
    files = {}
    for study in config.get("studies", [STUDY]):
        for name in ("runs", "claims"):
            files[f"{study}_{name}"] = f"results/{study}/{name}.csv"
        files[f"{study}_histories"] = atlas_study.histories(Path(in_place(f"results/{study}")))
    return {name: before_update(file) for name, file in files.items()}


rule atlas:
    input:
        unpack(finished),
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
        studies=config.get("studies", [STUDY]),
    script:
        "../scripts/atlas.py"
