"""Seeds by purpose: every random stream of a run is a pure function of (seed, purpose, names).

This is what pairs the variants. A global seed would hand different numbers to a layer as soon as another layer
came before it; a named stream gives `conv2` the same initial weights, and the batches the same order, in every
variant of one seed.
"""

import hashlib

import numpy as np


def stream(seed: int, purpose: str, *names: str | int) -> np.random.SeedSequence:
    """The seed sequence of one named stream, for example stream(3, "weights", "conv2")."""
    digest = hashlib.sha256("/".join([purpose, *map(str, names)]).encode()).digest()
    return np.random.SeedSequence([seed, *np.frombuffer(digest, dtype="<u4").tolist()])


def integers(seed: int, purpose: str, *names: str | int, count: int = 1) -> list[int]:
    """`count` non-negative 31-bit integers of that stream, for libraries that take integer seeds."""
    words = stream(seed, purpose, *names).generate_state(count)
    return [int(word) & 0x7FFFFFFF for word in words]


def generator(seed: int, purpose: str, *names: str | int) -> np.random.Generator:
    """A NumPy generator of that stream."""
    return np.random.Generator(np.random.PCG64(stream(seed, purpose, *names)))
