"""How fast the variants get to an accuracy."""

from placement.analysis.convergence import RELATIVE_TARGET, TARGET_ACCURACY
from placement.reading import words
from placement.reading.document import Figure, Section, Table
from placement.reading.facts import Facts, Found


def section(facts: Facts, found: Found) -> Section | None:
    if found.runs.empty:
        return None
    target = f"{100 * TARGET_ACCURACY:g} %"
    ever = (found.summary["reached_090_share"] > 0).any()
    rows = [
        (
            facts.labels[s["variant"]],
            f"{s['best_epoch_mean']:.1f}",
            f"{s['epochs_run_mean']:.1f}",
            f"{100 * s['reached_090_share']:.0f} %" if ever else "-",
            words.count(s["epochs_to_090"]),
            f"{100 * s['reached_relative_share']:.0f} %",
            words.count(s["epochs_to_relative"]),
        )
        for s in found.summary.to_dict("records")
    ]
    relative = 100 * found.runs["relative_target"].iloc[0]
    head = (
        *("Variant", "Kept epoch", "Epochs run", f"Runs that reached {target}", f"Epochs to {target}"),
        *(f"Runs that reached {relative:.2f} %", f"Epochs to {relative:.2f} %"),
    )
    caption = (
        "The share of all runs that have reached a validation accuracy by epoch, where any has; a tick marks runs "
        "that ended without. Right: the best validation accuracy so far, mean over seeds. "
        f"n = {words.runs_a_variant(found.variants['n'])}; no intervals are drawn."
    )
    return Section(
        "Convergence",
        (
            f"By which epoch half of the runs had reached a validation accuracy: {target}, and {relative:.2f} %, which "
            f"is {100 * RELATIVE_TARGET:g} % of what the baseline's median run reached at best. A run that ended "
            "before it never reaches it.",
            *(() if ever else (f"No run reached {target}.",)),
            Table.of("Epochs that training took", head, rows),
            Figure("convergence", caption),
        ),
    )
