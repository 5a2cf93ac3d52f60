"""Claims, judged: a row each, with estimate, interval, verdict, and what the verdict hangs on.

A claim of the config says that its left side is higher than its right side in a metric, or lower, or equal to it. What
the sides stand for is in study/contrasts.py: one contrast or several, each a difference of averages by seed; with
`against`, the difference within one part of the grid minus that within another (the interaction of the two). How
numbers become a verdict is in verdicts.py, what may turn it in sensitivity.py.

The estimate is that of the contrast least in favour of the claim. The interval of level 1 - ALPHA is of the smallest
margin, and on one side of zero exactly when p is below ALPHA: its ends may be of two contrasts, since one is for all of
them and the other for any, with the level shared out. Of a claim of equality it is that of the largest contrast, with
the level shared out, and beyond the region of practical equivalence exactly when p is below ALPHA.

Every claim that was measured has them, judged or not, and says which way the interval leans.

A claimed size that is the mean of n runs is no mean of all runs: d̄ ± t sd √(1/S + 1/n) is where the mean difference of
n more pairs of runs is expected, and what such a size is held against (of one pair where n isn't known).
"""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from placement.analysis.conventions import ALPHA, DECIMALS, INFERENCE_SEEDS, complete_blocks
from placement.analysis.crossed import Images
from placement.analysis.minimum import seeds_to_judge
from placement.analysis.paired import StudentMean, paired_differences, probability_of_outperforming
from placement.analysis.sensitivity import NOT_MEASURED, Sensitivity, sensitivities
from placement.analysis.verdicts import NOT_JUDGED, SIGN, Decision, Evidence, Sample, decide, evidence
from placement.study import contrasts
from placement.study.claims import Cells, Claim, Source, part_text
from placement.study.contrasts import Contrast
from placement.study.grids import Grid
from placement.study.measures import MEASURES, Measure


class Judgement(NamedTuple):
    """One row of `judge`. Estimate and interval are left - right, in the metric's unit, whatever the
    direction."""

    sentence: str
    metric: str
    unit: str
    direction: str
    left: str
    right: str
    within: str = ""
    against: str = ""
    matched: str = ""  # by level: combinations of the other factors that the claim rests on, of those that there are
    rope: float = np.nan
    source: str = ""
    claimed: float = np.nan
    claimed_n: int | None = None  # runs that the claimed size was measured on
    claimed_network: str = ""
    claimed_by_others: str = ""  # sizes of further sources, left - right, each with its n and network
    sources_disagree: bool = False  # see Claim.sources_disagree
    n: int = 0
    left_out: int = 0  # seeds without a value in some run
    binding: str = ""  # the contrast least in favour of the claim
    estimate: float = np.nan
    low: float = np.nan
    high: float = np.nan
    leans: str = ""  # for or against the claim where the interval is on one side, else either
    p: float = np.nan
    p_outperform: float = np.nan  # that every contrast of a seed is in the direction of the claim; none for equality
    p_outperform_low: float = np.nan
    p_outperform_high: float = np.nan
    p_equivalence: float = np.nan
    reason: str = ""  # why it isn't judged, or is undecided
    seeds_to_judge: int = 0  # complete seeds that claims of this study are judged from
    p_holm: float = np.nan
    p_equivalence_holm: float = np.nan
    predicted_low: float = np.nan  # where the difference of as many runs as the claimed one's is expected
    predicted_high: float = np.nan
    claimed_size: str = ""  # inside or outside of that; empty if none was claimed or there is none
    claimed_as_mean: str = ""  # inside or outside of the interval; empty where the number of its runs is known
    verdict: str = NOT_JUDGED
    verdict_last_epoch: str = ""
    verdict_reestimated: str = ""
    verdict_without_a_seed: str = ""
    verdict_sign_flip: str = ""
    verdict_skewness: str = ""
    verdict_new_images: str = ""
    fragile: str = ""


def judge(
    claims: Sequence[Claim],
    runs: pd.DataFrame,
    rope: float,
    grid: Grid | None = None,
    images: Images | None = None,
) -> pd.DataFrame:
    """A row for each claim, with the columns of `Judgement`.

    Args:
        claims: of the study, without problems; the first source that states a size says what is claimed.
        runs: one row a run, of every variant in every seed, in display units; columns variant, seed and metrics.
        rope: region of practical equivalence of accuracies, points. Other metrics have none but the claim's own.
        grid: the study's, for claims by level.
        images: which test images each run got right.
    """
    rows = [_as_written(claim, rope, grid) for claim in claims]
    about = [contrasts.contrasts(claim, grid) for claim in claims]
    samples = [_sample(row, row.metric, each, runs) for row, each in zip(rows, about, strict=True)]
    last_epoch, reestimated = (
        [
            _sample(row, metric, each, runs) if (metric := getattr(_measure(row.metric), twin)) else None
            for row, each in zip(rows, about, strict=True)
        ]
        for twin in ("last_epoch", "reestimated")
    )
    found = [sample.evidence() for sample in samples]
    minimum = seeds_to_judge(len(claims))
    decisions = decide(samples, found, minimum)
    new_images = [_of_images(row, each, sample, images) for row, each, sample in zip(rows, about, samples, strict=True)]
    fares = sensitivities(samples, found, decisions, last_epoch, reestimated, new_images, minimum)
    rows = [row._replace(seeds_to_judge=minimum) for row in rows]
    judged = [
        _measured(row, each, sample, evidence, decision, fare, runs)
        for row, each, sample, evidence, decision, fare in zip(
            rows, about, samples, found, decisions, fares, strict=True
        )
    ]
    return pd.DataFrame(judged, columns=Judgement._fields).astype({"claimed_n": "Int64"})


def by_seed(
    claim: Claim,
    judgement: Any,
    runs: pd.DataFrame,
    labels: Mapping[str, str],
    grid: Grid | None = None,
) -> pd.DataFrame | None:
    """What a claim rests on: the two sides of its binding contrast, seed by seed.

    Args:
        claim: one of `judge`'s, and `judgement` its row.
        runs: as in `judge`.
        labels: {variant: label} of the study.
        grid: the study's.

    Returns:
        Columns seed and one for each side, named by its labels (with `against`: the two differences that are compared);
        None where nothing was measured.
    """
    about = [contrast.name for contrast in contrasts.contrasts(claim, grid)]
    if judgement.n == 0 or judgement.binding not in about:
        return None
    two = contrasts.sides(claim, grid)[about.index(judgement.binding)]
    names = list(dict.fromkeys(name for side in two for name in side.weights))
    blocks = complete_blocks(runs, judgement.metric, names)
    values = blocks.values @ np.array([[side.weights.get(name, 0.0) for side in two] for name in names])
    columns = [" / ".join(labels.get(part, part) for part in side.name.split("/")) for side in two]
    found = pd.DataFrame(values, columns=columns)
    found.insert(0, "seed", blocks.seeds)
    return found


def _measure(metric: str) -> Measure:
    return MEASURES.get(metric, Measure())


def _as_written(claim: Claim, rope: float, grid: Grid | None) -> Judgement:
    """What of a claim no run is needed for."""
    measure = _measure(claim.metric)
    claimed, *others = [source for source in claim.sources if source.difference is not None] or [Source("")]
    matched = contrasts.matched(claim, grid) if grid and isinstance(claim.left, Cells) else None
    rope = rope if measure.is_accuracy else np.nan
    rope = rope if claim.rope is None else claim.rope
    return Judgement(
        sentence=claim.sentence,
        metric=claim.metric,
        unit=measure.unit,
        direction=claim.direction,
        left=str(claim.left),
        right=str(claim.right),
        within=part_text(claim.within),
        against=part_text(claim.against or {}),
        matched=f"{matched.used} of {matched.all}" if matched else "",
        rope=rope,
        source="; ".join(dict.fromkeys(source.cite for source in claim.sources)),
        claimed=np.nan if claimed.difference is None else claimed.difference,
        claimed_n=claimed.n,
        claimed_network=claimed.network,
        claimed_by_others="; ".join(_stated(source, SIGN[claim.direction]) for source in others),
        sources_disagree=claim.sources_disagree(rope),
    )


def _stated(source: Source, sign: int) -> str:
    of = [*([] if source.n is None else [f"n = {source.n}"]), *([source.network] if source.network else [])]
    return f"{sign * (source.difference or 0):+g}" + (f" ({', '.join(of)})" if of else "")


def _sample(row: Judgement, metric: str, about: Sequence[Contrast], runs: pd.DataFrame) -> Sample:
    """The differences in a metric, of no seed where they can't be looked at."""
    names = _variants(about)
    if _untestable(metric, names, runs):
        return Sample(row.direction, row.rope, (), np.empty((0, len(about))))
    blocks = complete_blocks(runs, metric, names)
    weights = np.array([[contrast.weights.get(name, 0.0) for contrast in about] for name in names])
    return Sample(row.direction, row.rope, blocks.seeds, paired_differences(blocks.values @ weights, 0))


def _of_images(row: Judgement, about: Sequence[Contrast], sample: Sample, images: Images | None) -> Evidence | str:
    """What a claim on accuracy has to go on for other test images too; else why it has nothing."""
    if row.metric != "test_accuracy" or not sample.seeds:
        return ""
    if images is None or not set(sample.seeds) <= set(images.seeds):
        return NOT_MEASURED
    tails = images.tails([contrast.weights for contrast in about], sample.seeds)
    return evidence(sample.differences, row.direction, row.rope, tails)


def _measured(
    row: Judgement,
    about: Sequence[Contrast],
    sample: Sample,
    found: Evidence,
    decision: Decision,
    fares: Sensitivity,
    runs: pd.DataFrame,
) -> Judgement:
    """A claim with what was found."""
    if reason := _untestable(row.metric, _variants(about), runs):
        return row._replace(reason=reason)
    n, sign = len(sample.seeds), SIGN[row.direction]
    row = row._replace(n=n, left_out=runs["seed"].nunique() - n)
    if n == 0:
        return row._replace(reason=_too_few(row))
    low, high = _interval(sample)
    if row.direction != "equal":
        margins = (sign * sample.differences).min(axis=1)
        outperform, outperform_low, outperform_high = probability_of_outperforming(margins)
        row = row._replace(p_outperform=outperform, p_outperform_low=outperform_low, p_outperform_high=outperform_high)
    row = row._replace(
        **(found._asdict() | decision._asdict() | fares._asdict()),
        binding=about[sample.binding].name,
        estimate=sign * sample.margin,
        low=low,
        high=high,
        leans=_leans(sample, low, high),
    )
    if np.isfinite(row.claimed) and np.isfinite(low):
        predicted = StudentMean.of(sample.differences[:, sample.binding]).prediction(row.claimed_n or 1)
        row = row._replace(
            predicted_low=predicted[0],
            predicted_high=predicted[1],
            claimed_size=_where(sign * row.claimed, *predicted),
            claimed_as_mean="" if row.claimed_n else _where(sign * row.claimed, low, high),
        )
    return row._replace(reason=_open(row))


def _where(size: float, low: float, high: float) -> str:
    return "inside" if low <= size <= high else "outside"


def _leans(sample: Sample, low: float, high: float) -> str:
    """Which way the interval points, or where all seeds say the same these: 'for', 'against' or 'either'."""
    if len(sample.seeds) < INFERENCE_SEEDS:
        return ""
    if np.isnan(low):
        low = high = round(SIGN[sample.direction] * sample.margin, DECIMALS)
    if sample.direction == "equal":
        beyond = low > sample.rope or high < -sample.rope
        return "against" if beyond else "for" if max(-low, high) <= sample.rope else "either"
    above, below = ("for", "against") if SIGN[sample.direction] > 0 else ("against", "for")
    return above if low > 0 else below if high < 0 else "either"


def _interval(sample: Sample) -> tuple[float, float]:
    """Of the smallest margin, or for equality of the largest contrast, left - right; see the top of this module."""
    sign, contrasts = SIGN[sample.direction], sample.differences.shape[1]
    if sample.direction == "equal":
        return StudentMean.of(sample.differences[:, sample.binding]).interval(ALPHA / contrasts)
    margins = [StudentMean.of(values) for values in sign * sample.differences.T]
    # np.min, since one missing interval must make the whole claim's missing.
    low = float(np.min([margin.interval()[0] for margin in margins]))
    high = float(np.min([margin.interval(ALPHA / contrasts)[1] for margin in margins]))
    return (low, high) if sign > 0 else (-high, -low)


def _variants(about: Sequence[Contrast]) -> list[str]:
    """All that have a weight, those on the left first."""
    weights = [item for contrast in about for item in contrast.weights.items()]
    return list(dict.fromkeys(name for sign in (1, -1) for name, weight in weights if sign * weight > 0))


def _untestable(metric: str, names: Sequence[str], runs: pd.DataFrame) -> str:
    """Why the claim can't be looked at in this study, or nothing."""
    if metric not in runs.columns:
        return f"not measured: {metric}"
    reached = _measure(metric).reached
    if reached in runs.columns:
        censored = int((~runs.loc[runs["variant"].isin(names), reached].astype(bool)).sum())
        if censored:
            return f"{censored} of its runs ended before they got there: their {metric} is only a lower bound"
    return ""


def _too_few(row: Judgement) -> str:
    if row.n == 0:  # such as the spread of validation accuracy over few epochs
        return "in every seed a run has no value of this measure"
    return f"{row.n} of {row.seeds_to_judge} seeds"


def _open(row: Judgement) -> str:
    """Why a claim has no verdict that says something, or nothing."""
    if row.verdict == NOT_JUDGED:
        return _too_few(row)
    if row.verdict != "undecided":
        return ""
    if np.isnan(row.rope):
        return "no difference shown, and no region of equivalence is given for this metric"
    return "neither a difference nor equivalence shown"
