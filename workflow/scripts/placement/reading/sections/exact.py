"""What the exact tests say beside the paired t test, in every family of comparisons."""

import pandas as pd

from placement.analysis.conventions import ALPHA
from placement.analysis.paired import smallest_exact_p
from placement.counting import how_many
from placement.reading import words
from placement.reading.facts import Facts


def cant_reject(seeds: int, comparisons: int) -> str:
    """Why a family that isn't judged (see Facts.judges) shows no p of theirs: there it is no evidence."""
    return (
        f"The exact tests can't reject with {words.seeds(seeds)} over {how_many(comparisons, 'comparison')}: "
        f"their p can't be below {words.number(smallest_exact_p(seeds, comparisons))}, and isn't shown."
    )


def disagreements(facts: Facts, table: pd.DataFrame) -> str:
    """A line on whether the exact tests and the paired t test decide alike on every pair of a family that is judged."""
    exact = table[["p_sign_flip_holm", "p_wilcoxon_holm"]] < ALPHA
    differ = table[exact.ne(table["p_holm"] < ALPHA, axis=0).any(axis=1)]
    if differ.empty:
        return "- Both exact tests agree with the paired t test on all of them."
    pairs = "; ".join(f"{facts.labels[c.left]} and {facts.labels[c.right]}" for c in differ.itertuples())
    return f"- An exact test and the paired t test disagree at {ALPHA:g} on {pairs}: take these with care."
