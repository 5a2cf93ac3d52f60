"""What ends a script."""

import subprocess
import sys

from checkout import ROOT

CODE = """
import os, signal
from placement.job import job
with job("log"):
    try:
        os.kill(os.getpid(), signal.SIGINT)
        signal.pause()
    except Exception:  # as libraries have it around their imports
        print("swallowed")
    finally:
        print("cleaned up")
"""


def test_ctrl_c_is_told_in_one_line_and_what_was_begun_is_cleaned_up(tmp_path):
    environment = {"PYTHONPATH": str(ROOT / "workflow/scripts")}
    ended = subprocess.run([sys.executable, "-c", CODE], cwd=tmp_path, env=environment, capture_output=True, text=True)
    assert (ended.returncode, ended.stderr) == (1, "stopped; the same command goes on\n")
    assert ended.stdout == "cleaned up\n"
