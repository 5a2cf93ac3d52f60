"""This process: TensorFlow's settings, the clock, and what the run ran on."""

import ctypes
import os
import platform
import time
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from placement.network import processor
from placement.training import devices

# Variables that may change bits and can't be taken back: the loader, the C library and NumPy have read them already.
IN_EFFECT = ("GLIBC_TUNABLES", "LD_PRELOAD", "NPY_", "OPENBLAS_CORETYPE")


def configure(threads: int, precision: str = "float32", device: str = "auto") -> None:
    """Set up TensorFlow, once in a process and before anything runs in it.

    Thread counts are fixed and operations deterministic, so that results depend on neither the machine's core count
    nor what else runs. On a GPU memory grows as needed, so that several jobs share a card, and its TensorFloat-32 units
    (Ampere and later), which TensorFlow would use for float32, compute where `precision` is 'tensorfloat32' only.
    Where `device` is 'cpu' cards aren't touched.
    """
    if device == "cpu":
        tf.config.set_visible_devices([], "GPU")
    tf.config.experimental.enable_tensor_float_32_execution(precision == "tensorfloat32")
    tf.config.threading.set_intra_op_parallelism_threads(threads)
    tf.config.threading.set_inter_op_parallelism_threads(1)
    tf.config.experimental.enable_op_determinism()
    for gpu in devices.gpus():
        tf.config.experimental.set_memory_growth(gpu, True)
    _keep_freed_memory()


def _keep_freed_memory() -> None:
    """Have glibc keep what is freed. By default it returns a step's large arrays to the system, which clears their
    pages anew for the next ones: an eighth of the training time. Elsewhere this does nothing."""
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
    if mallopt is not None:
        # Numbers from malloc.h: one arena, nothing by mmap, no trimming, growth by 64 MiB.
        for option, value in ((-8, 1), (-4, 0), (-1, 2**31 - 1), (-2, 64 << 20)):
            mallopt(option, value)


def environment(threads: int) -> dict[str, Any]:
    """What the run ran on; the one part of a history, with `seconds`, that may differ between equal runs."""
    gpus = [tf.config.experimental.get_device_details(gpu) for gpu in devices.gpus()]
    return {
        "python": platform.python_version(),
        "tensorflow": tf.__version__,
        "keras": keras.__version__,
        "numpy": np.__version__,
        "cpu": _processor(),
        "kernels": processor.kind(),
        "device": "gpu" if gpus else "cpu",
        "gpu": gpus[0].get("device_name") if gpus else None,
        "threads": threads,
        "host": platform.node(),
        "variables": {name: value for name, value in sorted(os.environ.items()) if name.startswith(IN_EFFECT)},
    }


def _processor() -> str:
    try:
        with open("/proc/cpuinfo", encoding="utf-8") as file:
            return next(line.split(":", 1)[1].strip() for line in file if line.startswith("model name"))
    except (OSError, StopIteration):
        return platform.processor() or platform.machine()


def seconds() -> float:
    """The clock of histories: CPU seconds of this process, which other jobs on the machine don't stretch; elapsed
    seconds where a GPU does the work."""
    return time.perf_counter() if devices.gpus() else time.process_time()
