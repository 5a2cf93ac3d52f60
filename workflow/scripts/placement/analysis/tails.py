"""One-sided p of mean differences paired by seed, by Student's t and by random changes of sign, many at once.

`differences` are [..., seeds, contrasts]. Both return p [..., contrasts] against the hypothesis that the mean is at
most `bound` (above) and at least `bound` (below). Differences without spread, or of one seed, have no t test: NaN.
"""

from functools import cache
from typing import NamedTuple

import numpy as np
from scipy import special

from placement.analysis.paired import EXACT_SEEDS, MONTE_CARLO_DRAWS, RESAMPLING_SEED


class Tails(NamedTuple):
    above: np.ndarray
    below: np.ndarray


def student(differences: np.ndarray, bound: float = 0.0) -> Tails:
    """By the paired t test."""
    d = np.asarray(differences, float)
    n = d.shape[-2]
    if n < 2:
        nothing = np.full((*d.shape[:-2], d.shape[-1]), np.nan)
        return Tails(nothing, nothing)
    sd = np.where(np.ptp(d, axis=-2) > 0, d.std(axis=-2, ddof=1), np.nan)
    t = (d.mean(axis=-2) - bound) / (sd / np.sqrt(n))
    return Tails(special.stdtr(n - 1, -t), special.stdtr(n - 1, t))


def sign_flip(differences: np.ndarray, bound: float = 0.0) -> Tails:
    """By the sign-flip test, see paired.sign_flip_p: all 2^n changes up to n = 16, else 100,000 random ones.

    Unlike that of a mean of zero, a test of another bound takes differences that lie symmetrically about it.
    """
    d = np.asarray(differences, float) - bound
    signs = _signs(d.shape[-2])
    sums = signs @ d  # [..., changes, contrasts]
    observed, dust = d.sum(axis=-2), 1e-9 * np.abs(d).sum(axis=-2)
    above = (sums >= (observed - dust)[..., None, :]).sum(axis=-2)
    below = (sums <= (observed + dust)[..., None, :]).sum(axis=-2)
    drawn = 0 if d.shape[-2] <= EXACT_SEEDS else 1  # the observed signs are among all, but not among those drawn
    return Tails((above + drawn) / (len(signs) + drawn), (below + drawn) / (len(signs) + drawn))


@cache
def _signs(n: int) -> np.ndarray:
    """Changes of sign float [changes, n]."""
    if n <= EXACT_SEEDS:
        return 1.0 - 2 * ((np.arange(2**n)[:, None] >> np.arange(n)) & 1)
    return 2.0 * np.random.default_rng(RESAMPLING_SEED).integers(2, size=(MONTE_CARLO_DRAWS, n), dtype=np.int8) - 1
