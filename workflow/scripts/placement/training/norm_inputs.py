"""What a run's BatchNorm layers assume of their inputs, what they get, and what the difference costs in accuracy.

What this module reaches by its imports is the code that decides a variance shift (see sources.digests).
"""

from typing import Any

import numpy as np

from placement import logs, seeding
from placement.data import arrays, splits
from placement.network import backend

# Of the training and of the test images. Enough: over 5,000 images even a dense unit's variance is known to about 2 %.
IMAGES = 5_000


def measure(
    identity: dict[str, Any], prepared: dict[str, str], model_file: str, log_file: str, device: str = "auto"
) -> dict[str, Any]:
    """Of a run's saved model: images {train, test}, how many of each were looked at; layers, in network order: {layer,
    epsilon, and of each of moving, train, test: _mean, _variance}, these [channels]: what the layer takes for mean and
    variance of its input, and what they are in inference mode; accuracy_reestimated on all test images, after
    batchnorm.reestimate on the same training images.

    The images looked at are drawn without replacement, the same ones in every variant of a seed.

    Args:
        identity: the run's, see Study.identity.
        prepared: paths of the fingerprint, which the arrays stand beside, and of the split.
        model_file: the run's.
        log_file: for TensorFlow's messages.
        device: cpu: a GPU isn't used; else where there is one.

    Raises:
        InputError: a file is damaged.
    """
    with logs.stderr_to(log_file):  # TensorFlow's own start-up messages
        backend.start()
        from placement.network import batchnorm
        from placement.training import evaluation, process, step

        process.configure(identity["training"]["threads"], identity["training"]["precision"], device)
    data = arrays.prepared(prepared["fingerprint"])
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
    return {
        "images": {"train": len(train_images), "test": len(seen_in_test)},
        "layers": layers,
        "accuracy_reestimated": evaluation.evaluate(model, step.Part(test_images, labels))["accuracy"],
    }
