"""TensorFlow and Keras, started quickly, quietly and with none of the user's settings: a run depends on its config.

Call `start` before anything imports them.
"""

import gc
import os
import sys
from types import ModuleType
from typing import cast

# What these libraries take from a user's environment: Keras's backend, TensorFlow's and XLA's flags, the arithmetic of
# oneDNN and CUDA's libraries. Any may change bits, and a release brings new ones, so they go by prefix.
SETTINGS = ("KERAS_", "TF_", "XLA_", "ONEDNN_", "DNNL_", "CUBLAS", "CUDNN", "NVIDIA_TF32_OVERRIDE")
# What says how to use the machine, or what to log, stays.
OF_THE_MACHINE = (
    *("TF_GPU_", "TF_FORCE_GPU_ALLOW_GROWTH", "TF_PER_DEVICE_MEMORY_LIMIT_MB"),
    *("TF_CPP_", "CUBLAS_LOG", "CUBLASLT_LOG", "CUDNN_LOG"),
)
CUDA_FOLDER = "--xla_gpu_cuda_data_dir="  # of XLA's flags the only one of the machine
# Keras loads them where they are installed, for wrappers that nothing here uses: 40 % of the start, 110 MiB a job.
UNUSED = ("sklearn", "matplotlib", "pandas")


def start() -> None:
    """Import TensorFlow and Keras, for all that imports them afterwards. Again, or after somebody else did, it only
    takes the settings away."""
    forget_settings()
    unused = [name for name in UNUSED if name not in sys.modules]
    sys.modules.update(dict.fromkeys(unused, cast(ModuleType, None)))  # None: an import says that it isn't installed
    gc.disable()
    import keras  # noqa: F401
    import tensorflow  # noqa: F401

    for name in unused:
        del sys.modules[name]
    # Hundreds of thousands of objects that stay: searched for garbage again and again, they cost a quarter of the
    # start.
    gc.freeze()
    gc.enable()


def forget_settings() -> None:
    """Take the user's settings for these libraries out of this process's environment."""
    xla_flags = [flag for flag in os.environ.get("XLA_FLAGS", "").split() if flag.startswith(CUDA_FOLDER)]
    for name in list(os.environ):
        if name.startswith(SETTINGS) and not name.startswith(OF_THE_MACHINE):
            del os.environ[name]
    if xla_flags:
        os.environ["XLA_FLAGS"] = " ".join(xla_flags)
    os.environ["KERAS_BACKEND"] = "tensorflow"
    os.environ["KERAS_HOME"] = os.devnull  # where no keras.json can be: none is read, and none is written
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")  # no banners in logs
