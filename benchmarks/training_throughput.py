"""CPU seconds of a training epoch of 48,000 images on one thread: this project's training step beside Keras's own fit.

    python benchmarks/training_throughput.py [--configfile study.yaml] [--device cpu] [variant ...]

Every variant of a study (config.yaml, if none is named) is timed three ways in turns, in one process, after warming up:
Keras's own layers in float32, this project's in float32 and in bfloat16. The table gives medians, and ratios to Keras's
float32. The share of the peak is of the float32 matrix product's rate (2048^3), measured between the turns. A training
step costs three times the multiply-accumulates of the convolutions and dense layers at 2 FLOP each (forward, gradient
of the weights, gradient of the input), less the gradient of the images, which nobody needs: 62.0 MFLOP an image for
the default backbone. The images are noise: time doesn't depend on them.

On a GPU seconds are those that pass, Keras's layers are timed compiled by XLA as well ('-' where that is refused), and
the product is of 8192^3.
"""

import argparse
import math
import resource
import statistics
import sys
from pathlib import Path

from snakemake.common.configfile import load_configfile

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "workflow" / "scripts"))

from placement.network import backend  # noqa: E402

backend.start()
import keras  # noqa: E402
import numpy as np  # noqa: E402
import tensorflow as tf  # noqa: E402

from placement.errors import reported  # noqa: E402
from placement.network import backbones, cost, models  # noqa: E402
from placement.network.spec import VariantSpec  # noqa: E402
from placement.study import bases, networks  # noqa: E402
from placement.training import devices, fit, process, step, whole  # noqa: E402

SHAPE, CLASSES, BATCH, STEPS, TURNS, EPOCH = (28, 28, 1), 10, 128, 25, 3, 48_000  # images as Fashion-MNIST's
WAYS = ("Keras", "float32", "bfloat16")
COMPILED = "Keras XLA"  # timed on a GPU too


def seconds_of(function, *arguments) -> float:
    """By the clock of histories."""
    start = process.seconds()
    function(*arguments)
    return process.seconds() - start


def stock(spec: VariantSpec, part: step.Part, xla: bool = False):
    """A function that runs STEPS steps of Keras's own layers by Keras's own fit."""
    model = models.build(spec, SHAPE, CLASSES, seed=0)
    model.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"], jit_compile=xla)
    return lambda: model.fit(part.images, part.labels, batch_size=BATCH, verbose=0)


def noise(count: int = STEPS * BATCH) -> step.Part:
    """So many images and labels."""
    generator = np.random.default_rng(0)
    return step.Part(
        generator.integers(0, 256, (count, *SHAPE), dtype=np.uint8),
        generator.integers(0, CLASSES, count, dtype=np.uint8),
    )


def steps(spec: VariantSpec, part: step.Part, precision: str, xla: bool = True):
    """A function that runs so many steps (STEPS, if not told) of this project's layers."""
    on_gpu = bool(devices.gpus())
    model = models.build(spec, SHAPE, CLASSES, seed=0, precision=precision, for_training=True, xla=xla, whole=on_gpu)
    optimizer = keras.optimizers.Adam()
    optimizer.build(model.trainable_variables)
    if on_gpu:
        run = whole.whole_steps(model, optimizer, BATCH, stride=STEPS)
    else:
        run = step.compiled_steps(model, optimizer, BATCH)
    order = fit.batch_order(0, 1, len(part.labels))
    return lambda count=STEPS: run(*part.take(order[: count * BATCH]), 0)[0].numpy()


def flop(spec: VariantSpec) -> float:
    """Of an image in a training step."""
    first = next(layer for layer in backbones.build(spec, SHAPE, CLASSES) if layer.kind == "conv")
    of_images = math.prod(first.shape) * first.arguments["kernel"] ** 2 * SHAPE[-1]
    return 6 * cost.multiply_accumulates(spec, SHAPE, CLASSES) - 2 * of_images


def timed(spec: VariantSpec, part: step.Part, product) -> tuple[dict[str, float], float]:
    """Median seconds of STEPS steps of each of WAYS (and COMPILED, NaN where it is refused), and the least of a matrix
    product."""
    calls = {way: stock(spec, part) if way == "Keras" else steps(spec, part, way) for way in WAYS}
    refused = {}
    if devices.gpus():
        calls[COMPILED] = stock(spec, part, xla=True)
    for way, call in list(calls.items()):
        try:
            call()
        except tf.errors.OpError:
            if way != COMPILED:
                raise
            del calls[way]
            refused = {way: math.nan}
    turns = {way: [] for way in calls}
    products = []
    for _ in range(TURNS):
        for way, call in calls.items():
            products.append(seconds_of(product))
            turns[way].append(seconds_of(call))
    return {way: statistics.median(seconds) for way, seconds in turns.items() if seconds} | refused, min(products)


def main(configfile: Path, device: str, names: list[str]) -> None:
    config = bases.read(configfile, load_configfile)
    process.configure(threads=1, device=device)
    devices.check(device, print)
    on_gpu = bool(devices.gpus())
    keras.utils.set_random_seed(0)  # stock Dropout asks for it where operations are deterministic
    part = noise()
    side = 8192 if on_gpu else 2048
    matrix = tf.constant(np.random.default_rng(0).random((side, side), dtype=np.float32))

    def product():
        tf.matmul(matrix, matrix)[0, 0].numpy()

    product()
    print(
        f"Seconds an epoch of {EPOCH} images on a GPU"
        if on_gpu
        else f"CPU seconds an epoch of {EPOCH} images, one thread"
    )
    heading = f"{'variant':26} {'Keras':>7} {'float32':>8} {'ratio':>6} {'of peak':>8} {'bfloat16':>9} {'ratio':>6}"
    print(f"{heading} {'peak':>14}" + (f" {COMPILED:>10}" if on_gpu else ""))
    decimals = 2 if on_gpu else 1
    scale, shares = EPOCH / (STEPS * BATCH), []
    for name in names or config["variants"]:
        spec = networks.resolve(config["variants"][name], config)
        seconds, peak = timed(spec, part, product)
        keras_, ours, half = (seconds[way] for way in WAYS)
        limit = 2 * side**3 / peak
        compiled = seconds.get(COMPILED, math.nan) * scale
        shares.append(flop(spec) * STEPS * BATCH / ours / limit)
        print(
            f"{name:26} {keras_ * scale:7.{decimals}f} {ours * scale:8.{decimals}f} {keras_ / ours:6.2f}"
            f" {shares[-1]:8.0%} {half * scale:9.{decimals}f} {keras_ / half:6.2f} {limit / 1e9:6.0f} GFLOP/s"
            + (f" {'-' if math.isnan(compiled) else format(compiled, '.2f'):>10}" if on_gpu else ""),
            flush=True,
        )
    print(f"mean share of the peak, float32: {statistics.mean(shares):.0%}")
    print(f"resident memory at most {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss >> 10} MiB (all models)")


if __name__ == "__main__":
    arguments = argparse.ArgumentParser()
    arguments.add_argument("--configfile", type=Path, default=ROOT / "config.yaml")
    arguments.add_argument("--device", choices=["auto", "cpu", "gpu"], default="auto")
    arguments.add_argument("variants", nargs="*")
    given = arguments.parse_args()
    with reported():
        main(given.configfile, given.device, given.variants)
