"""The text of findings.md: what a study's tables say, in sentences that claim no more than they do.

Every number comes from the tables. Below `MINIMUM_SEEDS` complete seeds nothing is ranked in words.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from placement.analysis.conventions import ALPHA, MINIMUM_SEEDS
from placement.analysis.paired import expected_range, smallest_exact_p
from placement.analysis.power import POWER, TARGET_DIFFERENCES
from placement.analysis.ranks import Omnibus

LEVEL = f"{1 - ALPHA:.0%}".replace("%", " %")
RANKING = re.compile(r"\b(better|best|worse|worst)\b", re.IGNORECASE)


@dataclass(frozen=True)
class Facts:
    """What the tables don't hold.

    Attributes:
        labels: By variant, what readers call it; plain text.
        seeds: Number of complete seeds, those with a run of every variant.
        left_out: The other seeds.
        rope: Half-width of the region of practical equivalence, points.
        more_seeds: The command that trains the missing seeds.
        note: Of a study that is under way: that it is.
    """

    study: str
    dataset: str
    baseline: str
    labels: Mapping[str, str]
    seeds: int
    left_out: Sequence[int]
    rope: float
    more_seeds: str
    note: str = ""

    @property
    def enough(self) -> bool:
        return self.seeds >= MINIMUM_SEEDS


def findings(
    facts: Facts,
    variants: pd.DataFrame,
    omnibus: Omnibus,
    comparisons: pd.DataFrame,
    claims: pd.DataFrame,
    interactions: pd.DataFrame,
    questions: pd.DataFrame,
    variance_shift: pd.DataFrame,
    power: pd.DataFrame,
) -> str:
    """Markdown of all sections.

    Args:
        variants: `paired.describe` of test accuracy, points.
        omnibus: `ranks.friedman` of the same.
        comparisons: `families.compare_families`.
        claims: `claims.judge`.
        interactions: `interactions.interactions`.
        questions: `crossed.two_questions`.
        variance_shift: `shift.variance_shift_table`.
        power: `power.power_table` of the comparisons with the baseline.
    """
    facts = replace(facts, labels={variant: _text(label) for variant, label in facts.labels.items()})
    against_baseline = comparisons[comparisons["family"] == "baseline"]
    sections = [
        _opening(facts, variants, against_baseline, claims),
        _accuracy(facts, variants),
        _omnibus(facts, omnibus),
        _baseline(facts, against_baseline),
        _all_pairs(facts, comparisons[comparisons["family"] == "all"]),
        _claims(facts, claims),
        _interactions(facts, interactions),
        _questions(facts, questions),
        _variance_shift(variance_shift),
        _power(facts, power),
        _limits(facts),
    ]
    return "\n\n".join(sections) + "\n"


def _opening(facts: Facts, variants: pd.DataFrame, comparisons: pd.DataFrame, claims: pd.DataFrame) -> str:
    """What the study is and, in a few sentences, what it found: the report opens with this section."""
    k = len(variants)
    pairs = k * (k - 1) // 2
    text = (
        f"# Findings: {facts.study}\n\n"
        f"{k} variants, {_seeds(facts.seeds)}, {facts.dataset}. Accuracy is that on the test images at the kept "
        "weights; differences are in percentage points and taken within seeds, since the runs of one seed share "
        "their order of batches and the initial weights of the layers that they have in common."
    )
    if facts.note:
        text = text.replace("\n\n", f"\n\n**{facts.note}.** ", 1)
    if facts.left_out:
        seeds = ", ".join(map(str, facts.left_out))
        text += (
            f" Seeds left out of comparisons because a run is missing or has no value: {len(facts.left_out)} ({seeds})."
        )
    if facts.enough:
        return "\n\n".join([text, *_in_brief(facts, comparisons, claims)])
    smallest = smallest_exact_p(facts.seeds, pairs)
    if smallest > ALPHA:
        why = (
            f" Exact paired tests over the {pairs} pairs of {k} variants give no adjusted p below {smallest:.2g} with "
            f"{_seeds(facts.seeds)}, so that no ranking could reach {ALPHA:g}."
        )
    else:
        why = " Standard deviations from so few runs are too uncertain."
    return text + (
        f"\n\n**Fewer than {MINIMUM_SEEDS} seeds are too few to rank variants.**{why} "
        "What follows describes these runs and concludes nothing. "
        f"The runs there are stay as they are; this trains the missing ones:\n\n    {facts.more_seeds}"
    )


def _in_brief(facts: Facts, comparisons: pd.DataFrame, claims: pd.DataFrame) -> list[str]:
    """A paragraph of three sentences, or of as many as there is something to say; of none it is left out."""
    sentences = []
    if not comparisons.empty:
        apart = ", ".join(
            f"{facts.labels[c.left]} ({_signed(c.difference)} points)"
            for c in comparisons[comparisons["distinguishable"]].itertuples()
        )
        equivalent = _labels(facts, comparisons.loc[comparisons["equivalent"], "left"])
        sentences.append(f"**Told apart from {facts.labels[facts.baseline]}: {apart or 'no variant'}.**")
        sentences.append(f"Shown to be within ±{facts.rope:g} points of it: {equivalent or 'none'}.")
    if not claims.empty:
        verdicts = claims["verdict"].value_counts(sort=False)
        sentences.append(f"Claims: {', '.join(f'{n} {verdict}' for verdict, n in sorted(verdicts.items()))}.")
    return [" ".join(sentences)] if sentences else []


def _accuracy(facts: Facts, variants: pd.DataFrame) -> str:
    rows = [
        (facts.labels[v.variant], v.n, _number(v.mean), _number(v.sd), _interval(v.low, v.high))
        for v in variants.itertuples()
    ]
    table = _table(("Variant", "Runs", "Mean, %", "sd", f"{LEVEL} interval"), rows)
    sd = float(np.sqrt(np.mean(variants["sd"] ** 2))) if len(variants) else np.nan
    text = "## Test accuracy\n\nEach interval is for one variant alone; comparisons are further down.\n\n" + table
    if np.isfinite(sd) and len(variants) > 1:
        spread = variants["mean"].max() - variants["mean"].min()
        chance = sd * expected_range(len(variants))
        text += (
            f"\n\nThe means spread over {spread:.2f} points. One run each of {len(variants)} identical variants with "
            f"this sd ({sd:.2f}) would spread over {chance:.2f} by chance."
        )
    return text


def _omnibus(facts: Facts, omnibus: Omnibus) -> str:
    text = "## All variants together\n\n"
    if np.isnan(omnibus.p):
        return text + "Friedman's test needs two complete seeds and two variants."
    text += (
        f"Friedman's test in Iman and Davenport's form: F({omnibus.df1}, {omnibus.df2}) = "
        f"{_number(omnibus.f) if np.isfinite(omnibus.f) else 'infinity'}, {_p_is(omnibus.p)}."
    )
    if not facts.enough:
        return text
    if omnibus.p < ALPHA:
        return text + " The seeds agree on an order of the variants more than chance would."
    return text + " An order of the variants on which the seeds agree was not shown. That does not make them equal."


def _baseline(facts: Facts, table: pd.DataFrame) -> str:
    baseline = facts.labels[facts.baseline]
    text = f"## Against {baseline}\n\n"
    if table.empty:
        return text + "There is no other variant."
    rows = [
        (
            facts.labels[c.left],
            _signed(c.difference),
            _interval(c.low, c.high),
            _p(c.p_holm),
            _p(c.p_sign_flip_holm),
            _p(c.p_wilcoxon_holm),
            _signed(c.d_z),
            f"{_number(c.p_outperform)} {_interval(c.p_outperform_low, c.p_outperform_high)}",
            _number(c.correlation),
        )
        for c in table.itertuples()
    ]
    head = ("Variant", "Difference", f"Simultaneous {LEVEL} interval", "p, paired t", "p, sign-flip", "p, Wilcoxon")
    text += _table((*head, "d_z", "P(variant above)", "r"), rows) + (
        f"\n\nAll p are Holm's over {len(table)} comparisons. d_z is the difference in sd of the paired differences, "
        f"P the probability that a run is above the baseline's of its seed ({LEVEL} interval, each alone), "
        "r the correlation of the paired runs."
    )
    if not facts.enough:
        return text
    lines = []
    for c in table[table["distinguishable"]].itertuples():
        word = "better" if c.difference > 0 else "worse"
        lines.append(
            f"- {facts.labels[c.left]} is {word} than {baseline} by {abs(c.difference):.2f} points"
            f" ({_p_is(c.p_holm)}){_reading(c.outperform)}."
        )
    if not lines:
        lines.append(f"- No variant was told apart from {baseline}.")
    if equivalent := _labels(facts, table.loc[table["equivalent"], "left"]):
        lines.append(f"- Within ±{facts.rope:g} points of {baseline}, by two one-sided tests: {equivalent}.")
    open_ones = table.loc[~table["distinguishable"] & ~table["equivalent"], "left"]
    if left := _labels(facts, open_ones):
        lines.append(f"- Neither told apart nor shown to be within ±{facts.rope:g} points, so still open: {left}.")
    return text + "\n\n" + "\n".join([*lines, *_disagreements(facts, table)])


def _reading(outperform: str) -> str:
    """In words, at 0.5 and 0.75 as Bouthillier et al. (2021) read it."""
    if outperform == "undecided":
        return ", though the interval of P includes 0.5"
    return "" if outperform.endswith(", meaningful") else ", though by their criterion of P > 0.75 not meaningfully"


def _disagreements(facts: Facts, table: pd.DataFrame) -> list[str]:
    """A line if an exact test doesn't confirm the paired t test, or sees what it doesn't."""
    exact = (table["p_sign_flip_holm"] < ALPHA) & (table["p_wilcoxon_holm"] < ALPHA)
    differ = table[exact != (table["p_holm"] < ALPHA)]
    if differ.empty:
        return ["- Both exact tests agree with the paired t test on all of them."]
    pairs = "; ".join(f"{facts.labels[c.left]} and {facts.labels[c.right]}" for c in differ.itertuples())
    return [f"- The exact tests and the paired t test disagree at {ALPHA:g} on {pairs}: take these with care."]


def _all_pairs(facts: Facts, table: pd.DataFrame) -> str:
    text = f"## All {len(table)} pairs\n\n"
    if table.empty:
        return text + "There is one variant only."
    if not facts.enough:
        widest = table["difference"].abs().max()
        return text + f"The largest difference of two means is {_number(widest)} points. Every pair is in pairwise.csv."
    apart, equivalent = table[table["distinguishable"]], table[table["equivalent"]]
    text += (
        f"Told apart: {len(apart)}. Shown to be within ±{facts.rope:g} points: {len(equivalent)}. "
        "Every pair is in pairwise.csv."
    )
    rows = []
    for c in apart.itertuples():
        above, below = (c.left, c.right) if c.difference > 0 else (c.right, c.left)
        low, high = (c.low, c.high) if c.difference > 0 else (-c.high, -c.low)
        size = (_signed(abs(c.difference)), _interval(low, high), _p(c.p_holm), _p(c.p_sign_flip_holm))
        rows.append((facts.labels[above], facts.labels[below], *size))
    if rows:
        head = ("Better", "Worse", "Difference", f"Simultaneous {LEVEL} interval", "p, paired t", "p, sign-flip")
        text += "\n\n" + _table(head, rows)
    return text + "\n\n" + "\n".join(_disagreements(facts, table))


def _claims(facts: Facts, table: pd.DataFrame) -> str:
    text = "## Claims\n\n"
    if table.empty:
        return text + "The study lists none."
    rows = [
        (
            _sentence(facts, c),
            f"{_in_unit(c.estimate, c.unit)} {c.unit}".strip(),
            f"[{_in_unit(c.low, c.unit)}, {_in_unit(c.high, c.unit)}]" if np.isfinite(c.low) else "-",
            _p(c.p_holm),
            _number(c.p_outperform),
            c.n,
            f"**{c.verdict}**" + (f": {c.reason}" if c.reason else ""),
        )
        for c in table.itertuples()
    ]
    head = ("Claim", "Estimate", f"{LEVEL} interval", "p", "P", "Seeds", "Verdict")
    text += _table(head, rows) + (
        "\n\nEstimates are left minus right, and of the least favourable pair where a claim is about several. "
        f"p is Holm's over the {int(table['p'].notna().sum())} tested claims, the interval is for one claim alone, "
        "P is the probability that a seed goes the way of the claim. Undecided does not mean equal."
    )
    for c in table[table["claimed_size"] == "outside"].itertuples():
        text += f"\n\nThe size claimed by '{_text(c.sentence)}', {c.claimed:g} {c.unit}, is outside of the interval."
    return text


def _in_unit(x: float, unit: str) -> str:
    """Points as elsewhere; other metrics may be of any size."""
    return _signed(x) if unit == "points" or not np.isfinite(x) else f"{x + 0:+.3g}"


def _sentence(facts: Facts, claim) -> str:
    if facts.enough or not RANKING.search(claim.sentence):
        return _text(claim.sentence)
    return f"{claim.left} {claim.direction} in {claim.metric} than {claim.right}"


def _interactions(facts: Facts, table: pd.DataFrame) -> str:
    text = "## Normalization and dropout together\n\n"
    if table.empty:
        return text + "No variant with both has all of its counterparts with one and with neither in this study."
    rows = [
        (facts.labels[i.variant], _signed(i.interaction), _interval(i.low, i.high), _p(i.p_holm), _p(i.p_sign_flip))
        for i in table.itertuples()
    ]
    head = ("Variant", "Interaction", f"Simultaneous {LEVEL} interval", "p, Holm", "p, sign-flip, alone")
    text += (
        "The gain from dropout beside normalization minus the gain from dropout without it, by seed: zero if the two "
        "add up, below zero if they get in each other's way.\n\n" + _table(head, rows)
    )
    if not facts.enough:
        return text
    shown = table[table["distinguishable"]]
    lines = [
        f"- {facts.labels[i.variant]}: dropout does {abs(i.interaction):.2f} points "
        f"{'more' if i.interaction > 0 else 'less'} beside normalization than without it."
        for i in shown.itertuples()
    ]
    return text + "\n\n" + "\n".join(lines or ["No interaction was shown; that does not show that there is none."])


def _questions(facts: Facts, table: pd.DataFrame) -> str:
    baseline = facts.labels[facts.baseline]
    text = f"## New seeds, or new images too\n\nDifferences from {baseline}, "
    if table.empty:
        return text + "for which no predictions were compared."
    rows = [
        (
            facts.labels[q.left],
            _signed(q.difference),
            _interval(q.low_seeds, q.high_seeds),
            _p(q.p_seeds_holm),
            _interval(q.low_both, q.high_both),
            _p(q.p_both_holm),
        )
        for q in table.itertuples()
    ]
    head = ("Variant", "Difference", "New seeds, these images", "p", "New seeds and new images", "p")
    text += (
        f"asked twice of {_seeds(table['n'].iloc[0])}. The first interval is for other seeds on the same "
        f"{table['images'].iloc[0]:,} test images; the second for other seeds and other images like them. Both are "
        f"simultaneous {LEVEL} intervals, p are Holm's.\n\n"
    ) + _table(head, rows)
    if table["n"].iloc[0] < MINIMUM_SEEDS:
        return text
    lost = table[table["distinguishable_seeds"] & ~table["distinguishable_both"]]
    if lost.empty:
        return text + "\n\nThe second question changes none of the answers to the first."
    names = _labels(facts, lost["left"])
    return text + f"\n\nShown on these images but not for new ones: {names}."


def _variance_shift(table: pd.DataFrame) -> str:
    text = "## Variance shift\n\n"
    if table.empty:
        return text + "No variant has BatchNorm."
    rows = []
    for _, layers in table.groupby("variant", sort=False):
        network, widest = layers.iloc[0], layers.loc[layers["shift_test"].idxmax()]
        sd = _number(100 * network["cost_of_shift_sd"])
        rows.append(
            (
                _text(network["label"]),
                network["n"],
                f"{_number(widest['shift_test'])} ({widest['layer']})",
                _number(100 * network["accuracy"]),
                _number(100 * network["accuracy_reestimated"]),
                f"{_signed(100 * network['cost_of_shift'])} (sd {sd})",
            )
        )
    head = (
        "Variant",
        "Runs",
        "Largest shift (layer)",
        "Accuracy, %",
        "With statistics re-estimated, %",
        "Gain, points",
    )
    return (
        text
        + "In inference a BatchNorm layer divides by a moving average of the variances that it saw in training. The "
        "shift is the factor between that and the variance that its input has on test images in inference, where "
        "nothing is dropped (geometric mean over channels and runs; 1 is none). What it costs is the gain in test "
        "accuracy once the statistics are measured again, on training images with dropout off. Where no dropout comes "
        "before a layer, the average lags behind weights that still move.\n\n" + _table(head, rows)
    )


def _power(facts: Facts, table: pd.DataFrame) -> str:
    text = "## What this study could find\n\n"
    if table["detectable"].isna().all():
        return text + "Without two complete seeds there is no sd of paired differences to tell."
    sizes, seeds = ("sd", "detectable", "detectable_family"), [f"seeds_for_{d}" for d in TARGET_DIFFERENCES]
    rows = [
        (facts.labels[p["left"]], *(_number(p[name]) for name in sizes), *(_count(p[name]) for name in seeds))
        for p in table.to_dict("records")
    ]
    head = ("Variant", "sd of differences", "Detectable, alone", "Detectable, in the family")
    return (
        text
        + f"Against {facts.labels[facts.baseline]}, with {_seeds(facts.seeds)}: the true difference, in points, that "
        f"is found with probability {POWER:g}, and the seeds that it takes to find a given one.\n\n"
        + _table((*head, *(f"Seeds for {d:g}" for d in TARGET_DIFFERENCES)), rows)
        + "\n\nThe sd are estimates from these very seeds, and the seeds needed go with their square."
    )


def _limits(facts: Facts) -> str:
    return (
        "## What this study can't say\n\n"
        f"- Anything about other data than {facts.dataset}, other networks, or another training recipe than this one. "
        "No variant was tuned for itself.\n"
        "- That two variants are equal because they were not told apart. Only the tests of equivalence speak to that, "
        f"and only within ±{facts.rope:g} points.\n"
        "- Anything firm about measures other than test accuracy that no claim named before the runs."
    )


def _seeds(n: int) -> str:
    return f"{n} complete seed{'' if n == 1 else 's'}"


def _labels(facts: Facts, names: Iterable[str]) -> str:
    return ", ".join(facts.labels[name] for name in names)


def _text(text: str) -> str:
    """Plain text as Markdown that reads as this text, on one line and wherever it stands.

    Bars are left to the tables, which are nothing elsewhere; the dollars are for readers that know mathematics.
    """
    escaped = re.sub(r"([\\`*_\[\]<&$~#])", r"\\\1", " ".join(text.split()))
    return re.sub(r"^(\d+(?=[.)])|(?=[-+=>]))", r"\1\\", escaped)


def _number(x: float) -> str:
    return f"{_hundredths(x):.2f}" if np.isfinite(x) else "-"


def _signed(x: float) -> str:
    return f"{_hundredths(x):+.2f}" if np.isfinite(x) else "-"


def _hundredths(x: float) -> float:
    """Rounded twice, so that half a hundredth looks the same whatever its last bit; NumPy's rounding differs too."""
    # Adding zero takes the sign off a negative zero.
    return round(round(float(x), 6), 2) + 0


def _count(x: float) -> str:
    return f"{x:.0f}" if np.isfinite(x) else "-"


def _interval(low: float, high: float) -> str:
    return f"[{_number(low)}, {_number(high)}]" if np.isfinite(low) else "-"


def _p(p: float) -> str:
    if not np.isfinite(p):
        return "-"
    return "< 0.001" if p < 0.001 else f"{p:.2g}"


def _p_is(p: float) -> str:
    return f"p {_p(p)}" if p < 0.001 else f"p = {_p(p)}"


def _table(head: Sequence[str], rows: Sequence[Sequence]) -> str:
    cells = [[str(cell).replace("|", "\\|") for cell in row] for row in rows]
    numeric = [all(re.match(r"[-+<[\d]", cell) for cell in column) for column in zip(*cells, strict=True)]
    rule = ["---:" if right else "---" for right in numeric]
    return "\n".join("| " + " | ".join(line) + " |" for line in (head, rule, *cells))
