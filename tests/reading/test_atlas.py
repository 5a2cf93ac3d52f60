"""The atlas's page and pictures."""

import numpy as np
import pandas as pd

from finished_studies import spec, study
from placement.analysis import across_studies
from placement.reading import atlas as reading
from placement.reading.figures import atlas as figures
from placement.reading.figures import overview

ZERO = dict.fromkeys(("before", "after", "none"), 0.0)


def test_the_page_says_why_claims_are_not_judged_and_what_conditions_are():
    plain = {"before": spec("conv norm act"), "after": spec("conv act norm")}
    one, two = (
        study(name, plain, {"before": 0, "after": 1}, i)._replace(
            claims=pd.DataFrame(
                {
                    "verdict": "not judged",
                    "leans": "for",
                    "n": [3 + i, 0],
                    "seeds_to_judge": 8,
                    "reason": [f"{3 + i} of 8 seeds", "a run ended before it got there"],
                }
            )
        )
        for i, name in enumerate("ab")
    )
    claims = pd.concat([one.claims, two.claims])
    table = across_studies.contrasts([one, two])
    opening = opened(table, across_studies.answers(table, [one, two]), claims)
    assert "Too few seeds have 2: there are 3 to 4, and it takes 8" in opening
    assert "3 studies or more ask 0 of them" in opening
    judged = claims.assign(verdict="supported")
    assert "Too few" not in opened(table, across_studies.answers(table, [one, two]), judged)
    assert "Claims" not in opened(table, across_studies.answers(table, [one, two]), claims[:0])


def opened(*tables: pd.DataFrame) -> str:
    return " ".join(block for block in reading._opening("ab", *tables) if isinstance(block, str))


def test_the_picture_shows_of_every_answer_which_way_it_points_and_whether_it_is_sure():
    questions_asked = ["norm act - act norm", "act drop - act"]
    answers = pd.DataFrame(
        [(0, "one", 2.0, 1.0, 3.0), (0, "two", -1.0, -3.0, 1.0), (1, "two", 0.5, np.nan, np.nan)],
        columns=["question", "study", "estimate", "low", "high"],
    )
    axes = overview.draw(questions_asked, ["one", "two"], answers).axes[0]
    marks = [(line.get_marker(), line.get_markerfacecolor() != "white") for line in axes.lines]
    assert marks == [("^", True), ("v", False), ("^", False)]
    assert [(line.get_xdata()[0], line.get_ydata()[0]) for line in axes.lines] == [(0, 0), (1, 0), (1, 1)]
    across = [line.get_markersize() for line in axes.lines]
    assert across[0] > across[1] > across[2]
    assert [label.get_text() for label in axes.get_yticklabels()] == questions_asked
    long = overview.draw(["a " * 40, "b", "c"], ["one", "two"], answers).axes[0]
    assert np.diff(long.get_yticks()).tolist() == [1.5, 1]  # the first has two lines


def test_a_condition_that_no_word_tells_apart_is_not_called_all_of_them():
    specs = {
        f"{order} {kernel}": spec(order, backbone={"kernels": [kernel, kernel]})
        for order in ("conv norm act", "conv act norm")
        for kernel in (3, 5)
    }
    table = across_studies.contrasts([study("one", specs, {name: float(i) for i, name in enumerate(specs)})])
    answers = across_studies.answers(table, [study("one", specs, dict.fromkeys(specs, 0.0))])
    _, contrasts = reading._contrasts(table, answers)
    assert [row[2] for row in contrasts.rows] == ["all 2", "one of 2", "one of 2"]
    assert "1 question, each a pair of placements, and 2 answers" in opened(table, answers, pd.DataFrame())


def test_the_picture_is_of_the_questions_that_several_studies_ask():
    one = study(
        "one", {"before": spec("conv norm act"), "after": spec("conv act norm"), "none": spec("conv act")}, ZERO
    )
    two = study("two", {"before": spec("conv norm act"), "after": spec("conv act norm")}, ZERO, seed=1)
    asked = {"norm act - act norm"}
    for studies, rows in (([one, two], asked), ([one], asked | {"norm act - act", "act norm - act"})):
        contrasts = across_studies.contrasts(studies)
        answers = across_studies.answers(contrasts, studies)
        drawn = figures.draw(contrasts, answers, pd.DataFrame({"estimate": [], "unit": []}))["overview"]
        assert {label.get_text() for label in drawn.axes[0].get_yticklabels()} == rows
