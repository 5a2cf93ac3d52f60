"""Claims, and the one place where numbers turn into a verdict on them.

A claim of the config says that its left side is higher (or lower) than its right side in a metric. A side is
a variant, a list of variants, each of which the claim must hold for, or {mean: list}, their average by seed.
All pairs of a left and a right variant are compared, paired by seed; `margin` below is left - right if the
claim says higher, right - left if it says lower.

The claim is that the smallest of the true margins is above zero. Against the contrary the largest of the
one-sided p counts (intersection-union test, Berger 1982), unadjusted; for the contrary the smallest one,
times the number of pairs, since any one pair would refute the claim. The smaller of the two, doubled, is the
claim's two-sided p: for a single pair, the p of the paired t test. Estimate and interval are those of the
smallest margin, and the interval of level 1 - alpha is on one side of zero exactly when p is below alpha.
"""

import re
from collections.abc import Mapping, Sequence
from itertools import product
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from placement.analysis.conventions import ALPHA, INFERENCE_SEEDS, MINIMUM_SEEDS, complete_blocks
from placement.analysis.families import holm
from placement.analysis.paired import StudentMean, paired_differences, probability_of_outperforming, smallest_exact_p
from placement.study.claims import Side, members, sides
from placement.study.measures import MEASURES, Measure

SIGN = {"higher": 1, "lower": -1}


def verdict(n: int, margin: float, p: float, p_equivalence: float, alpha: float = ALPHA) -> str:
    """What becomes of a claim.

    1. Below MINIMUM_SEEDS complete seeds: undecided.
    2. The difference was shown to be smaller than the region of practical equivalence (`p_equivalence` < alpha):
       equivalent, even if its sign was shown too.
    3. A difference was shown (`p` < alpha): supported if the smallest margin is above zero, refuted if below.
    4. Anything else, a missing p included: undecided. It doesn't mean equal.

    Args:
        n: complete seeds.
        margin: the estimate, positive in the direction of the claim.
        p, p_equivalence: adjusted over all claims of the study; NaN where there is no test.
    """
    if n < MINIMUM_SEEDS:
        return "undecided"
    if p_equivalence < alpha:
        return "equivalent"
    if p < alpha:
        return "supported" if margin > 0 else "refuted"
    return "undecided"


class Judgement(NamedTuple):
    """One row of `judge`. Estimate and interval are left - right, in the metric's unit, whatever the
    direction."""

    sentence: str
    metric: str
    unit: str
    direction: str
    left: str
    right: str
    rope: float = np.nan
    claimed: float = np.nan
    n: int = 0
    left_out: int = 0  # seeds without a value in some run
    binding: str = ""  # the pair with the smallest margin
    estimate: float = np.nan
    low: float = np.nan
    high: float = np.nan
    p: float = np.nan
    p_outperform: float = np.nan  # that the binding pair's difference is in the direction of the claim
    p_outperform_low: float = np.nan
    p_outperform_high: float = np.nan
    p_equivalence: float = np.nan
    reason: str = ""  # of a verdict that is undecided
    p_holm: float = np.nan
    p_equivalence_holm: float = np.nan
    claimed_size: str = ""  # inside or outside of the interval; empty if none was claimed or there are too few seeds
    verdict: str = "undecided"


def judge(
    claims: Sequence[Mapping[str, Any]],
    runs: pd.DataFrame,
    variants: Sequence[str],
    rope: float,
    alpha: float = ALPHA,
) -> pd.DataFrame:
    """A row for each claim, with the columns of `Judgement`.

    Args:
        claims: entries of comparison.claims: sentence, metric, left, right, direction, and optionally claimed (the size
            of the difference in that direction) and rope, both in the metric's unit.
        runs: one row a run, in display units; columns variant, seed and metrics.
        variants: the study's. Only seeds with a run of each of them count.
        rope: region of practical equivalence of accuracies, points. Other metrics have none but the claim's own.
    """
    runs = runs[runs["variant"].isin(variants)]
    whole = runs[runs.groupby("seed")["variant"].transform("nunique") == len(variants)]
    rows = [_measure(claim, whole, variants, rope, alpha) for claim in claims]
    table = pd.DataFrame(rows, columns=Judgement._fields)
    tested = table["p"].notna()
    for name in ("p", "p_equivalence"):
        table.loc[tested, f"{name}_holm"] = holm(table.loc[tested, name])
    for row in table.itertuples():
        sign = SIGN[row.direction]
        decision = verdict(row.n, sign * row.estimate, row.p_holm, row.p_equivalence_holm, alpha)
        table.loc[row.Index, "verdict"] = decision
        if decision != "undecided":
            table.loc[row.Index, "reason"] = ""
        if row.n >= MINIMUM_SEEDS and np.isfinite(row.claimed) and np.isfinite(row.low):
            inside = row.low <= sign * row.claimed <= row.high
            table.loc[row.Index, "claimed_size"] = "inside" if inside else "outside"
    return table


def by_seed(judgement: Any, runs: pd.DataFrame, labels: Mapping[str, str]) -> pd.DataFrame | None:
    """The pairs that a claim rests on: the values of its binding pair, averaged over a group, seed by seed.

    Args:
        judgement: a row of `judge`.
        runs: as in `judge`; only complete seeds count.
        labels: {variant: label} of the study.

    Returns:
        Columns seed and one for each side, named by its labels; None where nothing was measured.
    """
    groups = [side.split("/") for side in judgement.binding.split(" - ")]
    if judgement.n == 0 or not labels.keys() >= {name for names in groups for name in names}:
        return None
    whole = runs[runs["variant"].isin(list(labels))]
    whole = whole[whole.groupby("seed")["variant"].transform("nunique") == len(labels)]
    left, right = (complete_blocks(whole, judgement.metric, names) for names in groups)
    names = [" / ".join(labels[name] for name in names) for names in groups]
    sides = [
        pd.Series(side.values.mean(axis=1), side.seeds, name=name)
        for side, name in zip((left, right), names, strict=True)
    ]
    return pd.concat(sides, axis=1, join="inner").rename_axis("seed").reset_index()


def _text(side: Side) -> str:
    names = ", ".join(members(side))
    return f"mean of {names}" if isinstance(side, Mapping) else names


def _measure(
    claim: Mapping[str, Any], runs: pd.DataFrame, variants: Sequence[str], rope: float, alpha: float
) -> Judgement:
    """All of a claim but what depends on the other claims."""
    metric, left, right = claim["metric"], sides(claim["left"]), sides(claim["right"])
    measure = MEASURES.get(metric, Measure())
    row = Judgement(
        sentence=claim["sentence"],
        metric=metric,
        unit=measure.unit,
        direction=claim["direction"],
        left=_text(claim["left"]),
        right=_text(claim["right"]),
        rope=claim.get("rope", rope if measure.is_accuracy else np.nan),
        claimed=claim.get("claimed", np.nan),
    )
    names = list(dict.fromkeys(name for group in left + right for name in group))
    if reason := _untestable(metric, names, runs, variants):
        return row._replace(reason=reason)
    blocks = complete_blocks(runs, metric, names)
    row = row._replace(n=len(blocks.seeds), left_out=len(blocks.left_out))
    if row.n == 0:
        return row._replace(reason=_too_few(row.n, variants))
    column = dict(zip(names, blocks.values.T, strict=True))
    pairs = list(product(left, right))
    sign = SIGN[row.direction]
    differences = [sign * paired_differences(_average(column, a), _average(column, b)) for a, b in pairs]
    margins = [StudentMean.of(d) for d in differences]
    binding = int(np.argmin([m.mean for m in margins]))
    # np.min and np.max, since one missing p must make the whole claim's p missing.
    low = np.min([m.interval(alpha)[0] for m in margins])
    high = np.min([m.interval(alpha / len(pairs))[1] for m in margins])
    p_for = np.max([m.p_above() for m in margins])
    p_against = len(pairs) * np.min([m.p_below() for m in margins])
    outperform, outperform_low, outperform_high = probability_of_outperforming(differences[binding], alpha)
    row = row._replace(
        binding=" - ".join("/".join(group) for group in pairs[binding]),
        estimate=sign * margins[binding].mean,
        low=low if sign > 0 else -high,
        high=high if sign > 0 else -low,
        p=float(np.minimum(1, 2 * np.minimum(p_for, p_against))),
        p_outperform=outperform,
        p_outperform_low=outperform_low,
        p_outperform_high=outperform_high,
        p_equivalence=float(np.max([m.p_equivalent(row.rope) for m in margins])),
    )
    return row._replace(reason=_undecided(row, variants))


def _average(column: Mapping[str, np.ndarray], names: Sequence[str]) -> np.ndarray:
    return np.mean([column[name] for name in names], axis=0)


def _untestable(metric: str, names: Sequence[str], runs: pd.DataFrame, variants: Sequence[str]) -> str:
    """Why the claim can't be looked at in this study, or nothing."""
    if absent := [name for name in names if name not in variants]:
        return f"not in this study: {', '.join(absent)}"
    if metric not in runs.columns:
        return f"not measured: {metric}"
    reached = re.sub(r".*_to_", "reached_", metric)
    if reached in runs.columns and reached != metric:
        censored = int((~runs.loc[runs["variant"].isin(names), reached].astype(bool)).sum())
        if censored:
            return f"{censored} of its runs ended before they got there: their {metric} is only a lower bound"
    return ""


def _too_few(n: int, variants: Sequence[str]) -> str:
    pairs = len(variants) * (len(variants) - 1) // 2
    smallest = smallest_exact_p(n, pairs)
    # Of one or two seeds it is told once, that no test can reject.
    tests = n >= INFERENCE_SEEDS and smallest > ALPHA
    why = f": an exact paired test over {pairs} pairs gives no p below {smallest:.2g}" if tests else ""
    return f"{n} of the {MINIMUM_SEEDS} complete seeds needed{why}"


def _undecided(row: Judgement, variants: Sequence[str]) -> str:
    if row.n < MINIMUM_SEEDS:
        return _too_few(row.n, variants)
    if np.isnan(row.p):
        return "some differences are the same in every seed, which leaves nothing to test"
    if np.isnan(row.rope):
        return "no difference shown, and no region of equivalence is given for this metric"
    return "neither a difference nor equivalence shown"
