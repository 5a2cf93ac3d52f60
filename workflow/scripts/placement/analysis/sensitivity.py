"""Whether the verdict on a claim hangs on a choice of the analysis, or on a single seed.

Each analysis changes one thing and judges again, by the same rule with the same adjustment over all claims:

- last epoch: the claim's metric at the weights of the last epoch, in place of those of the best;
- re-estimated: test accuracy with BatchNorm's statistics re-estimated on training images;
- without a seed: each one left out in turn, of all claims. The minimum of seeds is lowered by that one: with exactly as
  many as it takes nothing would else be judged for want of the last, whatever the others say;
- sign-flip: the exact test in place of Student's t. It takes differences to be symmetric, as t does;
- skewness: Hall's t, which doesn't. Where the long tail of the differences is on the other side of zero, t shows too
  often what isn't there (benchmarks/statistics_coverage.py);
- new images: the interval for other test images too, see crossed.py.

A verdict that comes out otherwise in one of them is fragile. An undecided one may be so too. Below the minimum of
seeds nothing is judged, and nothing looked at.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from placement.analysis.conventions import ALPHA
from placement.analysis.tails import hall, sign_flip, smallest
from placement.analysis.verdicts import NOT_JUDGED, Decision, Evidence, Sample, decide

NOT_MEASURED = "not measured"
OUT_OF_REACH = "out of reach"  # no data of as many seeds could give the exact test a p small enough


class Sensitivity(NamedTuple):
    """The verdict by each analysis, empty where a claim has none of the kind; `fragile`: those that turn it."""

    verdict_last_epoch: str = ""
    verdict_reestimated: str = ""
    verdict_without_a_seed: str = ""
    verdict_sign_flip: str = ""
    verdict_skewness: str = ""
    verdict_new_images: str = ""
    fragile: str = ""


def sensitivities(
    samples: Sequence[Sample],
    found: Sequence[Evidence],
    decisions: Sequence[Decision],
    last_epoch: Sequence[Sample | None],
    reestimated: Sequence[Sample | None],
    new_images: Sequence[Evidence | str],
    minimum: int,
) -> list[Sensitivity]:
    """How each claim of a study fares.

    Args:
        samples, found, decisions: what each claim is judged by, what that says, and its verdict.
        last_epoch, reestimated: the same in the other metric; None where the claim's has no such counterpart.
        new_images: what the runs say of other test images too; where nothing is, why (nothing, NOT_MEASURED).
        minimum: the seeds that the claims are judged from.
    """
    enough = [decision.verdict != NOT_JUDGED for decision in decisions]
    if not any(enough):
        return [Sensitivity()] * len(samples)
    seeds = sorted({seed for sample in samples for seed in sample.seeds})
    without = {seed: _without(samples, seed, minimum) for seed in seeds}
    flipped, unskewed = (
        decide(samples, [s.evidence(tails) if e else Evidence() for s, e in zip(samples, enough, strict=True)], minimum)
        for tails in (sign_flip, hall)
    )
    tested = int(np.isfinite([float(each.p) for each in found]).sum())
    return [
        _of_claim(
            decisions[i].verdict,
            _in_other_metric(i, samples, found, last_epoch[i], minimum),
            _in_other_metric(i, samples, found, reestimated[i], minimum),
            {seed: without[seed][i].verdict for seed in samples[i].seeds},
            flipped[i].verdict if _in_reach(samples[i], decisions[i], tested) else OUT_OF_REACH,
            unskewed[i].verdict,
            _for_new_images(i, samples, found, new_images[i], minimum),
        )
        if enough[i]
        else Sensitivity()
        for i in range(len(samples))
    ]


def _of_claim(
    verdict: str,
    last_epoch: str,
    reestimated: str,
    without: dict[int, str],
    flipped: str,
    unskewed: str,
    new_images: str,
) -> Sensitivity:
    by_verdict: dict[str, list[int]] = {}
    for seed, other in without.items():
        if other != verdict:
            by_verdict.setdefault(other, []).append(seed)
    left_out = [f"without seed {', '.join(map(str, seeds))}: {other}" for other, seeds in by_verdict.items()]
    analyses = {
        "last epoch": last_epoch,
        "re-estimated": reestimated,
        "sign-flip": flipped,
        "skewness": unskewed,
        "new images": new_images,
    }
    turned = [
        f"{what}: {other}" for what, other in analyses.items() if other not in ("", verdict, NOT_MEASURED, OUT_OF_REACH)
    ]
    without_a_seed = "; ".join(left_out) or verdict
    return Sensitivity(
        last_epoch, reestimated, without_a_seed, flipped, unskewed, new_images, "; ".join(turned + left_out)
    )


def _in_other_metric(
    i: int, samples: Sequence[Sample], found: Sequence[Evidence], other: Sample | None, minimum: int
) -> str:
    """The verdict on claim `i` by another sample, all other claims as they are."""
    if other is None:
        return ""
    if len(other.seeds) < len(samples[i].seeds):
        return NOT_MEASURED
    replaced = [*samples[:i], other, *samples[i + 1 :]]
    return decide(replaced, [*found[:i], other.evidence(), *found[i + 1 :]], minimum)[i].verdict


def _for_new_images(
    i: int, samples: Sequence[Sample], found: Sequence[Evidence], other: Evidence | str, minimum: int
) -> str:
    """The verdict on claim `i` by what is known of other images, all other claims as they are."""
    return (
        other if isinstance(other, str) else decide(samples, [*found[:i], other, *found[i + 1 :]], minimum)[i].verdict
    )


def _without(samples: Sequence[Sample], seed: int, minimum: int) -> list[Decision]:
    left = [sample.without(seed) for sample in samples]
    found = [sample.evidence() for sample in left]
    return decide(left, found, minimum - 1)


def _in_reach(sample: Sample, decision: Decision, tested: int) -> bool:
    """Whether the exact test could confirm a verdict at all, beside so many tested claims."""
    n, contrasts = sample.differences.shape
    by_equivalence = decision.verdict == ("supported" if sample.direction == "equal" else "equivalent")
    sides = 1 if by_equivalence else 2 * (contrasts if decision.verdict == "refuted" else 1)
    return decision.verdict == "undecided" or tested * sides * smallest(n) < ALPHA
