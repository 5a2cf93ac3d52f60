"""CPU seconds that a run takes to start, with and without XLA, and how many images it takes to win the difference back.

    python benchmarks/start.py [variant ...]

Each start is a process of its own: it imports TensorFlow, builds the variant of config.yaml, traces, compiles and runs
a first step, and then times further ones, on one thread. The table gives medians over the turns. The images are noise:
time doesn't depend on them.
"""

import json
import statistics
import subprocess
import sys
import time
from pathlib import Path

import yaml

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "workflow" / "scripts"))

VARIANTS, TURNS = ("modern_baseline", "classical"), 3
WAYS = {"XLA": True, "plain": False}


def start(name: str, xla: bool) -> dict[str, float]:
    """In this process: seconds until the imports are done, from there to the end of the first step, and an image."""
    from training_throughput import BATCH, STEPS, noise, steps

    from placement.study import networks
    from placement.training import process

    imported = time.process_time()
    process.configure(threads=1)
    config = yaml.safe_load((ROOT / "config.yaml").read_text(encoding="utf-8"))
    spec = networks.resolve(config["variants"][name], config)
    run = steps(spec, noise(), "float32", xla)
    run(1)
    started = time.process_time()
    run()
    return {
        "import": imported,
        "first step": started - imported,
        "image": (time.process_time() - started) / (STEPS * BATCH),
    }


def measured(name: str, way: str) -> dict[str, float]:
    command = [sys.executable, __file__, "--one", name, way]
    return json.loads(subprocess.run(command, capture_output=True, text=True, check=True).stdout)


def main(names: list[str]) -> None:
    print(f"{'variant':26} {'':6} {'import':>7} {'first step':>11} {'ms an image':>12}")
    for name in names or VARIANTS:
        turns = [{way: measured(name, way) for way in WAYS} for _ in range(TURNS)]
        median = {
            way: {part: statistics.median(turn[way][part] for turn in turns) for part in turns[0][way]} for way in WAYS
        }
        for way, seconds in median.items():
            first, image = seconds["first step"], seconds["image"] * 1e3
            print(f"{name:26} {way:6} {seconds['import']:7.1f} {first:11.1f} {image:12.2f}")
        compiling = median["XLA"]["first step"] - median["plain"]["first step"]
        gain = median["plain"]["image"] - median["XLA"]["image"]
        print(f"{name:26} won back after {compiling / gain:,.0f} images" if gain > 0 else f"{name:26} never won back")


if __name__ == "__main__":
    if sys.argv[1:2] == ["--one"]:
        print(json.dumps(start(sys.argv[2], WAYS[sys.argv[3]])))
    else:
        main(sys.argv[1:])
