"""What XLA makes of the training step for a GPU, on a machine that has none: seconds to compile, kernels of a step.

    python -m venv /tmp/xla && /tmp/xla/bin/pip install "jax[cuda12]==0.9.1"      # 3 GB, of about TensorFlow 2.21's XLA
    python benchmarks/gpu_program.py --compiler /tmp/xla/bin/python [--configfile study.yaml] [--ways way ...]

TensorFlow compiles for a card that is there only, JAX for one that is described: an H100 here, with TensorFlow's own
setting that results are to be the same bits, under which no algorithm is chosen by trying. --ways:

whole: the program that a GPU runs (training/whole.py), a loop of 25 steps (what is compiled if nothing is told);
pieces: the layers for a CPU in its place, the loop too;
unrolled: these layers, 5 steps one after the other and no loop.

A kernel is what is launched once in a step; copies and library calls count as one. Loops within a step are what to
look for: XLA makes them of gradients that scatter, a turn for each element. Times are no times of a card.
"""

import argparse
import json
import os
import re
import subprocess
import sys
import tempfile
import time
from pathlib import Path

# As XLA describes it. Fields: xla/stream_executor/device_description.proto.
H100 = """
gpu_device_info {
  threads_per_block_limit: 1024 threads_per_warp: 32 threads_per_core_limit: 2048
  shared_memory_per_block: 49152 shared_memory_per_core: 233472 shared_memory_per_block_optin: 232448
  core_count: 132 fpus_per_core: 128 registers_per_core_limit: 65536 registers_per_block_limit: 65536
  block_dim_limit_x: 2147483647 block_dim_limit_y: 65535 block_dim_limit_z: 65535
  memory_bandwidth: 3352320000000 l2_cache_size: 52428800 clock_rate_ghz: 1.98 device_memory_size: 84929347584
  cuda_compute_capability { major: 9 }
}
platform_name: "CUDA"
dnn_version_info { major: 9 minor: 8 }
runtime_version { major: 12 minor: 8 }
device_description_str: "NVIDIA H100 80GB HBM3"
"""
WAYS, UNROLLED = ("whole", "pieces", "unrolled"), 5
# Launch nothing.
FREE = {"get-tuple-element", "parameter", "tuple", "bitcast", "constant"}


def compiled(file: Path) -> dict:
    """In JAX's process: seconds to compile the program, kernels of a step and loops within one, bytes of memory."""
    os.environ |= {"JAX_PLATFORMS": "cpu", "JAX_SKIP_CUDA_CONSTRAINTS_CHECK": "1"}
    os.environ["XLA_FLAGS"] = "--xla_gpu_exclude_nondeterministic_ops=true"
    from jax._src.interpreters import mlir
    from jax._src.lib import xla_client
    from jax.experimental import topologies
    from jaxlib.mlir import ir

    devices = topologies.get_topology_desc(platform="cuda", target_config=H100, topology="1x1x1").devices
    with mlir.make_ir_context():
        module = ir.Module.parse(xla_client._xla.mlir.hlo_to_stablehlo(file.read_bytes()))
        # StableHLO has no copies; XLA puts its own where they are needed.
        copies = []

        def find(operation):
            if operation.name == "mhlo.copy":
                copies.append(operation)
            return ir.WalkResult.ADVANCE

        module.operation.walk(find)
        for copy in copies:
            copy.results[0].replace_all_uses_with(copy.operands[0])
            copy.erase()
        start = time.perf_counter()
        client = devices[0].client
        executable = client.compile(module, xla_client.DeviceList(tuple(devices)), xla_client.CompileOptions())
    seconds = time.perf_counter() - start
    memory = executable.get_compiled_memory_stats().temp_size_in_bytes
    return {"seconds": seconds, "memory": memory} | launches(executable.hlo_modules()[0].to_string())


def launches(text: str) -> dict[str, int]:
    """Kernels of a step and the loops within it, of a program after XLA's passes."""
    computations, lines = {}, []
    for line in text.splitlines():
        if start := re.match(r"(ENTRY )?%?([\w.\-]+) \(.*\{$", line):
            lines = computations["entry" if start[1] else start[2]] = []
        else:
            lines.append(line)
    steps = [re.search(r"body=%?([\w.\-]+)", line)[1] for line in computations["entry"] if " while(" in line]
    step = computations[steps[0] if steps else "entry"]
    operations = [found[1] for line in step if (found := re.search(r" = (?:\(.*?\)|\S+) ([\w\-]+)\(", line))]
    return {"kernels": sum(name not in FREE for name in operations), "loops": operations.count("while")}


def program(way: str, spec, part) -> tuple:
    """The compiled function of one of WAYS, its arguments and how many steps it holds."""
    import keras
    import tensorflow as tf
    import training_throughput as throughput

    from placement.network import layers, models
    from placement.training import step, whole

    model = models.build(spec, throughput.SHAPE, throughput.CLASSES, 0, for_training=True, whole=way == "whole")
    optimizer = keras.optimizers.Adam()
    optimizer.build(model.trainable_variables)
    count, taken = throughput.STEPS, part.take(slice(None))
    images, labels = (tf.reshape(array, [count, throughput.BATCH, *array.shape[1:]]) for array in taken)

    def arguments(seeds):
        return images, labels, tf.zeros([count, len(seeds), 2], tf.uint32), tf.constant(count)

    if way == "whole":
        return whole.program(model, optimizer), arguments(whole.mask_seeds(model)), count
    blocks = [layer for layer in model.layers if isinstance(layer, layers.Block)]
    seeds = [tuple(seed) for block in blocks for stretch in block.seeds for seed in stretch]
    train = step.one_step(model, optimizer, step.smoothed(0.0))
    slots = tf.range if way == "pieces" else lambda steps: range(UNROLLED)

    @tf.function(jit_compile=True)
    def run(images, labels, keys, steps):
        losses = tf.zeros([count])
        for slot in slots(steps):
            drawn = dict(zip(seeds, tf.unstack(keys[slot]), strict=True))
            loss, _ = train(images[slot], labels[slot], None, drawn)
            losses = tf.where(tf.range(count) == slot, loss, losses)
        return losses

    return run, arguments(seeds), count if way == "pieces" else UNROLLED


def main(configfile: Path, compiler: str, ways: list[str], names: list[str]) -> None:
    from placement.network import backend

    backend.start()
    import tensorflow as tf
    import training_throughput as throughput
    from snakemake.common.configfile import load_configfile

    from placement.study import bases, networks
    from placement.training import process

    config = bases.read(configfile, load_configfile)
    process.configure(threads=1)
    tf.random.set_seed(0)  # the compiler's dump asks for it where operations are deterministic
    print(
        f"{'variant':26} {'way':9} {'steps':>5} {'compiled in':>12} {'kernels a step':>15} {'loops':>6} {'memory':>9}"
    )
    with tempfile.TemporaryDirectory() as folder:
        for name in names or config["variants"]:
            spec = networks.resolve(config["variants"][name], config)
            for way in ways:
                function, inputs, steps = program(way, spec, throughput.noise())
                file = Path(folder) / "program.hlo"
                file.write_bytes(function.experimental_get_compiler_ir(*inputs)(stage="hlo_serialized"))
                command = [compiler, __file__, "--compile", file]
                answer = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True).stdout
                found = json.loads(answer.splitlines()[-1])
                kernels = found["kernels"] / (steps if way == "unrolled" else 1)
                print(
                    f"{name:26} {way:9} {steps:5} {found['seconds']:10.1f} s {kernels:15.0f} {found['loops']:6}"
                    f" {found['memory'] / 2**20:5.0f} MiB",
                    flush=True,
                )


if __name__ == "__main__":
    arguments = argparse.ArgumentParser()
    arguments.add_argument("--compiler", default=sys.executable, help="a Python that has JAX with CUDA")
    arguments.add_argument("--configfile", type=Path, default=Path(__file__).resolve().parents[1] / "config.yaml")
    arguments.add_argument("--ways", nargs="+", choices=WAYS, default=["whole"])
    arguments.add_argument("--compile", type=Path, help=argparse.SUPPRESS)
    arguments.add_argument("variants", nargs="*")
    given = arguments.parse_args()
    if given.compile:
        print(json.dumps(compiled(given.compile)))
    else:
        sys.path[:0] = [str(Path(__file__).resolve().parents[1] / "workflow" / "scripts")]
        main(given.configfile, given.compiler, given.ways, given.variants)
