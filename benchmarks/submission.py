"""What a large study costs the machine that submits it: python benchmarks/submission.py [--variants 20] [--seeds 500]

For the real workflow and that many runs: time and memory of snakemake in a dry run and in a simulated execution on a
real Slurm, in groups, and for a tenth of the seeds also a job a run. There sbatch, squeue, slurmctld and the nodes are
real and the jobs only make their outputs: `sbatch` is a shim that submits `touch` in place of snakemake. Needs what the
Slurm tests need (root, slurm-wlm, munge); without it, --dry-run-only.
"""

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from snakemake.common.configfile import load_configfile

ROOT = Path(__file__).parents[1]
sys.path[:0] = [str(ROOT / "tests"), str(ROOT / "workflow" / "scripts")]

import orchestration  # noqa: E402

from checkout import Checkout  # noqa: E402
from placement.study import bases  # noqa: E402

CLUSTER = ROOT / "tests/workflow/slurm/cluster.sh"
NODES, CPUS = 8, 16
OUTPUTS = ("history.json", "model.keras", "predictions.npz")

# Submits the same job, but with a command that only makes the outputs of its targets. -I and -S: it starts in 10 ms.
SHIM = """#!{python} -IS
import os, re, sys
folders = [
    "{runs}/%s/seed%s" % target for target in re.findall(r"train:variant=(\\w+),seed=(\\d+)", sys.argv[-1])
]
assert folders and sys.argv[-1].startswith("--wrap="), sys.argv
files = " ".join(folder + "/" + name for folder in folders for name in {outputs})
wrap = "--wrap=mkdir -p " + " ".join(folders) + " && touch " + files
os.execv("{sbatch}", ["sbatch", *sys.argv[1:-1], wrap])
"""


def workflow(folder: Path, variants: int, seeds: int) -> Path:
    """A copy of the workflow with a study of that size, whose data is prepared."""
    study = bases.read(ROOT / "workflow/studies/quick.yaml", load_configfile)
    order = next(iter(study["variants"].values()))["order"]
    study["variants"] = {f"variant{index}": {"order": order} for index in range(variants)}
    study["comparison"] |= {"baseline": "variant0", "claims": []}
    study["seeds"] = seeds
    Checkout.create(folder).write_config(study)
    snakemake(folder, "--cores", "1", "--until", "split_data")
    return folder / "results" / study["study"] / "runs"


def snakemake(folder: Path, *arguments: str, path: str = "") -> tuple[float, float, float]:
    """Runs it; returns elapsed and CPU seconds and peak memory (MB). The CPU seconds include sbatch's."""
    command = [sys.executable, "-m", "snakemake", *arguments]
    environment = os.environ | {"PATH": f"{path}:{os.environ['PATH']}"}
    before = time.perf_counter()
    with open(folder / "log", "w+", encoding="utf-8") as log:
        process = subprocess.Popen(command, cwd=folder, env=environment, stdout=log, stderr=log)
        _, status, usage = os.wait4(process.pid, 0)
        elapsed = time.perf_counter() - before
        log.seek(0)
        output = log.read()
    if status:
        sys.exit(f"{' '.join(command)} failed:\n{output[-3000:]}")
    return elapsed, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024


def report(name: str, runs: int, elapsed: float, cpu: float, memory: float) -> None:
    print(f"{name:<46}{runs:>8}{elapsed:>10.1f}{cpu:>10.1f}{memory:>10.0f}", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--variants", type=int, default=20)
    parser.add_argument("--seeds", type=int, default=500)
    parser.add_argument("--group", type=int, default=50, help="runs a Slurm job in the grouped execution")
    parser.add_argument("--dry-run-only", action="store_true")
    arguments = parser.parse_args()
    runs = arguments.variants * arguments.seeds

    print(f"{'':<46}{'runs':>8}{'elapsed':>10}{'CPU s':>10}{'peak MB':>10}")
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        outputs = workflow(folder, arguments.variants, arguments.seeds)
        dry = ("--dry-run", "--quiet", "all")
        report("dry run", runs, *snakemake(folder, *dry))
        tenth = arguments.seeds // 10
        report("dry run, a tenth of the seeds", runs // 10, *snakemake(folder, *dry, "--config", f"seeds={tenth}"))
        if arguments.dry_run_only:
            return

        bin = folder / "bin"
        bin.mkdir()
        shim = SHIM.format(
            python=sys.executable,
            runs=outputs.relative_to(folder),
            outputs=OUTPUTS,
            sbatch=shutil.which("sbatch"),
        )
        (bin / "sbatch").write_text(shim, encoding="utf-8")
        (bin / "sbatch").chmod(0o755)
        slurm = ("--profile", "workflow/profiles/slurm", "--until", "train", "--quiet", "all")
        slurm += ("--retries", "0", "--jobs", "1000", "--slurm-init-seconds-before-status-checks", "5")
        groups = ("--groups", "train=runs", "--group-components", f"runs={arguments.group}")
        subprocess.run([CLUSTER, "start", str(NODES), str(CPUS)], check=True)
        try:
            single = snakemake(folder, *slurm, "--config", f"seeds={tenth}", path=str(bin))
            report("Slurm, a job a run, a tenth of the seeds", runs // 10, *single)
            shutil.rmtree(outputs)
            grouped = snakemake(folder, *slurm, *groups, path=str(bin))
            report(f"Slurm, {arguments.group} runs a job", runs, *grouped)
        finally:
            subprocess.run([CLUSTER, "stop"], check=True)
        orchestration.finish(folder)
        report("dry run, finished", runs, *snakemake(folder, *dry))


if __name__ == "__main__":
    main()
