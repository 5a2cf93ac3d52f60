"""Effects and interactions of a grid against SciPy, statsmodels and closed forms; error rates by simulation."""

from itertools import product

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats
from statsmodels.stats.anova import AnovaRM

from placement.analysis import factors
from placement.analysis.conventions import ALPHA
from placement.analysis.families import holm
from placement.study.grids import Grid

pytestmark = pytest.mark.filterwarnings("error")

NAMES = ("order", "activation", "training.epochs")


def grid(*sizes: int, holes=(), shared=()) -> Grid:
    """Levels 0, 1, ... of each factor; `holes` are cells left out, `shared` {cell: the one whose variant it has}."""
    levels = {name: list(map(str, range(k))) for name, k in zip(NAMES, sizes, strict=False)}
    cells = {cell: "-".join(cell) for cell in product(*levels.values()) if cell not in holes}
    return Grid(levels, cells | {cell: cells[other] for cell, other in dict(shared).items()})


def variants(of: Grid) -> list[str]:
    return list(dict.fromkeys(of.cells.values()))


def values(of: Grid, seeds: int = 10, seed: int = 0) -> np.ndarray:
    rng = np.random.default_rng(seed)
    return 90 + rng.normal(0, 1, (seeds, 1)) + rng.normal(0, 0.5, (seeds, len(variants(of)))).round(2)


def both(given: np.ndarray, of: Grid) -> tuple[pd.DataFrame, pd.DataFrame]:
    return factors.factors(given, variants(of), of), factors.interactions(given, variants(of), of)


def test_averages_are_over_all_other_factors_and_of_the_cells_that_there_are():
    of = grid(2, 3, 2, holes=[("0", "1", "1"), ("1", "2", "0"), ("1", "2", "1")])
    given = values(of)
    table = pd.DataFrame([cell for cell, _ in sorted(of.cells.items())], columns=NAMES)
    table["mean"] = [given[:, variants(of).index(of.cells[cell])].mean() for cell, _ in sorted(of.cells.items())]
    for chosen in ((0, 1), (0, 2), (1, 2)):
        means, counts = factors.averages(factors.block(given, variants(of), of), chosen)
        expected = table.groupby([NAMES[i] for i in chosen])["mean"].agg(["mean", "size"]).unstack()
        np.testing.assert_allclose(means.mean(axis=0), expected["mean"])
        np.testing.assert_array_equal(counts, expected["size"].fillna(0))


def test_two_by_two_is_two_differences_and_theirs():
    of = grid(2, 2)
    v = values(of)
    main, pair = both(v, of)
    a00, a01, a10, a11 = v.T
    effects = {"order": (a10 + a11 - a00 - a01) / 2, "activation": (a01 + a11 - a00 - a10) / 2}
    for row in main.itertuples():
        expected = stats.ttest_1samp(effects[row.factor], 0)
        assert (row.level, row.first, row.n, row.combinations, row.of, row.same) == ("1", "0", 10, 2, 2, 0)
        assert row.difference == pytest.approx(effects[row.factor].mean())
        assert (row.t, row.p) == pytest.approx((expected.statistic, expected.pvalue))
        assert (row.low, row.high) == pytest.approx(tuple(expected.confidence_interval(1 - ALPHA / 2)))
    (row,) = pair.itertuples()
    expected = stats.ttest_1samp((a11 - a01) - (a10 - a00), 0)
    assert (row.factor_a, row.level_a, row.first_a) == ("order", "1", "0")
    assert (row.factor_b, row.level_b, row.first_b) == ("activation", "1", "0")
    assert (row.t, row.p, row.combinations) == pytest.approx((expected.statistic, expected.pvalue, 1))


def test_of_two_levels_f_is_t_squared():
    main, pair = both(values(grid(2, 2, 2)), grid(2, 2, 2))
    for table in (main, pair):
        np.testing.assert_allclose(table["f"], table["t"] ** 2)
        np.testing.assert_allclose(table["p_f"], table["p"])
        np.testing.assert_allclose(table["partial_eta_squared"], table["f"] / (table["f"] + table["df2"]))
        np.testing.assert_allclose(table["epsilon"], 1)


@pytest.mark.parametrize("sizes", [(4,), (3, 2), (3, 4, 2)])
def test_f_and_degrees_of_freedom_are_those_of_statsmodels(sizes):
    of = grid(*sizes)
    v = values(of, seeds=7)
    long = pd.DataFrame(
        [
            {"seed": s, "value": v[s, i]} | {f"f{j}": level for j, level in enumerate(cell)}
            for i, cell in enumerate(of.cells)
            for s in range(len(v))
        ]
    )
    expected = AnovaRM(long, "value", "seed", within=[f"f{j}" for j in range(len(sizes))]).fit().anova_table
    number = {name: f"f{j}" for j, name in enumerate(NAMES)}
    main, pair = both(v, of)
    for row in pd.concat([main.assign(term=main["factor"].map(number))]).itertuples():
        assert (row.f, row.df1, row.df2) == pytest.approx(tuple(expected.loc[row.term].iloc[:3]))
    for row in pair.itertuples():
        term = f"{number[row.factor_a]}:{number[row.factor_b]}"
        assert (row.f, row.df1, row.df2) == pytest.approx(tuple(expected.loc[term].iloc[:3]))
        p = stats.f.sf(row.f, row.epsilon * row.df1, row.epsilon * row.df2)
        assert row.p_f == pytest.approx(p) and 1 / row.df1 <= row.epsilon <= 1 + 1e-9


def test_epsilon_is_that_of_the_covariance_of_the_levels():
    """By Box's formula on the covariance matrix of the levels, as textbooks print it."""
    v = values(grid(4), seeds=12) * [1, 1.01, 1.03, 1.1]
    s = np.cov(v.T)
    k, overall = len(s), s.mean()
    epsilon = (k * (np.diag(s).mean() - overall)) ** 2 / (
        (k - 1) * ((s**2).sum() - 2 * k * (s.mean(axis=0) ** 2).sum() + k**2 * overall**2)
    )
    assert both(v, grid(4))[0]["epsilon"].tolist() == pytest.approx([epsilon] * 3)


# Holes, and cells that are the same network


def test_a_hole_costs_the_contrasts_that_need_it_one_combination():
    of = grid(3, 3, holes=[("2", "1")])
    v = values(of)
    main, pair = both(v, of)
    counts = main.set_index(["factor", "level"])["combinations"].to_dict()
    assert counts == {("order", "1"): 3, ("order", "2"): 2, ("activation", "1"): 2, ("activation", "2"): 3}
    assert (main["of"] == 3).all() and (main["balanced"] == 2).all()
    column = dict(zip(variants(of), v.T, strict=True))
    two = main.query("factor == 'order' and level == '2'").iloc[0]
    expected = (column["2-0"] - column["0-0"] + column["2-2"] - column["0-2"]) / 2
    assert two["difference"] == pytest.approx(expected.mean())
    # Its F is that of the grid without the level at which a cell is missing.
    rest = grid(3, 2)
    balanced = v[:, [variants(of).index(name) for name in ("0-0", "0-2", "1-0", "1-2", "2-0", "2-2")]]
    assert two["f"] == pytest.approx(both(balanced, rest)[0]["f"].iloc[0])
    # A pair's combination is one of the third factor's levels, of which there is none: no contrast with the hole.
    missing = pair.query("level_a == '2' and level_b == '1'").iloc[0]
    assert missing["combinations"] == 0 and np.isnan(missing["difference"]) and not missing["distinguishable"]
    assert pair["partial_eta_squared"].isna().all() and (pair["balanced"] == 0).all()
    assert pair["difference"].notna().sum() == 3


def test_a_level_that_never_meets_the_first_has_no_effect_to_tell():
    of = grid(2, 2, holes=[("0", "0"), ("1", "1")])
    for table in both(values(of), of):
        assert (table["combinations"] == 0).all()
        assert (
            table[["difference", "low", "p", "p_holm", "p_sign_flip", "f", "partial_eta_squared"]].isna().all(axis=None)
        )
        assert not table["distinguishable"].any()


def test_cells_of_the_same_network_are_counted_and_make_no_difference():
    of = grid(2, 2, shared={("0", "1"): ("0", "0")})  # the second factor has no effect at the first's first level
    v = values(of)
    main, pair = both(v, of)
    same = main.set_index("factor")["same"]
    assert same.to_dict() == {"order": 0, "activation": 1}
    column = dict(zip(variants(of), v.T, strict=True))
    alone = (column["1-1"] - column["1-0"]).mean()
    assert main.set_index("factor").loc["activation", "difference"] == pytest.approx(alone / 2)
    assert pair["difference"].iloc[0] == pytest.approx(alone) and pair["same"].iloc[0] == 0


def test_a_factor_without_any_effect_is_the_same_network_everywhere():
    of = grid(2, 2, shared={("0", "1"): ("0", "0"), ("1", "1"): ("1", "0")})
    main, pair = both(values(of), of)
    row = main.set_index("factor").loc["activation"]
    assert (row["same"], row["difference"], row["p"]) == (2, 0, 1) and np.isnan(row["partial_eta_squared"])
    assert pair["same"].tolist() == [1]


# Few seeds


@pytest.mark.parametrize("seeds", [0, 1])
def test_below_two_seeds_nothing_is_inferred(seeds):
    for table in both(values(grid(2, 2), seeds=seeds), grid(2, 2)):
        assert table[["sd", "low", "high", "t", "p", "f", "p_f", "partial_eta_squared"]].isna().all(axis=None)
        assert (table["n"] == seeds).all() and not table["distinguishable"].any()


def test_the_three_differences_of_three_levels_are_judged_from_seven_seeds_on():
    of = grid(3)
    for seeds, decided in [(6, False), (7, True)]:
        table = both(np.add(values(of, seeds), [0, 5, 9]), of)[0]
        assert (table["p_holm"] < 0.001).all() and (table["distinguishable"] == decided).all()


def test_one_factor_has_no_pairs():
    assert both(values(grid(3)), grid(3))[1].empty


# Invariances

STATISTICS = ["difference", "sd", "low", "high", "p_sign_flip", "partial_eta_squared"]


@settings(max_examples=25)
@given(st.integers(0, 99), st.permutations(range(6)), st.lists(st.integers(-50, 50), min_size=6, max_size=6))
def test_neither_the_order_of_the_seeds_nor_a_seeds_level_matters(seed, order, levels):
    of = grid(2, 3, holes=[("1", "2")])
    v = values(of, 6, seed)
    moved = v[list(order)] + np.array(levels)[:, None]
    for one, other in zip(both(v, of), both(moved, of), strict=True):
        np.testing.assert_allclose(other[STATISTICS], one[STATISTICS], atol=1e-7)


@settings(max_examples=25)
@given(st.integers(0, 99))
def test_names_and_the_order_of_columns_dont_matter_and_swapped_first_levels_change_the_sign(seed):
    of = grid(2, 3)
    v = values(of, 6, seed)
    names, moved = variants(of), np.random.default_rng(seed).permutation(6)
    renamed = Grid(
        {"b": ["x", "y"], "a": ["p", "q", "r"]},
        {("xy"[int(a)], "pqr"[int(b)]): f"n{name}" for (a, b), name in of.cells.items()},
    )
    other = factors.factors(v[:, moved], [f"n{names[i]}" for i in moved], renamed)
    one = factors.factors(v, names, of)
    np.testing.assert_allclose(other[STATISTICS], one[STATISTICS], atol=1e-9)
    turned = factors.factors(v, names, of._replace(factors=of.factors | {"order": ["1", "0"]}))
    row, back = one.iloc[0], turned.iloc[0]
    assert (back["difference"], back["low"], back["high"]) == pytest.approx(
        (-row["difference"], -row["high"], -row["low"])
    )
    assert back["partial_eta_squared"] == pytest.approx(row["partial_eta_squared"])


# Error rates, with cells of unequal variances and correlated within seeds

STUDIES, SEEDS = 4000, 10


@pytest.fixture(scope="module")
def simulated() -> np.ndarray:
    """t [studies, contrasts] of all contrasts of both tables of a 3 x 2 x 2 grid without any effect."""
    of = grid(3, 2, 2)
    rng = np.random.default_rng(16)
    spreads = np.linspace(0.2, 2, 12)
    v = rng.normal(size=(STUDIES * SEEDS, 1)) + spreads * rng.normal(size=(STUDIES * SEEDS, 12))
    cells = factors.block(v, variants(of), of)
    at = [{0: 1}, {0: 2}, {1: 1}, {2: 1}, {0: 1, 1: 1}, {0: 2, 1: 1}, {0: 1, 2: 1}, {0: 2, 2: 1}, {1: 1, 2: 1}]
    d = np.stack([factors.contrast(cells, each).mean(axis=1) for each in at], axis=1).reshape(STUDIES, SEEDS, len(at))
    shown = both(v[:SEEDS], of)
    t = d.mean(axis=1) / d.std(axis=1, ddof=1) * np.sqrt(SEEDS)
    np.testing.assert_allclose(t[0], np.concatenate([table["t"] for table in shown]))
    return t


@pytest.mark.parametrize("table", [slice(0, 4), slice(4, 9)], ids=["factors", "interactions"])
def test_errors_of_a_table_are_rarer_than_alpha_and_intervals_cover_together(simulated, table):
    t = simulated[:, table]
    p = 2 * stats.t.sf(np.abs(t), SEEDS - 1)
    wrong = np.mean([(holm(row) < ALPHA).any() for row in p])
    covered = (np.abs(t) <= stats.t.isf(ALPHA / (2 * t.shape[1]), SEEDS - 1)).all(axis=1).mean()
    margin = 3 * np.sqrt(ALPHA * (1 - ALPHA) / STUDIES)
    assert 0.4 * ALPHA < wrong < ALPHA + margin
    assert covered > 1 - ALPHA - margin


def test_the_corrected_f_keeps_its_level_where_one_level_is_unstable():
    """The uncorrected one doesn't: that is what the correction is for."""
    rng = np.random.default_rng(3)
    cells = rng.normal(size=(1000, SEEDS, 5)) * [0.3, 0.3, 0.3, 0.3, 3]
    found = [factors.spread(each, [0]) for each in cells]
    corrected = np.mean([each.p_f < ALPHA for each in found])
    plain = np.mean([stats.f.sf(each.f, each.df1, each.df2) < ALPHA for each in found])
    assert corrected < ALPHA + 3 * np.sqrt(ALPHA * (1 - ALPHA) / 1000) < plain
