"""CPU seconds of a training epoch of 48,000 images on one thread: this project's training step beside Keras's own fit.

    python benchmarks/training_throughput.py [--configfile study.yaml] [variant ...]

Every variant of a study (config.yaml, if none is named) is timed three ways in turns, in one process, after warming up:
Keras's own layers in float32, this project's in float32 and in bfloat16. The table gives medians, and ratios to Keras's
float32. The share of the peak is of the float32 matrix product's rate (2048^3), measured between the turns. A training
step costs three times the multiply-accumulates of the convolutions and dense layers at 2 FLOP each (forward, gradient
of the weights, gradient of the input), less the gradient of the images, which nobody needs: 62.0 MFLOP an image for
the default backbone. The images are noise: time doesn't depend on them.
"""

import argparse
import math
import resource
import statistics
import sys
import time
from pathlib import Path

from snakemake.common.configfile import load_configfile

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "workflow" / "scripts"))

import numpy as np  # noqa: E402

from placement.network import backbones, cost, models  # noqa: E402
from placement.network.backend import keras, tf  # noqa: E402
from placement.network.spec import VariantSpec  # noqa: E402
from placement.study import bases  # noqa: E402
from placement.study.identities import variant_spec  # noqa: E402
from placement.training import fit, process, step  # noqa: E402

SHAPE, CLASSES, BATCH, STEPS, TURNS, EPOCH = (28, 28, 1), 10, 128, 25, 3, 48_000  # images as Fashion-MNIST's
WAYS = ("Keras", "float32", "bfloat16")


def cpu_seconds(function, *arguments) -> float:
    start = time.process_time()
    function(*arguments)
    return time.process_time() - start


def stock(spec: VariantSpec, part: step.Part):
    """A function that runs STEPS steps of Keras's own layers by Keras's own fit."""
    model = models.build(spec, SHAPE, CLASSES, seed=0)
    model.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])
    return lambda: model.fit(part.images, part.labels, batch_size=BATCH, verbose=0)


def noise() -> step.Part:
    """Images and labels for STEPS steps."""
    generator = np.random.default_rng(0)
    return step.Part(
        generator.integers(0, 256, (STEPS * BATCH, *SHAPE), dtype=np.uint8),
        generator.integers(0, CLASSES, STEPS * BATCH, dtype=np.uint8),
    )


def steps(spec: VariantSpec, part: step.Part, precision: str, xla: bool = True):
    """A function that runs so many steps (STEPS, if not told) of this project's layers."""
    model = models.build(spec, SHAPE, CLASSES, seed=0, precision=precision, for_training=True, xla=xla)
    optimizer = keras.optimizers.Adam()
    optimizer.build(model.trainable_variables)
    run = step.compiled_steps(model, optimizer, BATCH)
    order = fit.batch_order(0, 1, len(part.labels))
    return lambda count=STEPS: run(*part.take(order[: count * BATCH]), 0)[0].numpy()


def flop(spec: VariantSpec) -> float:
    """Of an image in a training step."""
    first = next(layer for layer in backbones.build(spec, SHAPE, CLASSES) if layer.kind == "conv")
    of_images = math.prod(first.shape) * first.arguments["kernel"] ** 2 * SHAPE[-1]
    return 6 * cost.multiply_accumulates(spec, SHAPE, CLASSES) - 2 * of_images


def timed(spec: VariantSpec, part: step.Part, product) -> tuple[dict[str, float], float]:
    """Median seconds of STEPS steps of each of WAYS, and the least of a matrix product."""
    calls = {way: stock(spec, part) if way == "Keras" else steps(spec, part, way) for way in WAYS}
    for call in calls.values():
        call()
    turns = {way: [] for way in WAYS}
    products = []
    for _ in range(TURNS):
        for way, call in calls.items():
            products.append(cpu_seconds(product))
            turns[way].append(cpu_seconds(call))
    return {way: statistics.median(seconds) for way, seconds in turns.items()}, min(products)


def main(configfile: Path, names: list[str]) -> None:
    config = bases.read(configfile, load_configfile)
    process.configure(threads=1)
    keras.utils.set_random_seed(0)  # stock Dropout asks for it where operations are deterministic
    part = noise()
    matrix = tf.constant(np.random.default_rng(0).random((2048, 2048), dtype=np.float32))

    def product():
        tf.matmul(matrix, matrix).numpy()

    product()
    print(f"CPU seconds an epoch of {EPOCH} images, one thread")
    heading = f"{'variant':26} {'Keras':>7} {'float32':>8} {'ratio':>6} {'of peak':>8} {'bfloat16':>9} {'ratio':>6}"
    print(f"{heading} {'peak':>14}")
    scale, shares = EPOCH / (STEPS * BATCH), []
    for name in names or config["variants"]:
        spec = VariantSpec.from_dict(variant_spec(config, name))
        seconds, peak = timed(spec, part, product)
        keras_, ours, half = (seconds[way] for way in WAYS)
        limit = 2 * 2048**3 / peak
        shares.append(flop(spec) * STEPS * BATCH / ours / limit)
        print(
            f"{name:26} {keras_ * scale:7.1f} {ours * scale:8.1f} {keras_ / ours:6.2f} {shares[-1]:8.0%}"
            f" {half * scale:9.1f} {keras_ / half:6.2f} {limit / 1e9:6.0f} GFLOP/s",
            flush=True,
        )
    print(f"mean share of the peak, float32: {statistics.mean(shares):.0%}")
    print(f"resident memory at most {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss >> 10} MiB (all models)")


if __name__ == "__main__":
    arguments = argparse.ArgumentParser()
    arguments.add_argument("--configfile", type=Path, default=ROOT / "config.yaml")
    arguments.add_argument("variants", nargs="*")
    given = arguments.parse_args()
    main(given.configfile, given.variants)
