"""The time that the bars say is left, and the jobs' lines above them."""

import subprocess
import sys

from checkout import ROOT
from placement.progress import OTHERWISE, TOTAL, Left

RELAY = """
import os, subprocess, sys
from rich.console import Console
from placement import progress

progress._relay(Console(stderr=True, width=40))
job = "import sys; print('from a job', flush=True); print('its error', file=sys.stderr)"
subprocess.run([sys.executable, "-c", job])
os.write(2, b"of its own")
"""


def jobs(trained: int, plotted: int = 0):
    return {"train": (trained, 10), "plot": (plotted, 2)}


def test_before_anything_is_done_it_is_what_was_announced():
    left = Left({"train": 60}, cores=2)
    assert left("train", jobs(0), 0) == 10 * 60 / 2
    assert left(TOTAL, jobs(0), 0) == (10 * 60 + 2 * OTHERWISE) / 2


def test_it_counts_down_between_jobs_and_never_below_zero():
    left = Left({"train": 60}, cores=1)
    start = left("train", jobs(0), 0)
    assert left("train", jobs(0), 50) == start - 50
    assert left("train", jobs(0), 10_000) == 0


def test_a_pace_of_half_the_announced_one_is_learned():
    left = Left({"train": 60}, cores=1)
    assert 4 * 60 * 1.5 < left("train", jobs(6), 6 * 120) < 4 * 120


def test_what_jobs_print_goes_through_the_console_and_none_is_lost():
    ended = subprocess.run(
        [sys.executable, "-c", RELAY],
        env={"PYTHONPATH": str(ROOT / "workflow/scripts"), "TERM": "dumb"},
        capture_output=True,
        text=True,
    )
    assert ended.stderr.splitlines() == ["from a job", "its error", "of its own"]
    assert (ended.returncode, ended.stdout) == (0, "")
