# Input functions of what takes runs and studies as they are, and makes none: partial.smk and atlas.smk.

import csv
import json
from functools import cache

from placement.errors import InputError
from placement.study.problems import said_by

# By which a command tells its jobs which seeds it saw complete.
_COMPLETE_SEEDS = "PLACEMENT_COMPLETE_SEEDS"


@cache
def complete_seeds():
    """The seeds of which every variant's run is there, of this code and config, in running order.

    More may be complete a minute later, so jobs go by what their command saw.
    """
    if IS_MAIN_PROCESS:
        found = [seed for seed in SEEDS if all(STATES[variant, seed] == HERE for variant in VARIANTS)]
        os.environ[_COMPLETE_SEEDS] = json.dumps(found)
    return json.loads(os.environ[_COMPLETE_SEEDS])


def under_way():
    """What every figure says."""
    return f"Under way: {len(complete_seeds())} of {how_many(len(SEEDS), 'seed')}"


def in_partial(file):
    """Where the partial study has its own."""
    return f"{PARTIAL}/{file.removeprefix(f'{RESULTS}/')}"


def as_it_is(file, variant, seed):
    """A file of a finished run, from no rule; the partial study's own shift, where the study has none of this code."""
    if file.endswith(kept.SHIFT) and not kept.has_shift(*whereabouts(variant, seed), MEASURED_BY):
        return in_partial(file)
    return ancient(before_update(file))


def of_complete_seeds(rule):
    """The named inputs of a rule of the whole study, of the complete seeds alone."""
    wanted = re.compile(rf"{re.escape(RUNS)}/([^/]+)/seed(\d+)/")

    def inputs(wildcards):
        seeds = set(complete_seeds())
        found = {}
        for name, files in rule.input.items():
            several = not isinstance(files, str)
            chosen = []
            for file in map(str, files if several else [files]):
                run = wanted.match(file)
                if run is None:
                    chosen.append(in_partial(file))
                elif (seed := int(run[2])) in seeds:
                    chosen.append(as_it_is(file, run[1], seed))
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
        every = f"all {len(VARIANTS)} variants" if len(VARIANTS) > 1 else "the variant"
        say(f"{RUNS}: no seed has the finished runs of {every} yet, so there is nothing to look at")
        return []
    return [*expand(rules.partial_plot_variant.output, variant=VARIANTS), *rules.partial_compare.output]


def finished_study(study):
    """The files of a study of the atlas. One history a variant says what it is.

    Raises:
        InputError: it isn't finished, or its table of runs is damaged.
    """
    tables = {name: f"results/{study}/{name}.csv" for name in ("runs", "claims")}
    check_there(study, tables.values())
    histories = [
        f"results/{study}/runs/{variant}/seed{seed}/history.json" for variant, seed in first_runs(tables["runs"])
    ]
    check_there(study, histories)
    return {f"{study}_{name}": given for name, given in (tables | {"histories": histories}).items()}


def check_there(study, files):
    """Raise InputError, which says who named the study, where one of its files isn't there."""
    for file in files:
        if not os.path.exists(in_place(file)):
            sayer = said_by(said_in, ("studies",))
            named = f"{sayer}: studies: found {study!r}" if sayer else f"atlas: no --config studies, found {study!r}"
            raise InputError(f"{named}, expected a finished study, but there is no {file}")


def first_runs(table):
    """(variant, seed), both as text, of the first run of each variant in a table of runs.

    Raises:
        InputError: it isn't that, or has no run.
    """
    try:
        with open(in_place(table), encoding="utf-8", newline="") as file:
            first = {run["variant"]: run["seed"] for run in reversed(list(csv.DictReader(file)))}
    except (ValueError, KeyError, csv.Error) as error:
        raise InputError(f"{table}: not a table of runs ({error!r}); delete it and run its study again") from error
    if not first:
        raise InputError(f"{table}: found no run, expected one a variant at least; delete it and run its study again")
    return reversed(first.items())


def finished_studies(wildcards):
    """The files of the studies of the atlas, from no rule: a study is taken as it is.

    Called, and so checked, only where the atlas is asked for.
    """
    with reported():
        files = {name: given for study in STUDIES for name, given in finished_study(study).items()}
    return {
        name: before_update(given) if isinstance(given, str) else [before_update(file) for file in given]
        for name, given in files.items()
    }
