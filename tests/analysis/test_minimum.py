"""How many seeds a family of comparisons is judged from, and how it is told."""

from placement.analysis import minimum


def test_a_family_is_judged_from_the_seeds_with_which_the_exact_test_reaches_alpha_over_all_of_it():
    for comparisons in (0, 1, 3, 5, 9, 15, 21, 28, 66):
        n = minimum.seeds_to_judge(comparisons)
        assert 2 * max(comparisons, 1) / 2**n < 0.05 <= 2 * max(comparisons, 1) / 2 ** (n - 1)


def test_families_are_those_that_a_study_has():
    assert minimum.families(2, 1) == {"the claim": 1, "the comparison with the baseline": 1}
    assert minimum.families(1, 0) == {}
    assert minimum.families(3, 2) == {"the 2 claims": 2, "the 2 comparisons with the baseline": 2, "all 3 pairs": 3}
    of_a_grid = minimum.families(6, 0, levels=(3, 2))
    assert list(of_a_grid.items())[-2:] == [("3 effects of factors", 3), ("2 interactions of factors", 2)]
    assert "1 effect of factors" in minimum.families(2, 0, levels=(2,))
    assert minimum.not_judged(7, 4, 1) == {"all 6 pairs": 6} and minimum.not_judged(8, 4, 1) == {}


def test_what_is_not_judged_yet_is_told_before_training():
    assert minimum.announced(3, variants=7, claims=9) == (
        "3 seeds are too few to judge the 9 claims (9 seeds), the 6 comparisons with the baseline (8), "
        "all 21 pairs (10)"
    )
    assert minimum.announced(1, variants=2, claims=1) == (
        "1 seed is too few to judge the claim (6 seeds), the comparison with the baseline (6)"
    )
    assert minimum.announced(10, variants=7, claims=9) == minimum.announced(1, variants=1, claims=0) == ""


def test_what_placements_wont_be_judged_is_told_before_training():
    told = minimum.announced_of_placements
    assert told(5, 2) == "5 seeds left to judge are too few for each placement at its own best (6 seeds)"
    assert told(6, 2) == "" and "(7 seeds)" in told(6, 4)
