"""All that can only be measured on a GPU, as a page in Markdown for docs/training_speed.md.

    python benchmarks/gpu.py > page.md                  # about 8 minutes on an H100
    python benchmarks/gpu.py --only equality bits       # some of its parts

It takes a GPU and Fashion-MNIST's shapes; the images are noise, so no data set is needed. Parts, in running order:

equality: that the step which XLA compiles as a whole is the step in pieces (default study, float32, to 1e-4).
bits: that two runs of a seed, and one that was resumed, end with the same bits.
table: seconds an epoch beside stock Keras (benchmarks/training_throughput.py).
packing: 1, 2, 4 and 8 runs at once on the card, seconds an epoch of each, and what that is for all of them together;
    and the seconds from a process's start to the end of its first call of 25 steps, its compiling included.
"""

import argparse
import json
import os
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT / "workflow" / "scripts"), str(ROOT / "benchmarks")]
# In this order.
PARTS = ("equality", "bits", "table", "packing")
VARIANTS, PACKINGS, EPOCHS = ("modern_baseline", "dropout_first"), (1, 2, 4, 8), 3


def equality() -> None:
    import keras
    import numpy as np
    import training_throughput as throughput

    from placement.network import models
    from placement.training import step, whole

    print("## The whole step beside the step in pieces\n")
    part = throughput.noise(4 * throughput.BATCH + 37)
    for name in VARIANTS:
        found = []
        for as_whole in (False, True):
            model = models.build(spec(name), throughput.SHAPE, throughput.CLASSES, 0, "float32", True, False, as_whole)
            optimizer = keras.optimizers.SGD(0.01)
            optimizer.build(model.trainable_variables)
            protocol = (model, optimizer, throughput.BATCH)
            run = whole.whole_steps(*protocol, stride=4) if as_whole else step.compiled_steps(*protocol)
            losses, _ = run(*part.take(slice(None)), 0)
            found.append((losses.numpy() / throughput.BATCH, model))
        (pieces, one), (together, other) = found
        weights = {layer.name: layer.get_weights() for layer in one.layers if layer.weights}
        off = max(
            float(np.abs(a - b).max() / max(1, np.abs(a).max()))
            for name, arrays in weights.items()
            for a, b in zip(arrays, other.get_layer(name).get_weights(), strict=True)
        )
        loss = float(np.abs(pieces - together).max())
        verdict = "equal" if max(off, loss) < 1e-4 else "NOT EQUAL"
        print(
            f"{name}: {verdict}: weights differ by {off:.1e} at most, losses by {loss:.1e} (5 steps, last one partial)"
        )


def spec(name: str):
    import yaml

    from placement.study import networks

    config = yaml.safe_load((ROOT / "config.yaml").read_text(encoding="utf-8"))
    return networks.resolve(config["variants"][name], config)


def bits() -> None:
    print("## Bits\n")
    for name in VARIANTS:
        unbroken, again, resumed = (one(name, 2, tag) for tag in ("unbroken", "again", "resumed"))
        print(
            f"{name}: two runs {'equal' if unbroken['digest'] == again['digest'] else 'NOT EQUAL'}, resumed after an "
            f"epoch {'equal' if unbroken['digest'] == resumed['digest'] else 'NOT EQUAL'}"
        )


def table() -> None:
    print("## Seconds an epoch\n", flush=True)
    command = [sys.executable, ROOT / "benchmarks/training_throughput.py", "--device", "gpu", *VARIANTS]
    print("```\n" + subprocess.run(command, capture_output=True, text=True, check=True).stdout + "```")


def packing() -> None:
    print("## Several runs on the card\n")
    print("| runs at once | variant | seconds an epoch, each | seconds an epoch and run | first step after |")
    print("| ---: | --- | ---: | ---: | ---: |")
    for name in VARIANTS:
        for count in PACKINGS:
            runs = started(name, EPOCHS, [str(count)] * count)
            # The first epoch compiles, and the last ones may have the card for themselves.
            each = sum(run["epochs"][1] for run in runs) / count
            first = max(run["first_step"] for run in runs)
            print(f"| {count} | {name} | {each:.2f} | {each / count:.2f} | {first:.0f} s |", flush=True)


def one(name: str, epochs: int, tag: str) -> dict:
    return started(name, epochs, [tag])[0]


def started(name: str, epochs: int, tags: list[str]) -> list[dict]:
    """What `child` says of runs that start together, a process each."""
    runs = []
    for tag in tags:
        command = [sys.executable, __file__, "--child", name, str(epochs), tag]
        runs.append(subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True))
    answers = []
    for run in runs:
        printed, errors = run.communicate()
        if run.returncode:
            sys.exit(f"a run of {name} failed: {errors.strip().splitlines()[-1]}")
        answers.append(json.loads(printed.splitlines()[-1]))
    return answers


def child(name: str, epochs: int, tag: str) -> None:
    """Train in this process on an epoch's images of noise; 'resumed': in two goes."""
    began = time.time() - _age()
    import dataclasses
    import hashlib
    import tempfile

    import training_throughput as throughput

    from placement.network import models
    from placement.training import fit, process, step
    from placement.training.checkpoint import Checkpoint
    from placement.training.recipes import EarlyStopping, Recipe

    process.configure(1)
    images = throughput.noise(throughput.EPOCH + 12_000)
    train, validation = (
        step.Part(images.images[part], images.labels[part])
        for part in (slice(throughput.EPOCH), slice(throughput.EPOCH, None))
    )
    first_step = []

    def timed(function):
        def run(*arguments):
            results = function(*arguments)
            if not first_step:
                results[0].numpy()  # waits for it
                first_step.append(time.time() - began)
            return results

        return run

    make = fit.whole_steps
    fit.whole_steps = lambda *arguments: timed(make(*arguments))
    whole = Recipe(epochs, throughput.BATCH, "adam", EarlyStopping("val_loss", 100), "float32", 1)
    with tempfile.TemporaryDirectory() as folder:
        for upto in (1, epochs) if tag == "resumed" else (epochs,):
            model = models.build(spec(name), throughput.SHAPE, throughput.CLASSES, 0, "float32", True, whole=True)
            checkpoint = Checkpoint(Path(folder) / "checkpoint.npz", "run")
            recipe = dataclasses.replace(whole, epochs=upto)
            fitted = fit.fit(model, train, validation, recipe, 0, checkpoint, lambda line: None, whole=True)
    digest = hashlib.sha256(b"".join(array.tobytes() for array in fitted.weights))
    digest.update(json.dumps([epoch | {"seconds": 0} for epoch in fitted.epochs]).encode())
    seconds = [epoch["seconds"] for epoch in fitted.epochs]
    print(json.dumps({"epochs": seconds, "first_step": first_step[0], "digest": digest.hexdigest()}))


def _age() -> float:
    """Seconds since this process was started (Linux)."""
    ticks = int(Path("/proc/self/stat").read_text().rsplit(")", 1)[1].split()[19])
    return time.clock_gettime(time.CLOCK_BOOTTIME) - ticks / os.sysconf("SC_CLK_TCK")


def main(parts: list[str]) -> None:
    from placement import logs

    with logs.stderr_to(os.devnull):  # TensorFlow's start-up messages
        from placement.network import backend

        backend.start()
        import tensorflow as tf

        from placement.training import devices, process

        found = devices.gpus()
    if not found:
        sys.exit(f"benchmarks/gpu.py needs a GPU, but {devices.why_none()}")
    process.configure(1)
    details = tf.config.experimental.get_device_details(found[0])
    print(f"# {details.get('device_name')}, TensorFlow {tf.__version__}\n")
    for part in parts:
        start = time.time()
        globals()[part]()
        print(f"\n({part}: {time.time() - start:.0f} s)\n", flush=True)


if __name__ == "__main__":
    if sys.argv[1:2] == ["--child"]:
        child(sys.argv[2], int(sys.argv[3]), sys.argv[4])
    else:
        arguments = argparse.ArgumentParser()
        arguments.add_argument("--only", nargs="+", choices=PARTS, default=PARTS)
        main(arguments.parse_args().only)
