"""A run depends on its config alone: among a user's settings for Keras, TensorFlow and Python it has the same bits."""

import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import studies
from checkout import ROOT, STUDY
from placement.data import arrays
from placement.runs import history

PATHS = os.pathsep.join([str(ROOT / "workflow/scripts"), str(ROOT / "tests"), str(Path(__file__).parent)])
# Each of them stops training or changes what comes out of it where nothing is done about it, some on a GPU only.
HOSTILE = {
    "KERAS_BACKEND": "jax",
    "KERAS_MAX_EPOCHS": "0",
    "KERAS_MAX_STEPS_PER_EPOCH": "1",
    "XLA_FLAGS": "--xla_cpu_enable_fast_math=true --xla_cpu_prefer_vector_width=128",
    "TF_XLA_FLAGS": "--tf_xla_auto_jit=2 --tf_xla_cpu_global_jit",
    "TF_ENABLE_ONEDNN_OPTS": "0",
    "TF_SET_ONEDNN_FPMATH_MODE": "BF16",
    "TF_USE_LEGACY_KERAS": "1",
    "TF_NUM_INTRAOP_THREADS": "3",
    "TF_CONFIG": "not even JSON",
    "ONEDNN_DEFAULT_FPMATH_MODE": "BF16",
    "ONEDNN_MAX_CPU_ISA": "SSE41",
    "DNNL_MAX_CPU_ISA": "SSE41",
    "NVIDIA_TF32_OVERRIDE": "1",
    "CUBLAS_WORKSPACE_CONFIG": ":16:8",
    "OMP_NUM_THREADS": "3",
    "PYTHONHASHSEED": "7",
    "PYTHONUTF8": "0",
    "PYTHONCOERCECLOCALE": "0",
    "LC_ALL": "C",
    "TZ": "Asia/Kathmandu",
}
KERAS_JSON = {
    "floatx": "float16",
    "epsilon": 1,  # Keras takes floats only: importing it fails
    "backend": "jax",
    "image_data_format": "channels_first",
    "nnx_enabled": True,
}


def train_and_measure(folder: Path) -> None:
    """What a study does with TensorFlow, on noise: a run, compiled by XLA, and the variance shift of its model."""
    import train
    import variance_shift
    from placement.network import backend

    started = backend.start

    def start_and_compile():  # what imports TensorFlow before that call would have the user's settings
        started()
        from placement.training import fit

        fit.XLA_FROM = 0

    backend.start = start_and_compile
    rng = np.random.default_rng(0)
    data = {
        f"{part}_{name}": content
        for part, size in (("train", 96), ("test", 64))
        for name, content in (
            ("images", rng.integers(0, 256, (size, 28, 28, 1), dtype=np.uint8)),
            ("labels", (np.arange(size) % 10).astype(np.uint8)),
        )
    }
    prepared = {"fingerprint": str(folder / "fingerprint.json"), "split": str(folder / "split.npz")}
    np.savez(prepared["split"], train=np.arange(64), validation=np.arange(64, 96))
    arrays.write(folder, data)
    identity = studies.identity(STUDY, "batchnorm", 0)
    train.train(identity, prepared, {}, folder, folder / "kept", str(folder / "train.log"))
    shift, log = str(folder / "variance_shift.json"), str(folder / "variance_shift.log")
    files = (str(folder / name) for name in ("history.json", "model.keras"))
    variance_shift.variance_shift(identity, prepared, {}, *files, shift, log)


def start(folder: Path, **variables: str) -> subprocess.Popen:
    """A process that does so, with a home folder of its own and these variables."""
    (folder / "home").mkdir(parents=True, exist_ok=True)
    code = (
        "import sys; from pathlib import Path; import test_backend; test_backend.train_and_measure(Path(sys.argv[1]))"
    )
    plain = {name: value for name, value in os.environ.items() if name in ("PATH", "LD_LIBRARY_PATH")}
    return subprocess.Popen(
        [sys.executable, "-c", code, str(folder)],
        env=plain | {"PYTHONPATH": PATHS, "HOME": str(folder / "home")} | variables,
    )


@pytest.fixture(scope="module")
def runs(tmp_path_factory) -> tuple[Path, Path]:
    """The folders of the same run, among no settings and among hostile ones."""
    plain, hostile = (tmp_path_factory.mktemp(name) for name in ("plain", "hostile"))
    file = hostile / "home/.keras/keras.json"
    file.parent.mkdir(parents=True)
    file.write_text(json.dumps(KERAS_JSON), encoding="utf-8")
    processes = [start(plain), start(hostile, **HOSTILE, NPY_DISABLE_CPU_FEATURES="")]
    assert [process.wait(300) for process in processes] == [0, 0]
    return plain, hostile


@pytest.mark.parametrize("file", ["predictions.npz", "variance_shift.json"])
@pytest.mark.slow
def test_a_users_settings_change_no_bit(runs, file):
    plain, hostile = ((folder / file).read_bytes() for folder in runs)
    assert plain == hostile


@pytest.mark.slow
def test_a_users_settings_change_no_bit_of_the_history(runs):
    plain, hostile = (history.without_timing(history.read(folder / "history.json")) for folder in runs)
    assert plain == hostile


@pytest.mark.slow
def test_a_run_leaves_nothing_in_the_users_home(runs):
    plain, hostile = runs
    assert not list((plain / "home").rglob("*"))
    assert json.loads((hostile / "home/.keras/keras.json").read_text()) == KERAS_JSON


@pytest.mark.slow
def test_what_is_left_in_effect_is_in_the_history(runs):
    plain, hostile = (history.read(folder / "history.json")["environment"]["variables"] for folder in runs)
    assert plain == {}
    assert hostile == {"NPY_DISABLE_CPU_FEATURES": ""}


def test_what_says_how_to_use_the_machine_stays():
    code = (
        "import os; from placement.network import backend; backend.forget_settings();"
        "print(*(f'{n}={v}' for n, v in os.environ.items()), sep='\\n')"
    )
    machine = {
        "CUDA_VISIBLE_DEVICES": "",
        "TF_GPU_ALLOCATOR": "cuda_malloc_async",
        "TF_CPP_MIN_LOG_LEVEL": "3",
        "XLA_FLAGS": "--xla_gpu_cuda_data_dir=/opt/cuda",
    }
    given = machine | {"PYTHONPATH": PATHS, "TF_DETERMINISTIC_OPS": "0"}
    given["XLA_FLAGS"] += " --xla_cpu_enable_fast_math=true"
    printed = subprocess.run([sys.executable, "-c", code], env=given, check=True, capture_output=True, text=True)
    left = dict(line.split("=", 1) for line in printed.stdout.splitlines())
    assert left.items() >= machine.items()
    assert "TF_DETERMINISTIC_OPS" not in left
