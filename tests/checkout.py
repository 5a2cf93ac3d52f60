"""A checkout of its own with a tiny study, for tests that run the real workflow."""

import copy
import multiprocessing
import os
import re
import runpy
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from multiprocessing import connection
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).parent.parent
PARTS = ("Snakefile", "environment.yml", "profiles", "workflow")

# Small enough for seconds a run, and still every step of a study: with BatchNorm, with dropout and with neither.
STUDY = {
    "study": "tiny",
    "dataset": {"name": "digits", "validation_fraction": 0.2, "split_seed": 42, "limit": 300},
    "seeds": 2,
    "training": {
        "epochs": 1,
        "batch_size": 32,
        "optimizer": "adam",
        "early_stopping": {"monitor": "val_accuracy", "patience": 100},
        "precision": "float32",
        "threads": 1,
    },
    "backbone": {"kind": "plain", "filters": [4, 8], "kernels": [3, 3], "dense": 8},
    "dropout": {"rates": [0.1, 0.2], "dense_rate": 0.4},
    "variants": {
        "baseline": {"label": "Baseline", "order": "conv act"},
        # A label is text, whatever it is to Snakemake, Markdown, HTML or TeX.
        "dropout": {"label": "Dropout $p_{drop}$ {seed} | <b>*x*", "order": "conv act drop"},
        "batchnorm": {"label": "BatchNorm", "order": "conv act norm"},
    },
    "comparison": {"baseline": "baseline", "rope": 0.2, "claims": []},
}
# Where it matters that the data are files, or many.
FASHION_MNIST = STUDY["dataset"] | {"name": "fashion_mnist"}


def until(condition: Callable[[], Any], what: str, seconds: float = 300) -> Any:
    """The condition's value, as soon as it is true; it must be within so many seconds."""
    deadline = time.monotonic() + seconds
    while not (value := condition()):
        assert time.monotonic() < deadline, f"not within {seconds} s: {what}"
        time.sleep(0.05)
    return value


# Importing takes longer than planning a tiny study, or than training a run of it. So a process that has imported what
# Snakemake, the workflow and its scripts import, and has run nothing, forks itself for each command and each script.
_forks = multiprocessing.get_context("forkserver")
_forks.set_forkserver_preload(
    [
        "tensorflow",
        "keras",
        "snakemake.cli",
        "snakemake.dag",
        "snakemake.report.html_reporter",
        "snakemake_executor_plugin_slurm",
        "snakemake_executor_plugin_cluster_generic",
        "matplotlib.figure",
        "pandas",
        "scipy.stats",
        "sklearn.model_selection",
        "snakemake_logger_plugin_rich",
        "argparse_dataclass",
        "smart_open",
        "jsonschema",
        "pooch",
        "PIL.Image",
    ]
)


class Fork:
    """A process that calls a function, and that any thread may start and wait for.

    Attributes:
        pid: its process ID.
    """

    # A start looks at all processes that were started before. If another thread waits for one of them, both read its
    # exit status, and to one of the two it is 255 (CPython's popen_forkserver).
    _one_at_a_time = threading.Lock()

    def __init__(self, function: Callable[..., None], *arguments: Any) -> None:
        self._process = _forks.Process(target=function, args=arguments)
        with self._one_at_a_time:
            self._process.start()
        self.pid = self._process.pid

    def status(self, seconds: float | None = None) -> int | None:
        """Its exit status, or None if it hasn't ended within so many seconds."""
        connection.wait([self._process.sentinel], seconds)
        with self._one_at_a_time:
            return self._process.exitcode


def _snakemake(root: Path, printed: Path, arguments: tuple[str, ...]) -> None:
    """`snakemake` as all that this process does, at the head of a process group as in a terminal."""
    from multiprocessing import forkserver

    from snakemake.cli import main
    from snakemake.script import PythonScript

    # The server that this process is of is there; multiprocessing would start one more.
    forkserver._forkserver.ensure_running = lambda: None
    os.setpgid(0, 0)

    def execute_script(self, fname, edit=False):
        status = Fork(_script, fname, printed, dict(os.environ), os.getpgrp()).status()
        if status:
            raise subprocess.CalledProcessError(status, fname)

    PythonScript.execute_script = execute_script
    _print_to(printed)
    os.chdir(root)
    sys.argv = ["snakemake", "--cores", "2", *arguments]
    main()


def _script(file: str, printed: Path, environment: dict[str, str], group: int) -> None:
    """A job's script as all that this process does, in snakemake's process group."""
    os.setpgid(0, group)
    _print_to(printed)
    os.environ.clear()
    os.environ.update(environment)
    runpy.run_path(file, run_name="__main__")


def _print_to(printed: Path) -> None:
    """Append to this file what this process prints."""
    with open(printed, "ab") as file:
        os.dup2(file.fileno(), 1)
        os.dup2(file.fileno(), 2)


class Snakemake:
    """A `snakemake` at work in a folder. Its jobs are in its process group, whose number is `pid`."""

    def __init__(self, root: Path, arguments: tuple[str, ...]) -> None:
        self._folder = tempfile.TemporaryDirectory()
        self._printed = Path(self._folder.name, "printed")
        self._fork = Fork(_snakemake, root, self._printed, arguments)
        self.pid = self._fork.pid

    def ended(self) -> bool:
        return self._fork.status(0) is not None

    def end(self, seconds: float = 3600) -> tuple[int, str]:
        """Its exit status and what it has printed, once it has ended: within so many seconds."""
        status = self._fork.status(seconds)
        assert status is not None, f"snakemake didn't end within {seconds} s"
        with self._folder:
            return status, self._printed.read_text()


class Checkout:
    """A folder with all that the workflow needs and a study in its config.yaml.

    Attributes:
        root: the folder.
        results: where the study's results go.
    """

    def __init__(self, root: Path) -> None:
        self.root = root
        self.results = root / "results" / STUDY["study"]

    @classmethod
    def create(cls, root: Path, **changes: Any) -> "Checkout":
        """A new one with this repository's code; `changes` replace keys of STUDY."""
        root.mkdir(parents=True, exist_ok=True)
        for part in PARTS:
            if (ROOT / part).is_dir():
                # With the bytecode, but for what another process is writing.
                shutil.copytree(ROOT / part, root / part, ignore=shutil.ignore_patterns("*.pyc.*"))
            else:
                shutil.copy2(ROOT / part, root / part)
        checkout = cls(root)
        checkout.write_config(copy.deepcopy(STUDY) | changes)
        return checkout

    def copy(self, root: Path) -> "Checkout":
        """A copy, results and all, with the same times of change and the same links between its files."""
        subprocess.run(["cp", "--archive", self.root, root], check=True)
        return Checkout(root)

    def write_config(self, config: dict[str, Any]) -> None:
        (self.root / "config.yaml").write_text(yaml.safe_dump(config, sort_keys=False))

    def edit_config(self, change: Callable[[dict[str, Any]], Any]) -> None:
        config = yaml.safe_load((self.root / "config.yaml").read_text())
        change(config)
        self.write_config(config)

    def start_anew(self, *arguments: str) -> subprocess.Popen:
        """`snakemake` in a session and in an interpreter of its own, which goes by today's environment; stderr goes
        into stdout."""
        return subprocess.Popen(
            [sys.executable, "-m", "snakemake", "--cores", "2", *arguments],
            cwd=self.root,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
            # Tests that run in the background of a shell ignore it, and would pass that on.
            preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),
        )

    def start(self, *arguments: str) -> Snakemake:
        """`snakemake` in the environment of the first call."""
        return Snakemake(self.root, arguments)

    def snakemake(self, *arguments: str, status: int = 0) -> str:
        """What `snakemake` prints, as started by `start`; it must end with this exit status."""
        ended_with, printed = self.start(*arguments).end()
        assert ended_with == status, printed
        return printed

    def plan(self, *arguments: str, status: int = 0) -> str:
        """What `snakemake --dry-run` prints; it must end with this exit status."""
        return self.snakemake("--dry-run", *arguments, status=status)

    def planned(self, *arguments: str) -> set[str]:
        """The jobs that `snakemake` would run, such as 'train baseline 0' and 'compare'."""
        return jobs_in(self.plan(*arguments, "--quiet", "host"))


# What a rule says of its job, in words.
MESSAGES = {
    "train": r"train (\S+), seed (\d+) \(\d+ MB, \d+ min at most\)",
    "variance_shift": r"measure the variance shift of (\S+), seed (\d+)",
    "take_run": r"take the kept run of (\S+), seed (\d+)",
    "take_shift": r"take the kept variance shift of (\S+), seed (\d+)",
    "plot_variant": r"plot (\S+)",
    "note": r"note for Snakemake: \S+",
    "prepare_data": r"prepare \S+",
    "split_data": r"split .*",
    "write_config": r"write the config beside the results",
    "summarize": r"summarize all runs",
    "compare": r"compare the variants",
    "partial_variance_shift": r"measure the variance shift of (\S+), seed (\d+), for a look at complete seeds",
    "partial_plot_variant": r"plot the complete seeds of (\S+)",
    "partial_summarize": r"summarize the complete seeds",
    "partial_compare": r"compare the complete seeds",
}


def jobs_in(printed: str) -> set[str]:
    """The jobs of a printed plan that make something, such as 'train baseline 0' and 'compare'."""
    jobs = set()
    for said in re.findall(r"^Job \d+: (.*)$", printed, re.MULTILINE):
        rule, match = next((rule, match) for rule, words in MESSAGES.items() if (match := re.fullmatch(words, said)))
        jobs.add(" ".join([rule, *match.groups()]))
    for rule, body in re.findall(r"^(?:local)?rule (\w+):\n((?:    .*\n)*)", printed, re.MULTILINE):
        wildcards = dict(re.findall(r"(\w+)=([\w.-]+)", "".join(re.findall(r"^    wildcards: (.*)$", body, re.M))))
        jobs.add(" ".join([rule, *(wildcards[name] for name in ("variant", "seed") if name in wildcards)]))
    return {job for job in jobs if job not in ("all", "note", "x_note")}
