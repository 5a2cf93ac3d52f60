"""The device of a run: the card that TensorFlow trains on, or why it trains on none."""

import ctypes
import os
from collections.abc import Callable
from pathlib import Path

import tensorflow as tf

from placement.errors import InputError

_NO_DEVICE = 100  # of cuInit: the driver works, and finds no card


def gpus() -> list:
    """The cards that this process may use."""
    return tf.config.get_visible_devices("GPU")


def check(device: str, say: Callable[[str], None]) -> None:
    """See that the run is where the config wants it, before anything trains.

    Args:
        device: the config's training.device: auto, cpu or gpu.
        say: takes a line on a card that is there and isn't used, where the config allows the CPU instead.

    Raises:
        InputError: the config wants a GPU, and TensorFlow has none.
    """
    if device == "cpu" or gpus():
        return
    if device == "gpu":
        raise InputError(f"training.device: found gpu, but {why_none()}; expected auto or cpu on this machine")
    if has_card():
        say(f"training on the CPU, though there is a GPU: {why_none()}")


def has_card() -> bool:
    """Whether the machine has an NVIDIA card that this process isn't kept from."""
    return not _hidden() and any(Path("/dev").glob("nvidia[0-9]*"))


def why_none() -> str:
    """Why TensorFlow has no card, where it has none."""
    if _hidden():
        return "CUDA_VISIBLE_DEVICES hides every GPU"
    if not tf.test.is_built_with_cuda():
        return f"TensorFlow {tf.__version__} is built without CUDA"
    if (driver := _driver()) is None:
        return "there is no NVIDIA driver (libcuda.so.1)"
    error, version = driver
    built = tf.sysconfig.get_build_info()["cuda_version"]
    if 0 < version // 1000 < int(built.split(".")[0]):  # within a major version an older driver does
        known = f"{version // 1000}.{version % 1000 // 10}"
        return f"the NVIDIA driver is too old: it knows CUDA {known}, and TensorFlow {tf.__version__} takes {built}"
    if error == _NO_DEVICE:
        return "the NVIDIA driver finds no GPU"
    if error:
        return f"the NVIDIA driver doesn't start (CUDA error {error})"
    return "TensorFlow doesn't find its CUDA libraries (pip install -r requirements-gpu.txt)"


def _hidden() -> bool:
    return os.environ.get("CUDA_VISIBLE_DEVICES") in ("", "-1")


def _driver() -> tuple[int, int] | None:
    """What the driver answers to its start, 0 if it is well, and the CUDA that it knows (12040 for 12.4); None where
    there is no driver."""
    try:
        cuda = ctypes.CDLL("libcuda.so.1")
    except OSError:
        return None
    version = ctypes.c_int()
    error = cuda.cuInit(0)
    cuda.cuDriverGetVersion(ctypes.byref(version))
    return error, version.value
