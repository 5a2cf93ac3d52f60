"""A study on a folder of images, from the folder to the findings, and what reruns when the folder changes."""

import csv
import json
import os
import shutil
import subprocess
import sys

import pytest
from PIL import Image

from checkout import STUDY, Checkout
from placement.data import datasets

TRAINED = {"train both 0", "variance_shift both 0", "plot_variant both", "summarize", "compare"}
PREPARED = {"prepare_data", "split_data"}


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """180 of scikit-learn's digits as files, a folder a class, one of them damaged."""
    root = tmp_path_factory.mktemp("folder") / "images"
    arrays = datasets.read(datasets.DATASETS["digits"], None)
    for index in range(180):
        path = root / f"digit {arrays['train_labels'][index]}" / f"{index}.PNG"
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(arrays["train_images"][index, ..., 0]).save(path)
    (root / "digit 3" / "damaged.png").write_bytes(b"x")
    return root


@pytest.fixture(scope="module")
def done(folder, tmp_path_factory) -> Checkout:
    dataset = {"name": "image_folder", "path": str(folder), "size": 8, "channels": 1, "test_fraction": 0.2}
    checkout = Checkout.create(
        tmp_path_factory.mktemp("study") / "checkout",
        dataset=dataset,
        augmentation={"flip": True, "crop": 1},
        seeds=1,
        variants={"both": {"label": "Both", "order": "conv act norm drop"}},
        comparison={"baseline": "both", "rope": 0.2, "claims": []},
        backbone=STUDY["backbone"],
    )
    printed = checkout.snakemake(status=1)
    assert "digit 3/damaged.png: not an image" in printed and "Traceback" not in printed
    checkout.edit_config(lambda config: config["dataset"].update(skip_damaged=True))
    assert "1 file left out" in checkout.snakemake()
    return checkout


def test_its_results_know_its_classes_and_not_its_path(done, folder):
    history = json.loads(next(done.results.rglob("history.json")).read_text())
    assert history["dataset"]["classes"] == [f"digit {n}" for n in range(10)]
    assert history["training"]["augmentation"] == {"flip": True, "crop": 1, "cutout": 0}
    assert str(folder) not in json.dumps(history)
    (prepared,) = (done.root / "results/data").glob("image_folder-*")
    rows = list(csv.DictReader((prepared / "images.csv").open()))
    assert len(rows) == 181 and [row["file"] for row in rows if row["left_out"]] == ["digit 3/damaged.png"]
    assert "digit 7" in (done.results / "confusion/both.svg").read_text()


def test_a_cluster_s_profile_says_no_cores(folder, tmp_path):
    """A dry run would: it has one."""
    dataset = {"name": "image_folder", "path": str(folder), "size": 8, "test_fraction": 0.2, "skip_damaged": True}
    checkout = Checkout.create(tmp_path / "checkout", dataset=dataset)
    profile = ["--profile", "workflow/profiles/generic", "--seconds-between-status-checks", "1"]
    arguments = [*profile, "--until", "prepare_data"]
    done = subprocess.run(
        [sys.executable, "-m", "snakemake", *arguments], cwd=checkout.root, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    assert len(list(checkout.root.glob("results/data/image_folder-*/fingerprint.json"))) == 1


def test_what_reruns(done, folder, tmp_path):
    assert done.planned() == set()
    for path in folder.rglob("*.PNG"):
        os.utime(path, (1, 1))
    assert done.planned() == set()
    renamed = shutil.copytree(folder, tmp_path / "renamed")
    done.edit_config(lambda config: config["dataset"].update(path=str(renamed)))
    assert done.planned() == {"compare", "write_config"}  # which says the folder's name
    elsewhere = shutil.copytree(folder, tmp_path / "elsewhere" / folder.name)
    done.edit_config(lambda config: config["dataset"].update(path=str(elsewhere)))
    assert done.planned() == {"write_config"}
    gone = elsewhere.rename(tmp_path / "gone")
    assert done.planned() == {"write_config"}
    assert done.planned("--config", "seeds=2") >= {"train both 1"}
    gone.rename(elsewhere)
    changed = next(elsewhere.rglob("*.PNG"))
    content = changed.read_bytes()
    changed.write_bytes(next(path for path in elsewhere.rglob("*.PNG") if path != changed).read_bytes())
    assert done.planned() == TRAINED | PREPARED | {"write_config"}
    changed.write_bytes(content)
    assert done.planned() == {"write_config"}
    done.edit_config(lambda config: config["dataset"].update(size=4))
    assert done.planned() == TRAINED | PREPARED | {"write_config"}
