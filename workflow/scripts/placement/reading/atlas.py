"""The atlas as people read it: what changes with the conditions first, then every question, then every claim."""

from collections.abc import Iterator, Mapping, Sequence

import numpy as np
import pandas as pd

from placement.analysis.across_studies import of_several
from placement.analysis.meta import MINIMUM_PREDICTION, MINIMUM_STUDIES
from placement.analysis.verdicts import NOT_JUDGED
from placement.counting import how_many
from placement.reading import judged, words
from placement.reading.document import Block, Document, Figure, Section, Table
from placement.reading.figures.atlas import of_claims

SIGNS = {
    "shown": "Changes sign with the conditions",
    "estimates": "Estimates on both sides of zero",
    "": "One side only",
}


def document(
    studies: Sequence[str],
    contrasts: pd.DataFrame,
    answers: pd.DataFrame,
    claims: pd.DataFrame,
    repeated: Mapping[str, int],
) -> Document:
    """The page: of across_studies.contrasts, across_studies.answers, the studies' claims, with the column `study`, and
    across_studies.repeated."""
    sections = (
        Section("What several studies say", tuple(_together(answers))),
        Section("The studies", tuple(_studies(contrasts, repeated))),
        Section("Every contrast", tuple(_contrasts(contrasts, answers))),
        Section("Every claim", tuple(_claims(claims))),
    )
    return Document(
        "Atlas: where BatchNorm and Dropout belong",
        tuple(_opening(studies, contrasts, answers, claims)),
        tuple(section for section in sections if section.blocks),
    )


def _opening(
    studies: Sequence[str], contrasts: pd.DataFrame, answers: pd.DataFrame, claims: pd.DataFrame
) -> Iterator[Block]:
    single = contrasts[contrasts["condition"] != ""]
    several = answers[answers["studies"] >= MINIMUM_STUDIES]
    shown = answers[answers["signs"] == "shown"]
    either = answers[answers["signs"] == "estimates"]
    yield (
        f"Asked by {how_many(len(studies), 'study')} ({', '.join(map(words.text, studies))}): "
        f"{how_many(len(answers), 'question')}, each a pair of placements, and {how_many(len(single), 'answer')}, each "
        "under one condition of a study; "
        f"{MINIMUM_STUDIES} studies or more ask {len(several)} of them."
    )
    if len(contrasts):
        pictured = len(of_several(answers))
        which = "" if pictured == len(answers) else f" Here are the {pictured} that several studies ask."
        yield Figure(
            "overview",
            "Each row is a question, the first placement minus the second in test accuracy; each column a study. "
            f"Differences are averages over a study's conditions, with their intervals over seeds.{which}",
        )
    if len(shown):
        yield (
            "The sign of these differences depends on the conditions: "
            + "; ".join(map(_question, shown.itertuples()))
            + "."
        )
    else:
        yield (
            "No difference was shown to have one sign under some conditions and the other under others"
            + (f"; of {len(either)} the estimates lie on both sides of zero." if len(either) else ".")
        )
    if len(claims):
        yield judged.counted(claims) + _too_few(claims)
    yield (
        "p and intervals are for one question each: nothing is adjusted over the questions of this page, so that of "
        "twenty without any difference one is expected to show one."
    )


def _too_few(claims: pd.DataFrame) -> str:
    """Why claims aren't judged, and what their leaning says all the same."""
    few = claims[(claims["verdict"] == NOT_JUDGED) & (claims["n"] > 0) & (claims["n"] < claims["seeds_to_judge"])]
    if few.empty:
        return ""
    there, needed = (" to ".join(map(str, sorted({low, high}))) for low, high in _ends(few))
    return (
        f" Too few seeds have {len(few)}: there are {there}, and it takes {needed}, by the number of claims that a "
        "study lists. A claim leans the way that its whole interval points."
    )


def _ends(few: pd.DataFrame) -> Iterator[tuple[int, int]]:
    for name in ("n", "seeds_to_judge"):
        yield int(few[name].min()), int(few[name].max())


def _question(row) -> str:
    return f"*{_placement(row.left)}* against *{_placement(row.right)}*"


def _placement(words_between: str) -> str:
    return words.text(words_between or "neither")


def _together(answers: pd.DataFrame) -> Iterator[Block]:
    several = answers[(answers["studies"] > 1) | (answers["signs"] != "")]
    if several.empty:
        return
    yield (
        "A placement is named by what stands between two convolutions. Pooling is left out, and stands on the same "
        "side of each word that both have. An estimate is the first minus the second in "
        f"test accuracy, in points. Where {MINIMUM_STUDIES} studies or more ask the same, their random-effects mean "
        "stands here, with their spread τ and the share of it that is not from seeds (I²). Conditions of one study are "
        "no studies of their own: a study is the mean of its conditions, by seed, and has a larger error the further "
        "these lie apart (ω) and the fewer they are. The interval in which the effect under one condition of another "
        f"study is expected takes {MINIMUM_PREDICTION} studies."
    )
    yield _questions(several)
    alike = several[(several["pooled"] >= MINIMUM_STUDIES) & (several["shared"] != "")]
    if len(alike):
        yield (
            "What the studies of a mean share makes them agree more than others would, and its interval too short for "
            "others:"
        )
        yield "\n".join(f"- {_question(a)}: {words.text(a.shared)}." for a in alike.itertuples())
    rest = len(answers) - len(several)
    if rest:
        others = how_many(rest, "other question")
        yield f"Asked by one study alone, with estimates on one side of zero: {others}, further below."


def _questions(several: pd.DataFrame) -> Table:
    rows = [
        (
            _question(a),
            SIGNS[a.signs] if a.conditions > 1 else "-",
            a.studies,
            a.conditions,
            f"{words.signed(a.mean)} {words.interval(a.low, a.high)}" if np.isfinite(a.mean) else "-",
            words.interval(a.prediction_low, a.prediction_high),
            words.number(np.sqrt(a.tau2)),
            words.number(np.sqrt(a.omega2)),
            "-" if np.isnan(a.i2) else f"{100 * a.i2:.0f} %",
        )
        for a in several.itertuples()
    ]
    head = (
        *("First against second", "Sign", "Studies", "Conditions", f"Mean, {words.LEVEL} interval"),
        *("Prediction interval", "τ, points", "ω, points", "I²"),
    )
    return Table.of("Questions, those whose answer depends on the conditions first", head, rows)


def _studies(contrasts: pd.DataFrame, repeated: Mapping[str, int]) -> Iterator[Block]:
    if repeated:
        yield (
            "Runs that a larger study has too; in a question of both they count once, for the larger: "
            + ", ".join(f"{number:,} of {words.text(study)}" for study, number in repeated.items())
            + "."
        )
    if contrasts.empty:
        yield "No two variants of these studies differ in their placement alone."
        return
    rows = [
        (
            words.text(study),
            " to ".join(map(str, sorted({of_study["n"].min(), of_study["n"].max()}))),
            (of_study["condition"] == "").sum(),
            words.text("; ".join(_shared(of_study["condition"]))),
        )
        for study, of_study in contrasts.groupby("study", sort=False)
    ]
    head = ("Study", "Seeds", "Questions", "Under all of its conditions")
    yield Table.of("What each study is on; what else its conditions are stands beside each contrast", head, rows)


def _shared(conditions: pd.Series) -> list[str]:
    """What all conditions have in common, of the words that each is described by."""
    described = [each.split("; ") for each in conditions if each]
    return [word for word in described[0] if all(word in each for each in described)]


def _contrasts(contrasts: pd.DataFrame, answers: pd.DataFrame) -> Iterator[Block]:
    if contrasts.empty:
        return
    yield Figure(
        "contrasts",
        "A square is a study's estimate, averaged over its conditions by seed, with its interval over seeds, under "
        "these same conditions; a diamond the mean over studies, on the prediction interval; an arrow at the edge is "
        "further out. Right of zero the first placement is the more accurate.",
    )
    shared = {study: _shared(of_study["condition"]) for study, of_study in contrasts.groupby("study")}
    # In the order of the figure.
    contrasts = answers[["left", "right"]].merge(contrasts, on=["left", "right"])
    rows = [
        (
            f"{_placement(c.left)} - {_placement(c.right)}",
            words.text(c.study),
            words.text(_condition(c, shared[c.study])),
            c.n,
            words.signed(c.estimate),
            words.interval(c.low, c.high),
            words.p(c.p),
        )
        for c in contrasts.itertuples()
        if c.condition or c.conditions > 1
    ]
    head = ("Question", "Study", "Condition", "Seeds", "Difference", f"{words.LEVEL} interval", "p")
    title = "Each study's answers, and under which condition; p is not adjusted, and intervals of one of several "
    yield Table.of(f"{title}conditions share the level (Bonferroni)", head, rows)


def _condition(contrast, shared: Sequence[str]) -> str:
    """What sets a contrast's condition apart from the others of its study, or which of them it is of."""
    if not contrast.condition:
        return f"all {contrast.conditions}"
    if contrast.conditions == 1:
        return "the one"
    own = "; ".join(word for word in contrast.condition.split("; ") if word not in shared)
    return own or f"one of {contrast.conditions}"


def _claims(claims: pd.DataFrame) -> Iterator[Block]:
    if claims.empty:
        yield "These studies list none."
        return
    for unit in claims.loc[claims["estimate"].notna(), "unit"].fillna("").unique():
        yield Figure(of_claims(unit), f"Claims in {unit or 'the unit of their metric'}, each with its interval.")
    rows = [
        (
            words.text(c.sentence),
            words.text(c.study),
            judged.verdict(c),
            judged.estimate(c),
            judged.interval(c),
            c.n,
            judged.published(c),
        )
        for c in claims.itertuples()
    ]
    head = ("Claim", "Study", "Verdict", "Estimate", f"{words.LEVEL} interval", "Seeds", "Claimed")
    yield Table.of("Every claim of these studies", head, rows)
