"""Two questions: are differences those of new seeds on the same images, or of new seeds and new images too?"""

from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

import numpy as np
import pandas as pd
from scipy import special, stats

from placement.analysis.conventions import ALPHA, INFERENCE_SEEDS
from placement.analysis.families import baseline_pairs, decided, holm
from placement.analysis.paired import StudentMean, residual_variance
from placement.analysis.tails import Tails, student


class Crossed(NamedTuple):
    """Mean of a seeds x images design, its standard errors and their degrees of freedom, its components."""

    mean: float
    se_seeds: float
    df_seeds: float
    se_both: float
    df_both: float
    variance_seeds: float
    variance_images: float
    variance_residual: float


def crossed_mean(values: np.ndarray) -> Crossed:
    """Mean of `values` [seeds, images] with both factors random, by two-way analysis of variance.

    The model is mean + seed + image + residual, without replication (Searle, Casella & McCulloch 1992). For
    new seeds on these images the variance of the mean is MS_seeds / (S I): the paired t test on the means of
    seeds. For new seeds and new images it is var_seeds / S + var_images / I + var_residual / (S I), which is
    (MS_seeds + MS_images - MS_residual) / (S I) unless a component was estimated below zero and taken as
    zero: the denominator of the quasi-F' of Clark (1973), with the degrees of freedom of Satterthwaite
    (1946). It is never less than the first. NaN for fewer than two seeds or images; no standard errors below
    INFERENCE_SEEDS.
    """
    s, i = values.shape
    if s < 2 or i < 2:
        return Crossed(float(np.mean(values)) if values.size else np.nan, *[np.nan] * 7)
    mean, seed_means, image_means = values.mean(), values.mean(axis=1), values.mean(axis=0)
    df = np.array([s - 1, i - 1, (s - 1) * (i - 1)])
    squares = np.array(
        [
            i * StudentMean.of(seed_means).sd ** 2,
            s * StudentMean.of(image_means).sd ** 2,
            residual_variance(values),
        ]
    )
    seeds, images = np.maximum(squares[:2] - squares[2], 0) / (i, s)
    both = seeds / s + images / i + squares[2] / (s * i)
    df_both = (both * s * i) ** 2 / np.sum(squares**2 / df) if both > 0 else np.nan
    # A standard error of zero is no spread to infer from, as in StudentMean.
    infers = s >= INFERENCE_SEEDS
    se_seeds, se_both = (np.sqrt(v) if infers and v > 0 else np.nan for v in (squares[0] / (s * i), both))
    return Crossed(*map(float, (mean, se_seeds, s - 1, se_both, df_both, seeds, images, squares[2])))


class Images(NamedTuple):
    """Whether each test image was classified correctly: by variant, bool [seeds, images]."""

    seeds: tuple[int, ...]
    correct: Mapping[str, np.ndarray]

    def tails(self, contrasts: Sequence[Mapping[str, float]], seeds: Sequence[int]) -> Callable[..., Tails]:
        """The one-sided tests of the means of contrasts {variant: weight}, over these seeds, for new images too.

        No p is smaller than Student's for new seeds alone: see two_questions.
        """
        rows = [self.seeds.index(seed) for seed in seeds]
        found = [
            crossed_mean(np.asarray(100 * sum(w * self.correct[name][rows] for name, w in c.items())))
            for c in contrasts
        ]
        mean, se, df = (np.array([getattr(each, name) for each in found]) for name in ("mean", "se_both", "df_both"))

        def tails(differences: np.ndarray, bound: float = 0.0) -> Tails:
            seeds_alone, t = student(differences, bound), (mean - bound) / se
            both = Tails(special.stdtr(df, -t), special.stdtr(df, t))
            return Tails(*(np.fmax(*each) for each in zip(seeds_alone, both, strict=True)))

        return tails


class Question(NamedTuple):
    """One row of `two_questions`: `_seeds` asks about new seeds on these images, `_both` about new images
    too."""

    left: str
    right: str
    n: int
    images: int
    difference: float  # points
    low_seeds: float  # intervals are simultaneous over the rows
    high_seeds: float
    p_seeds: float
    low_both: float
    high_both: float
    p_both: float
    df_both: float
    sd_seeds: float  # square roots of the variance components, points
    sd_images: float
    sd_residual: float
    p_seeds_holm: float = np.nan
    p_both_holm: float = np.nan
    distinguishable_seeds: bool = False
    distinguishable_both: bool = False


def two_questions(correct: Mapping[str, np.ndarray], baseline: str) -> pd.DataFrame:
    """Difference in accuracy to the baseline, for new seeds on these images and for new images too.

    Args:
        correct: By variant, whether each image was classified correctly, [seeds, images]: the same ones in
        all.

    Returns:
        A row for each other variant, with the columns of `Question`.
    """
    pairs = baseline_pairs(list(correct), baseline)
    rows = []
    for left, right in pairs:
        d = 100 * (correct[left].astype(float) - correct[right].astype(float))
        c = crossed_mean(d)
        seeds, both = (
            (stats.t.isf(ALPHA / (2 * len(pairs)), df) * se, 2 * stats.t.sf(abs(c.mean) / se, df))
            for se, df in ((c.se_seeds, c.df_seeds), (c.se_both, c.df_both))
        )
        # What holds for new images too holds for these. Of few seeds Satterthwaite's degrees of freedom are many by
        # chance, and would make the second answer the surer one.
        (margin, p), (margin_both, p_both) = seeds, np.fmax(seeds, both)
        n, images = d.shape
        sd_seeds, sd_images, sd_residual = np.sqrt([c.variance_seeds, c.variance_images, c.variance_residual]).tolist()
        rows.append(
            Question(
                left,
                right,
                n,
                images,
                difference=c.mean,
                low_seeds=float(c.mean - margin),
                high_seeds=float(c.mean + margin),
                p_seeds=float(p),
                low_both=float(c.mean - margin_both),
                high_both=float(c.mean + margin_both),
                p_both=float(p_both),
                df_both=c.df_both,
                sd_seeds=sd_seeds,
                sd_images=sd_images,
                sd_residual=sd_residual,
            )
        )
    table = pd.DataFrame(rows, columns=Question._fields)
    for question in ("seeds", "both"):
        table[f"p_{question}_holm"] = holm(table[f"p_{question}"])
        table[f"distinguishable_{question}"] = decided(table["n"], table[f"p_{question}_holm"])
    return table
