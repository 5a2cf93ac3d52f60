"""What the tests run the workflow with."""

import os
import subprocess
import sys

from checkout import ROOT


def test_threads_that_start_and_wait_at_once_get_each_forks_own_status():
    """Of light forks, many a second, by which several would lose it without a lock."""
    code = (
        "import sys; from concurrent.futures import ThreadPoolExecutor; import checkout; "
        "checkout._forks.set_forkserver_preload([]); "
        "statuses = ThreadPoolExecutor(4).map(lambda n: checkout.Fork(sys.exit, n % 3).status(), range(150)); "
        "print(*statuses, sep='')"
    )
    environment = os.environ | {"PYTHONPATH": str(ROOT / "tests")}
    printed = subprocess.run([sys.executable, "-c", code], env=environment, check=True, capture_output=True, text=True)
    assert printed.stdout.strip() == "012" * 50
