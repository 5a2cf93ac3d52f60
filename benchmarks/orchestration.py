"""What Snakemake itself costs: the dry run of a large study, and a run that finds nothing to do.

    python benchmarks/orchestration.py [variants] [seeds of the dry run] [seeds of the finished study]
    python benchmarks/orchestration.py grid        # 200 cells x 10 seeds beside the same written out as variants
    python benchmarks/orchestration.py bare [jobs] # Snakemake alone: a dry run of jobs of one output and no input

Works in a temporary copy of the workflow. The finished study is made of empty files, since nothing runs that would read
them, but for the JSON files of its runs, which say what they are and are as long as real ones. CPU seconds of the whole
snakemake process, its start included; medians of three.
"""

import json
import os
import resource
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

import yaml

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT / "tests"), str(ROOT / "workflow" / "scripts")]

from checkout import Checkout  # noqa: E402
from placement import sources  # noqa: E402
from placement.study import grids, study  # noqa: E402

TURNS = 3
# The JSON files of a run, and the module whose code makes each.
MADE_BY = {"history.json": "run", "variance_shift.json": "norm_inputs"}


def snakemake(folder: Path, *arguments: str) -> tuple[float, str]:
    """CPU seconds and standard output of one call."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    done = subprocess.run(
        ["snakemake", "--cores", "1", *arguments],
        cwd=folder,
        check=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return (after.ru_utime + after.ru_stime) - (before.ru_utime + before.ru_stime), done.stdout


def checkout(folder: Path, variants: int, seeds: int) -> None:
    """A copy of the workflow and a study of so many variants of two orders."""
    study = yaml.safe_load((ROOT / "config.yaml").read_text(encoding="utf-8"))
    orders = ["conv act", "conv act drop norm"]
    study["variants"] = {f"v{i}": {"label": f"V{i}", "order": orders[i % 2]} for i in range(variants)}
    study["comparison"] |= {"baseline": "v0", "claims": []}
    study["seeds"] = seeds
    Checkout.create(folder).write_config(study)


def beside(seeds: int = 10) -> None:
    """The dry runs, in turns, of a grid of 200 cells and of the same variants written out: the same jobs."""
    study = yaml.safe_load((ROOT / "config.yaml").read_text(encoding="utf-8"))
    study["variants"] = {}
    study["grid"] = {
        "order": {"before": "conv norm act", "after": "conv act norm"},
        "activation": ["relu", "gelu", "silu", "tanh", "elu"],
        "norm.momentum": [0.5, 0.9, 0.95, 0.99, 0.999],
        "backbone.dense": [32, 64, 128, 256],
    }
    study["comparison"] |= {"baseline": "before-relu-0.5-32", "claims": []}
    study["seeds"] = seeds
    with tempfile.TemporaryDirectory() as one, tempfile.TemporaryDirectory() as other:
        Checkout.create(Path(one)).write_config(study)
        Checkout.create(Path(other)).write_config(grids.expanded(study).config)
        spent = [
            [snakemake(Path(folder), "--dry-run", "--quiet", "all")[0] for folder in (one, other)] for _ in range(TURNS)
        ]
    for name, seconds in zip(("cells", "variants"), zip(*spent, strict=True), strict=True):
        each = ", ".join(f"{one:.1f}" for one in seconds)
        print(f"dry run, 200 {name} x {seeds} seeds: {statistics.median(seconds):.1f} CPU-seconds ({each})", flush=True)


def bare(jobs: int = 10_000) -> None:
    """The dry run of as many jobs as can be of the plainest rule: below this no workflow of one job a cell gets."""
    rules = f"""
rule all:
    input:
        expand("{{i}}", i=range({jobs})),


rule one:
    output:
        "{{i}}",
    shell:
        "touch {{output}}"
"""
    with tempfile.TemporaryDirectory() as folder:
        Path(folder, "Snakefile").write_text(rules, encoding="utf-8")
        spent = [snakemake(Path(folder), "--dry-run", "--quiet", "all")[0] for _ in range(TURNS)]
    print(f"dry run, {jobs} jobs of Snakemake alone: {statistics.median(spent):.1f} CPU-seconds")


def finish(folder: Path) -> int:
    """Make every output that the study lacks, and record it as done; return how many there are."""
    _, table = snakemake(folder, "--summary")
    outputs = [line.split("\t")[0] for line in table.splitlines()[1:] if line]
    config = yaml.safe_load((folder / "config.yaml").read_text(encoding="utf-8"))
    asked = study.read(config, {})
    code = {name: sources.digests(f"placement/training/{source}") for name, source in MADE_BY.items()}
    epoch = {"epoch": 1, "loss": 0.123456789, "accuracy": 0.987654321, "val_loss": 0.123456789, "seconds": 12.345}
    for output in outputs:
        path = folder / output
        path.parent.mkdir(parents=True, exist_ok=True)
        if path.name in MADE_BY:
            identity = asked.identity(path.parts[-3], int(path.parent.name.removeprefix("seed")))
            content = identity | {"code": code[path.name], "epochs": [epoch] * config["training"]["epochs"]}
            path.write_text(json.dumps(content, indent=1), encoding="utf-8")
        else:
            path.touch()
    snakemake(folder, "--touch")
    return len(outputs)


def main(variants: int = 6, dry_seeds: int = 1000, finished_seeds: int = 100) -> None:
    os.environ["PYTHONDONTWRITEBYTECODE"] = "1"
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        checkout(folder, variants, dry_seeds)
        dry = [snakemake(folder, "--dry-run", "--quiet", "all")[0] for _ in range(TURNS)]
        print(f"dry run, {variants} variants x {dry_seeds} seeds: {statistics.median(dry):.1f} CPU-seconds")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        checkout(folder, variants, finished_seeds)
        count = finish(folder)
        idle = [snakemake(folder)[0] for _ in range(TURNS)]
        print(
            f"nothing to do, {variants} variants x {finished_seeds} seeds finished ({count} files): "
            f"{statistics.median(idle):.1f} CPU-seconds"
        )


if __name__ == "__main__":
    match sys.argv[1:]:
        case ["grid"]:
            beside()
        case ["bare", *jobs]:
            bare(*map(int, jobs))
        case sizes:
            main(*map(int, sizes))
