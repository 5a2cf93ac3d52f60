# Links kept runs, and what was measured of them, into the study: results/{study}/runs/{variant}/seed{seed}/.


rule note:
    """A marker, lost with what Snakemake notes of a study: what is made of it is made again then."""
    output:
        touch(".snakemake/noted/{what}"),
    localrule: True
    message:
        "note for Snakemake: {wildcards.what}"


rule take_run:
    """Link a kept run into the study."""
    input:
        replaced(RUN_FILES),
    output:
        RUN_FILES,
    log:
        f"{RESULTS}/logs/take/{{variant}}_seed{{seed}}.log",
    wildcard_constraints:
        variant=only(STATES, KEPT),
    localrule: True
    conda:
        "../../environment.yml"
    params:
        kept=kept_folder,
    message:
        "take the kept run of {wildcards.variant}, seed {wildcards.seed}"
    script:
        "../scripts/take.py"


rule take_shift:
    """Link a kept run's variance shift into the study."""
    input:
        replaced([SHIFT_FILE]),
        f"{RUNS}/{{variant}}/seed{{seed}}/history.json",
    output:
        SHIFT_FILE,
    log:
        f"{RESULTS}/logs/take/{{variant}}_seed{{seed}}_shift.log",
    wildcard_constraints:
        variant=only(SHIFT_STATES, KEPT),
    localrule: True
    conda:
        "../../environment.yml"
    params:
        kept=kept_shift,
    message:
        "take the kept variance shift of {wildcards.variant}, seed {wildcards.seed}"
    script:
        "../scripts/take.py"


# Snakemake refuses a target that no rule makes, though it is there. So those that the command names have a rule; as it has
# nothing to do, Snakemake may think of them what it likes.
rule finished:
    """A finished run that a command names: nothing is done."""
    output:
        [update(file) for file in RUN_FILES],
    wildcard_constraints:
        variant=only(named(STATES, kept.RESULTS), HERE),
    localrule: True
    params:
        code=TRAINED_BY,
        identity=run_identity,
        kept=kept_folder,


rule finished_shift:
    """A finished variance shift that a command names: nothing is done."""
    output:
        update(SHIFT_FILE),
    wildcard_constraints:
        variant=only(named(SHIFT_STATES, [kept.SHIFT]), HERE),
    localrule: True
    params:
        code=MEASURED_BY,
        identity=run_identity,
        kept=kept_shift,
