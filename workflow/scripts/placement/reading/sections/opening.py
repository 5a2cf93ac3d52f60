"""What the study found, in a few sentences, and the figure that shows it: the page and the report open with this."""

import numpy as np
import pandas as pd

from placement.analysis.conventions import ALPHA
from placement.analysis.minimum import too_few
from placement.analysis.settling import COSTLY
from placement.counting import and_more, how_many
from placement.reading import judged, words
from placement.reading.document import Block, Figure
from placement.reading.facts import Facts, Found

NAMED = 4  # variants told apart that the first sentence names
NO_SIGN = "No sign that runs hadn't settled: none is near chance, and none still rose in the last tenth of its epochs."


def blocks(facts: Facts, found: Found) -> tuple[Block, ...]:
    answer = [
        *_in_brief(facts, found),
        *_unsettled(facts, found),
        *_statistics(facts, found),
        *_not_judged(facts, found),
    ]
    figure = Figure("comparison", _caption(facts, found))
    note = (f"**{facts.note}.**",) if facts.note else ()
    return (*note, *answer, _what_it_is(facts, found), figure)


def _in_brief(facts: Facts, found: Found) -> list[str]:
    """A paragraph of three sentences, or of as many as there is something to say; of none it is left out."""
    sentences = []
    table, baseline = found.against_baseline, facts.labels[facts.baseline]
    if not table.empty and facts.ranks:
        apart = table[table["distinguishable"]]
        widest = apart["difference"].abs().sort_values(ascending=False, kind="stable").index[:NAMED]
        named = [
            f"{facts.labels[c.left]} ({words.signed(c.difference)} points)"
            for c in apart.loc[sorted(widest)].itertuples()
        ]
        rest = and_more(len(apart), NAMED)
        sentences.append(
            f"**Told apart from {baseline} (p < {ALPHA:g}): {words.listed(named) + rest or 'no variant'}.**"
        )
        equivalent = table.loc[table["equivalent"], "left"]
        open_ones = int((~table["distinguishable"] & ~table["equivalent"]).sum())
        shown = words.labels(facts.labels, equivalent) if len(equivalent) <= NAMED else f"{len(equivalent)} variants"
        sentence = f"Shown to be within ±{facts.rope:g} points of it: {shown or 'none'}"
        sentences.append(sentence + (f"; still open: {open_ones}." if open_ones else "."))
    if not found.claims.empty:
        sentences.append(judged.counted(found.claims))
        if fragile := int((found.claims["fragile"] != "").sum()):
            sentences.append(f"Fragile, since another analysis of the same runs says otherwise: {fragile} of them.")
    return [" ".join(sentences)] if sentences else []


def _unsettled(facts: Facts, found: Found) -> list[str]:
    """Which variants had not learnt what they could, by what it is seen on average over runs, and what to change."""
    table, sentences = found.settling, []
    seen = {
        "near_chance": (f"Near chance ({words.number(found.chance)} %)", "accuracy", " %"),
        "rising": ("Validation accuracy still rising in the last tenth of the epochs", "gain", " points"),
    }
    for name, (what, size, unit) in seen.items():
        rows = table[table[name]].sort_values(size, ascending=name == "near_chance", kind="stable")
        if len(rows):
            sentences.append(f"{what}: {_sized(facts, rows, size, unit)}.")
    stopped = int((table["stopped"] > 0).sum())
    ended = f"Early stopping ended runs of {how_many(stopped, 'variant')}: these rise no more, settled or not."
    told = [ended] if stopped else []
    if not sentences:
        return [" ".join([NO_SIGN, *told])] if len(table) else []
    if never := int((table["stopped"] == 0).sum()):
        sentences.append(f"Early stopping ended none of the runs of {how_many(never, 'variant')}.")
    sentences += [*told, "More epochs help, more images, or another learning rate."]
    return [f"**Not settled: {found.unsettled} of {how_many(len(table), 'variant')}.** {' '.join(sentences)}"]


def _statistics(facts: Facts, found: Found) -> list[str]:
    """Which variants test worse than their weights are, why, and what to change."""
    table = found.settling
    rows = table[table["costly"]].sort_values("cost", ascending=False, kind="stable")
    if rows.empty:
        return []
    return [
        f"**BatchNorm's moving statistics cost these runs more than {COSTLY:g} point: {len(rows)} of "
        f"{how_many(len(table), 'variant')}.** Re-estimated, they give back test accuracy: "
        f"{_sized(facts, rows, 'cost', ' points')}. Either they lag, and a smaller momentum of the norm helps, or "
        "dropout before a norm, or augmentation, changed what they averaged, and it doesn't."
    ]


def _sized(facts: Facts, rows: pd.DataFrame, size: str, unit: str) -> str:
    """The first few of these variants, each with a size of its own, and its interval where it has one."""
    named = []
    for row in rows.to_dict("records"):
        low, high = (row.get(f"{size}_{end}", np.nan) for end in ("low", "high"))
        interval = f" {words.interval(low, high)}" if np.isfinite(low) else ""
        named.append(f"{facts.labels[row['variant']]} ({words.number(row[size])}{unit}{interval})")
    return words.listed(named[:NAMED]) + and_more(len(named), NAMED)


def _not_judged(facts: Facts, found: Found) -> list[str]:
    """What takes more seeds, why, and how to have them."""
    if not (missing := facts.not_judged):
        return []
    seeds = words.seeds(facts.seeds)
    text = "" if facts.ranks else f"**Too few seeds to rank variants: {facts.seeds}.** {_means(found)}"
    adjusted = ", adjusted for their number," if max(missing.values()) > 1 else ""
    text += (
        f"{too_few(facts.seeds, missing, 'complete seed')}: with fewer no exact paired test gets p{adjusted} below "
        f"{ALPHA:g}. "
    )
    text += (
        "Means and intervals stand below all the same, and hold: more seeds make them narrower. "
        if facts.infers
        else f"A test can't reject with {seeds}, so below are points and means without intervals or p. "
    )
    text += (
        "Train more whatever these show: going on only where they look promising makes p too small. Finished runs stay "
        "as they are, and this trains the missing ones:"
    )
    return [text, f"    {facts.more_seeds}"]


def _means(found: Found) -> str:
    means = found.variants["mean"].dropna()
    if len(means) < 2:
        return ""
    lowest, highest = words.number(means.min()), words.number(means.max())
    return f"Of these runs the {len(means)} variants' mean test accuracies lie between {lowest} and {highest} %. "


def _what_it_is(facts: Facts, found: Found) -> str:
    text = (
        f"{how_many(len(found.variants), 'variant')}, {words.seeds(facts.seeds)}, {facts.dataset}. Accuracy is that on "
        f"the test images, with the weights of {_kept(facts)}. Differences are in percentage points and taken within "
        "seeds, since the runs of one seed share their order of batches and the initial weights of the layers that "
        "they have in common."
    )
    if facts.copies:
        text += f" **Of the images some are there twice, byte by byte: {facts.copies}.**"
    return text


def _kept(facts: Facts) -> str:
    """The epoch whose weights a run keeps."""
    if len(facts.stops_early) > 1:
        return "a run's best epoch in validation where its recipe has early stopping, and of its last where not"
    return "a run's best epoch in validation" if True in facts.stops_early else "a run's last epoch"


def _caption(facts: Facts, found: Found) -> str:
    text = (
        f"Test accuracy of every variant, and its difference from {facts.labels[facts.baseline]} paired by seed; "
        f"n = {words.seeds(facts.seeds)}. "
    )
    if facts.seeds > 1:
        text += "Small marks are runs, a seed at the same height in every row; large marks are means. "
    compared = len(found.against_baseline)
    if facts.infers:
        right = f", on the right simultaneous over the {how_many(compared, 'comparison')}" if compared else ""
        text += f"Bars are {words.LEVEL} t intervals, on the left of each mean alone{right}. "
    if facts.ranks and compared:
        text += f"On the right a mark is filled where the difference is told apart from 0 (p < {ALPHA:g}, Holm). "
    return text + f"The grey band is ±{facts.rope:g} points."
