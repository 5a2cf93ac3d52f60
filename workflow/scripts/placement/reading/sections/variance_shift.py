"""What BatchNorm layers assume against what they get, and what that costs."""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from placement.analysis.conventions import ALPHA, INFERENCE_SEEDS
from placement.analysis.minimum import seeds_to_judge
from placement.analysis.shift import Association
from placement.counting import how_many
from placement.reading import words
from placement.reading.document import Figure, Section, Table
from placement.reading.facts import Facts, Found

WHAT_IT_IS = (
    "In inference a BatchNorm layer subtracts a moving average of the means that it saw in training and divides by "
    "one of the variances. The shift of the variance is the factor between that and the variance that its input has on "
    "test images in inference, where nothing is dropped (geometric mean over channels and runs; 1 is none); the shift "
    "of the mean is the distance between the two means in sd of the input (mean over channels and runs; 0 is none). "
    "What they cost is the gain in test accuracy once the statistics are re-estimated, on training images as they "
    "are, with dropout off; where it is negative, the old averages happened to score higher. Without dropout before a "
    "layer, and without augmentation, one cause is left: its averages lag behind weights that still move."
)


def section(facts: Facts, found: Found) -> Section:
    table, title = found.variance_shift, "Variance shift"
    if table.empty:
        return Section(title, ("No variant has BatchNorm.",))
    rows = []
    for _, layers in table.groupby("variant", sort=False):
        network = layers.iloc[0]
        sd = 100 * network["cost_of_shift_sd"]
        rows.append(
            (
                words.text(network["label"]),
                network["n"],
                _largest(layers, "shift_test"),
                _largest(layers, "mean_shift_test"),
                words.number(100 * network["accuracy"]),
                words.number(100 * network["accuracy_reestimated"]),
                words.signed(100 * network["cost_of_shift"]) + (f" (sd {words.number(sd)})" if np.isfinite(sd) else ""),
            )
        )
    head = (
        *("Variant", "Runs", "Largest shift of variance (layer)", "Largest shift of mean, sd (layer)"),
        *("Accuracy, %", "With statistics re-estimated, %", "Gain, points"),
    )
    runs = set(table["n"])
    caption = (
        "Left: the shifts of each BatchNorm layer on test images and on training images, means over runs. "
        "Right: the gain in test accuracy with statistics re-estimated"
        + ("; small marks are runs, large marks their mean" if max(runs) > 1 else "")
        + (f", bars {words.LEVEL} t intervals" if max(runs) >= INFERENCE_SEEDS else "")
        + f"; n = {words.runs_a_variant(runs)}."
    )
    return Section(
        title,
        (
            WHAT_IT_IS,
            Table.of("Shifts of variance and mean, and what they cost in test accuracy", head, rows),
            *_goes_with_the_cost(facts, found.associations),
            Figure("variance_shift", caption),
        ),
    )


def _largest(layers: pd.DataFrame, shift: str) -> str:
    """That of the layer where it is largest."""
    if layers[shift].isna().all():
        return "-"
    widest = layers.loc[layers[shift].idxmax()]
    return f"{words.number(widest[shift])} ({words.text(widest['layer'])})"


def _goes_with_the_cost(facts: Facts, associations: Sequence[Association]) -> tuple[str, ...]:
    """In words, which shift goes with the gain: where its interval is above zero."""
    names = {"shift_test": "variance", "mean_shift_test": "mean"}
    known = [each for each in associations if np.isfinite(each.mean)]
    if not known or not facts.infers:
        return ()
    told = "; ".join(
        f"the shift of the {names[each.shift]} {words.signed(each.mean)}"
        + (f" {words.interval(each.low, each.high)}" if np.isfinite(each.low) else "")
        + f" ({words.p_is(each.p)} by the signs)"
        + (f", from seed to seed of one variant {words.signed(each.within)}" if np.isfinite(each.within) else "")
        for each in known
    )
    alike = [names[each.shift] for each in known if each.mean > 0 and each.p < ALPHA]
    text = (
        f"Rank correlation with the gain over the {known[0].variants} variants of a seed, each by its layer of the "
        f"largest shift (mean of {how_many(known[0].n, 'seed')}, {words.LEVEL} interval): {told}."
    )
    if known[0].n < seeds_to_judge(len(known)):
        return (text,)
    if not alike:
        return (f"{text} {'Neither was' if len(known) > 1 else 'It was not'} shown to go with the gain.",)
    of_two = "Of the two, that" if len(known) > 1 else "That"
    which = "Both were" if len(alike) > 1 else f"{of_two} of the {alike[0]} was"
    return (f"{text} {which} shown to go with the gain. That doesn't say that it is the cause.",)
