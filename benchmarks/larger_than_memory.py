"""Train on a map that is larger than the memory granted, and hold the run to one that has all images in memory.

    python benchmarks/larger_than_memory.py                                   # 3 GiB of images, 0.5 to work with
    python benchmarks/larger_than_memory.py --gib 100 --folder /scratch       # more than the machine has

Random images are prepared on disk. A small network is trained on them, augmented, from the map and within RLIMIT_DATA:
what a started TensorFlow has, and the grant. To load the images within that limit must fail, or it proves nothing. Then
they are loaded without it (`--unloaded` leaves that out) and the run is made again. Epochs, weights and scores must be
equal to the bit.
"""

import argparse
import json
import resource
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "workflow" / "scripts"))

from placement.data import arrays, splits  # noqa: E402

SIDE, CLASSES, TEST = 32, 10, 500
GIB = 1 << 30


def prepare(folder: Path, gib: float) -> dict[str, np.ndarray]:
    """Write arrays of so many GiB; return their maps. Images of a class share a brightness."""
    generator = np.random.default_rng(0)

    def pieces(labels: np.ndarray) -> Iterator[np.ndarray]:
        for first in range(0, len(labels), 1000):
            some = labels[first : first + 1000]
            noise = generator.integers(0, 64, (len(some), SIDE, SIDE, 3), dtype=np.uint8)
            yield noise + some[:, None, None, None] * np.uint8(19)

    for part, count in (("train", int(gib * GIB / SIDE**2 / 3)), ("test", TEST)):
        labels = (np.arange(count) % CLASSES).astype(np.uint8)
        arrays.write_pieces(folder / f"{part}_images.npy", np.uint8, (count, SIDE, SIDE, 3), pieces(labels))
        arrays.write_pieces(folder / f"{part}_labels.npy", np.uint8, labels.shape, [labels])
    arrays.seal(folder)
    return arrays.prepared(folder / "fingerprint.json")


def train(data: dict[str, np.ndarray], limit: int | None, epochs: int, folder: Path) -> list:
    """The run: its epochs (but for their seconds), its weights and its scores."""
    from placement.network import models
    from placement.study import networks
    from placement.training import evaluation, fit, step
    from placement.training.checkpoint import Checkpoint
    from placement.training.recipes import EarlyStopping, Recipe

    spec = networks.resolve(
        {"order": "conv act norm drop"},
        {
            "backbone": {"kind": "plain", "filters": [4, 8, 8], "kernels": 3, "dense": 8},
            "dropout": {"rates": 0.1, "dense_rate": 0.1},
        },
    )
    recipe = Recipe(
        epochs=epochs,
        batch_size=32,
        optimizer="adam",
        early_stopping=EarlyStopping("val_accuracy", epochs),
        precision="float32",
        threads=1,
        augmentation={"flip": True, "crop": 4, "cutout": 8},
    )
    rows = splits.split(data["train_labels"], 0.1, 0, limit, tuple("0123456789"))
    training, validation = (step.Part(data["train_images"], data["train_labels"][some], some) for some in rows)
    network = {"spec": spec, "shape": (SIDE, SIDE, 3), "classes": CLASSES, "seed": 0}
    model = models.build(**network, for_training=True, xla=False)
    fitted = fit.fit(model, training, validation, recipe, 0, Checkpoint(folder / "checkpoint.npz", "run"), print)
    model.set_weights(fitted.weights)
    saved = models.build(**network)
    models.transfer(model, saved)
    scores = [
        evaluation.evaluate(saved, part) for part in (training, step.Part(data["test_images"], data["test_labels"]))
    ]
    records = [{key: value for key, value in epoch.items() if key != "seconds"} for epoch in fitted.epochs]
    return [json.dumps([records, scores]), *(weight.tobytes() for weight in fitted.weights)]


@contextmanager
def limited(grant: float) -> Iterator[None]:
    """Within it this process gets so many GiB beyond what it has. Mapped files are not counted."""
    soft, hard = resource.getrlimit(resource.RLIMIT_DATA)
    resource.setrlimit(resource.RLIMIT_DATA, (own_memory("VmData") + int(grant * GIB), hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_DATA, (soft, hard))


def own_memory(name: str) -> int:
    """A size of this process in bytes, by its name in /proc/self/status."""
    (line,) = (line for line in Path("/proc/self/status").read_text().splitlines() if line.startswith(f"{name}:"))
    return int(line.split()[1]) << 10


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--gib", type=float, default=3, help="size of the images on disk")
    parser.add_argument("--grant", type=float, default=0.5, help="GiB beyond what a started TensorFlow has")
    parser.add_argument("--limit", type=int, help="train on so many of the images, drawn from all of the file")
    parser.add_argument("--epochs", type=int, default=2)
    parser.add_argument("--folder", type=Path, help="where to, on the disk to be measured")
    parser.add_argument("--unloaded", action="store_true", help="not to load the images: they may be any number")
    given = parser.parse_args()
    from placement.network import backend

    backend.forget_settings()
    from placement.training import process

    process.configure(threads=1)
    with tempfile.TemporaryDirectory(dir=given.folder) as scratch:
        data = prepare(Path(scratch), given.gib)
        with limited(given.grant):
            mapped = measured("mapped", data, given, Path(scratch, "mapped"))
            try:
                np.array(data["train_images"])
            except MemoryError:
                pass
            else:
                sys.exit("the images fit into the grant: nothing was tried")
        if not given.unloaded:
            loaded = {name: np.array(array) for name, array in data.items()}
            if measured("loaded", loaded, given, Path(scratch, "loaded")) != mapped:
                sys.exit("the runs differ")
            print("equal to the bit")


def measured(how: str, data: dict[str, np.ndarray], given: argparse.Namespace, folder: Path) -> list:
    """The run, with a line on what it took."""
    cpu, wall = time.process_time(), time.perf_counter()
    result = train(data, given.limit, given.epochs, folder)
    print(
        f"{how}: {time.process_time() - cpu:.1f} CPU s, {time.perf_counter() - wall:.1f} s, "
        f"{own_memory('RssAnon') / GIB:.2f} GiB of memory",
        flush=True,
    )
    return result


if __name__ == "__main__":
    main()
