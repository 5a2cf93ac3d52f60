"""Accuracy against what it costs."""

import numpy as np

from placement.reading import words
from placement.reading.document import Figure, Section, Table
from placement.reading.facts import Facts, Found


def section(facts: Facts, found: Found) -> Section:
    rows = [
        (
            facts.labels[s["variant"]],
            words.number(100 * s["test_accuracy_mean"]),
            f"{s['parameters_total']:,}",
            _millions(s["multiply_accumulates"]),
            words.count(s["training_seconds_mean"]),
        )
        for s in found.summary.to_dict("records")
    ]
    head = (
        "Variant",
        "Accuracy, %",
        "Parameters, averages too",
        "Multiply-accumulates, millions",
        "CPU-seconds of training",
    )
    caption = (
        f"Mean test accuracy against three costs; n = {words.runs_a_variant(found.variants['n'])}. "
        + (f"Bars are {words.LEVEL} t intervals of each mean alone. " if _has_intervals(found) else "")
        + "No variant off the grey line has a higher mean than one on it at no higher cost."
    )
    return Section(
        "Accuracy and cost",
        (
            "Seconds are those of these machines, with whatever else ran beside.",
            Table.of("Mean test accuracy and costs", head, rows),
            Figure("pareto", caption),
        ),
    )


def _millions(count: float) -> str:
    millions = count / 1e6
    return f"{millions:,.1f}" if millions >= 1 else f"{millions:.2g}"


def _has_intervals(found: Found) -> bool:
    return bool(np.isfinite(found.variants["low"]).any())
