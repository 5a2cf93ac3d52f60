from snakemake.utils import min_version

min_version("9.27")


include: "workflow/rules/snakemake.smk"


# A study given with --configfile says what it takes from others by its `base`: merged into the default as well, it would
# take from there whatever it doesn't say.
if not GIVEN_CONFIG_FILES:

    configfile: "config.yaml"


report: "workflow/report/workflow.rst"


include: "workflow/rules/common.smk"
include: "workflow/rules/runs.smk"
include: "workflow/rules/links.smk"
include: "workflow/rules/data.smk"
include: "workflow/rules/commands.smk"
include: "workflow/rules/train.smk"
include: "workflow/rules/plots.smk"
include: "workflow/rules/summary.smk"


if IS_FIRST and not IS_MODULE:

    include: "workflow/rules/finished.smk"
    include: "workflow/rules/partial.smk"
    include: "workflow/rules/atlas.smk"
    include: "workflow/rules/kept.smk"


rule all:
    """A whole study: its runs, plots, tables and findings."""
    default_target: IS_FIRST
    input:
        RUN_OUTPUTS,
        STUDY_OUTPUTS,
