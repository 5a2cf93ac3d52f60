"""How far the predicted probabilities can be believed."""

from placement.analysis.calibration import CALIBRATION_BINS
from placement.reading import words
from placement.reading.document import Figure, Section, Table
from placement.reading.facts import Facts, Found


def section(facts: Facts, found: Found) -> Section:
    rows = [
        (
            facts.labels[s["variant"]],
            words.number(100 * s["ece_mean"]),
            words.number(100 * s["ece_null_mean"]),
            f"{s['brier_mean']:.4f}",
            f"{s['test_loss_mean']:.4f}",
        )
        for s in found.summary.to_dict("records")
    ]
    head = ("Variant", "Calibration error, points", "Of a calibrated model", "Brier score", "Cross-entropy, nats")
    runs = sorted(set(found.variants["n"]))
    caption = (
        f"Left: accuracy against confidence on the test images, mean over seeds in {CALIBRATION_BINS} bins of equal "
        "mass; on the dotted line a model is calibrated. Right: calibration error of each run"
        + (" (small), the mean (large)," if runs[-1] > 1 else "")
        + " and what a perfectly calibrated model would show (black). "
        f"n = {words.runs_a_variant(runs)}; no intervals are drawn."
    )
    return Section(
        "Calibration",
        (
            "The expected calibration error is the mean distance between confidence and accuracy. It is above zero by "
            "chance alone: beside it stands what a perfectly calibrated model with these confidences would show.",
            Table.of("Calibration on the test images, means over runs", head, rows),
            Figure("calibration", caption),
        ),
    )
