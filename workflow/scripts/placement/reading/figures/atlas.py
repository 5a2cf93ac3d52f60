"""All figures of the atlas."""

from collections.abc import Iterator

import numpy as np
import pandas as pd

from placement.analysis.across_studies import of_several
from placement.reading.figures import forest, overview
from placement.reading.figures.backend import Figure


def draw(contrasts: pd.DataFrame, answers: pd.DataFrame, claims: pd.DataFrame) -> dict[str, Figure]:
    """By name: the overview, the forest plots of the contrasts, and of the claims in each unit that there is.

    Args:
        contrasts, answers: of across_studies.contrasts and across_studies.answers.
        claims: the studies', with the column `study`.
    """
    drawn = {}
    if len(contrasts):
        drawn["overview"] = _overview(contrasts, answers)
        lines = list(_of_contrasts(contrasts, answers))
        drawn["contrasts"] = forest.draw(lines, "Difference in test accuracy, first minus second, points")
    for unit, judged in claims[claims["estimate"].notna()].groupby(claims["unit"].fillna("")):
        lines = list(_of_claims(judged))
        drawn[of_claims(unit)] = forest.draw(lines, f"Left minus right, {unit or 'in the metric itself'}")
    return drawn


def of_claims(unit: str) -> str:
    """The name of the figure of the claims in a unit."""
    return f"claims_{unit or 'other'}"


def _overview(contrasts: pd.DataFrame, answers: pd.DataFrame) -> Figure:
    several = of_several(answers)
    asked = several[["left", "right"]].assign(question=np.arange(len(several)))
    whole = contrasts[contrasts["condition"] == ""].merge(asked, on=["left", "right"])
    questions = [_question(each.left, each.right) for each in several.itertuples()]
    return overview.draw(questions, list(dict.fromkeys(whole["study"])), whole)


def _question(left: str, right: str) -> str:
    return f"{left or 'neither'} - {right or 'neither'}"


def _of_contrasts(contrasts: pd.DataFrame, answers: pd.DataFrame) -> Iterator[forest.Line]:
    """By question the studies' estimates, and their mean where there is one."""
    whole = contrasts[contrasts["condition"] == ""]
    for answer in answers.itertuples():
        yield forest.Line(_question(answer.left, answer.right))
        for c in whole[(whole["left"] == answer.left) & (whole["right"] == answer.right)].itertuples():
            yield forest.Line(c.study, c.estimate, c.low, c.high)
        if np.isfinite(answer.mean):
            ahead = (answer.prediction_low, answer.prediction_high)
            yield forest.Line(f"mean of {answer.pooled}", answer.mean, answer.low, answer.high, ahead)


def _of_claims(claims: pd.DataFrame) -> Iterator[forest.Line]:
    """By study its claims."""
    for study, of_study in claims.groupby("study", sort=False):
        yield forest.Line(study)
        for c in of_study.itertuples():
            yield forest.Line(c.sentence, c.estimate, c.low, c.high)
