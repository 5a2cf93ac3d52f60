"""What BatchNorm layers assume against what they get, and what that costs."""

import numpy as np

from placement.analysis.conventions import INFERENCE_SEEDS
from placement.reading import words
from placement.reading.document import Figure, Section, Table
from placement.reading.facts import Facts, Found


def section(facts: Facts, found: Found) -> Section:
    table, title = found.variance_shift, "Variance shift"
    if table.empty:
        return Section(title, ("No variant has BatchNorm.",))
    rows = []
    for _, layers in table.groupby("variant", sort=False):
        network, widest = layers.iloc[0], layers.loc[layers["shift_test"].idxmax()]
        sd = 100 * network["cost_of_shift_sd"]
        rows.append(
            (
                words.text(network["label"]),
                network["n"],
                f"{words.number(widest['shift_test'])} ({words.text(widest['layer'])})",
                words.number(100 * network["accuracy"]),
                words.number(100 * network["accuracy_reestimated"]),
                words.signed(100 * network["cost_of_shift"]) + (f" (sd {words.number(sd)})" if np.isfinite(sd) else ""),
            )
        )
    head = ("Variant", "Runs", "Largest shift (layer)", "Accuracy, %", "With statistics re-estimated, %")
    head += ("Gain, points",)
    runs = sorted(set(table["n"]))
    caption = (
        "Left: the shift of each BatchNorm layer on test images and on training images, geometric mean over runs. "
        "Right: the gain in test accuracy with statistics re-estimated; small marks are runs, large marks their mean"
        + (f", bars {words.LEVEL} t intervals" if runs[-1] >= INFERENCE_SEEDS else "")
        + f"; n = {' or '.join(map(str, runs))} a variant."
    )
    return Section(
        title,
        (
            "In inference a BatchNorm layer divides by a moving average of the variances that it saw in training. The "
            "shift is the factor between that and the variance that its input has on test images in inference, where "
            "nothing is dropped (geometric mean over channels and runs; 1 is none). What it costs is the gain in test "
            "accuracy once the statistics are measured again, on training images with dropout off. Where no dropout "
            "comes before a layer, the average lags behind weights that still move.",
            Table.of("Variance shift and what it costs in test accuracy", head, rows),
            Figure("variance_shift", caption),
        ),
    )
