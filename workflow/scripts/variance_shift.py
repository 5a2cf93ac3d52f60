"""Measure how far one run's BatchNorm layers are from what they get, and what that costs in accuracy.

Of the variances that is the variance shift of Li et al. (CVPR 2019); the means are measured beside them.

TensorFlow is imported in here, by the function that needs it.
"""

import json
from typing import Any

import numpy as np

from placement import logs, seeding
from placement.data import arrays, splits
from placement.errors import reported
from placement.files import atomic
from placement.runs import history

# Of the training and of the test images. Enough: over 5,000 images even a dense unit's variance is known to about 2 %.
IMAGES = 5_000


def variance_shift(
    identity: dict[str, Any],
    prepared: dict[str, str],
    code: dict[str, str],
    history_file: str,
    model_file: str,
    shift_file: str,
    log_file: str,
    device: str = "auto",
) -> str:
    """Write what a run's BatchNorm layers assume and what they get; return one line on it.

    The file has the run's identity; code, the digests of the sources that measured; images {train, test}, how many of
    each were looked at; layers, in network order: {layer, epsilon, and of each of moving, train, test: _mean,
    _variance}, these [channels]: what the layer takes for mean and variance of its input, and what they are in
    inference mode;
    accuracy and accuracy_reestimated on the test images, as trained and after batchnorm.reestimate on the same
    training images. The images looked at are drawn without replacement, the same ones in every variant of a seed; the
    accuracies are those on all test images.

    Args:
        identity: the run's, see identities.run_identity.
        prepared: paths of arrays, fingerprint and split.
        code: digests of the sources that decide the result.
        history_file, model_file: the run's.
        shift_file: the JSON file to write.
        log_file: for TensorFlow's messages.
        device: cpu: a GPU isn't used; else where there is one.

    Raises:
        InputError: a file is damaged or belongs to another config.
    """
    record = history.read(history_file, identity)
    with logs.stderr_to(log_file):  # TensorFlow's own start-up messages
        from placement.network import batchnorm
        from placement.training import evaluation, process, step

        process.configure(identity["training"]["threads"], identity["training"]["precision"], device)
    data = arrays.prepared(prepared["arrays"], prepared["fingerprint"])
    part = splits.read(prepared["split"])["train"]
    rng = seeding.generator(identity["seed"], "variance shift images")
    test_images, labels = data["test_images"], data["test_labels"]
    train_images = data["train_images"][np.sort(rng.permutation(part)[:IMAGES])]
    seen_in_test = test_images[np.sort(rng.permutation(len(test_images))[:IMAGES])]

    model = batchnorm.load(model_file)
    norms = batchnorm.layers(model)
    on_train, on_test = (batchnorm.input_moments(model, norms, images) for images in (train_images, seen_in_test))
    layers = [
        {
            "layer": norm.name,
            "epsilon": norm.epsilon,
            "moving_mean": norm.moving_mean.numpy().tolist(),
            "moving_variance": norm.moving_variance.numpy().tolist(),
            "train_mean": train.mean.tolist(),
            "train_variance": train.variance.tolist(),
            "test_mean": test.mean.tolist(),
            "test_variance": test.variance.tolist(),
        }
        for norm, train, test in zip(norms, on_train, on_test, strict=True)
    ]
    batchnorm.reestimate(model, train_images)
    reestimated = evaluation.evaluate(model, step.Part(test_images, labels))["accuracy"]
    shift = identity | {
        "code": code,
        "images": {"train": len(train_images), "test": len(seen_in_test)},
        "layers": layers,
        "accuracy": record["test"]["accuracy"],
        "accuracy_reestimated": reestimated,
    }
    with atomic(shift_file) as temporary:
        temporary.write_text(json.dumps(shift, allow_nan=False) + "\n", encoding="utf-8")
    return (
        f"{identity['variant']} seed {identity['seed']}: test accuracy {100 * shift['accuracy']:.2f} %, "
        f"{100 * reestimated:.2f} % with BatchNorm statistics re-estimated"
    )


if __name__ == "__main__":
    with reported(snakemake.log[0]):
        print(
            variance_shift(
                identity=snakemake.params.identity,
                prepared={name: snakemake.input[name] for name in ("arrays", "fingerprint", "split")},
                code=snakemake.params.code,
                history_file=snakemake.input.history,
                model_file=snakemake.input.model,
                shift_file=snakemake.output[0],
                log_file=snakemake.log[0],
                device=snakemake.config["training"].get("device", "auto"),
            ),
            flush=True,
        )
