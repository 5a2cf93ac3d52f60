"""One-sided p of mean differences paired by seed, by Student's t, Hall's and changes of sign, many at once.

`differences` are [..., seeds, contrasts]. All return p [..., contrasts] against the hypothesis that the mean is at
most `bound` (above) and at least `bound` (below). Fewer seeds than INFERENCE_SEEDS have no t test: NaN. Differences
without spread have none either, and get the exact test's p.
"""

from collections.abc import Callable
from functools import lru_cache
from typing import NamedTuple

import numpy as np
from scipy import special

from placement.analysis.conventions import INFERENCE_SEEDS

RESAMPLING_SEED = 20210409
EXACT_SEEDS = 16
MONTE_CARLO_DRAWS = 100_000


class Tails(NamedTuple):
    above: np.ndarray
    below: np.ndarray


def student(differences: np.ndarray, bound: float = 0.0) -> Tails:
    """By the paired t test."""
    return _by_t(differences, bound, lambda t, skewness, n: t)


def hall(differences: np.ndarray, bound: float = 0.0) -> Tails:
    """By Hall's transformed t (1992, J. R. Stat. Soc. B 54, 221), which takes the skewness of the differences into
    account: where the long tail is on the other side of the bound, a mean is told apart from it too easily by t.
    """
    return _by_t(differences, bound, _hall)


def _hall(t: np.ndarray, skewness: np.ndarray, n: int) -> np.ndarray:
    s = t / np.sqrt(n)
    return np.sqrt(n) * (s + skewness * s**2 / 3 + skewness**2 * s**3 / 27 + skewness / (6 * n))


def _by_t(differences: np.ndarray, bound: float, transformed: Callable[[np.ndarray, np.ndarray, int], np.ndarray]):
    d = np.asarray(differences, float)
    n = d.shape[-2]
    if n < INFERENCE_SEEDS:
        nothing = np.full((*d.shape[:-2], d.shape[-1]), np.nan)
        return Tails(nothing, nothing)
    spread = np.ptp(d, axis=-2) > 0
    around = d - d.mean(axis=-2, keepdims=True)
    variance = np.where(spread, (around**2).mean(axis=-2), np.nan)
    t = (d.mean(axis=-2) - bound) / np.sqrt(variance / (n - 1))
    t = transformed(t, (around**3).mean(axis=-2) / variance**1.5, n)
    # All 2^n changes of sign of equal differences: their own are the furthest out.
    same, side = smallest(n), np.sign(d[..., 0, :] - bound)
    return Tails(
        np.where(spread, special.stdtr(n - 1, -t), np.where(side > 0, same, 1.0)),
        np.where(spread, special.stdtr(n - 1, t), np.where(side < 0, same, 1.0)),
    )


def sign_flip(differences: np.ndarray, bound: float = 0.0) -> Tails:
    """By the sign-flip test: the share of changes of the differences' signs that give as large a sum.

    All 2^n are counted up to n = 16; beyond, the observed one and 100,000 random ones (Phipson & Smyth 2010), from a
    generator of their own, so that a p doesn't depend on what was looked at before. Unlike that of a mean of zero, a
    test of another bound takes differences that lie symmetrically about it.
    """
    d = np.asarray(differences, float) - bound
    exact = d.shape[-2] <= EXACT_SEEDS
    signs = _all_signs(d.shape[-2]) if exact else _random_signs(d.shape[-2])
    sums = signs @ d  # [..., changes, contrasts]
    # Sums of the same numbers in another order may differ in their last bits.
    observed, dust = d.sum(axis=-2), 1e-9 * np.abs(d).sum(axis=-2)
    above = (sums >= (observed - dust)[..., None, :]).sum(axis=-2)
    below = (sums <= (observed + dust)[..., None, :]).sum(axis=-2)
    drawn = 0 if exact else 1  # the observed signs are among all, but not among those drawn
    return Tails((above + drawn) / (len(signs) + drawn), (below + drawn) / (len(signs) + drawn))


def smallest(n: int) -> float:
    """The smallest one-sided p that the sign-flip test can give of `n` seeds."""
    return 2.0**-n if n <= EXACT_SEEDS else 1 / (1 + MONTE_CARLO_DRAWS)


# The same ones for each of thousands of pairs, but where some differences are zero. Float [changes, n].
@lru_cache(maxsize=4)
def _all_signs(n: int) -> np.ndarray:
    return 1.0 - 2 * ((np.arange(2**n)[:, None] >> np.arange(n)) & 1)


@lru_cache(maxsize=4)
def _random_signs(n: int) -> np.ndarray:
    return 2.0 * np.random.default_rng(RESAMPLING_SEED).integers(2, size=(MONTE_CARLO_DRAWS, n), dtype=np.int8) - 1
