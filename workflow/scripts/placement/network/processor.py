"""What is fastest on a processor, by its instructions alone.

It was measured beforehand, and never is while a run trains: equal runs on processors of one kind have the same bits.

`python benchmarks/convolutions.py` and `python benchmarks/norms.py` measure what the table says.
"""

from functools import cache
from typing import NamedTuple

_CPUINFO = "/proc/cpuinfo"
_AVX512 = {"avx512f", "avx512bw", "avx512dq", "avx512vl"}  # what oneDNN's kernels for AVX-512 take


class Kernels(NamedTuple):
    """How a training step computes on a kind of processor.

    Attributes:
        xla_kernel_gradient: whether XLA compiles the gradient of a convolution's kernel. Its own loops take 0.6 to 0.9
            of oneDNN's time with AVX2, and 1.4 to 2.2 times as long with AVX-512.
        library_blocks: whether TensorFlow's own operations are the blocks of an activation, or of a norm and then one,
            without dropout and pooling. With AVX-512 they take 0.5 to 1 of the time of XLA's.
    """

    xla_kernel_gradient: bool
    library_blocks: bool


KERNELS = {
    "avx512": Kernels(xla_kernel_gradient=False, library_blocks=True),
    "avx2": Kernels(xla_kernel_gradient=True, library_blocks=False),
}


@cache
def kind() -> str:
    """The key of KERNELS that this processor takes; avx2 also where its instructions aren't known."""
    try:
        with open(_CPUINFO, encoding="utf-8") as file:
            flags = next((line.split(":", 1)[1].split() for line in file if line.startswith("flags")), [])
    except OSError:
        flags = []
    return "avx512" if set(flags) >= _AVX512 else "avx2"


def kernels() -> Kernels:
    """What this processor takes."""
    return KERNELS[kind()]
