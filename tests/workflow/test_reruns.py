"""The table of reruns: an edit of a finished study, and exactly the jobs that `snakemake` then runs."""

import base64
import gzip
import json
import os
import shutil
import subprocess
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import NamedTuple

import pytest

from checkout import FASHION_MNIST, STUDY, Checkout, jobs_in
from placement.data.datasets import DATASETS
from placement.data.downloads import locate

VARIANTS, SEEDS = list(STUDY["variants"]), range(STUDY["seeds"])
CONFIG = {"write_config"}
COMPARED = {"compare"}
SUMMARIZED = {"summarize"} | COMPARED
PLOTTED = {f"plot_variant {variant}" for variant in VARIANTS}
SHIFTS = {f"variance_shift batchnorm {seed}" for seed in SEEDS}
PREPARED = {"prepare_data", "split_data"}


def trained(*variants: str, seeds=SEEDS) -> set[str]:
    """The jobs where these runs are trained: with their plots, and all that is made of all runs."""
    runs = {f"train {variant} {seed}" for variant in variants for seed in seeds}
    shifts = {f"variance_shift {variant} {seed}" for variant in variants for seed in seeds if "norm" in variant}
    return runs | shifts | {f"plot_variant {variant}" for variant in variants} | SUMMARIZED


def taken(*variants: str, seeds=SEEDS) -> set[str]:
    """The jobs where these runs are kept from before."""
    jobs = trained(*variants, seeds=seeds)
    return {job.replace("train ", "take_run ").replace("variance_shift ", "take_shift ") for job in jobs}


EVERYTHING = trained(*VARIANTS)
OF_KEPT = taken(*VARIANTS)


class Row(NamedTuple):
    """An edit, the jobs that it makes run, and arguments of `snakemake` that are part of it."""

    edit: Callable[[Checkout], object]
    jobs: set[str]
    arguments: tuple[str, ...] = ()


def nothing(checkout: Checkout) -> None:
    pass


def touch(checkout: Checkout) -> None:
    """Every file, with what was made last as the oldest."""
    files = sorted(
        (path for path in checkout.root.rglob("*") if path.is_file()), key=lambda path: -path.stat().st_mtime
    )
    for seconds, path in enumerate(files):
        os.utime(path, (time.time() + seconds,) * 2)


def copy_elsewhere(checkout: Checkout) -> None:
    elsewhere = checkout.root.with_name("elsewhere")
    shutil.copytree(checkout.root, elsewhere, copy_function=shutil.copyfile)
    shutil.rmtree(checkout.root)
    elsewhere.rename(checkout.root)


def another_commit_and_back(checkout: Checkout) -> None:
    def git(*arguments: str) -> None:
        identity = ("-c", "user.name=x", "-c", "user.email=x@example.org")
        subprocess.run(["git", *identity, *arguments], cwd=checkout.root, check=True, capture_output=True)

    git("init")
    git("add", "Snakefile", "config.yaml", "profiles", "workflow")
    git("commit", "-m", "one")
    append("placement/network/layers.py", "ANOTHER = 1\n")(checkout)
    checkout.edit_config(lambda config: config["training"].update(epochs=9))
    git("commit", "-a", "-m", "other")
    git("checkout", "HEAD~1")


def config(change) -> Callable[[Checkout], None]:
    return lambda checkout: checkout.edit_config(change)


def reorder(config: dict) -> None:
    for key in reversed(list(config)):
        config[key] = config.pop(key)
    for part in ("training", "dataset", "backbone", "dropout"):
        config[part] = dict(reversed(config[part].items()))
    config["training"]["early_stopping"] = dict(reversed(config["training"]["early_stopping"].items()))


def rename(config: dict) -> None:
    config["variants"] = {"another" if name == "dropout" else name: v for name, v in config["variants"].items()}


def into_a_grid(config: dict) -> None:
    """The variants as levels of a factor, which has one more; their labels are the levels' names then."""
    placement = {name: {"order": fields["order"]} for name, fields in config.pop("variants").items()}
    config["grid"] = {"placement": placement | {"norm-0.5": {"order": "conv norm act", "norm": {"momentum": 0.5}}}}


def append(file: str, text: str) -> Callable[[Checkout], None]:
    def edit(checkout: Checkout) -> None:
        path = checkout.root / "workflow/scripts" / file
        path.write_text(path.read_text() + text)

    return edit


def code(file: str) -> Callable[[Checkout], None]:
    return append(file, "\n\nADDED = 1\n")


def comments(checkout: Checkout) -> None:
    """A comment, a docstring and other line breaks in every source."""
    for path in checkout.root.glob("workflow/scripts/**/*.py"):
        if path.name != "__init__.py":
            path.write_text(path.read_text().replace('"""', '"""Another. ', 1) + "\n\n\n# A comment.\n")


def delete(*files: str) -> Callable[[Checkout], None]:
    def edit(checkout: Checkout) -> None:
        for file in files:
            path = checkout.results / file
            shutil.rmtree(path) if path.is_dir() else path.unlink()

    return edit


def own_data(change: Callable[[bytes], bytes]) -> Callable[[Checkout], None]:
    """The data set's files under resources/, their content changed."""

    def edit(checkout: Checkout) -> None:
        known = DATASETS["fashion_mnist"]
        folder = checkout.root / "resources" / known.folder
        folder.mkdir(parents=True, exist_ok=True)
        for name in known.files:
            content = gzip.decompress((locate(known) / name).read_bytes())
            (folder / name).write_bytes(gzip.compress(change(content), compresslevel=1))

    return edit


def both(*edits: Callable[[Checkout], object]) -> Callable[[Checkout], None]:
    def edit(checkout: Checkout) -> None:
        for each in edits:
            each(checkout)

    return edit


def no_records(checkout: Checkout) -> None:
    shutil.rmtree(checkout.root / ".snakemake")


def brought(checkout: Checkout) -> None:
    """Nothing but the runs, as if they were copied from elsewhere, the newest file as the oldest."""
    no_records(checkout)
    for path in checkout.root.glob("results/*/*"):
        if path.name != "runs":
            shutil.rmtree(path) if path.is_dir() else path.unlink()
    touch(checkout)


def forget(*files: str) -> Callable[[Checkout], None]:
    """Delete Snakemake's record of files, and of nothing else."""

    def edit(checkout: Checkout) -> None:
        checkout.snakemake("--cleanup-metadata", *(f"results/tiny/{file}" for file in files))

    return edit


def says(file: str, change: Callable[[dict], object]) -> Callable[[Checkout], None]:
    """What a run's JSON file says, changed."""

    def edit(checkout: Checkout) -> None:
        path = checkout.results / file
        content = json.loads(path.read_text())
        change(content)
        path.write_text(json.dumps(content))

    return edit


def killed(checkout: Checkout) -> None:
    """Snakemake's note of a run that began and didn't end."""
    name = base64.urlsafe_b64encode(b"results/tiny/runs/dropout/seed1/history.json").decode()
    (checkout.root / ".snakemake/incomplete" / name).write_text('{"external_jobid": null}')


def profile(checkout: Checkout) -> None:
    (checkout.root / "mine").mkdir()
    (checkout.root / "mine/config.yaml").write_text("printshellcmds: true\n")


def touch_the_sources(checkout: Checkout) -> None:
    for path in checkout.root.glob("workflow/**/*.*"):
        path.touch()


def touch_the_data(checkout: Checkout) -> None:
    for path in checkout.root.glob("results/data/**/*.*"):
        path.touch()


ADD_A_SEED = ("--config", "seeds=3")
SPLIT = {"split_data"}
REDRAWN = PLOTTED | SUMMARIZED | CONFIG
SEED_ADDED = trained(*VARIANTS, seeds=[2]) | CONFIG

ROWS = {
    "nothing": Row(nothing, set()),
    # files' ages
    "touch every file": Row(touch, set()),
    "copy the checkout elsewhere": Row(copy_elsewhere, set()),
    "check out another commit and back": Row(another_commit_and_back, set()),
    # config: what a run depends on is in test_kept.py
    "reorder keys": Row(config(reorder), CONFIG),
    "a label": Row(
        config(lambda c: c["variants"]["dropout"].update(label="Another")),
        {"plot_variant dropout"} | SUMMARIZED | CONFIG,
    ),
    "a colour": Row(config(lambda c: c["variants"]["dropout"].update(colour="#123456")), COMPARED | CONFIG),
    "add a seed": Row(nothing, SEED_ADDED, ADD_A_SEED),
    "add a seed by its number": Row(nothing, trained(*VARIANTS, seeds=[7]) | CONFIG, ("--config", "seeds=[0, 1, 7]")),
    "add a seed as the findings say": Row(
        nothing, SEED_ADDED, ("--configfile", "results/tiny/config.yaml", *ADD_A_SEED)
    ),
    "drop a seed": Row(nothing, PLOTTED | SUMMARIZED | CONFIG, ("--config", "seeds=1")),
    "add a variant": Row(
        config(lambda c: c["variants"].update(normdrop={"label": "Both", "order": "conv act norm drop"})),
        trained("normdrop") | CONFIG,
    ),
    "a grid of the variants and one more level": Row(config(into_a_grid), trained("norm-0.5") | PLOTTED | CONFIG),
    "drop a variant": Row(config(lambda c: c["variants"].pop("dropout")), SUMMARIZED | CONFIG),
    "rename a variant": Row(config(rename), taken("another") | CONFIG),
    "rename the study": Row(config(lambda c: c.update(study="other")), OF_KEPT | CONFIG),
    "rename the study and lose the records": Row(
        both(config(lambda c: c.update(study="other")), lambda checkout: no_records(checkout)), OF_KEPT | CONFIG
    ),
    "another study with a new cell": Row(
        both(
            config(lambda c: c.update(study="other")),
            config(lambda c: c["variants"]["dropout"].update(order="conv drop act")),
        ),
        taken("baseline", "batchnorm") | trained("dropout") | CONFIG,
    ),
    "epochs": Row(config(lambda c: c["training"].update(epochs=2)), EVERYTHING | CONFIG),
    "a variant's recipe": Row(
        config(lambda c: c["variants"]["dropout"].update(training={"optimizer": {"learning_rate": 0.01}})),
        trained("dropout") | CONFIG,
    ),
    "a variant's recipe that says what the study's does": Row(
        config(lambda c: c["variants"]["dropout"].update(training={"optimizer": {"name": "adam"}, "epochs": 1})), CONFIG
    ),
    "the split": Row(config(lambda c: c["dataset"].update(split_seed=7)), EVERYTHING | CONFIG | {"split_data"}),
    "the region of practical equivalence": Row(config(lambda c: c["comparison"].update(rope=1.0)), COMPARED | CONFIG),
    "the baseline": Row(config(lambda c: c["comparison"].update(baseline="dropout")), SUMMARIZED | CONFIG),
    "the config under another name": Row(
        lambda checkout: shutil.move(checkout.root / "config.yaml", checkout.root / "mine.yaml"),
        set(),
        ("--configfile", "mine.yaml"),
    ),
    "where to train": Row(config(lambda c: c["training"].update(device="cpu")), CONFIG),
    "where to train, on the command line": Row(nothing, CONFIG, ("--config", "training={device: cpu}")),
    # code: which module counts for which rule is in test_sources.py
    "comments, docstrings and formatting": Row(comments, set()),
    "findings.py": Row(code("placement/reading/findings.py"), COMPARED),
    "look.py": Row(code("placement/reading/figures/look.py"), PLOTTED | COMPARED),
    "metrics.py": Row(code("placement/analysis/metrics.py"), SUMMARIZED),
    "batchnorm.py": Row(code("placement/network/batchnorm.py"), SHIFTS | SUMMARIZED),
    "layers.py": Row(code("placement/network/layers.py"), EVERYTHING),
    "datasets.py": Row(code("placement/data/datasets.py"), SUMMARIZED),
    "arrays.py": Row(code("placement/data/arrays.py"), EVERYTHING | PREPARED),
    # The data are prepared again once a new run needs them (see the seeds below).
    "prepare_data.py": Row(code("prepare_data.py"), set()),
    "train.py": Row(code("train.py"), set()),
    "write_config.py": Row(code("write_config.py"), CONFIG),
    # lost files
    "delete one of a run's files": Row(
        delete(
            "runs/batchnorm/seed1/history.json", "runs/dropout/seed0/model.keras", "runs/baseline/seed0/predictions.npz"
        ),
        taken("batchnorm", seeds=[1]) | taken("dropout", "baseline", seeds=[0]),
    ),
    "delete a run": Row(delete("runs/batchnorm/seed0"), taken("batchnorm", seeds=[0])),
    "delete a run where it is kept as well": Row(
        delete("runs/batchnorm/seed0", "../runs"), trained("batchnorm", seeds=[0])
    ),
    "delete what is kept": Row(delete("../runs"), set()),
    "delete a plot": Row(delete("plots/dropout.png"), {"plot_variant dropout"}),
    "delete the summary": Row(delete("summary.csv"), SUMMARIZED),
    # data
    "the prepared data deleted": Row(delete("../data"), set()),
    "the prepared data deleted and a seed added": Row(delete("../data"), SEED_ADDED | PREPARED, ADD_A_SEED),
    # several at once: a job that reruns hides nothing of what comes after it
    "prepare_data.py and epochs": Row(
        both(code("prepare_data.py"), config(lambda c: c["training"].update(epochs=2))),
        EVERYTHING | PREPARED | CONFIG,
    ),
    "prepare_data.py and a seed": Row(code("prepare_data.py"), SEED_ADDED | PREPARED, ADD_A_SEED),
    "split_data.py and a dropout rate": Row(
        both(code("split_data.py"), config(lambda c: c["dropout"].update(dense_rate=0.5))),
        trained("dropout") | CONFIG | {"split_data"},
    ),
    # no record of Snakemake's: a run says itself what it was made of, and what is made of the runs is made again
    "delete Snakemake's records": Row(no_records, REDRAWN),
    "runs brought from elsewhere": Row(brought, REDRAWN),
    "kept runs brought from elsewhere": Row(both(no_records, delete("")), OF_KEPT | CONFIG),
    "no records and a batch size": Row(
        both(no_records, config(lambda c: c["training"].update(batch_size=64))), EVERYTHING | CONFIG | SPLIT
    ),
    "no records and layers.py": Row(both(no_records, code("placement/network/layers.py")), EVERYTHING | CONFIG | SPLIT),
    "no records and batchnorm.py": Row(
        both(no_records, code("placement/network/batchnorm.py")), SHIFTS | REDRAWN | SPLIT
    ),
    "the prepared data and the records deleted and a seed added": Row(
        both(delete("../data"), no_records), SEED_ADDED | REDRAWN | PREPARED, ADD_A_SEED
    ),
    # profiles: none of them has a run trained again
    "every trigger": Row(
        both(touch_the_sources, delete("../data")),
        REDRAWN,
        ("--rerun-triggers", "mtime", "params", "input", "code", "software-env"),
    ),
    "a finished run that Snakemake has noted as incomplete, without data": Row(both(killed, delete("../data")), set()),
    "another profile and a label": Row(
        both(profile, touch, config(lambda c: c["variants"]["dropout"].update(label="Another"))),
        REDRAWN,  # by Snakemake's own triggers, which look at a script's age
        ("--workflow-profile", "mine"),
    ),
    # told to make something again: it, and what depends on it
    "force rules": Row(touch_the_data, PLOTTED | COMPARED, ("-R", "plot_variant", "compare")),
    "force a target": Row(touch_the_data, {"plot_variant dropout"}, ("-f", "results/tiny/plots/dropout.png")),
    "force a file": Row(touch_the_data, SUMMARIZED, ("--forcerun", "results/tiny/summary.csv")),
    "a file of a finished run as a target": Row(nothing, set(), ("results/tiny/runs/dropout/seed0/history.json",)),
    "all files of a run as targets, of which one is lost": Row(
        delete("runs/dropout/seed0/model.keras"),
        {"take_run dropout 0"},
        tuple(f"results/tiny/runs/dropout/seed0/{name}" for name in ("history.json", "model.keras")),
    ),
    "force training and its data": Row(nothing, set(), ("-R", "train", "prepare_data")),
    "force all": Row(nothing, REDRAWN, ("--forceall",)),
    # machine
    "threads and memory": Row(
        nothing, set(), ("--cores", "1", "--set-threads", "train=2", "--set-resources", "train:mem_mb=3000")
    ),
}


@pytest.fixture(scope="module")
def plans(request, finished, tmp_path_factory):
    """What would run for each row that is asked for, all of them worked out at once."""

    def plan(name: str, row: Row) -> set[str]:
        checkout = finished.copy(tmp_path_factory.mktemp("rerun") / "checkout")
        row.edit(checkout)
        try:
            return checkout.planned(*row.arguments)
        finally:
            shutil.rmtree(checkout.root)

    with ThreadPoolExecutor(os.cpu_count()) as pool:
        asked = {item.callspec.params["name"] for item in request.session.items if "plans" in item.fixturenames}
        yield {name: pool.submit(plan, name, ROWS[name]) for name in ROWS if name in asked}


@pytest.mark.parametrize("name", ROWS)
def test_exactly_these_jobs_run(plans, name):
    assert plans[name].result() == ROWS[name].jobs


@pytest.fixture
def checkout(finished, tmp_path) -> Checkout:
    return finished.copy(tmp_path / "checkout")


def test_results_of_other_code_are_adopted_also_where_nothing_is_kept(checkout):
    delete("../runs")(checkout)
    histories = sorted(checkout.results.rglob("history.json"))
    before = [file.read_bytes() for file in histories]
    code("placement/network/layers.py")(checkout)
    assert checkout.planned() == EVERYTHING
    printed = checkout.snakemake("adopt")
    assert f"{len(histories)} of {len(histories)} runs taken" in printed
    assert checkout.planned() == PLOTTED | SUMMARIZED
    assert [file.read_bytes() for file in histories] == before


def test_runs_of_this_code_are_kept_where_the_study_has_others(checkout):
    kept = {file: file.read_bytes() for file in (checkout.root / "results/runs").rglob("*") if file.is_file()}
    for history in checkout.results.glob("runs/*/seed*/history.json"):
        record = json.loads(history.read_text()) | {"code": {"train": "0"}}
        history.unlink()  # it is a link to the kept one
        history.write_text(json.dumps(record))
    for shift in (checkout.root / "results/runs").rglob("variance_shift-*.json"):
        shift.unlink()
        del kept[shift]
    assert "Nothing to take" in checkout.snakemake("adopt")
    assert {file: file.read_bytes() for file in kept} == kept


def test_an_edit_taken_back_trains_nothing(checkout):
    files = [f"results/tiny/runs/dropout/seed{seed}/history.json" for seed in SEEDS]
    before = [(checkout.root / file).read_bytes() for file in files]
    for rate, jobs in ((0.5, trained("dropout") | CONFIG), (STUDY["dropout"]["dense_rate"], taken("dropout"))):
        checkout.edit_config(lambda config, rate=rate: config["dropout"].update(dense_rate=rate))
        assert checkout.planned() == jobs
        checkout.snakemake(*files)
    assert [(checkout.root / file).read_bytes() for file in files] == before


# All that Snakemake asks of conda while it plans.
CONDA = {
    "conda_prefix": "/none",
    "conda_version": "25.1.0",
    "get": {"channel_priority": "strict"},
    "platform": "linux-64",
}


def test_no_run_is_trained_again_for_a_conda_environment(checkout, tmp_path, monkeypatch):
    """A plan with every trigger: what it asks of conda is answered here, and nothing is installed."""
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin/conda").write_text(f"#!/bin/sh\necho '{json.dumps(CONDA)}'\n")
    (tmp_path / "bin/conda").chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path / "bin"), prepend=os.pathsep)
    triggers = ("--rerun-triggers", "mtime", "params", "input", "code", "software-env")
    printed, _ = checkout.start_anew("--dry-run", "--quiet", "host", "--sdm", "conda", *triggers).communicate()
    assert jobs_in(printed) == REDRAWN


def test_runs_that_no_study_has_are_listed_and_deleted_when_told_to(checkout):
    folder = checkout.root / "results/runs"
    count = len(list(folder.iterdir()))
    (lone := next(folder.iterdir()) / "history.json").unlink()  # else it is written for the study that has it too
    lone.write_text("{}")
    checkout.edit_config(lambda config: config["training"].update(epochs=2))
    assert str(lone.parent.relative_to(checkout.root)) in checkout.snakemake("tidy")
    assert lone.exists()
    checkout.snakemake("tidy_away")
    assert not lone.exists() and len(list(folder.iterdir())) == count - 1


def test_a_data_set_s_files_are_looked_at_where_they_are_read(tmp_path):
    """A finished run needs them no more, whatever they are now; a new one refuses others than the known."""
    batchnorm = {"batchnorm": STUDY["variants"]["batchnorm"]}
    comparison = STUDY["comparison"] | {"baseline": "batchnorm"}
    checkout = Checkout.create(
        tmp_path / "checkout", dataset=FASHION_MNIST, variants=batchnorm, comparison=comparison, seeds=1
    )
    made = "results/tiny/runs/batchnorm/seed0/variance_shift.json"
    checkout.snakemake(made)
    for change in (bytes, lambda content: content[::-1]):  # equal ones, different ones
        own_data(change)(checkout)
        assert checkout.planned(made) == set()
    delete("../data")(checkout)
    assert checkout.planned(made) == set()
    before = {file: file.read_bytes() for file in checkout.results.rglob("runs/**/*.*") if file.is_file()}
    printed = checkout.snakemake("--config", "seeds=2", status=1)
    assert "train-images-idx3-ubyte.gz: SHA-256 of its content is" in printed
    assert "Traceback" not in printed
    assert {file: file.read_bytes() for file in before} == before
    assert not [file for file in (checkout.root / "results/data").rglob("*") if file.suffix in (".npy", ".npz")]
