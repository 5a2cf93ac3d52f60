# What this workflow asks of Snakemake that its documentation doesn't have. All of it is here, and is looked for when the
# Snakefile is read, so that a release that lacks some says which.

import functools
import inspect
import sys
import threading
from collections import defaultdict
from operator import attrgetter

import snakemake
from snakemake.dag import DAG
from snakemake.scheduling.job_scheduler import JobScheduler

UNDOCUMENTED = [
    (DAG, ["needrun_jobs"]),
    (JobScheduler, ["exit_gracefully"]),
    (
        workflow,
        [
            "config_settings.config_args",
            "configfiles",
            "default_target",
            "is_main_process",
            "logger_manager.get_log_handlers",
            "modifier.is_main_snakefile",
            "modifier.path_modifier.replace_prefix",
            "overwrite_configfiles",
            "resource_settings.cores",
            "resource_settings.local_cores",
            "resource_settings.nodes",
        ],
    ),
]
for thing, names in UNDOCUMENTED:
    for name in names:
        try:
            attrgetter(name)(thing)
        except AttributeError as error:
            sys.exit(f"Snakemake {snakemake.__version__}: {error}, expected Snakemake 9.27 or a later 9")

exit_gracefully = inspect.unwrap(JobScheduler.exit_gracefully)


# Snakemake's handler of SIGTERM takes locks that the thread which it interrupts may hold: then the two wait for ever. A
# thread of its own waits until they are let go.
@functools.wraps(exit_gracefully)
def exit_gracefully_in_a_thread(scheduler, *signal):
    threading.Thread(target=exit_gracefully, args=(scheduler, *signal)).start()


JobScheduler.exit_gracefully = exit_gracefully_in_a_thread

# In a job's own process it isn't, and what the main process saw may have changed.
IS_MAIN_PROCESS = workflow.is_main_process
IS_MODULE = not workflow.modifier.is_main_snakefile()
# As a module, an importer's own default target comes first.
IS_FIRST = workflow.default_target is None
# As they are given on the command line: --config's key=value, and --configfile's files (config_files has all).
CONFIG_ARGUMENTS = workflow.config_settings.config_args
GIVEN_CONFIG_FILES = workflow.overwrite_configfiles
# As jobs that run at once: on a cluster --cores may be left unsaid (workflow.cores would then fail).
CORES = workflow.resource_settings.cores
LOCAL_CORES = workflow.resource_settings.local_cores
NODES = workflow.resource_settings.nodes
# Where a file of ours is, in a module with a prefix.
in_place = workflow.modifier.path_modifier.replace_prefix


def config_files():
    """The files that the config was read from, those of a `configfile:` too."""
    return GIVEN_CONFIG_FILES or workflow.configfiles


def jobs_to_run():
    """By rule, the wildcards of its jobs that this command is to run; once it has begun."""
    jobs = defaultdict(list)
    for job in workflow.dag.needrun_jobs():
        jobs[job.rule.name].append(job.wildcards)
    return jobs


def log_handlers():
    """What draws this command's bars, if anything does."""
    return [handler for handler in workflow.logger_manager.get_log_handlers() if hasattr(handler, "progress")]
