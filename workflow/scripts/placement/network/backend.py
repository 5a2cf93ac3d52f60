"""TensorFlow and Keras, imported quickly and quietly: `from placement.network.backend import keras, tf`."""

import gc
import os
import sys

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")  # no banners in logs

# Keras loads them where they are installed, for wrappers that nothing here uses: 40 % of the start, 110 MiB a job.
_UNUSED = [name for name in ("sklearn", "matplotlib", "pandas") if name not in sys.modules]
sys.modules.update(dict.fromkeys(_UNUSED))  # None: an import says that it isn't installed

gc.disable()

import keras  # noqa: E402
import tensorflow as tf  # noqa: E402

for _name in _UNUSED:
    del sys.modules[_name]

# Hundreds of thousands of objects that stay: searched for garbage again and again, they cost a quarter of the start.
gc.freeze()
gc.enable()

__all__ = ["keras", "tf"]
