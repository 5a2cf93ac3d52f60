# Finished studies side by side: `snakemake atlas --config studies='[fashion_mnist, he2016]'`. Reads their tables and
# histories; writes results/atlas/. It trains nothing and changes no study.

STUDIES = config.get("studies", [STUDY.name])
ATLAS = "results/atlas"


rule atlas:
    """Finished studies side by side: --config studies='[one, another]'."""
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
