"""Kill a small study at random instants, again and again until it completes, and compare it with an unbroken one.

    python benchmarks/kill_storm.py --kills 100

A kill is SIGKILL, which no process can catch: of everything at once, as where the machine goes down; of `snakemake`
alone, whose jobs live on; or of one training process, as where the memory runs out. After each kill, whatever lies
under a result's name must be the unbroken study's to the bit (histories but for their timings), and no run may have
lost a finished epoch. A study that completes before the last kill starts anew. Exit status 1 where anything was lost.
"""

import argparse
import io
import json
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import zipfile
from collections import Counter
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

import h5py
import numpy as np

ROOT = Path(__file__).parent.parent
sys.path[:0] = [str(ROOT / "workflow/scripts"), str(ROOT / "tests")]

from checkout import FASHION_MNIST, STUDY, Checkout  # noqa: E402
from placement.runs import history, predictions  # noqa: E402

VARIANTS = ("baseline", "dropout")
TARGETS = ("everything", "snakemake", "a job")


def study(root: Path, epochs: int, variants: Sequence[str]) -> Checkout:
    """A checkout whose study is a run of so many epochs of each variant."""
    return Checkout.create(
        root,
        dataset=FASHION_MNIST,
        variants={variant: STUDY["variants"][variant] for variant in variants},
        seeds=1,
        training=STUDY["training"] | {"epochs": epochs},
    )


def start(checkout: Checkout, variants: Sequence[str]) -> subprocess.Popen:
    """`snakemake` on the study's runs, one after the other so that most kills meet one at work.

    A killed snakemake leaves its lock, which its user takes away by --unlock; here it is ignored.
    """
    histories = [f"results/tiny/runs/{variant}/seed0/history.json" for variant in variants]
    return checkout.start_anew(*histories, "--cores", "1", "--nolock")


def contents(checkout: Checkout) -> dict[str, bytes]:
    """What every repetition must give again, by file. Reading it fails where a file isn't whole."""
    readers = {"history.json": history_content, "predictions.npz": predictions_content, "model.keras": weights}
    return {
        f"{file.parent.relative_to(checkout.results)}/{file.name}": read(file)
        for name, read in readers.items()
        for file in sorted(checkout.results.rglob(name))
    }


def history_content(file: Path) -> bytes:
    return repr(history.without_timing(history.read(file))).encode()


def predictions_content(file: Path) -> bytes:
    return b"".join(array.tobytes() for array in predictions.read(file))


def weights(file: Path) -> bytes:
    """The saved weights; the archive around them holds the time of day."""
    values = []
    with zipfile.ZipFile(file) as archive, h5py.File(io.BytesIO(archive.read("model.weights.h5"))) as saved:
        saved.visititems(lambda _, item: values.append(item[()].tobytes()) if isinstance(item, h5py.Dataset) else None)
    return b"".join(values)


def finished_epochs(checkout: Checkout) -> Counter:
    """The epochs of each run that are safe: those of its history, else those of its checkpoint."""
    epochs = Counter()
    for file in checkout.results.rglob("checkpoint.npz"):
        # A job that outlived its snakemake may remove it just now.
        with suppress(FileNotFoundError), np.load(file, allow_pickle=False) as state:
            epochs[file.parent.parent.name] = len(json.loads(str(state["header"]))["epochs"])
    for file in checkout.results.rglob("history.json"):
        epochs[file.parent.parent.name] = len(history.read(file)["epochs"])
    return epochs


def processes(checkout: Checkout) -> dict[int, str]:
    """IDs and command lines of the processes that work in a checkout."""
    found = {}
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            if os.readlink(folder / "cwd") == str(checkout.root.resolve()):
                found[int(folder.name)] = (folder / "cmdline").read_bytes().decode().replace("\0", " ")
        except OSError:  # ended meanwhile
            continue
    return found


def kill(checkout: Checkout, snakemake: subprocess.Popen, target: str) -> int:
    """Kill the target; return how many training processes died of it."""
    everything = processes(checkout)
    jobs = [process for process, command in everything.items() if ".train.py" in command]
    victims = {
        "everything": list(everything),
        "snakemake": [snakemake.pid],
        "a job": random.sample(jobs, min(1, len(jobs))),
    }[target]
    for victim in victims:
        try:
            os.kill(victim, signal.SIGKILL)
        except ProcessLookupError:  # ended meanwhile
            continue
    return len(set(jobs) & set(victims))


def storm(folder: Path, kills: int, epochs: int, variants: Sequence[str] = VARIANTS) -> list[str]:
    """Kill a study of these variants so many times and let it complete; return what was lost, one line each."""
    unbroken = study(folder / "unbroken", epochs, variants)
    before = time.monotonic()
    printed, _ = start(unbroken, variants).communicate()
    window = 1.2 * (time.monotonic() - before) / len(variants)
    expected = contents(unbroken)
    if len(expected) != 3 * len(variants):
        sys.exit(f"the unbroken study failed:\n{printed}")

    broken = study(folder / "broken", epochs, variants)
    lost: list[str] = []
    killed, jobs, completed, orphans = Counter(), 0, 0, False
    safe: Counter = Counter()
    while killed.total() < kills or not completed:
        last = killed.total() >= kills
        snakemake = start(broken, variants)
        try:
            snakemake.communicate(timeout=None if last else random.uniform(0, window))
        except subprocess.TimeoutExpired:
            target = random.choice(TARGETS)
            killed[target] += 1
            jobs += kill(broken, snakemake, target)
            # A job that outlives its snakemake may repeat an epoch that a newer process has done.
            orphans = target == "snakemake" or (orphans and target != "everything")
            if target == "a job":
                snakemake.communicate()
            snakemake.wait()
        number = killed.total()
        now = finished_epochs(broken)
        if not orphans:
            lost += [f"after kill {number}: {run} fell from epoch {safe[run]} to {now[run]}" for run in safe - now]
        found = contents(broken)
        lost += [f"after kill {number}: {file} differs" for file in found if found[file] != expected[file]]
        if snakemake.returncode == 0:
            completed += 1
            lost += [f"after kill {number}: {file} is missing" for file in expected.keys() - found.keys()]
            for process in processes(broken):  # jobs of a killed snakemake
                with suppress(ProcessLookupError):
                    os.kill(process, signal.SIGKILL)
            for finished in (broken.results, broken.root / "results/runs"):
                shutil.rmtree(finished)
            now, orphans = Counter(), False
        safe = now
        print(
            f"{number:4} kills, {jobs} of training processes, {completed} studies completed, {len(lost)} losses",
            flush=True,
        )
    print(f"kills of {', '.join(f'{target}: {count}' for target, count in sorted(killed.items()))}")
    return lost


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--kills", type=int, default=100)
    parser.add_argument("--epochs", type=int, default=40, help="of each of the two runs")
    parser.add_argument("--seed", type=int, default=0, help="of the instants")
    arguments = parser.parse_args()
    random.seed(arguments.seed)
    with tempfile.TemporaryDirectory() as folder:
        lost = storm(Path(folder), arguments.kills, arguments.epochs)
    print("\n".join(lost) or "nothing lost: every file is that of the unbroken study, to the bit")
    sys.exit(bool(lost))


if __name__ == "__main__":
    main()
