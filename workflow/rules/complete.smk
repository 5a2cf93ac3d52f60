# Which seeds of a study under way are complete, and what its partial results are made of.

import json

from snakemake.iocontainers import Wildcards

PARTIAL = f"{RESULTS}/partial"
# Where jobs find what their command saw.
SEEN = "PLACEMENT_COMPLETE_SEEDS"


@cache
def complete_seeds():
    """The seeds of which every variant's run is there, of this code and config, in running order.

    More may be complete a minute later, so jobs go by what their command saw.
    """
    if workflow.is_main_process:
        found = [seed for seed in SEEDS if all(is_finished(variant, seed) for variant in VARIANTS)]
        os.environ[SEEN] = json.dumps(found)
    return json.loads(os.environ[SEEN])


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


def partial_results(wildcards):
    """What there is to be looked at; a line where there is nothing yet."""
    if not complete_seeds():
        say(
            f"{RUNS}: no seed has the finished runs of all {len(VARIANTS)} variants yet, so there is nothing to look at"
        )
        return []
    return [*expand(rules.partial_plot_variant.output, variant=VARIANTS), *rules.partial_compare.output]
