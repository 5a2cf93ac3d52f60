"""The conda environment stands alone and has the packages of the lock."""

import re
import tomllib
from importlib.metadata import requires
from pathlib import Path

import pytest
import yaml
from packaging.requirements import Requirement
from packaging.version import Version

from checkout import ROOT

ENVIRONMENT = yaml.safe_load((ROOT / "environment.yml").read_text(encoding="utf-8"))
PYTHON, _, WHEELS = ENVIRONMENT["dependencies"]
MARKERS = {"python_full_version": f"{PYTHON.removeprefix('python=')}.0", "sys_platform": "linux"}


def versions(file: Path) -> dict[str, str]:
    """Package -> the one version that a lock, with the one that it adds to, has of it for the environment's Python."""
    text = file.read_text(encoding="utf-8")
    text += "".join(
        (ROOT / other).read_text(encoding="utf-8") for other in re.findall(r"^-r (.*)$", text, re.MULTILINE)
    )
    lines = re.findall(r"^[\w.-]+==[^\\\n]+", text, re.MULTILINE)
    locked = [requirement for requirement in map(Requirement, lines) if applies(requirement)]
    return {requirement.name: str(requirement.specifier) for requirement in locked}


def applies(requirement: Requirement) -> bool:
    return requirement.marker is None or requirement.marker.evaluate(MARKERS)


PINNED = {requirement.name: str(requirement.specifier) for requirement in map(Requirement, WHEELS["pip"])}

LOCKS = ["requirements.txt", "requirements-cluster.txt", "requirements-dev.txt", "requirements-gpu.txt"]


@pytest.mark.parametrize("lock", LOCKS)
def test_the_versions_are_those_of_the_locks(lock):
    locked = versions(ROOT / lock)
    assert {name: locked[name] for name in PINNED} == PINNED


@pytest.mark.parametrize("lock", LOCKS)
def test_a_lock_says_how_it_is_written_and_names_no_host(lock):
    text = (ROOT / lock).read_text(encoding="utf-8")
    assert ".ci/lock" in text.splitlines()[0]
    assert "://" not in text and "index-url" not in text


def test_the_gpu_s_lock_has_all_that_tensorflow_wants_of_cuda():
    locked = {name: specifier.removeprefix("==") for name, specifier in versions(ROOT / "requirements-gpu.txt").items()}
    wanted = [Requirement(line) for line in requires("tensorflow")]
    cuda = [each for each in wanted if each.marker and each.marker.evaluate(MARKERS | {"extra": "and-cuda"})]
    cuda = [each for each in cuda if not each.marker.evaluate(MARKERS | {"extra": ""})]
    assert len(cuda) > 5
    for requirement in cuda:
        assert requirement.specifier.contains(locked[requirement.name]), requirement
    # 9.3 to 9.5, which TensorFlow allows, fail with XLA and convolutions.
    assert Version(locked["nvidia-cudnn-cu12"]) >= Version("9.6")


def test_every_direct_dependency_is_there():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert {Requirement(line).name for line in project["dependencies"]} <= PINNED.keys()


def test_it_names_no_other_file():
    """Snakemake copies it to .snakemake/conda."""
    assert not [line for line in WHEELS["pip"] if line.startswith("-")]


def test_every_rule_that_runs_a_script_names_it():
    for file in (ROOT / "workflow/rules").glob("*.smk"):
        text = file.read_text(encoding="utf-8")
        assert text.count('conda:\n        "../../environment.yml"') == text.count("    script:\n"), file.name
