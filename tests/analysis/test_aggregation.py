"""The scripts after training, on small synthetic results: what they write, and what they say of bad input."""

import itertools
import json
import runpy
import shlex
import xml.etree.ElementTree as ElementTree
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
import snakemake.cli
import yaml
from hypothesis import given
from hypothesis import strategies as st

import compare
import plot_variant
import summarize
import write_config
from checkout import ROOT
from placement.analysis import finished, measured
from placement.data.datasets import DATASETS
from placement.errors import InputError
from placement.reading import outputs, words
from placement.runs import history, predictions, tables
from placement.study import parsing
from placement.study.claims import Claim
from studies import identity, study_of

IMAGES, CLASSES = DATASETS["fashion_mnist"].test_size, len(DATASETS["fashion_mnist"].class_names)
TRUTH = np.arange(IMAGES, dtype=np.uint8) % CLASSES
TABLES = outputs.tables(grid=False, selects=False)


class Items(list):
    """What Snakemake gives as input, output or params: a list, by name as well."""

    def __init__(self, **named):
        super().__init__(named.values())
        self.__dict__.update(named)
        self.items = named.items

    def __getitem__(self, key):
        return self.__dict__[key] if isinstance(key, str) else super().__getitem__(key)


class Study:
    """The first variants of the default config with results of runs that never were, in a folder."""

    def __init__(self, folder, variants: int, seeds: int):
        self.folder, self.seeds = folder, list(range(seeds))
        config = yaml.safe_load((ROOT / "config.yaml").read_text())
        names = list(config["variants"])[:variants]
        config["variants"] = {name: config["variants"][name] for name in names}
        config["comparison"]["claims"] = [
            claim for claim in config["comparison"]["claims"] if set(Claim.of(claim).variants) <= set(names)
        ]
        config |= {"study": "synthetic", "seeds": seeds}
        self.config, self.names = config, names
        self.labels = {name: config["variants"][name]["label"] for name in names}
        self.runs, self.shifts = [], []
        rng = np.random.default_rng(0)
        for name, seed in itertools.product(names, self.seeds):
            run = finished.Run(
                identity(config, name, seed),
                f"{len(self.runs):016}",  # digests may be read as numbers
                str(folder / f"{name}{seed}.json"),
                str(folder / f"{name}{seed}.npz"),
            )
            if run.identity["spec"]["norm"]:
                (own := folder / name / f"seed{seed}").mkdir(parents=True)
                run = run._replace(shift_file=str(own / "variance_shift.json"))
            self._write(run, rng)
            self.runs.append(run)
        self.outputs = {
            name: str(folder / f"{name}.{suffix}")
            for name, suffix in {
                "runs": "csv",
                "summary": "csv",
                "curves": "csv",
                "reliability": "csv",
                "images": "npz",
            }.items()
        }

    def _write(self, run, rng):
        probabilities = rng.dirichlet(np.full(CLASSES, 0.1), IMAGES).astype(np.float32)
        right = rng.random(IMAGES) < 0.9
        probabilities[right, TRUTH[right]] += 2
        probabilities /= probabilities.sum(axis=1, keepdims=True)
        predictions.write(run.predictions_file, TRUTH, probabilities)
        test = {"loss": 0.3, "accuracy": float((probabilities.argmax(axis=1) == TRUTH).mean())}
        epochs = [
            {
                "epoch": epoch,
                "loss": 0.5 / epoch,
                "accuracy": 0.95 - 0.2 / epoch,
                "val_loss": 0.5 / epoch,
                "val_accuracy": 0.93 - 0.1 / epoch + 0.004 * float(rng.random()),
                "learning_rate": 0.001,
                "seconds": 9.5,
            }
            for epoch in range(1, 6)
        ]
        history.write(
            run.history_file,
            run.identity
            | {
                "parameters": {"total": 424_970, "trainable": 423_754},
                "steps_per_epoch": 375,
                "epochs": epochs,
                "best_epoch": 5,
                "stopped_early": False,
                "evaluation": {"train": {"loss": 0.1, "accuracy": 0.96}, "validation": {"loss": 0.2, "accuracy": 0.92}},
                "test": test,
                "environment": {},
            },
        )
        if run.shift_file:
            self.shifts.append(run.shift_file)
            layer = {"epsilon": 0.001, "moving_variance": [1.0, 4.0], "train_variance": [1.0, 4.0]}
            layer |= {"moving_mean": [0.0, 1.0], "train_mean": [0.0, 1.0], "test_mean": [1.0, 1.0]}
            record = {
                "variant": run.identity["variant"],
                "seed": run.identity["seed"],
                "images": {"train": 10, "test": 10},
                "layers": [layer | {"layer": f"norm{i}", "test_variance": [2.0 * i, 4.0]} for i in (1, 2)],
                "accuracy": test["accuracy"],
                "accuracy_reestimated": test["accuracy"] + 0.01,
            }
            with open(self.shifts[-1], "w") as file:
                json.dump(record, file)

    def summarize(self):
        return summarize.summarize(self.runs, self.config["comparison"]["baseline"], self.labels, self.outputs)

    def compare(self):
        settings = study_of(self.config).compared("config.yaml", TABLES)
        compare.compare(measured.read(self.outputs | {"shifts": self.shifts}), settings, self.folder)


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """A study that tests only read from."""
    study = Study(tmp_path_factory.mktemp("study"), variants=3, seeds=2)
    study.text = study.summarize()
    return study


@pytest.fixture
def study(tmp_path):
    """A study that a test may damage."""
    return Study(tmp_path, variants=2, seeds=2)


# What is written -------------------------------------------------------------------------------------------------


def test_summary_has_a_row_a_variant_and_runs_a_row_a_run(made):
    runs, summary = tables.read(made.outputs["runs"]), tables.read(made.outputs["summary"])
    assert list(zip(runs["variant"], runs["seed"], strict=True)) == list(itertools.product(made.names, made.seeds))
    assert runs["run"].tolist() == [run.digest for run in made.runs]
    assert summary["label"].tolist() == list(made.labels.values())
    for run, accuracy in zip(made.runs, runs["test_accuracy"], strict=True):
        assert accuracy == history.read(run.history_file)["test"]["accuracy"]
    assert all(label in made.text for label in made.labels.values())


def test_images_hold_what_each_run_had_right(made):
    with np.load(made.outputs["images"]) as images:
        correct, confusion = images["correct"], images["confusion"]
    runs = tables.read(made.outputs["runs"])
    assert correct.mean(axis=2).ravel().tolist() == pytest.approx(runs["test_accuracy"].tolist(), abs=1e-12)
    assert confusion.sum(axis=(1, 2)).tolist() == [IMAGES * len(made.seeds)] * len(made.names)
    assert np.array_equal(confusion.trace(axis1=1, axis2=2), correct.sum(axis=(1, 2)))


def test_images_without_what_each_run_had_right_are_named(made, tmp_path):
    np.savez(tmp_path / "test_images.npz", seeds=[0])
    with pytest.raises(InputError, match=r"test_images\.npz: can't be read \('variants .*; delete it and run again$"):
        measured.read(made.outputs | {"images": tmp_path / "test_images.npz", "shifts": []})


@pytest.mark.parametrize("table", measured.COLUMNS)
@pytest.mark.parametrize("rows", [0, 2])
def test_a_table_that_lacks_runs_is_named(made, tmp_path, table, rows):
    file = tmp_path / "table.csv"
    file.write_text("".join(Path(made.outputs[table]).read_text().splitlines(keepends=True)[: 1 + rows]))
    with pytest.raises(InputError, match=r"table\.csv: of other runs than .*; delete it and run again$"):
        measured.read(made.outputs | {"shifts": made.shifts, table: file})


@pytest.mark.parametrize(("variants", "seeds"), [(3, 2), (3, 1), (1, 2), (1, 1)])
@pytest.mark.slow
def test_any_study_gets_every_file(tmp_path, variants, seeds):
    study = Study(tmp_path, variants, seeds)
    study.summarize()
    study.compare()
    for name in tuple(outputs.FIGURES) + tuple(f"confusion/{variant}" for variant in study.names):
        assert (tmp_path / f"{name}.png").read_bytes().startswith(b"\x89PNG")
        ElementTree.parse(tmp_path / f"{name}.svg")
    assert {file.stem for file in tmp_path.glob("*.svg")} == set(outputs.FIGURES)
    for name in TABLES:
        assert len(tables.read(tmp_path / f"{name}.csv").columns) > 3, name
    findings = (tmp_path / "findings.md").read_text()
    # Three claims, two comparisons with the baseline, three pairs: each is judged from 7 seeds on. One variant has no
    # families.
    assert (f"Too few seeds to rank variants: {seeds}." in findings) == (variants > 1)
    assert ("snakemake --cores N --configfile config.yaml --config seeds=7" in findings) == (variants > 1)
    assert len(tables.read(tmp_path / "claims.csv")) == len(study.config["comparison"]["claims"])
    assert ">Test accuracy</h2>" in (tmp_path / "findings.html").read_text()


@pytest.mark.slow
def test_a_study_without_batchnorm_has_no_variance_shift(tmp_path):
    study = Study(tmp_path, variants=1, seeds=2)
    assert study.shifts == []
    study.summarize()
    study.compare()
    assert tables.read(tmp_path / "variance_shift.csv").empty
    assert (tmp_path / "variance_shift.png").exists()


def test_the_shift_of_every_layer_is_that_of_its_variances(made):
    made.compare()
    table = tables.read(made.folder / "variance_shift.csv")
    assert table["layer"].tolist() == ["norm1", "norm2"] * 2
    assert table["shift_train"].tolist() == pytest.approx([1.0] * 4)
    ratios = [(2.0 * i + 0.001) / 1.001 for i in (1, 2)] * 2
    assert table["shift_test"].tolist() == pytest.approx(np.sqrt(ratios).tolist())
    assert table["mean_shift_train"].tolist() == [0.0] * 4
    off = [1 / np.sqrt(2.0 * i + 0.001) / 2 for i in (1, 2)] * 2
    assert table["mean_shift_test"].tolist() == pytest.approx(off)
    assert table["cost_of_shift"].tolist() == pytest.approx([0.01] * 4)


@pytest.mark.slow
def test_a_label_is_text_on_every_page(tmp_path):
    study = Study(tmp_path, variants=1, seeds=1)
    study.labels[study.names[0]] = study.config["variants"][study.names[0]]["label"] = "<b>$x$ & 'y'"
    study.summarize()
    study.compare()
    assert "<b>" not in (tmp_path / "findings.html").read_text() + (tmp_path / "tables.html").read_text()


def test_a_plot_is_written_as_each_kind_of_file(made, tmp_path):
    runs = [run for run in made.runs if run.identity["variant"] == made.names[1]]
    identity = {key: value for key, value in runs[0].identity.items() if key != "seed"}
    plot = tmp_path / "plots" / "v.png"
    histories = [run.history_file for run in runs]
    plot_variant.plot_variant(histories, identity, made.seeds, "A Label", str(plot), pdf=True)
    assert plot.read_bytes().startswith(b"\x89PNG") and plot.with_suffix(".pdf").read_bytes().startswith(b"%PDF")
    ElementTree.parse(plot.with_suffix(".svg"))


def test_a_written_config_is_the_same_study(config, tmp_path):
    write_config.write_config(config, str(tmp_path / "config.yaml"))
    written = yaml.safe_load((tmp_path / "config.yaml").read_text())
    assert json.dumps(written) == json.dumps(config)  # order included


@given(st.lists(st.integers(0, 30), min_size=1, unique=True), st.integers(0, 12))
def test_more_seeds_are_those_there_and_as_many_as_it_takes(seeds, enough):
    *_, argument = shlex.split(words.more_seeds(seeds, enough, "config.yaml"))
    assert snakemake.cli.parse_config([argument]).keys() == {"seeds"}
    given = parsing.command_line([argument])["seeds"]
    wanted = list(range(given)) if isinstance(given, int) else given
    assert wanted[: len(seeds)] == seeds
    assert len(wanted) == len(set(wanted)) == max(len(seeds), enough)


def test_more_seeds_name_the_study_that_they_are_for():
    assert words.more_seeds([0, 1], 10, "a.yaml") == "snakemake --cores N --configfile a.yaml --config seeds=10"


@given(
    st.lists(
        st.tuples(st.sampled_from(["nan", "1", "null", "a,b"]), st.floats(allow_nan=True, allow_infinity=False)),
        min_size=1,
    )
)
def test_a_table_reads_back_to_the_bit(tmp_path_factory, rows):
    file = tmp_path_factory.mktemp("tables") / "table.csv"
    table = pd.DataFrame(rows, columns=["variant", "value"])
    tables.write(file, table)
    read = tables.read(file)
    assert read["variant"].tolist() == table["variant"].tolist()
    assert np.array_equal(read["value"].to_numpy(float), table["value"].to_numpy(), equal_nan=True)


# Bad input -------------------------------------------------------------------------------------------------------


def edit(file, change):
    record = json.loads(Path(file).read_text())
    change(record)
    with open(file, "w") as target:
        json.dump(record, target)


def rewrite_predictions(file, change):
    labels, probabilities = predictions.read(file)
    predictions.write(file, *change(labels, probabilities))


DAMAGE = {
    "not JSON": (lambda run: Path(run.history_file).write_text("{"), "history_file", "not a history in JSON"),
    "no key": (lambda run: edit(run.history_file, lambda h: h.pop("test")), "history_file", "'test' is a required"),
    "another config": (
        lambda run: edit(run.history_file, lambda h: h["training"].update(batch_size=7)),
        "history_file",
        "it belongs to another config",
    ),
    "another seed": (lambda run: edit(run.history_file, lambda h: h.update(seed=5)), "history_file", "seed is 5"),
    "no predictions": (lambda run: open(run.predictions_file, "w").close(), "predictions_file", "not predictions"),
    "too short": (
        lambda run: rewrite_predictions(run.predictions_file, lambda y, p: (y[:9], p[:9])),
        "predictions_file",
        r"shape \(9, 10\), expected \(10000, 10\)",
    ),
    "another run's": (
        lambda run: rewrite_predictions(run.predictions_file, lambda y, p: (y, np.roll(p, 1, axis=1))),
        "predictions_file",
        "they are of different runs",
    ),
    "other images": (
        lambda run: rewrite_predictions(run.predictions_file, lambda y, p: (y[::-1], p[::-1])),
        "predictions_file",
        "expected the same images in the same order",
    ),
}


@pytest.mark.parametrize(("damage", "file", "says"), DAMAGE.values(), ids=DAMAGE.keys())
def test_a_bad_result_is_one_line_that_names_the_file(study, damage, file, says):
    run = study.runs[-1]
    damage(run)
    with pytest.raises(InputError, match=says) as caught:
        study.summarize()
    assert str(caught.value).startswith(getattr(run, file))
    assert "\n" not in str(caught.value)
    assert not any((study.folder / f"{name}.csv").exists() for name in ("runs", "summary"))


@pytest.mark.parametrize("content", ["", "[]", '{"variant": "a"}'])
def test_a_bad_variance_shift_is_named(study, content):
    study.summarize()
    with open(study.shifts[0], "w") as file:
        file.write(content)
    for script in (study.summarize, study.compare):
        with pytest.raises(InputError, match=r"_shift\.json: not a variance shift .*; delete it and run again$"):
            script()


def test_a_variance_shift_of_another_run_is_named(study):
    shift = json.loads(Path(study.shifts[0]).read_text())
    Path(study.shifts[0]).write_text(json.dumps(shift | {"accuracy": 0.5}))
    with pytest.raises(InputError, match=r"_shift\.json: test accuracy 0\.5, but .* different runs; delete it and run"):
        study.summarize()


def test_the_re_estimated_accuracy_stands_beside_that_of_the_run(made):
    runs = tables.read(made.outputs["runs"]).set_index("variant")
    gain = runs["test_accuracy_reestimated"] - runs["test_accuracy"]
    assert gain.groupby("variant", sort=False).mean().tolist() == pytest.approx([0, 0.01, 0.01])


@pytest.fixture
def job(study):
    """What Snakemake hands to summarize.py."""
    return SimpleNamespace(
        input=Items(
            histories=[run.history_file for run in study.runs],
            predictions=[run.predictions_file for run in study.runs],
            shifts=study.shifts,
        ),
        output=Items(**study.outputs),
        params=Items(
            identities=[study.runs[0].identity, study.runs[2].identity],
            seeds=study.seeds,
            baseline=study.names[0],
            labels=study.labels,
            levels={},
            runs={run.identity["variant"]: dict.fromkeys(study.seeds, "digest") for run in study.runs},
        ),
        log=[str(study.folder / "summarize.log")],
    )


def run_script(job):
    runpy.run_path(str(ROOT / "workflow/scripts/summarize.py"), {"snakemake": job}, "__main__")


def test_a_script_ends_with_the_line_and_no_traceback(study, job):
    open(study.runs[0].history_file, "w").close()
    with pytest.raises(SystemExit) as ended:
        run_script(job)
    assert str(ended.value).startswith(f"{study.runs[0].history_file}: not a history in JSON")
    assert Path(job.log[0]).read_text() == f"{ended.value}\n"


def test_a_script_does_what_its_function_does(study, job, capsys):
    run_script(job)
    assert capsys.readouterr().out == study.summarize() + "\n"


@pytest.mark.slow
def test_a_grid_gets_its_tables_figures_and_sections(tmp_path):
    study = Study(tmp_path, variants=4, seeds=3)
    study.summarize()
    factors = {"order": ["before", "after"], "norm.momentum": ["0.9", "0.99"]}
    cells = zip(itertools.product(*factors.values()), study.names, strict=True)
    settings = study_of(study.config).compared("config.yaml", outputs.tables(grid=True, selects=True))
    settings["grid"] = {"factors": factors, "cells": [{"levels": list(at), "variant": name} for at, name in cells]}
    settings["comparison"] = settings["comparison"] | {
        "select": {"over": "norm.momentum", "by": "best_validation_accuracy"}
    }
    settings["outputs"] = ["latex", "pdf"]
    compare.compare(measured.read(study.outputs | {"shifts": study.shifts}), settings, study.folder)
    found = {name: tables.read(study.folder / f"{name}.csv") for name in ("factors", "interactions", "selection")}
    runs = tables.read(study.outputs["runs"])
    a, b, c, d = (100 * runs[runs["variant"] == name]["test_accuracy"].mean() for name in study.names)
    assert found["factors"]["difference"].tolist() == pytest.approx([(c + d - a - b) / 2, (b + d - a - c) / 2])
    assert found["interactions"]["difference"].tolist() == pytest.approx([d - c - b + a])
    assert found["selection"]["placement"].tolist() == ["before", "after"]
    pdfs = {str(file.with_suffix(".svg")) for file in study.folder.rglob("*.pdf")}
    assert pdfs == {str(file) for file in study.folder.rglob("*.svg")}
    assert str(study.folder / "factors/order-norm.momentum.svg") in pdfs
    assert "Study synthetic, n = 3 complete seeds.}" in (study.folder / "tables.tex").read_text()
    text = (study.folder / "findings.md").read_text()
    assert all(f"\n## {title}\n" in text for title in ("Factors", "Factors together", "Each placement at its own best"))


def test_the_summary_tells_of_seeds_that_were_trained_on_several_kinds_of_machine():
    def run(seed, cpu="EPYC", gpu=None):
        return {"seed": seed, "environment": {"cpu": cpu, "gpu": gpu}}

    assert finished.mixed_machines([run(0), run(0), run(1, gpu="H200"), run(1, "Xeon", "H200")]) == []
    (line,) = finished.mixed_machines([run(0), run(1), run(1, gpu="H200"), run(1)])
    assert line.startswith("seed 1: trained on EPYC (2 runs) and H200 (1 run)")
    assert len(finished.mixed_machines([run(0), run(0, "Xeon")])) == 1
