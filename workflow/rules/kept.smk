# What a user may do with runs that are there: `snakemake adopt` takes those of other code for this code's, `snakemake tidy`
# lists those that no study has, the same command with `tidy_away` deletes them. Nothing is trained.


rule adopt:
    """Take the study's runs of other code as runs of this code. Nothing is trained."""
    log:
        f"{RESULTS}/logs/adopt.log",
    localrule: True
    conda:
        "../../environment.yml"
    params:
        runs=lambda wildcards: [
            [run_folder(*run), kept.folder(DIGESTS[run]), STUDY.identity(*run)]
            for run, found in STATES.items()
            if found == MISSING or (found == HERE and SHIFT_STATES.get(run) == MISSING)
        ],
        trained_by=TRAINED_BY,
        measured_by=MEASURED_BY,
    script:
        "../scripts/adopt.py"


rule tidy:
    """Kept runs that no study has: tidy lists them, tidy_away deletes them."""
    log:
        f"{RESULTS}/logs/tidy.log",
    localrule: True
    conda:
        "../../environment.yml"
    params:
        asked=sorted(DIGESTS.values()),
        delete=False,
    script:
        "../scripts/tidy.py"


use rule tidy as tidy_away with:
    params:
        asked=sorted(DIGESTS.values()),
        delete=True,
