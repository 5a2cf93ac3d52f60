"""What the findings say of a grid: as little as its seeds allow."""

import re
from itertools import product
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

import compare
from placement.analysis import conventions
from placement.reading import document
from placement.reading.facts import OverGrid
from placement.reading.sections import effects, factors, interactions, limits, selection
from placement.study.grids import Grid
from studies_told import facts_of
from test_findings import INFERRED

FACTORS = {"order": ["before", "after"], "activation": ["relu", "tanh"], "rate": ["low", "high"]}
CELLS = {cell: "-".join(cell) for cell in product(*FACTORS.values())}
BASELINE = "before-relu-low"
SELECT = {"over": "rate", "by": "validation_accuracy"}


def of(seeds: int, cells: dict[tuple[str, ...], str] = CELLS, choosing: int | None = None) -> tuple[OverGrid, str]:
    """The tables of a grid of that many seeds, with tanh 3 points below and `high` 2 above, and the text on them."""
    rng, names = np.random.default_rng(0), list(dict.fromkeys(cells.values()))
    effects = {name: 90 - 3 * ("tanh" in name) + 2 * ("high" in name) for name in names}
    runs = pd.DataFrame(
        [(name, seed, effects[name] + rng.normal(0, 0.2)) for name, seed in product(names, range(seeds))],
        columns=["variant", "seed", "test_accuracy"],
    )
    runs = runs.assign(validation_accuracy=runs["test_accuracy"])
    blocks = conventions.complete_blocks(runs, "test_accuracy", names)
    select = SELECT if choosing is None else SELECT | {"seeds": choosing}
    found = compare.over_grid(Grid(FACTORS, cells), blocks, runs, {"select": select, "baseline": BASELINE})
    facts = facts_of({name: name for name in names}, BASELINE, seeds)
    tables = SimpleNamespace(over_grid=found, settling=pd.DataFrame({"costly": [False]}))
    written = [room.section(facts, tables) for room in (factors, interactions, selection)]
    return found, document.markdown(document.Document("", (), tuple(written)))


@pytest.mark.parametrize("seeds", [1, 2])
def test_below_three_seeds_no_table_of_a_grid_has_intervals_or_p(seeds):
    found, text = of(seeds)
    inferred = re.compile(r"(.*_)?(low|high)$|(p|t|f|p_.*|partial_.*)$")
    for table in found[:3]:
        names = [name for name in table.columns if inferred.match(name)]
        assert len(names) > 5 and table[names].isna().all(axis=None)
    for line in text.splitlines():
        assert not INFERRED.search(line), line


def test_ten_seeds_say_which_level_is_worse_and_by_how_much():
    _, text = of(10)
    assert "- activation: tanh is 3." in text or "- activation: tanh is 2.9" in text
    assert "doesn't rank factors by size" in text


def test_where_there_was_nothing_to_choose_from_no_choice_is_called_a_chance():
    cells = {cell: name for cell, name in CELLS.items() if cell != ("after", "tanh", "high")}
    _, text = of(10, cells)
    assert "fewer than 2 different networks to choose from" in text and "*after, tanh*." in text
    assert "Placements were not tuned within the same budget: they chose from 1 to 2 networks" in text
    assert "choice by chance" not in text


def test_seeds_that_choose_and_seeds_that_judge_are_told_apart():
    found, text = of(10, choosing=3)
    assert "chosen by 3 complete seeds set apart for it; test accuracy is that of the other 7 complete seeds" in text
    assert "Student's, for the cells that were chosen" in text and "jackknife" not in text
    assert "- after, tanh is" in text and (found.selection["n"] == 7).all() and "same budget" not in text
    _, text = of(10, choosing=6)
    assert "Not judged: 7 complete seeds are needed for the 3 differences from before, relu, and there are 4." in text


def test_effects_that_were_shown_may_have_zero_in_their_wider_interval():
    shown = pd.DataFrame({"low": [-0.1, 0.1, -2], "high": [1, 1, -1]})
    assert effects.beside_intervals(shown) == (
        " Of the effects shown, 1 has zero in the interval: Bonferroni's are wider."
    )
    assert effects.beside_intervals(shown[1:]) == ""


@pytest.mark.parametrize(
    ("recipes", "over", "says"),
    [
        (1, None, "No variant was tuned for itself."),
        (4, None, "The 4 recipes are those that the study states"),
        (2, ("rate",), "Each placement was tuned over rate and nothing else"),
    ],
)
def test_the_limits_say_what_was_tuned(recipes, over, says):
    facts = facts_of({}, BASELINE, recipes=recipes)
    nothing = dict.fromkeys(("claims", "seeds_and_images"), pd.DataFrame())
    found = SimpleNamespace(over_grid=over and SimpleNamespace(over=over), unsettled=0, **nothing)
    (text,) = limits.section(facts, found).blocks
    assert says in text and ("No variant was tuned" in text) == (recipes == 1)
    assert "sources trained" not in text  # no claim was made
