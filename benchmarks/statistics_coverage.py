"""Error rates and coverage of the comparisons, simulated: python benchmarks/statistics_coverage.py [--trials 2000]

With 10 seeds a family of 15 pairs (six variants) keeps its 5 % where differences are normal, however unequal their sd:
at least one false difference in 5.5 % of studies with equal sd, 4.2 % with sd from 1 to 8 (2000 trials, so +- 0.5 %),
2.9 and 2.1 % by the exact sign-flip test. What breaks the t intervals is strong skewness together with such unequal sd:
11.5 %, sign-flip 5.7 %. Friedman's test then sees unequal medians, which is not an error of its own.
Takes ten minutes of CPU per 1000 trials on a Zen 1 core.
"""

import argparse
import sys
from pathlib import Path

import numpy as np
import pandas as pd
from scipy import stats

sys.path.insert(0, str(Path(__file__).parents[1] / "workflow/scripts"))

from placement.analysis import (
    conventions,
    crossed,
    families,
    judgements,
    meta,
    paired,
    power,
    ranks,
    selection,
    tails,
)
from placement.study.claims import Claim

SD = 0.25
UNEQUAL = np.array([0.25, 0.5, 0.75, 1, 1.5, 2])
VARIANTS = list("abcdef")
ROPE = 0.2
REFERENCE = Path(__file__).parents[1] / "docs/reference_study"
RESAMPLES = 1999

# Noise of mean 0 and sd 1 by shape.
NOISE = {
    "normal, equal sd": lambda rng, shape: rng.normal(size=shape),
    "normal, sd 1 to 8": lambda rng, shape: rng.normal(size=shape) * UNEQUAL,
    "skewed, sd 1 to 8": lambda rng, shape: (1 - rng.exponential(size=shape)) * UNEQUAL,
    "heavy tails (t, 3 df)": lambda rng, shape: rng.standard_t(3, shape) / np.sqrt(3),
    "one bad run in 30": lambda rng, shape: rng.normal(size=shape) - 5 * (rng.random(shape) < 1 / 30),
}


def accuracies(noise, rng: np.random.Generator, seeds: int, shift: np.ndarray) -> np.ndarray:
    """Accuracies [seeds, variants] in points: seeds share an effect, and 10,000 images are counted whole."""
    shared = rng.normal(0, SD, (seeds, 1))
    return np.round(92 + shift + shared + SD * noise(rng, (seeds, len(shift))), 2)


def family_errors(noise, rng: np.random.Generator, seeds: int, trials: int) -> dict[str, float]:
    """Share of studies with at least one error among all pairs, of six variants that are alike."""
    pairs = families.all_pairs(VARIANTS)
    names = ("p_holm", "p_sign_flip_holm", "p_wilcoxon_holm")
    errors = dict.fromkeys(("interval", *names, "friedman"), 0)
    for _ in range(trials):
        values = accuracies(noise, rng, seeds, np.zeros(6))
        table = families.pairwise(values, VARIANTS, pairs, ROPE)
        errors["interval"] += ((table["low"] > 0) | (table["high"] < 0)).any()
        errors["friedman"] += ranks.friedman(values).p < conventions.ALPHA
        for name in names:
            errors[name] += (table[name] < conventions.ALPHA).any()
    return {name: count / trials for name, count in errors.items()}


def equivalence(noise, rng: np.random.Generator, seeds: int, trials: int) -> float:
    """Share of studies with a false equivalence, where five variants differ from the first by the region's edge."""
    pairs = families.baseline_pairs(VARIANTS, "a")
    shift = np.array([0, ROPE, ROPE, -ROPE, ROPE, -ROPE])
    values = (accuracies(noise, rng, seeds, shift) for _ in range(trials))
    return float(np.mean([families.pairwise(v, VARIANTS, pairs, ROPE)["equivalent"].any() for v in values]))


def wrong_claims(noise, rng: np.random.Generator, seeds: int, trials: int) -> float:
    """Share of false 'supported' for 'a above all others' where one other is its equal and the rest are far below."""
    claim = {"sentence": "", "metric": "test_accuracy", "left": "a", "right": VARIANTS[1:], "direction": "higher"}
    shift = np.array([0, -5, -5, 0, -5, -5])
    wrong = 0
    for _ in range(trials):
        values = accuracies(noise, rng, seeds, shift)
        runs = pd.DataFrame(values, columns=VARIANTS).rename_axis("seed").reset_index()
        runs = runs.melt("seed", var_name="variant", value_name="test_accuracy")
        wrong += judgements.judge([Claim.of(claim)], runs, ROPE)["verdict"].iloc[0] == "supported"
    return wrong / trials


def bootstrap(noise, rng: np.random.Generator, seeds: int, trials: int, resamples: int = 1000) -> float:
    """Share of percentile bootstrap intervals of one pair that miss: why t intervals are used."""
    missed = 0
    for _ in range(trials):
        values = accuracies(noise, rng, seeds, np.zeros(6))
        means = rng.choice(values[:, 0] - values[:, 3], (resamples, seeds)).mean(axis=1)
        low, high = np.quantile(means, [0.025, 0.975])
        missed += not low <= 0 <= high
    return missed / trials


def outperforming(rng: np.random.Generator, seeds: int, probability: float, trials: int) -> float:
    """Share of intervals of P(A > B) that miss it."""
    wins = np.where(rng.random((trials, seeds)) < probability, 1.0, -1.0)
    intervals = [paired.probability_of_outperforming(d)[1:] for d in wins]
    return float(np.mean([not low <= probability <= high for low, high in intervals]))


def crossed_errors(rng: np.random.Generator, seeds: int, images: int, sds: tuple, trials: int) -> tuple[float, float]:
    """Shares of intervals for new seeds, and for new seeds and images, that miss the mean over both."""
    missed = np.zeros(2)
    for _ in range(trials):
        of_seed, of_image, residual = sds
        d = rng.normal(0, of_seed, (seeds, 1)) + rng.normal(0, of_image, images)
        # Rounded to -1, 0 and 1, as differences of correctness are.
        d = np.clip(np.round(d + rng.normal(0, residual, (seeds, images))), -1, 1)
        c = crossed.crossed_mean(d)
        critical = stats.t.isf(conventions.ALPHA / 2, [c.df_seeds, c.df_both])
        missed += abs(c.mean) > critical * np.array([c.se_seeds, c.se_both])
    return tuple(missed / trials)


def missed_by_t(values: np.ndarray) -> np.ndarray:
    """Which t intervals of the means of values [trials, n] miss zero [trials]."""
    return 2 * np.min(tails.student(values[..., None]), axis=0)[:, 0] < conventions.ALPHA


def selection_errors(rng, seeds: int, levels: int, correlation: float, trials: int) -> list[float]:
    """Shares of intervals of the accuracy at a chosen level that miss, plain and the jackknife's, and plain where half
    of the seeds choose and the others judge; all levels are alike. correlation: of a run's validation and test."""
    shape = (trials, seeds, levels)
    validation = rng.normal(size=shape)
    test = correlation * validation + np.sqrt(1 - correlation**2) * rng.normal(size=shape)
    choosing = np.arange(seeds) < seeds // 2
    apart = [selection.judging(*of_one, choosing)[0] for of_one in zip(validation, test, strict=True)]
    values = (selection.left_out(validation, test), selection.influences(validation, test), np.array(apart))
    return [missed_by_t(each).mean() for each in values]


def look_errors(rng, looks: tuple[int, ...], trials: int) -> float:
    """Share of studies in which a paired t test shows what isn't there at one of several numbers of seeds."""
    d = rng.normal(size=(trials, looks[-1]))
    return float(np.any([missed_by_t(d[:, :n]) for n in looks], axis=0).mean())


def skewed(skewness: float):
    """Differences of mean 0 and sd 1, whose long tail is below zero."""
    shape = (2 / skewness) ** 2
    return lambda rng, size: (shape - rng.gamma(shape, size=size)) / np.sqrt(shape)


def of_reference(left: str, right: str) -> np.ndarray:
    """The reference study's differences in accuracy about their mean [seeds], the long tail below zero."""
    runs = pd.read_csv(REFERENCE / "runs.csv").pivot(index="seed", columns="variant", values="test_accuracy")
    d = (runs[left] - runs[right]).to_numpy()
    return (d - d.mean()) * (-1 if stats.skew(d) > 0 else 1)


def bootstrap_t(rng, d: np.ndarray) -> np.ndarray:
    """One-sided p of means above zero [trials] by the bootstrap-t, of differences [trials, n]."""
    n = d.shape[1]
    weights = rng.multinomial(n, np.full(n, 1 / n), RESAMPLES) / n
    p = []
    for row in d:
        means = weights @ row
        errors = np.sqrt(np.maximum(weights @ row**2 - means**2, 0) / (n - 1))
        spread = errors > 1e-9
        infinite = np.where(means > row.mean(), np.inf, -np.inf)
        t = np.where(spread, (means - row.mean()) / np.where(spread, errors, 1), infinite)
        p.append((1 + np.sum(t >= row.mean() / stats.sem(row))) / (1 + RESAMPLES))
    return np.array(p)


def skewness_errors(draw, rng, seeds: int, trials: int, effect: float = 0.0) -> list[float]:
    """The share of one-sided "higher" by the paired t test, and of these the shares that other tests confirm: the
    sign-flip test, a flag at a skewness below -1, Hall's t, and the bootstrap-t."""
    level = conventions.ALPHA / 2
    d = draw(rng, (trials, seeds))
    d = effect + d[np.ptp(d, axis=1) > 0]
    higher = d[tails.student(d[..., None]).above[:, 0] < level]
    few = higher[:1500]
    return [
        len(higher) / len(d),
        np.mean(tails.sign_flip(few[..., None]).above[:, 0] < level),
        np.mean(stats.skew(higher, axis=1) >= -1),
        np.mean(tails.hall(higher[..., None]).above[:, 0] < level),
        np.mean(bootstrap_t(rng, few) < level),
    ]


def new_images_missed(rng, seeds: int, trials: int) -> list[float]:
    """Share of t intervals over seeds that miss the difference on other images, with the variance components of each of
    the reference study's pairs with the baseline."""
    missed = []
    for pair in pd.read_csv(REFERENCE / "seeds_and_images.csv").itertuples():
        of_seed = np.sqrt(pair.sd_seeds**2 + pair.sd_residual**2 / pair.images)
        of_images = rng.normal(0, pair.sd_images / np.sqrt(pair.images), (trials, 1))
        missed.append(missed_by_t(rng.normal(0, of_seed, (trials, seeds)) + of_images).mean())
    return missed


def nested_errors(rng, seeds: int, tau: float, trials: int) -> np.ndarray:
    """Shares of intervals of the mean of five studies, of 1 to 12 conditions, and of prediction intervals of one more
    condition in one more study, that miss: [conditions left out of the errors, or in; mean, prediction]. Conditions lie
    1 apart, studies `tau`, and differences of a seed 1, half of it shared by a study's conditions."""
    conditions = np.array([1, 1, 2, 6, 12])
    missed = np.zeros((2, 2))
    for _ in range(trials):
        studies = []
        for m in conditions:
            effects = rng.normal(0, tau) + rng.normal(0, 1, m)
            studies.append(effects + np.sqrt(0.5) * (rng.normal(size=(seeds, 1)) + rng.normal(size=(seeds, m))))
        of_seeds = [study.mean(axis=1) for study in studies]
        estimates, errors = np.mean(of_seeds, axis=1), stats.sem(of_seeds, axis=1)
        between = np.array([meta.between_conditions(study) for study in studies])
        another = rng.normal(0, np.hypot(tau, 1))
        for row, known in enumerate((np.full(5, np.nan), between)):
            found = meta.random_effects(estimates, errors, conditions, known)
            missed[row] += (
                not found.low <= 0 <= found.high,
                not found.prediction_low <= another <= found.prediction_high,
            )
    return missed / trials


def seeds_told(seeds: int) -> list[float]:
    """Seeds said to be needed for half an sd, at the 5, 50 and 95 % points of the sd of so many seeds."""
    sds = np.sqrt(stats.chi2.ppf([0.05, 0.5, 0.95], seeds - 1) / (seeds - 1))
    return [power.seeds_needed(0.5 / sd) for sd in sds]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--trials", type=int, default=2000)
    parser.add_argument("--seeds", type=int, default=10)
    options = parser.parse_args()
    trials, seeds = options.trials, options.seeds
    print(f"{seeds} seeds, {trials} trials: a true 5 % shows as 5 +- {100 * np.sqrt(0.05 * 0.95 / trials):.1f} %\n")
    columns = ("interval", "paired t", "sign-flip", "Wilcoxon", "Friedman", "equivalence", "claim", "bootstrap*")
    print(f"{'errors, %':24}" + "".join(f"{name:>12}" for name in columns))
    for name, noise in NOISE.items():
        rng = np.random.default_rng(tails.RESAMPLING_SEED)
        rates = list(family_errors(noise, rng, seeds, trials).values())
        rates += [f(noise, rng, seeds, trials) for f in (equivalence, wrong_claims, bootstrap)]
        print(f"{name:24}" + "".join(f"{100 * rate:12.1f}" for rate in rates), flush=True)
    print("claim: one-sided, 2.5 % at most. *percentile interval of one pair, for comparison: not used.\n")
    rng = np.random.default_rng(tails.RESAMPLING_SEED)
    missed = {p: outperforming(rng, seeds, p, trials) for p in (0.5, 0.6, 0.75, 0.9)}
    print("P(A > B), missed, %: " + ", ".join(f"{100 * rate:.1f} at {p}" for p, rate in missed.items()) + "\n")
    print("new seeds | and new images, missed, % (400 images)")
    for sds in ((0.02, 0.3, 0.3), (0, 0.3, 0.3), (0.02, 0, 0.4), (0, 0, 0.4)):
        only, both = crossed_errors(rng, seeds, 400, sds, trials)
        print(f"  sd of seeds {sds[0]}, images {sds[1]}, residual {sds[2]}: {100 * only:5.1f} | {100 * both:5.1f}")
    print("\naccuracy at a chosen level, missed, %: plain interval | the jackknife's | half choose, half judge")
    for levels in (2, 4, 12):
        for correlation in (0.8, 0.9, 0.99):
            errors = " | ".join(
                f"{100 * error:5.1f}" for error in selection_errors(rng, seeds, levels, correlation, trials)
            )
            print(f"  {levels:2} levels, validation and test at r = {correlation}: {errors}")
    print("\nfalse 'higher' by the paired t test, one-sided, % | of these confirmed, %:")
    print(f"{'':24}" + "".join(f"{name:>12}" for name in ("paired t", "sign-flip", "flag", "Hall's t", "bootstrap-t")))
    residuals = of_reference("pre_activation_batchnorm", "modern_baseline")
    shapes = {"normal": lambda rng, size: rng.normal(size=size)}
    shapes |= {f"skewness {skewness}": skewed(skewness) for skewness in (0.95, 2, 3.3)}
    shapes["reference residuals"] = lambda rng, size: rng.choice(residuals, size)
    for name, draw in shapes.items():
        rates = skewness_errors(draw, np.random.default_rng(tails.RESAMPLING_SEED), seeds, 10 * trials)
        print(f"{name:24}" + "".join(f"{100 * rate:12.1f}" for rate in rates), flush=True)
    for effect in (1, 1.5):
        rates = skewness_errors(
            shapes["normal"], np.random.default_rng(tails.RESAMPLING_SEED), seeds, 2 * trials, effect
        )
        print(f"{f'normal, true {effect} sd':24}" + "".join(f"{100 * rate:12.1f}" for rate in rates), flush=True)
    print("residuals: of pre_activation_batchnorm - baseline, resampled. flag: skewness below -1.")
    print("\nt intervals over seeds that miss the difference on other images, reference study's pairs, %")
    for n in (5, 10, 20):
        missed = new_images_missed(np.random.default_rng(tails.RESAMPLING_SEED), n, 10 * trials)
        print(f"  {n} seeds: {100 * min(missed):.1f} to {100 * max(missed):.1f}, mean {100 * np.mean(missed):.1f}")
    print("\nseeds told to be needed for half an sd: 5 %, median, 95 %")
    for n in (3, 5, 10):
        print(f"  sd of {n} seeds: " + ", ".join(f"{told:.0f}" for told in seeds_told(n)))
    print(f"  sd known: {power.seeds_needed(0.5):.0f}")
    print(
        "\nmean of five studies of 1 to 12 conditions, missed, %: conditions left out | in; prediction: left out | in"
    )
    for tau in (0, 0.5, 1, 2):
        out, counted = 100 * nested_errors(np.random.default_rng(tails.RESAMPLING_SEED), seeds, tau, trials)
        print(f"  tau {tau} omega: {out[0]:5.1f} | {counted[0]:5.1f}; {out[1]:5.1f} | {counted[1]:5.1f}", flush=True)
    three = look_errors(np.random.default_rng(tails.RESAMPLING_SEED), (3,), 10 * trials)
    print(f"\npaired t of 3 normal differences, wrong, %: {100 * three:.1f}")
    print("\nwrong at one look of several, %")
    for looks in ((10,), (10, 15, 20), tuple(range(10, 31))):
        errors = look_errors(np.random.default_rng(tails.RESAMPLING_SEED), looks, 10 * trials)
        print(f"  at {', '.join(map(str, looks))} seeds: {100 * errors:.1f}")


if __name__ == "__main__":
    main()
