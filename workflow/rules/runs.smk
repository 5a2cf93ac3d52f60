# Which runs are there: a finished run is a source file, an unfinished one a job. Runs are kept under what decides their
# bits, results/runs/{digest}/, and are linked into the studies that ask for them: results/{study}/runs/.

import time

from placement.runs import kept, shifts

TRAINED_BY, MEASURED_BY = sources.digests("placement/training/run"), sources.digests("placement/training/norm_inputs")
BATCHNORM = [variant for variant in VARIANTS if shifts.has_one(STUDY.identity(variant, SEEDS[0]))]
DIGESTS = {
    (variant, seed): kept.digest(STUDY.identity(variant, seed), STUDY.dataset.contents, TRAINED_BY)
    for variant in VARIANTS
    for seed in SEEDS
}
# Of a run: in the study's folder; only where runs are kept; not yet.
HERE, KEPT, MISSING = range(3)


def run_folder(variant, seed):
    """Where the study has a run."""
    return f"{RUNS}/{variant}/seed{seed}"


def kept_folder(wildcards):
    """Where a run is kept."""
    return in_place(kept.folder(DIGESTS[wildcards.variant, int(wildcards.seed)]))


def kept_shift(wildcards):
    """Where its variance shift is kept."""
    return f"{kept_folder(wildcards)}/{kept.shift_name(MEASURED_BY)}"


def whereabouts(variant, seed):
    """Of a run: the folder in the study, the one where it is kept, and its identity."""
    folders = (run_folder(variant, seed), kept.folder(DIGESTS[variant, seed]))
    return *map(in_place, folders), STUDY.identity(variant, seed)


def state(variant, seed):
    """Where a run is."""
    own, there, identity = whereabouts(variant, seed)
    if kept.is_here(own, there, identity, TRAINED_BY):
        return HERE
    return KEPT if kept.is_sound(there, identity) else MISSING


def shift_state(variant, seed):
    """Where a run's variance shift is: with its run alone."""
    own, there, identity = whereabouts(variant, seed)
    run = STATES[variant, seed]
    if run == HERE and kept.has_shift(own, there, identity, MEASURED_BY):
        return HERE
    there_too = run != MISSING and kept.is_sound_shift(f"{there}/{kept.shift_name(MEASURED_BY)}", there, identity)
    return KEPT if there_too else MISSING


# A command decides what its jobs do. In a job's own process its run may be finished meanwhile: a cluster queues jobs again.
STATES = {run: state(*run) for run in DIGESTS} if IS_MAIN_PROCESS else {}
SHIFT_STATES = {run: shift_state(*run) for run in STATES if run[0] in BATCHNORM}


def every_run(name, variants=VARIANTS, states=STATES):
    """A file of every run: all seeds of the first variant, then of the next.

    What they are is among the params of what is made of them, so that the age of those that are there means nothing.
    Those that are made now aren't `ancient`: Snakemake wouldn't look at the params then.
    """
    files = {(variant, seed): f"{run_folder(variant, seed)}/{name}" for variant in variants for seed in SEEDS}
    return [ancient(file) if states.get(run) == HERE else file for run, file in files.items()]


def only(states, wanted):
    """What `variant` may be in the path of a run: a variant that has the seed behind it, of the runs in this state."""
    seeds = {}
    for (variant, seed), found in states.items():
        if found == wanted:
            seeds.setdefault(variant, []).append(seed)
    alike = {}
    for variant, of in seeds.items():
        alike.setdefault(tuple(of), []).append(variant)
    ends = [(of, f"(?=/seed{patterns.numbers(of, '/')})") for of in alike]
    return "|".join(patterns.names(alike[of], end) for of, end in ends) or "(?!)"


def named(states, names):
    """The runs of which the command line names one of the files as a target."""
    return {
        run: found
        for run, found in states.items()
        if any(in_place(f"{run_folder(*run)}/{name}") in sys.argv for name in names)
    }


def jobs_of(states):
    """The `variant` of the rule that makes what is missing."""
    return only(states, MISSING) if IS_MAIN_PROCESS else patterns.names(VARIANTS)


# A file that is newer than all others. Its input's age is what Snakemake never leaves out. Written before Snakemake looks
# into its folder, of which it remembers what is there.
NOW = ".snakemake/now"
if {*STATES.values(), *SHIFT_STATES.values()} - {HERE}:
    Path(in_place(NOW)).parent.mkdir(parents=True, exist_ok=True)
    Path(in_place(NOW)).write_text(f"{time.time_ns()}\n", encoding="utf-8")


def replaced(rule_output):
    """No input; but a newer one where what the rule makes is there, of another run, whatever Snakemake has noted of it."""
    return lambda wildcards: (
        NOW if any(os.path.exists(in_place(file)) for file in expand(rule_output, **wildcards)) else []
    )


RUN_FILES = [f"{RUNS}/{{variant}}/seed{{seed}}/{name}" for name in kept.RESULTS]
SHIFT_FILE = f"{RUNS}/{{variant}}/seed{{seed}}/{kept.SHIFT}"
# Lost with what Snakemake notes of plots, tables and splits: they are made again then.
NOTED, NOTED_OF_DATA = f".snakemake/noted/{STUDY.name}", ".snakemake/noted/data"
