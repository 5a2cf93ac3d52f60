# A look at a study that is under way: `snakemake partial`. Reads the runs of complete seeds as they are, and draws and
# judges them as summary.smk and plots.smk do the whole, in results/{study}/partial/. Nothing here trains or touches what
# the study itself makes, so that it may run beside it (--nolock).

import json

from snakemake.iocontainers import Wildcards

PARTIAL = f"{RESULTS}/partial"


@cache
def complete_seeds():
    """The seeds of which every variant's run is there, of this code and config, in running order.

    More may be complete a minute later, so jobs go by what their command saw.
    """
    if workflow.is_main_process:
        found = [seed for seed in SEEDS if all(is_finished(variant, seed) for variant in VARIANTS)]
        os.environ["PLACEMENT_COMPLETE_SEEDS"] = json.dumps(found)
    return json.loads(os.environ["PLACEMENT_COMPLETE_SEEDS"])


def is_finished(variant, seed):
    run = Wildcards(fromdict={"variant": variant, "seed": str(seed)})
    return all(map(os.path.exists, outputs("train", run))) and is_as_asked("train", run)


def note():
    """What every figure says."""
    return f"Under way: {len(complete_seeds())} of {len(SEEDS)} seeds"


def in_partial(file):
    """Where the partial study has its own."""
    return f"{PARTIAL}/{file.removeprefix(f'{RESULTS}/')}"


def as_it_is(file):
    """A file of a finished run, from no rule; or the partial study's own, where the study's isn't there yet."""
    return ancient(before_update(file)) if os.path.exists(file) else in_partial(file)


def of_complete_seeds(rule):
    """The named inputs of a rule of the whole study, of the complete seeds alone."""
    wanted = re.compile(rf"{re.escape(RUNS)}/[^/]+/seed(\d+)/")

    def inputs(wildcards):
        set_triggers()
        seeds = {str(seed) for seed in complete_seeds()}
        found = {}
        for name, files in rule.input.items():
            several = not isinstance(files, str)
            chosen = []
            for file in map(str, files if several else [files]):
                run = wanted.match(file)
                if run is None:
                    chosen.append(in_partial(file))
                elif run[1] in seeds:
                    chosen.append(as_it_is(file))
            found[name] = chosen if several else chosen[0]
        return found

    return inputs


def partial_outputs(rule):
    """The named outputs of a rule of the whole study, as the partial's."""
    return {
        name: in_partial(str(files)) if isinstance(files, str) else [in_partial(str(file)) for file in files]
        for name, files in rule.output.items()
    }


use rule variance_shift as partial_variance_shift with:
    input:
        arrays=lambda wildcards: ancient(before_update(f"results/data/{DATASET}/arrays.npz")),
        fingerprint=lambda wildcards: ancient(before_update(f"results/data/{DATASET}/fingerprint.json")),
        split=lambda wildcards: ancient(before_update(split_file(wildcards))),
        history=ancient(before_update(f"{RUNS}/{{variant}}/seed{{seed}}/history.json")),
        model=ancient(before_update(f"{RUNS}/{{variant}}/seed{{seed}}/model.keras")),
    output:
        f"{PARTIAL}/runs/{{variant}}/seed{{seed}}/variance_shift.json",
    log:
        f"{PARTIAL}/runs/{{variant}}/seed{{seed}}/variance_shift.log",


use rule plot_variant as partial_plot_variant with:
    input:
        lambda wildcards: [
            ancient(before_update(f"{RUNS}/{wildcards.variant}/seed{seed}/history.json")) for seed in complete_seeds()
        ],
    output:
        **partial_outputs(rules.plot_variant),
    log:
        f"{PARTIAL}/plots/{{variant}}.log",
    params:
        **dict(rules.plot_variant.params.items())
        | {"seeds": lambda wildcards: complete_seeds(), "note": lambda wildcards: note()},


use rule summarize as partial_summarize with:
    input:
        unpack(of_complete_seeds(rules.summarize)),
    output:
        **partial_outputs(rules.summarize),
    log:
        f"{PARTIAL}/logs/summarize.log",
    params:
        **dict(rules.summarize.params.items()) | {"seeds": lambda wildcards: complete_seeds()},


use rule compare as partial_compare with:
    input:
        unpack(of_complete_seeds(rules.compare)),
    output:
        **partial_outputs(rules.compare),
    log:
        f"{PARTIAL}/logs/compare.log",
    params:
        **dict(rules.compare.params.items())
        | {"study": lambda wildcards: rules.compare.params.study | {"note": note()}},


def partial_results(wildcards):
    """What there is to be looked at; a line where there is nothing yet."""
    if not complete_seeds():
        say(
            f"{RUNS}: no seed has the finished runs of all {len(VARIANTS)} variants yet, so there is nothing to look at"
        )
        return []
    return [*expand(rules.partial_plot_variant.output, variant=VARIANTS), *rules.partial_compare.output]


rule partial:
    input:
        partial_results,
    localrule: True
