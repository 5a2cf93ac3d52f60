# Reads all runs of the study; writes its tables, figures and findings to results/{study}/. Nothing here trains.

from itertools import combinations

from placement.network import cost
from placement.reading import outputs
from placement.training import norm_inputs

# And 5 minutes for all around it.
SHIFT_MINUTES = {
    variant: 5 + round(norm_inputs.IMAGES * cost.shift_seconds(*NETWORKS[variant]) / 60) for variant in BATCHNORM
}
SHIFT_MB = {variant: cost.shift_memory(*NETWORKS[variant], norm_inputs.IMAGES) for variant in BATCHNORM}

FIGURES, PAGES = outputs.FIGURES, outputs.PAGES
TABLES = outputs.tables(STUDY.grid is not None, "select" in STUDY.comparison)
# The names of their figures.
FACTOR_PAIRS = {STUDY.grid.pair_name(*pair): pair for pair in combinations(STUDY.grid.factors, 2)} if STUDY.grid else {}


rule write_config:
    """The study's merged config beside its results."""
    input:
        NOTED,
    output:
        # Never away: jobs of a command that was given it read it meanwhile.
        update(f"{RESULTS}/config.yaml"),
    log:
        f"{RESULTS}/logs/write_config.log",
    # Above every run: the findings of a study that is under way name it.
    priority: len(SEEDS) + 1
    localrule: True
    conda:
        "../../environment.yml"
    params:
        code=sources.digests("write_config"),
        config=config,
    message:
        "write the config beside the results"
    script:
        "../scripts/write_config.py"


rule variance_shift:
    """What a run's BatchNorm layers assume and what they get; its accuracy with re-estimated statistics."""
    input:
        replaced([SHIFT_FILE]),
        **PREPARED,
        history=f"{RUNS}/{{variant}}/seed{{seed}}/history.json",
        model=f"{RUNS}/{{variant}}/seed{{seed}}/model.keras",
    output:
        SHIFT_FILE,
    log:
        f"{RUNS}/{{variant}}/seed{{seed}}/variance_shift.log",
    wildcard_constraints:
        variant=jobs_of(SHIFT_STATES),
    conda:
        "../../environment.yml"
    threads: 1
    resources:
        mem_mb=lambda wildcards, attempt: min(attempt, 4) * SHIFT_MB[wildcards.variant],
        runtime=lambda wildcards, attempt: min(attempt, 4) * SHIFT_MINUTES[wildcards.variant],
    params:
        code=MEASURED_BY,
        identity=run_identity,
        kept=kept_shift,
    message:
        "measure the variance shift of {wildcards.variant}, seed {wildcards.seed}"
    script:
        "../scripts/variance_shift.py"


rule summarize:
    """The tables of variants and of runs."""
    input:
        NOTED,
        histories=every_run("history.json"),
        predictions=every_run("predictions.npz"),
        shifts=every_run(kept.SHIFT, BATCHNORM, SHIFT_STATES),
    output:
        runs=report(
            f"{RESULTS}/runs.csv",
            caption="../report/runs_table.rst",
            category="5 Tables",
            labels={"table": "Every run"},
        ),
        summary=report(
            f"{RESULTS}/summary.csv",
            caption="../report/summary_table.rst",
            category="5 Tables",
            labels={"table": "Summary"},
        ),
        curves=f"{RESULTS}/learning_curves.csv",
        reliability=f"{RESULTS}/reliability.csv",
        images=f"{RESULTS}/test_images.npz",
    log:
        f"{RESULTS}/logs/summarize.log",
    localrule: True
    conda:
        "../../environment.yml"
    params:
        code=sources.digests("summarize"),
        runs={variant: {seed: DIGESTS[variant, seed] for seed in SEEDS} for variant in VARIANTS},
        measured_by=kept.digest_of(MEASURED_BY),
        identities=[variant_identity(variant) for variant in VARIANTS],
        seeds=SEEDS,
        baseline=STUDY.comparison["baseline"],
        labels={variant: STUDY.variants[variant].label for variant in VARIANTS},
        levels=STUDY.grid.columns() if STUDY.grid else {},
    message:
        "summarize all runs"
    script:
        "../scripts/summarize.py"


rule compare:
    """Figures, tables and findings.html: what the study found."""
    input:
        NOTED,
        runs=f"{RESULTS}/runs.csv",
        summary=f"{RESULTS}/summary.csv",
        curves=f"{RESULTS}/learning_curves.csv",
        reliability=f"{RESULTS}/reliability.csv",
        images=f"{RESULTS}/test_images.npz",
        shifts=every_run(kept.SHIFT, BATCHNORM, SHIFT_STATES),
    output:
        findings=f"{RESULTS}/findings.md",
        pages=[
            report(
                f"{RESULTS}/{name}.html",
                caption=f"../report/{name}.rst",
                category=category,
                labels={"table" if name == "tables" else "document": title},
            )
            for name, (category, title) in PAGES.items()
        ],
        figures=[
            report(
                f"{RESULTS}/{name}.png",
                caption=f"../report/{name}.rst",
                category="2 Figures",
                labels={"figure": title},
            )
            for name, title in FIGURES.items()
        ],
        tables=[
            report(
                f"{RESULTS}/{name}.csv",
                caption=f"../report/{name}_table.rst",
                category="5 Tables",
                labels={"table": title},
            )
            for name, title in TABLES.items()
        ],
        confusion=[
            report(
                f"{RESULTS}/confusion/{variant}.png",
                caption="../report/confusion.rst",
                category="4 Confusion",
                labels={"variant": as_text(STUDY.variants[variant].label)},
            )
            for variant in VARIANTS
        ],
        factors=[
            report(
                f"{RESULTS}/factors/{name}.png",
                caption="../report/factors.rst",
                category="2 Figures",
                subcategory="Pairs of factors",
                labels={"factor": as_text(a), "over": as_text(b)},
            )
            for name, (a, b) in FACTOR_PAIRS.items()
        ],
        svg=[
            *expand(f"{RESULTS}/{{name}}.svg", name=FIGURES),
            *expand(f"{RESULTS}/factors/{{name}}.svg", name=FACTOR_PAIRS),
            *expand(f"{RESULTS}/confusion/{{variant}}.svg", variant=VARIANTS),
        ],
        pdf=[
            f"{RESULTS}/{figure}.pdf"
            for figure in (
                *FIGURES,
                *(f"factors/{name}" for name in FACTOR_PAIRS),
                *(f"confusion/{variant}" for variant in VARIANTS),
            )
            if "pdf" in OUTPUTS
        ],
        latex=[f"{RESULTS}/tables.tex"] if "latex" in OUTPUTS else [],
    log:
        f"{RESULTS}/logs/compare.log",
    localrule: True
    conda:
        "../../environment.yml"
    params:
        code=sources.digests("compare"),
        study=STUDY.compared(str(rules.write_config.output[0]), TABLES),
    message:
        "compare the variants"
    script:
        "../scripts/compare.py"


STUDY_OUTPUTS = [
    NOTED,
    NOTED_OF_DATA,
    *rules.write_config.output,
    *expand(rules.plot_variant.output, variant=VARIANTS),
    *rules.summarize.output,
    *rules.compare.output,
]
