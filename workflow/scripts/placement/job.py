"""What is around the work of every script: whatever ends it is told in one line."""

import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from placement.errors import reported


@contextmanager
def job(log: str) -> Iterator[None]:
    """Mistakes are told as errors.reported tells them; Ctrl-C and a time limit's SIGTERM in one line.
    Both may come before a run's first epoch, while TensorFlow starts (within its epochs see training.fit).

    Args:
        log: the script's.
    """
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, _stop)
    with reported(log):
        yield


def _stop(number, frame):
    sys.exit("stopped; the same command goes on")
