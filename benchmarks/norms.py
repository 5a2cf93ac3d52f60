"""CPU milliseconds of blocks of norm and relu with their gradients, by XLA and by TensorFlow's own operations.

    python benchmarks/norms.py

Batch and turns are those of convolutions.py. `library_blocks` of network/processor.py and `FLOATS` of
network/layers.py go by it.
"""

from convolutions import BATCH, timed  # starts the backend, before what follows is imported

import tensorflow as tf  # isort: skip

from placement.network import layers, processor
from placement.training import process

SHAPES = ((28, 8), (28, 16), (28, 24), (28, 28), (28, 32), (28, 40), (14, 20), (14, 32), (14, 44), (7, 22), (7, 64))
ORDERS = ("norm act", "norm", "act")
NORM = {"momentum": 0.9, "epsilon": 1e-5, "scale": True, "center": True}


def step(order: str, x: tf.Tensor, upstream: tf.Tensor, library_blocks: bool):
    """A function of nothing: the block's output, and the gradients of its input and weights."""
    chosen = processor.Kernels(xla_kernel_gradient=False, library_blocks=library_blocks)
    processor.kernels = lambda: chosen
    block = layers.Block([(word, {"act": "relu", "norm": NORM}[word]) for word in order.split()])
    block.build(x.shape)
    block.built = True

    def run():
        with tf.GradientTape() as tape, layers.step(tf.constant(0)):
            tape.watch(x)
            y = block(x, training=True)
        return y, tape.gradient(y, [x, *block.trainable_variables], upstream)

    return run


def main() -> None:
    process.configure(threads=1, device="cpu")
    layers.FLOATS = 1  # any number of channels
    print(f"{processor.kind()}: CPU milliseconds at batch {BATCH}, one thread; side, channels")
    print(f"{'':8}" + "".join(f"{order + ', ' + way:>20}" for order in ORDERS for way in ("XLA", "library")))
    for side, channels in SHAPES:
        x, upstream = (tf.random.stateless_normal([BATCH, side, side, channels], [1, seed]) for seed in (0, 1))
        found = [
            timed(step(order, x, upstream, library_blocks)) for order in ORDERS for library_blocks in (False, True)
        ]
        print(f"{f'{side}x{channels}':8}" + "".join(f"{value:20.2f}" for value in found), flush=True)


if __name__ == "__main__":
    main()
