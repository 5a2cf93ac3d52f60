"""CPU milliseconds of a convolution and its gradients, by how they are computed: what network/processor.py goes by.

    python benchmarks/convolutions.py

Batch 128, one thread, 3x3 kernels, the least of six turns. Padding is given by SAME or in numbers (EXPLICIT).
"""

import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "workflow" / "scripts"))

from placement.network import backend, processor

backend.start()
import tensorflow as tf  # noqa: E402

from placement.training import process  # noqa: E402

BATCH, KERNEL, TURNS = 128, 3, 6
SHAPES = ((28, 16, 16), (14, 32, 32), (7, 64, 64), (14, 64, 64), (7, 64, 128), (3, 128, 256), (28, 40, 12))
NUMBERS = {"SAME": [], "EXPLICIT": [0, 0, 1, 1, 1, 1, 0, 0]}


def ways(side: int, channels: int, filters: int) -> dict[str, float]:
    """Way -> milliseconds."""
    images, kernel, upstream = (
        tf.random.stateless_normal(shape, [1, at])
        for at, shape in enumerate(
            ([BATCH, side, side, channels], [KERNEL, KERNEL, channels, filters], [BATCH, side, side, filters])
        )
    )

    def forward(padding):
        return lambda: tf.raw_ops.Conv2D(
            input=images, filter=kernel, strides=[1] * 4, padding=padding, explicit_paddings=NUMBERS[padding]
        )

    def of_kernel(padding):
        return lambda: tf.raw_ops.Conv2DBackpropFilter(
            input=images,
            filter_sizes=kernel.shape,
            out_backprop=upstream,
            strides=[1] * 4,
            padding=padding,
            explicit_paddings=NUMBERS[padding],
        )

    def of_images():
        return tf.raw_ops.Conv2DBackpropInput(
            input_sizes=images.shape, filter=kernel, out_backprop=upstream, strides=[1] * 4, padding="SAME"
        )

    def turned():
        return tf.nn.conv2d(upstream, tf.transpose(tf.reverse(kernel, [0, 1]), [0, 1, 3, 2]), 1, "SAME")

    return {
        "forward": timed(forward("SAME")),
        "in numbers": timed(forward("EXPLICIT")),
        "of kernel": timed(of_kernel("SAME")),
        "in numbers ": timed(of_kernel("EXPLICIT")),
        "by XLA": timed(of_kernel("SAME"), xla=True),
        "of images": timed(of_images),
        "turned": timed(turned),
    }


def timed(function, xla: bool = False) -> float:
    run = tf.function(function, jit_compile=xla or None)
    run()
    turns = []
    for _ in range(TURNS):
        start = time.process_time()
        run()
        turns.append(time.process_time() - start)
    return 1000 * min(turns)


def main() -> None:
    process.configure(threads=1, device="cpu")
    print(f"{processor.kind()}: CPU milliseconds at batch {BATCH}, one thread; side, channels, filters")
    for index, shape in enumerate(SHAPES):
        found = ways(*shape)
        if index == 0:
            print(f"{'':14}" + "".join(f"{name:>12}" for name in found))
        print(f"{'x'.join(map(str, shape)):14}" + "".join(f"{value:12.1f}" for value in found.values()), flush=True)


if __name__ == "__main__":
    main()
