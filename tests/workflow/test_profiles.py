"""The commands of the clusters' profiles, before a scheduler's own that say what those would."""

import os
import subprocess

import pytest

from checkout import ROOT, Checkout

STAND_INS = ROOT / "workflow/profiles/slurm/stand-ins"
RUN = "6b4e2080-09d0-47ec-8ad7-88f02d349525"
STATES = ["--format=%i|%T", "--states=all", "--noheader", "--name", RUN]  # the executor's question
LOG = f"""SLURM run ID: {RUN}
Job 3 has been submitted with SLURM jobid 7 (log: /x/rule_train/7.log).
Job 4 has been submitted with SLURM jobid 8 (log: /x/rule_train/8.log).
Job 5 has been submitted with SLURM jobid 18 (log: /x/rule_train/18.log).
"""


@pytest.fixture
def ask(tmp_path):
    """Asks a stand-in, before Slurm's commands with this text each, in a folder where snakemake has submitted jobs."""
    (tmp_path / ".snakemake/log").mkdir(parents=True)
    (tmp_path / ".snakemake/log/1.snakemake.log").write_text(LOG)
    (tmp_path / ".snakemake/log/2.snakemake.log").write_text(LOG.replace(RUN, "another").replace("jobid 7", "jobid 9"))

    def ask(command, *arguments, **commands):
        for name, text in commands.items():
            (tmp_path / name).write_text(f"#!/usr/bin/env bash\n{text}\n")
            (tmp_path / name).chmod(0o755)
        path = f"{STAND_INS}:{tmp_path}:{os.environ['PATH']}"
        done = subprocess.run(
            [command, *arguments], cwd=tmp_path, env=os.environ | {"PATH": path}, capture_output=True, text=True
        )
        return done.stdout.split() if done.returncode == 0 else done.returncode

    return ask


@pytest.mark.parametrize(
    ("known", "told"),
    [
        ("7|COMPLETED 8|RUNNING 18|PENDING", []),
        ("7|COMPLETED 18|PENDING", ["8|ERROR"]),
        ("", ["7|ERROR", "8|ERROR", "18|ERROR"]),
    ],
)
def test_a_job_that_slurm_has_forgotten_is_told(ask, known, told):
    assert ask("squeue", *STATES, squeue=f"printf '%s\\n' {known!r} | tr ' ' '\\n'") == [*known.split(), *told]


def test_nothing_is_told_where_slurm_does_not_answer_or_is_asked_something_else(ask):
    assert ask("squeue", *STATES, squeue="exit 1") == 1
    assert ask("squeue", "--me", squeue='echo "$@"') == ["--me"]
    assert ask("squeue", *STATES[:-1], "a-run-without-a-log", squeue="echo '8|RUNNING'") == ["8|RUNNING"]


def test_without_accounting_squeue_answers(ask):
    states = ["-X", "--parsable2", "--name", RUN]
    squeue = 'echo "asked" "$@"'
    assert ask("sacct", *states, sacct="echo '8|RUNNING'", squeue=squeue) == ["8|RUNNING"]
    asked = ["asked", "--noheader", "--states=all", "--format=%i|%T", f"--name={RUN}"]
    assert ask("sacct", *states, sacct="echo disabled >&2; exit 1", squeue=squeue) == asked
    assert ask("sacct", "-j", "8.0", sacct="exit 1", squeue=squeue) == 1


RECORD = "printf 'failed 100\\nexit_status 1\\nfailed {}\\nexit_status {}\\n'"  # of a job that was queued again


@pytest.mark.parametrize(
    ("qstat", "qacct", "told"),
    [
        ("exit 0", "exit 1", "running"),
        ("exit 1", RECORD.format(0, 0), "success"),
        ("exit 1", RECORD.format(0, 1), "failed"),
        ("exit 1", "exit 1", "running"),  # no answer
        ("[[ $# == 0 ]]", "exit 1", "running"),  # no record yet
    ],
)
def test_grid_engine_says_what_has_become_of_a_job(ask, tmp_path, qstat, qacct, told):
    status = str(ROOT / "workflow/profiles/generic/status.sh")
    (tmp_path / ".snakemake/cluster_logs").mkdir()
    assert ask(status, "7", qstat=qstat, qacct=qacct) == [told]
    for unknown in (tmp_path / ".snakemake/cluster_logs").iterdir():
        os.utime(unknown, (1, 1))
        assert ask(status, "7") == ["failed"]


def test_the_slurm_profile_puts_its_stand_ins_first(tmp_path, monkeypatch):
    """Whichever way it is given."""
    checkout = Checkout.create(tmp_path / "checkout", dataset={"name": "digits"})
    with open(checkout.root / "Snakefile", "a") as snakefile:
        snakefile.write('\nlogger.warning("PATH " + os.environ["PATH"])\n')
    for given in (["--profile", "workflow/profiles/slurm"], ["--workflow-profile=workflow/profiles/slurm"]):
        printed = checkout.plan(*given)
        assert f"PATH {checkout.root}/workflow/profiles/slurm/stand-ins:" in printed
