"""A study on a real Slurm of virtual nodes on this machine (slurm/cluster.sh), where everything goes wrong once."""

import json
import os
import re
import shutil
import signal
import subprocess
import sys
import threading
import time
from contextlib import suppress
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from checkout import FASHION_MNIST, STUDY, Checkout, until

CLUSTER = Path(__file__).parent / "slurm/cluster.sh"
PROFILE = ["--profile", "workflow/profiles/slurm"]
FAST = ["--slurm-init-seconds-before-status-checks", "1"]
CONFIG = Path("/etc/slurm/slurm.conf")
STATE = Path("/run/placement-slurm")
MARK = ("PLACEMENT_SLURM_STUDY", "1")  # in the environment of snakemake and of all that it starts, on the nodes too
DAEMONS = f"{os.environ['PATH']}:/usr/sbin"  # where Debian has them, and not every user looks

CANCELLED, TIMED_OUT, NODE_LOST, OUT_OF_MEMORY = RUNS = [
    (variant, seed) for seed in (0, 1) for variant in ("baseline", "batchnorm")
]


def missing():
    """Why no Slurm can be started here, or None."""
    if os.geteuid() != 0:
        return "needs root"
    absent = [program for program in ("munged", "slurmctld", "slurmd") if not shutil.which(program, path=DAEMONS)]
    if absent:
        return f"{', '.join(absent)} not installed (apt-get install slurm-wlm munge)"
    if CONFIG.exists():
        return f"{CONFIG} belongs to another Slurm"
    return None


pytestmark = [
    pytest.mark.skipif(missing() is not None, reason=f"no Slurm of the tests' own: {missing()}"),
    # Of the thread that starts slurmctld again: without it the study waits for ever.
    pytest.mark.filterwarnings("error::pytest.PytestUnhandledThreadExceptionWarning"),
]


def run(*command, **options):
    done = subprocess.run(command, capture_output=True, text=True, **options)
    assert done.returncode == 0, f"{' '.join(map(str, command))}: {done.stderr}"
    return done.stdout


def daemon(*command):
    """Starts one as cluster.sh does, whose stop knows its processes by this variable."""
    run(*command, env=os.environ | {"PATH": DAEMONS, "PLACEMENT_SLURM": str(STATE)})


def daemons():
    """The programs of Slurm that run (zombies have none)."""
    programs = set()
    for link in Path("/proc").glob("[0-9]*/exe"):
        with suppress(OSError):  # it has ended meanwhile
            programs.add(Path(os.readlink(link)).name)
    return {program for program in programs if program.startswith("slurm")}


def asked():
    """What Slurm says of its jobs; nothing where slurmctld is away."""
    return subprocess.run(["scontrol", "--oneliner", "show", "job"], capture_output=True, text=True).stdout


def parsed(answer):
    return [
        {"Comment": ""} | dict(re.findall(r"(\w+)=(\S*)", line)) for line in answer.splitlines() if "JobId=" in line
    ]


def jobs():
    """Slurm's jobs so far, in order: one dict of `scontrol show job` each."""
    return parsed(until(asked, "an answer of slurmctld", 60))


def jobs_of(run_):
    return [job for job in jobs() if job["Comment"] == f"rule_train_wildcards_{run_[0]}_{run_[1]}"]


def processes(variable, value):
    """IDs of the processes with this in their environment."""
    entry = f"{variable}={value}".encode()
    found = []
    for file in Path("/proc").glob("[0-9]*/environ"):
        try:
            if entry in file.read_bytes().split(b"\0"):
                found.append(int(file.parent.name))
        except OSError:  # ended meanwhile
            continue
    return found


def kill(pids, number=signal.SIGKILL):
    for pid in pids:
        try:
            os.kill(pid, number)
        except ProcessLookupError:
            continue


def lose(node):
    """What a power cut does: the node's daemon is gone, and with it all that ran there."""
    steps = [job["JobId"] for job in jobs() if job["JobState"] == "RUNNING" and job["NodeList"] == node]
    listing = run("ps", "-eo", "pid=,args=").splitlines()
    keepers = [int(line.split()[0]) for line in listing for step in steps if f"slurmstepd: [{step}." in line]
    kill([int((STATE / f"slurmd.{node}.pid").read_text()), *keepers, *processes("SLURMD_NODENAME", node)])


def keep(controller, over):
    """Starts slurmctld again where it is gone and wanted, as systemd would: Debian 12's (22.05.8) now and then ends in
    a segmentation fault once a node was lost. A job that it has forgotten may still be on a node when that node gets
    another; Slurm holds that one, and it is released as docs/clusters.md tells a user to."""
    while not over.wait(1):
        if not controller.is_set():
            continue
        with suppress(AssertionError):  # then once more
            if not any(program.startswith("slurmctld") for program in daemons()):
                daemon("slurmctld")
            for job in run("squeue", "--noheader", "--states=pending", "--format=%A %r").splitlines():
                number, _, reason = job.partition(" ")
                if "held" in reason:
                    run("scontrol", "release", number)


def moving():
    """What changes as long as something goes on: the jobs' states; the CPU time of all that the studies run, in pieces
    of two seconds (what only waits uses less); and the clock, while a job waits for its own begin, two minutes after
    it was queued again."""
    ticks = 0
    for pid in processes(*MARK):
        with suppress(OSError):
            ticks += sum(map(int, Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[11:13]))
    known = parsed(asked())
    now = time.strftime("%Y-%m-%dT%H:%M:%S")
    waits = any(job["JobState"] == "PENDING" and job["EligibleTime"] > now for job in known)
    seconds = ticks / os.sysconf("SC_CLK_TCK")
    return [(job["JobId"], job["JobState"], job["Restarts"]) for job in known], seconds // 2, waits and now


def said():
    """What Slurm and its daemons say, for a failure's message."""
    commands = (
        ["squeue", "--states=all"],
        ["scontrol", "--oneliner", "show", "step"],
        ["sh", "-c", "ps -eo pid,ppid,etimes,stat,args | grep -E '[s]lurm|[s]run' | cut -c 1-160"],
        ["sh", "-c", f"tail -n 40 {STATE}/*.log"],
    )
    return "\n".join(subprocess.run(each, capture_output=True, text=True).stdout for each in commands)


def register():
    """Has each node tell slurmctld which jobs it has, as it does by itself at every 20th ping, here after 200 seconds:
    a job whose end slurmctld has missed is found then, and queued again."""
    for file in STATE.glob("slurmd.*.pid"):
        with suppress(OSError):
            os.kill(int(file.read_text()), signal.SIGHUP)


def wait(condition, what, folder):
    """The condition's value, as soon as it is true: fails where nothing has moved for two minutes."""
    last, since, start, registered = moving(), time.monotonic(), time.monotonic(), False
    while not (value := condition()):
        time.sleep(1)
        if (now := moving()) != last:
            last, since, registered = now, time.monotonic(), False
        if time.monotonic() - since > 60 and not registered:
            registered = True
            register()
        if max((time.monotonic() - since) / 120, (time.monotonic() - start) / 2400) > 1:
            pytest.fail(f"hangs: {what}\n{(folder / 'snakemake.log').read_text()[-3000:]}\n{said()}")
    return value


@pytest.fixture(scope="module")
def controller():
    """Whether slurmctld is wanted."""
    run(CLUSTER, "start", "4", "1")
    assert daemons()
    wanted, over = threading.Event(), threading.Event()
    wanted.set()
    keeper = threading.Thread(target=keep, args=(wanted, over))
    keeper.start()
    yield wanted
    over.set()
    keeper.join()
    run(CLUSTER, "stop")
    assert not daemons()


@pytest.fixture(scope="module")
def start():
    """A function that starts snakemake in a folder, its output going to snakemake.log. None outlives the tests."""
    started = []

    def start(folder, *arguments):
        with open(folder / "snakemake.log", "w") as log:
            started.append(
                subprocess.Popen(
                    [sys.executable, "-m", "snakemake", *arguments],
                    cwd=folder,
                    env=os.environ | dict([MARK]),
                    stdout=log,
                    stderr=log,
                )
            )
        return started[-1]

    yield start
    for process in started:
        process.kill()
        process.wait()


def finish(process, folder):
    """Waits for a snakemake, which has to succeed, and returns what it wrote."""
    wait(lambda: process.poll() is not None, "snakemake", folder)
    log = (folder / "snakemake.log").read_text()
    assert process.returncode == 0, log[-5000:]
    return log


@pytest.fixture(scope="module")
def study(controller, start, tmp_path_factory):
    """A study after all faults: its folder, the lost node and the drained one; and the folder where its runs of seed 0
    were made without Slurm."""
    folder, local_folder = (
        Checkout.create(
            tmp_path_factory.mktemp(name),
            # Enough epochs after the first for a fault to come in between.
            dataset=FASHION_MNIST | {"limit": 2000},
            training=STUDY["training"] | {"epochs": 25},
            variants={variant: STUDY["variants"][variant] for variant, _ in RUNS[:2]},
        ).root
        for name in ("slurm", "local")
    )
    little = f"(wildcards.variant, wildcards.seed, attempt) == ('{OUT_OF_MEMORY[0]}', '{OUT_OF_MEMORY[1]}', 1)"
    # More than the 4,000 MB of a node would be refused, try after try.
    memory = f"train:mem_mb=60 if {little} else 2000 * min(attempt, 2)"
    main = start(folder, *PROFILE, *FAST, "--set-resources", memory, "train:lane=1", "variance_shift:lane=1")
    nodes = {}

    def cancel(job):
        nodes["drained"] = job["NodeList"]
        run("scontrol", "update", f"nodename={job['NodeList']}", "state=drain", "reason=test")
        run("scancel", job["JobId"])

    def hang(job):
        kill(processes("SLURM_JOB_ID", job["JobId"]), signal.SIGSTOP)
        run("scontrol", "update", f"jobid={job['JobId']}", "timelimit=1")

    def lose_node(job):
        nodes["lost"] = job["NodeList"]
        lose(job["NodeList"])

    def training():
        assert main.poll() is None, (folder / "snakemake.log").read_text()
        return [run_ for run_ in faults if checkpoint(folder, run_)]

    faults = {CANCELLED: cancel, TIMED_OUT: hang, NODE_LOST: lose_node}
    while faults:
        for run_ in wait(training, "a checkpoint", folder):
            faults.pop(run_)(jobs_of(run_)[-1])

    wait(lambda: states(NODE_LOST) == ["PENDING"], "requeueing of the lost node's job", folder)
    run("scontrol", "update", f"jobid={jobs_of(NODE_LOST)[0]['JobId']}", "starttime=now")  # not in two minutes
    daemon("slurmd", "-N", nodes["lost"])

    # While the controller is away, each try to submit a run uses up one of its retries, and a job that starts fails.
    wait(lambda: resumed(folder, CANCELLED) and resumed(folder, TIMED_OUT), "second tries of the stopped runs", folder)
    controller.clear()
    os.kill(int((STATE / "slurmctld.pid").read_text()), signal.SIGTERM)
    local = start(local_folder, "--cores", "2", "--until", "train", "--config", "seeds=1")
    time.sleep(30)
    assert subprocess.run(["squeue"], capture_output=True).returncode != 0
    controller.set()

    assert local.wait(1200) == 0, (local_folder / "snakemake.log").read_text()[-5000:]
    finish(main, folder)
    return SimpleNamespace(folder=folder, local=local_folder, **nodes)


def directory(folder, run_):
    return folder / "results" / STUDY["study"] / "runs" / run_[0] / f"seed{run_[1]}"


def checkpoint(folder, run_):
    return (directory(folder, run_) / "checkpoint.npz").exists()


def resumed(folder, run_):
    log = directory(folder, run_) / "train.log"
    return log.exists() and "resumed after epoch" in log.read_text()


def states(run_):
    return [job["JobState"] for job in jobs_of(run_)]


def test_the_study_is_whole(study, start):
    assert "Nothing to be done" in finish(start(study.folder, *PROFILE, "--dry-run"), study.folder)


def test_seconds_long_rules_ran_here(study):
    rules = {re.match(r"rule_([a-z]+)", job["Comment"])[1] for job in jobs() if job["Comment"]}
    assert rules == {"train", "shifts"}


def test_a_cancelled_run_is_submitted_again_and_resumes(study):
    assert states(CANCELLED) == ["CANCELLED", "COMPLETED"]
    assert resumed(study.folder, CANCELLED)


def test_a_run_out_of_time_gets_more_and_resumes(study):
    assert states(TIMED_OUT) == ["TIMEOUT", "COMPLETED"], f"{jobs_of(TIMED_OUT)}\n{said()}"
    first, second = (job["TimeLimit"] for job in jobs_of(TIMED_OUT))
    assert first == "00:01:00" < second
    assert resumed(study.folder, TIMED_OUT)


def test_a_run_out_of_memory_gets_more(study):
    assert states(OUT_OF_MEMORY)[1:] == ["COMPLETED"]
    assert [job["MinMemoryNode"] for job in jobs_of(OUT_OF_MEMORY)] == ["60M", "4000M"]


def test_the_run_of_a_lost_node_is_queued_again_and_resumes(study):
    # More restarts, or another job after it, where this machine is too busy for Slurm's heartbeats.
    jobs_ = jobs_of(NODE_LOST)
    assert int(jobs_[0]["Restarts"]) >= 1
    assert jobs_[-1]["JobState"] == "COMPLETED"
    assert resumed(study.folder, NODE_LOST)


def test_a_drained_node_is_left_alone_until_it_is_resumed(study):
    assert [job["NodeList"] == study.drained for job in jobs_of(CANCELLED)] == [True, False]
    run("scontrol", "update", f"nodename={study.drained}", "state=resume")
    run("srun", "--nodelist", study.drained, "--time=1", "true", timeout=30)


@pytest.mark.parametrize("run_", [CANCELLED, TIMED_OUT], ids=["cancelled", "timed out"])
def test_the_results_are_those_of_a_local_run(study, run_):
    def result(folder):
        history = json.loads((directory(folder, run_) / "history.json").read_text())
        del history["environment"]
        for epoch in history["epochs"]:
            del epoch["seconds"]
        return history

    def probabilities(folder):
        return np.load(directory(folder, run_) / "predictions.npz")["probabilities"]

    assert result(study.folder) == result(study.local)
    assert np.array_equal(probabilities(study.folder), probabilities(study.local))


def test_short_jobs_share_an_allocation(study):
    # More than one where this machine is too busy for Slurm's answers.
    *others, job = [job for job in jobs() if job["Comment"].startswith("rule_shifts")]
    assert (job["JobState"], job["NumCPUs"]) == ("COMPLETED", "1"), others
    assert job["TimeLimit"] == "00:10:00"  # two runs with BatchNorm, one after another, at the rule's five minutes
