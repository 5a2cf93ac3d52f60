"""Where a run trains, and what is said where the card it wants isn't to be had. No test needs a card."""

import json
import os
import subprocess
import sys

import pytest

from checkout import ROOT
from placement.errors import InputError
from placement.training import devices, process
from studies import identity

DRIVERS = {
    None: "there is no NVIDIA driver (libcuda.so.1)",
    (100, 12040): "the NVIDIA driver finds no GPU",
    (0, 11040): "the NVIDIA driver is too old: it knows CUDA 11.4, and TensorFlow",
    (803, 12040): "the NVIDIA driver doesn't start (CUDA error 803)",
    (0, 12010): "TensorFlow doesn't find its CUDA libraries (pip install -r requirements-gpu.txt)",
    (0, 13000): "TensorFlow doesn't find its CUDA libraries (pip install -r requirements-gpu.txt)",
}


@pytest.fixture
def machine(monkeypatch):
    """A function that makes of this machine one without a usable card: its driver's answer, whether it has a card."""
    monkeypatch.delenv("CUDA_VISIBLE_DEVICES", raising=False)
    monkeypatch.setattr(devices, "gpus", list)
    monkeypatch.setattr(devices.tf.test, "is_built_with_cuda", lambda: True)
    monkeypatch.setattr(devices.tf.sysconfig, "get_build_info", lambda: {"cuda_version": "12.5.1"})

    def make(driver, card=True):
        monkeypatch.setattr(devices, "_driver", lambda: driver)
        monkeypatch.setattr(devices.Path, "glob", lambda *_: ["/dev/nvidia0"] * card)

    return make


@pytest.mark.parametrize("driver", DRIVERS)
def test_a_gpu_that_is_wanted_and_not_there_ends_the_run_in_one_line(machine, driver):
    machine(driver)
    with pytest.raises(InputError) as error:
        devices.check("gpu", print)
    line = str(error.value)
    assert line.startswith(f"training.device: found gpu, but {DRIVERS[driver]}") and "\n" not in line


@pytest.mark.parametrize("driver", DRIVERS)
def test_a_card_that_is_not_used_is_told_in_one_line_where_the_cpu_will_do(machine, driver):
    machine(driver)
    said = []
    devices.check("auto", said.append)
    assert len(said) == 1 and DRIVERS[driver] in said[0] and "\n" not in said[0]
    devices.check("cpu", said.append)
    assert len(said) == 1


def test_nothing_is_said_where_there_is_no_card_or_it_is_hidden(machine, monkeypatch):
    machine(None, card=False)
    devices.check("auto", pytest.fail)
    machine((100, 12040))
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "")
    devices.check("auto", pytest.fail)
    assert devices.why_none() == "CUDA_VISIBLE_DEVICES hides every GPU"


def test_nothing_is_asked_where_there_is_a_gpu(monkeypatch):
    monkeypatch.setattr(devices, "gpus", lambda: ["GPU:0"])
    monkeypatch.setattr(devices, "why_none", pytest.fail)
    for device in ("auto", "cpu", "gpu"):
        devices.check(device, pytest.fail)


def test_the_driver_s_answer_is_read_or_there_is_none():
    driver = devices._driver()
    assert driver is None or all(isinstance(number, int) for number in driver)


def test_the_history_s_environment_says_the_device():
    environment = process.environment(1)
    assert environment["device"] == ("gpu" if environment["gpu"] else "cpu")


def test_the_device_is_no_part_of_a_run_s_identity(config):

    without = identity(config, "classical", 0)
    config["training"]["device"] = "cpu"
    assert json.dumps(identity(config, "classical", 0)) == json.dumps(without)


def test_the_gpu_script_says_in_one_line_that_there_is_no_card():
    command = [sys.executable, ROOT / "benchmarks/gpu.py"]
    done = subprocess.run(command, capture_output=True, text=True, env=os.environ | {"CUDA_VISIBLE_DEVICES": ""})
    assert done.returncode == 1
    assert done.stderr == "benchmarks/gpu.py needs a GPU, but CUDA_VISIBLE_DEVICES hides every GPU\n"
