"""The tables in the page of the literature: what became of the claims, and what the runs that are kept took."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

import kept_runs
from placement.analysis import convergence, paired, settling
from placement.reading import judged, words
from placement.reading.document import aligned

RISING = 0.2  # points, comparison.rope of all of them


def tables_of(claims: pd.DataFrame, kept: Path) -> dict[str, str]:
    """Both tables by their first columns, as page_tables takes them.

    Args:
        claims: the atlas's.
        kept: the folder of all studies whose runs are kept.
    """
    return {"study | claim": claims_table(claims), "study | runs": sizes_table(kept)}


def claims_table(found: pd.DataFrame) -> str:
    """Claims in Markdown: what is claimed, the published size and what of, and what was measured here."""
    rows = []
    for c in found.itertuples():
        file = f"{c.study.rsplit('_', 1)[0]}.yaml"
        sizes = [words.in_unit(judged.claimed(c), c.unit)] if np.isfinite(c.claimed) else []
        published = "; ".join(filter(None, [*sizes, words.given(c.claimed_by_others)]))
        here = f"{words.in_unit(c.estimate, c.unit)} {judged.interval(c)}"
        sentence = c.sentence + (f" ({judged.within(c)})" if c.direction == "equal" else "")
        link = f"[{file.removesuffix('.yaml')}](../../workflow/studies/literature/{file})"
        rows.append((link, sentence, published, here, c.n, judged.in_short(c), words.given(c.leans)))
    head = ("study", "claim", "published", "here", "seeds", "verdict", "leans")
    return aligned(head, (False, False, True, True, True, False, False), rows)


def sizes_table(kept: Path) -> str:
    """What each study's runs cost, and how far they had settled, in Markdown."""
    rows: list[tuple] = []
    runs, hours = 0, 0.0
    for study in sorted(kept.glob("*_small")):
        histories = kept_runs.named(kept_runs.archived(study), kept_runs.HISTORY)
        records = [json.loads(content) for of in histories.values() for content in of.values()]
        seconds = [sum(epoch["seconds"] for epoch in record["epochs"]) for record in records]
        kernels = ", ".join(sorted({record["environment"]["kernels"] for record in records}))
        training, validation = (rises(records, measure) for measure in ("accuracy", "val_accuracy"))
        most = max(training, key=lambda variant: training[variant].mean)
        rising = [
            f"`{variant}` {gain.mean:.2f} {words.interval(*gain.interval())}"
            for variant, gain in validation.items()
            if settling.is_rising(gain, RISING)
        ]
        runs, hours = runs + len(records), hours + sum(seconds) / 3600
        rows.append(
            (
                study.name.removesuffix("_small"),
                len(records),
                kernels,
                f"{min(seconds):.0f} to {max(seconds):.0f}",
                f"{sum(seconds) / 3600:.1f}",
                f"{training[most].mean:.2f}, `{most}`",
                ", ".join(rising),
            )
        )
    rows.append(("all", runs, "", "", f"{hours:.0f}", "", ""))
    head = ("study", "runs", "kernels", "CPU-seconds a run", "core-hours", "most in training")
    return aligned((*head, "more than 0.2 in validation"), (False, True, False, True, True, False, False), rows)


def rises(records: list[dict[str, Any]], measure: str) -> dict[str, paired.StudentMean]:
    """What the best so far of a measure of the epochs gained in their last tenth: points over runs, by variant."""
    epochs = {record["variant"]: record["training"]["epochs"] for record in records}
    curves = convergence.learning_curves(records).groupby("variant", sort=False)
    return {variant: paired.StudentMean.of(settling.last_gains(of, epochs[variant], measure)) for variant, of in curves}
