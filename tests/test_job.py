"""What ends a script."""

import subprocess
import sys

import pytest

from checkout import ROOT

CODE = """
import os, signal, sys
from placement.job import job
with job("log"):
    try:
        os.kill(os.getpid(), signal.Signals[sys.argv[1]])
        signal.pause()
    except Exception:  # as libraries have it around their imports
        print("swallowed")
    finally:
        print("cleaned up")
"""


@pytest.mark.parametrize("name", ["SIGINT", "SIGTERM"], ids=["Ctrl-C", "a time limit"])
def test_what_stops_a_job_is_told_in_one_line_and_what_was_begun_is_cleaned_up(tmp_path, name):
    command = [sys.executable, "-c", CODE, name]
    environment = {"PYTHONPATH": str(ROOT / "workflow/scripts")}
    ended = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True)
    assert (ended.returncode, ended.stderr) == (1, "stopped; the same command goes on\n")
    assert ended.stdout == "cleaned up\n"
