# Reads the histories of one variant; writes results/{study}/plots/{variant}.png and .svg. No variant waits for another.

OUTPUTS = list(STUDY.outputs)


rule plot_variant:
    """The learning curves of a variant."""
    input:
        NOTED,
        histories=lambda wildcards: every_run("history.json", [wildcards.variant]),
    output:
        png=report(
            f"{RESULTS}/plots/{{variant}}.png",
            caption="../report/training_curves.rst",
            category="3 Training curves",
            labels=lambda wildcards: {"variant": as_text(STUDY.variants[wildcards.variant].label)},
        ),
        svg=f"{RESULTS}/plots/{{variant}}.svg",
        pdf=[f"{RESULTS}/plots/{{variant}}.pdf"] if "pdf" in OUTPUTS else [],
    log:
        f"{RESULTS}/plots/{{variant}}.log",
    # Above every run: a plot is there as soon as its runs are.
    priority: len(SEEDS) + 1
    localrule: True
    conda:
        "../../environment.yml"
    params:
        code=sources.digests("plot_variant"),
        identity=lambda wildcards: variant_identity(wildcards.variant),
        runs=lambda wildcards: [DIGESTS[wildcards.variant, seed] for seed in SEEDS],
        seeds=SEEDS,
        label=lambda wildcards: STUDY.variants[wildcards.variant].label,
        pdf="pdf" in OUTPUTS,
    message:
        "plot {wildcards.variant}"
    script:
        "../scripts/plot_variant.py"
