"""CPU seconds of a training epoch of 48,000 images on one thread: this project's training step beside Keras's own fit.

    python benchmarks/training_throughput.py [variant ...]

Every variant of config.yaml is timed both ways in turns, in one process, after warming up; the table gives medians.
The share of the peak is of the float32 matrix product's rate (2048^3), measured between the turns. A training step
of the plain backbone costs 62.0 MFLOP an image: three times the 10.54 million multiply-accumulates of the
convolutions and dense layers at 2 FLOP each (forward, gradient of the weights, gradient of the input), less the
gradient of the images, which nobody needs (1.25 MFLOP). The images are noise: time doesn't depend on them.
"""

import resource
import statistics
import sys
import time
from pathlib import Path

import yaml

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "workflow" / "scripts"))

import keras  # noqa: E402
import numpy as np  # noqa: E402
import tensorflow as tf  # noqa: E402

from placement import models, training  # noqa: E402
from placement.config import variant_spec  # noqa: E402
from placement.variants import VariantSpec  # noqa: E402

SHAPE, CLASSES, BATCH, STEPS, TURNS, EPOCH = (28, 28, 1), 10, 128, 25, 3, 48_000
FLOP = 61.98e6  # of an image in a training step


def cpu_seconds(function, *arguments) -> float:
    start = time.process_time()
    function(*arguments)
    return time.process_time() - start


def timed(spec: VariantSpec, part: training.Part, product) -> tuple[float, float, float]:
    """Median seconds of STEPS steps: Keras's fit, ours; and of one matrix product."""
    stock = models.build(spec, SHAPE, CLASSES, seed=0)
    stock.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])
    ours = models.build(spec, SHAPE, CLASSES, seed=0, for_training=True)
    optimizer = keras.optimizers.Adam()
    optimizer.build(ours.trainable_variables)
    run = training._compiled_steps(ours, optimizer, part, BATCH)
    order = tf.constant(training.batch_order(0, 1, len(part.labels)))

    def fit():
        stock.fit(part.images, part.labels, batch_size=BATCH, verbose=0)

    def steps():
        run(order, 0, STEPS, 0)[0].numpy()

    fit(), steps()
    turns = [[cpu_seconds(call) for call in (product, fit, product, steps)] for _ in range(TURNS)]
    before, theirs, between, own = zip(*turns, strict=True)
    return statistics.median(theirs), statistics.median(own), min(before + between)


def main(names: list[str]) -> None:
    config = yaml.safe_load((ROOT / "config.yaml").read_text())
    training.configure(threads=1)
    keras.utils.set_random_seed(0)  # stock Dropout asks for it where operations are deterministic
    generator = np.random.default_rng(0)
    part = training.Part(
        generator.integers(0, 256, (STEPS * BATCH, *SHAPE), dtype=np.uint8),
        generator.integers(0, CLASSES, STEPS * BATCH, dtype=np.uint8),
    )
    matrix = tf.constant(generator.random((2048, 2048), dtype=np.float32))

    def product():
        tf.matmul(matrix, matrix).numpy()

    product()
    print(f"{'variant':28} {'Keras':>7} {'ours':>7} {'ratio':>6} {'of peak':>8}   (CPU s an epoch, 1 thread)")
    for name in names or config["variants"]:
        theirs, own, peak = timed(VariantSpec.from_dict(variant_spec(config, name)), part, product)
        scale = EPOCH / (STEPS * BATCH)
        rate, limit = FLOP * STEPS * BATCH / own, 2 * 2048**3 / peak
        print(
            f"{name:28} {theirs * scale:7.1f} {own * scale:7.1f} {theirs / own:6.2f} {rate / limit:8.0%}"
            f"   peak {limit / 1e9:.0f} GFLOP/s",
            flush=True,
        )
    print(f"resident memory at most {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss >> 10} MiB (both models)")


if __name__ == "__main__":
    main(sys.argv[1:])
