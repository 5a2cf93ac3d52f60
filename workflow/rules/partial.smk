# A look at a study that is under way: `snakemake partial`. Reads the runs of complete seeds as they are, and draws and
# judges them as summary.smk and plots.smk do the whole, in results/{study}/partial/. Nothing here trains or touches what
# the study itself makes, so that it may run beside it (--nolock).

PARTIAL = f"{RESULTS}/partial"


use rule variance_shift as partial_variance_shift with:
    input:
        arrays=ancient(before_update(PREPARED["arrays"])),
        fingerprint=ancient(before_update(PREPARED["fingerprint"])),
        split=lambda wildcards: ancient(before_update(PREPARED["split"](wildcards))),
        history=ancient(before_update(f"{RUNS}/{{variant}}/seed{{seed}}/history.json")),
        model=ancient(before_update(f"{RUNS}/{{variant}}/seed{{seed}}/model.keras")),
    output:
        f"{PARTIAL}/runs/{{variant}}/seed{{seed}}/variance_shift.json",
    log:
        f"{PARTIAL}/runs/{{variant}}/seed{{seed}}/variance_shift.log",
    wildcard_constraints:
        variant=patterns.names(VARIANTS),
    message:
        "measure the variance shift of {wildcards.variant}, seed {wildcards.seed}, for a look at complete seeds"


use rule plot_variant as partial_plot_variant with:
    input:
        histories=lambda wildcards: [
            ancient(before_update(f"{RUNS}/{wildcards.variant}/seed{seed}/history.json")) for seed in complete_seeds()
        ],
    output:
        **partial_outputs(rules.plot_variant),
    log:
        f"{PARTIAL}/plots/{{variant}}.log",
    params:
        **dict(rules.plot_variant.params.items())
        | {"seeds": lambda wildcards: complete_seeds(), "note": lambda wildcards: under_way()},
    message:
        "plot the complete seeds of {wildcards.variant}"


use rule summarize as partial_summarize with:
    input:
        unpack(of_complete_seeds(rules.summarize)),
    output:
        **partial_outputs(rules.summarize),
    log:
        f"{PARTIAL}/logs/summarize.log",
    params:
        **dict(rules.summarize.params.items()) | {"seeds": lambda wildcards: complete_seeds()},
    message:
        "summarize the complete seeds"


use rule compare as partial_compare with:
    input:
        unpack(of_complete_seeds(rules.compare)),
    output:
        **partial_outputs(rules.compare),
    log:
        f"{PARTIAL}/logs/compare.log",
    params:
        **dict(rules.compare.params.items())
        | {"study": lambda wildcards: rules.compare.params.study | {"note": under_way()}},
    message:
        "compare the complete seeds"


rule partial:
    """A look at a study that is under way: its complete seeds, drawn and judged."""
    input:
        partial_results,
    localrule: True
