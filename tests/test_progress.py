"""The jobs' lines above the bars."""

import subprocess
import sys

from checkout import ROOT

RELAY = """
import os, subprocess, sys
from rich.console import Console
from placement import progress

progress._relay(Console(stderr=True, width=40))
job = "import sys; print('from a job', flush=True); print('its error', file=sys.stderr)"
subprocess.run([sys.executable, "-c", job])
os.write(2, b"of its own")
"""


def test_what_jobs_print_goes_through_the_console_and_none_is_lost():
    ended = subprocess.run(
        [sys.executable, "-c", RELAY],
        env={"PYTHONPATH": str(ROOT / "workflow/scripts"), "TERM": "dumb"},
        capture_output=True,
        text=True,
    )
    assert ended.stderr.splitlines() == ["from a job", "its error", "of its own"]
    assert (ended.returncode, ended.stdout) == (0, "")
