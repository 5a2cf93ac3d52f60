"""The real workflow from end to end: what it writes, and what it says of a bad config and of damaged results."""

import html
import json
import re
import shutil
from pathlib import Path

import pytest
import yaml

from checkout import ROOT, STUDY, Checkout
from placement.runs import history, predictions, tables

VARIANTS, SEEDS = list(STUDY["variants"]), range(STUDY["seeds"])

OTHERS = {".snakemake", "__pycache__"}


def files(folder: Path) -> dict[str, bytes]:
    """Their content by their paths, but for what Snakemake and Python keep for themselves."""
    paths = {path.relative_to(folder): path for path in folder.rglob("*") if path.is_file()}
    return {str(name): path.read_bytes() for name, path in paths.items() if not {*name.parts} & OTHERS}


@pytest.fixture
def checkout(finished, tmp_path) -> Checkout:
    return finished.copy(tmp_path / "checkout")


def test_a_study_leaves_what_is_promised_and_nothing_half_done(finished):
    found = set(files(finished.results))
    for variant in VARIANTS:
        assert f"plots/{variant}.png" in found
        for seed in SEEDS:
            run = f"runs/{variant}/seed{seed}"
            assert {
                f"{run}/{name}" for name in ("history.json", "model.keras", "predictions.npz", "train.log")
            } <= found
    assert {"config.yaml", "runs.csv", "summary.csv", "findings.md", "comparison.png"} <= found
    assert not [name for name in found if "checkpoint" in name or Path(name).name.startswith(".")]


def test_each_file_of_a_study_is_in_the_list_of_files(finished):
    def pattern(listed: str) -> str:
        listed = listed.replace(".", r"\.").replace("*", "[^/]+").replace("…/", ".+/")
        listed = re.sub(r"\{(\w+),(\w+)\}", r"(\1|\2)", listed)
        return re.sub(r"\{\w+\}", "[^/]+", listed) + (".+" if listed.endswith("/") else "")

    table = (ROOT / "results/README.md").read_text(encoding="utf-8").split("\n\n")[2].splitlines()[2:]
    listed = [name for row in table for name in re.findall("`(.+?)`", row.split(" | ")[0])]
    # A name without a folder is that of a file in any.
    patterns = [pattern(name) if "/" in name else f"(.+/)?{pattern(name)}" for name in listed]
    made = {name.replace(".svg", ".png") for name in files(finished.root / "results")}
    assert len(made) > 50
    assert not [name for name in made if not any(re.fullmatch(each, name) for each in patterns)]


def test_a_snakemake_that_lacks_what_is_asked_of_it_is_told(tmp_path):
    checkout = Checkout.create(tmp_path)
    rules = checkout.root / "workflow/rules/snakemake.smk"
    rules.write_text(rules.read_text().replace('"configfiles"', '"older_name"'))
    printed = checkout.plan(status=1)
    assert "'Workflow' object has no attribute 'older_name', expected Snakemake 9.27" in printed
    assert "Traceback" not in printed


def test_every_run_is_whole(finished):
    for file in finished.results.rglob("history.json"):
        record = history.read(file)
        labels, probabilities = predictions.read(file.with_name("predictions.npz"))
        assert probabilities.shape == (359, 10)
        assert record["test"]["accuracy"] == (probabilities.argmax(axis=1) == labels).mean()


def test_a_run_made_again_alone_and_on_one_core_has_the_same_bits(finished, checkout):
    runs = [checkout.results / f"runs/{variant}/seed1" for variant in ("batchnorm", "dropout")]
    for folder in (*runs, checkout.root / "results/runs"):
        shutil.rmtree(folder)
    histories = [str((run / "history.json").relative_to(checkout.root)) for run in runs]
    checkout.snakemake(*histories, "--cores", "1")
    for run in runs:
        before = finished.root / run.relative_to(checkout.root)
        again, first = (history.read(folder / "history.json") for folder in (run, before))
        assert history.without_timing(again) == history.without_timing(first)
        assert (run / "predictions.npz").read_bytes() == (before / "predictions.npz").read_bytes()


def test_the_config_beside_the_results_is_the_study(finished):
    assert yaml.safe_load((finished.results / "config.yaml").read_text()) == STUDY


def test_a_label_is_text_in_all_that_is_read(checkout):
    label = STUDY["variants"]["dropout"]["label"]
    checkout.snakemake("--report", "report.html")
    report = (checkout.root / "report.html").read_text(encoding="utf-8")
    results = json.loads(re.search(r'<script id="results">\s*var results = (.*);\n', report)[1])
    shown = [
        results[f"results/tiny/{plot}/dropout.png"]["labels"]["variant"].replace("\u2060", "")
        for plot in ("plots", "confusion")
    ]
    assert shown == [label, label]
    assert tables.read(checkout.results / "summary.csv")["label"].tolist()[1] == label
    for page in ("findings.html", "tables.html"):
        assert html.escape(label, quote=False) in (checkout.results / page).read_text(encoding="utf-8")


def test_among_a_users_settings_a_study_is_drawn_and_its_report_opens_on_what_was_found(checkout, monkeypatch):
    """Those of a notebook, in a locale that knows ASCII only; the label knows more."""
    monkeypatch.setenv("MPLBACKEND", "module://nowhere.backend_inline")
    for name, value in {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}.items():
        monkeypatch.setenv(name, value)
    (checkout.root / "matplotlibrc").write_text("text.usetex: True\n")
    config = checkout.root / "config.yaml"
    config.write_text(config.read_text().replace("label: Baseline", "label: Bäseline ±½"), encoding="utf-8")
    process = checkout.start_anew()
    printed, _ = process.communicate(timeout=3600)
    assert process.returncode == 0, printed
    assert "Bäseline ±½" in (checkout.results / "findings.md").read_text(encoding="utf-8")
    monkeypatch.undo()  # for its report Snakemake itself reads the config in the locale's encoding
    checkout.snakemake("--report", "report.html")
    report = (checkout.root / "report.html").read_text(encoding="utf-8")
    opening = json.loads(re.search(r"var workflow_desc = (.*);\n", report)[1])
    assert "<h1>Findings: tiny</h1>" in opening and "3 variants, 2 complete seeds, digits." in opening
    assert "<strong>Too few seeds to rank variants: 2.</strong>" in opening
    assert "<h2>" not in opening and "system-message" not in opening


# Bad configs -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("old", "new", "lines"),
    [
        (
            "epochs: 1",
            "epochs: 0\n  epoch: 3",
            [
                "config.yaml: training.epoch: unknown key, expected one of batch_size, device, early_stopping, ",
                "config.yaml: training.epochs: found 0, expected an integer of 1 or more, the most epochs of a run",
            ],
        ),
        (
            "order: conv act drop",
            "order: conv drop relu",
            ["config.yaml: variants.dropout.order: "],
        ),
        ("  dropout:\n", "  ../dropout:\n", ["config.yaml: variants.../dropout: found '../dropout', expected a name"]),
        ("  dropout:\n", "  baseline:\n", ["config.yaml: line "]),
    ],
    ids=["unknown key and zero epochs", "order", "name that climbs out", "name twice"],
)
def test_a_bad_config_is_a_line_a_problem_and_nothing_is_written(tmp_path, old, new, lines):
    checkout = Checkout.create(tmp_path)
    text = (tmp_path / "config.yaml").read_text()
    assert old in text
    (tmp_path / "config.yaml").write_text(text.replace(old, new, 1))
    before = files(tmp_path)
    printed = [line for line in checkout.snakemake(status=1).splitlines() if line and "profile" not in line]
    assert len(printed) == len(lines), printed
    for line, start in zip(printed, lines, strict=True):
        assert line.startswith(start)
    assert files(tmp_path) == before and not (tmp_path / "results").exists()


def test_the_command_line_is_read_as_the_files_are(checkout):
    said = ("training={epochs: 1, early_stopping: {patience: 100}}", "seeds=[0, 1]", "dataset={'limit': 300}")
    assert not {job for job in checkout.planned("--config", *said) if job.startswith("train")}
    # By the process of a job too.
    checkout.snakemake("results/tiny/config.yaml", "--force", "--config", *said)
    assert yaml.safe_load((checkout.results / "config.yaml").read_text()) == STUDY | {"seeds": [0, 1]}


def test_of_another_kind_on_the_command_line_nothing_of_the_files_is_left(tmp_path):
    training = STUDY["training"] | {"optimizer": {"name": "adamw", "weight_decay": 0.05}}
    checkout = Checkout.create(tmp_path, training=training, norm={"momentum": 0.9})
    backbone = {"kind": "residual", "filters": [4, 8], "depths": [1, 1]}
    optimizer = {"name": "sgd", "learning_rate": 0.1}
    variants = {"layer": {"order": "conv norm act add"}}
    said = {"training": {"optimizer": optimizer}, "backbone": backbone, "norm": {"kind": "layer"}, "variants": variants}
    said |= {"comparison": {"baseline": "layer"}}
    checkout.snakemake("results/tiny/config.yaml", "--config", *(f"{key}={value!r}" for key, value in said.items()))
    # A job has written it, whose process reads files and command line again.
    assert yaml.safe_load((checkout.results / "config.yaml").read_text()) == STUDY | said | {
        "training": training | {"optimizer": optimizer},
        "comparison": STUDY["comparison"] | {"baseline": "layer"},
    }


def test_the_command_line_is_blamed_for_what_it_said(finished):
    printed = finished.plan("--config", "training={epochs: 0, batch_size: 32}", "foo=1", status=1)
    lines = [line for line in printed.splitlines() if line.startswith("--config: ")]
    assert [line.split(", expected")[0] for line in lines] == [
        "--config: foo: unknown key",
        "--config: training.epochs: found 0",
    ]


UNFINISHED = "found 'tiny', expected a finished study, but there is no results/tiny/"
STUDIES = ("--config", "studies=[tiny]")


@pytest.mark.parametrize(
    ("file", "content", "arguments", "line"),
    [
        ("claims.csv", None, STUDIES, f"--config: studies: {UNFINISHED}claims.csv"),
        ("runs.csv", None, (), f"atlas: no --config studies, {UNFINISHED}runs.csv"),
        (
            "runs/dropout/seed0/history.json",
            None,
            STUDIES,
            f"--config: studies: {UNFINISHED}runs/dropout/seed0/history.json",
        ),
        ("runs.csv", "seed,x\n0,1\n", (), "results/tiny/runs.csv: not a table of runs (KeyError('variant')); "),
        (
            "runs.csv",
            "variant,seed\n",
            STUDIES,
            "results/tiny/runs.csv: found no run, expected one a variant ",
        ),
        ("runs.csv", "\0", STUDIES, "results/tiny/runs.csv: "),
    ],
    ids=["no claims", "no table of the default", "no history", "no variants", "no runs", "no table"],
)
def test_an_atlas_of_a_study_that_is_not_finished_or_damaged_is_one_line(checkout, file, content, arguments, line):
    path = checkout.results / file
    path.unlink() if content is None else path.write_text(content)
    printed = checkout.plan("atlas", *arguments, status=1)
    assert len([said for said in printed.splitlines() if said.startswith(line)]) == 1, printed
    assert "Traceback" not in printed and "Exception" not in printed


def test_a_configfile_that_is_not_there_is_one_line(finished):
    printed = finished.plan("--configfile", "nope.yaml", status=1)
    assert "nope.yaml: No such file or directory, expected a config in YAML" in printed.splitlines()
    assert "Traceback" not in printed


# Damaged results ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "damages",
    [
        # Each is read by another job.
        {
            "baseline/seed0/history.json": (b"{", "not a history in JSON"),
            "dropout/seed0/history.json": (b'{"study": "tiny"}', "$: 'dataset' is a required property"),
            "batchnorm/seed0/model.keras": (b"", "not a saved model"),
        },
        {"dropout/seed1/predictions.npz": (b"", "not predictions")},
    ],
    ids=["histories and a model", "predictions"],
)
def test_what_is_damaged_is_named_and_its_deletion_is_the_remedy(checkout, damages):
    runs = checkout.results / "runs"
    for file, (content, _) in damages.items():
        (runs / file).write_bytes(content)
        # Nothing reads a finished run again until what was made of it is asked for.
        (runs / file).with_name("variance_shift.json").unlink(missing_ok=True)
        (checkout.results / "plots" / Path(file).parts[0]).with_suffix(".png").unlink(missing_ok=True)
    (checkout.results / "summary.csv").unlink()
    for measured in checkout.root.glob("results/runs/*/variance_shift-*.json"):
        measured.unlink()
    printed = checkout.snakemake("--keep-going", status=1)
    assert "Traceback" not in printed
    for file, (_, words) in damages.items():
        assert re.search(f"runs/{file}: {re.escape(words)}.*; delete it and run again", printed), file
        (runs / file).unlink()
    variants = [Path(file).parts[:2] for file in damages]
    assert {f"train {variant} {seed.removeprefix('seed')}" for variant, seed in variants} <= checkout.planned()


def test_a_damaged_variance_shift_is_measured_again_once_it_is_deleted(checkout):
    shift = checkout.results / "runs/batchnorm/seed1/variance_shift.json"
    shift.write_bytes(b"{}")  # and so the kept one, which is the same file
    (checkout.results / "summary.csv").unlink()
    printed = checkout.snakemake(status=1)
    assert re.search("seed1/variance_shift.json: not a variance shift .*; delete it and run again", printed)
    shift.unlink()
    assert "variance_shift batchnorm 1" in checkout.planned()
