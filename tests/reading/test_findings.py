"""The words of findings.md: none that the tables don't carry, and every number from them."""

import re
from html.parser import HTMLParser

import numpy as np
import pandas as pd
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from placement.analysis import crossed, families, judgements, norm_dropout, paired, power, ranks, shift
from placement.reading import document, findings, outputs, words
from placement.reading.facts import Found
from placement.reading.sections import baseline as baseline_section
from placement.reading.sections import claims as claims_section
from placement.study.claims import Claim
from studies import resolve
from studies_told import COMMAND, facts_of

pytestmark = pytest.mark.filterwarnings("error")

ORDERS = {"plain": "conv act", "norm": "conv act norm", "drop": "conv act drop", "both": "conv act norm drop"}
STUDY = {
    "backbone": {"kind": "plain", "filters": [8], "kernels": 3, "dense": None},
    "dropout": {"rates": 0.1},
    "variants": {name: {"order": order} for name, order in ORDERS.items()},
}
SPECS = {name: resolve(name, STUDY).to_dict() for name in ORDERS}
CLAIMS = [
    {"sentence": "Both is better than plain", "metric": "test_accuracy", "left": "both", "right": "plain",
     "direction": "higher", "claimed": 3.41},
    {"sentence": "Plain is fastest", "metric": "best_epoch", "left": "plain", "right": ["norm", "drop"],
     "direction": "lower"},
]  # fmt: skip

SHIFTS = pd.DataFrame(
    [
        ("norm", seed, layer, 1.5, shift, 0.1, shift / 10, 0.9, 0.912)
        for seed in (0, 1)
        for layer, shift in (("norm1", 2.0), ("norm2", 3.0))
    ],
    columns=["variant", "seed", "layer", *shift.SHIFTS, "accuracy", "accuracy_reestimated"],
)


SETTLED = pd.DataFrame(
    {"accuracy": [90.0] * 4, "near_chance": False, "gain": 0.0, "rising": False, "stopped": 0.0, "cost": np.nan}
).assign(costly=False)


def document_of(
    n,
    above=(0, 0.6, 0.5, 1.5),
    sd=0.1,
    seed=0,
    labels=None,
    claims_made=CLAIMS,
    shifts=None,
    copies="",
    settled=None,
):
    """The findings of a study of `n` seeds whose variants have means 90 + above, and its tables."""
    rng = np.random.default_rng(seed)
    names = list(ORDERS)
    values = (90 + np.array(above) + rng.normal(0, sd, (n, 4))).round(2)
    runs = pd.DataFrame(
        [(name, i, values[i, j], rng.integers(3, 9)) for j, name in enumerate(names) for i in range(n)],
        columns=["variant", "seed", "test_accuracy", "best_epoch"],
    )
    runs = runs.assign(relative_target=0.9)
    correct = {name: rng.random((n, 50)) < 0.9 for name in names}
    comparisons = families.compare_families(values, names, "plain", rope=0.2)
    claims = [Claim.of(claim) for claim in claims_made]
    judged = judgements.judge(claims, runs, rope=0.2)
    labels = labels or {name: f"The {name.title()}" for name in names}
    tables = {
        "runs": runs,
        "summary": summarized(runs, labels),
        "evidence": {0: judgements.by_seed(claims[0], judged.iloc[0], runs, labels)} if n else {},
        "variants": paired.describe(runs, "test_accuracy", names),
        "omnibus": ranks.friedman(values),
        "pairwise": comparisons,
        "claims": judged,
        "norm_dropout": norm_dropout.interactions(values, names, SPECS),
        "seeds_and_images": crossed.two_questions(correct, "plain"),
        "variance_shift": shift.variance_shift_table(SHIFTS, {name: name for name in names}),
        "associations": shift.associations(SHIFTS if shifts is None else shifts),
        "power": power.power_table(comparisons[comparisons["family"] == "baseline"]),
    }
    tables |= {"settling": SETTLED.assign(variant=names) if settled is None else settled, "chance": 10.0}
    facts = facts_of(labels, "plain", n, claims=len(claims_made), copies=copies)
    return findings.findings(facts, Found(**tables)), tables


def summarized(runs, labels):
    """The columns of summary.summary_table that the findings show."""
    shares, means = ("reached_090_share", "reached_relative_share"), ("best_epoch", "epochs_run", "ece", "ece_null")
    columns = [f"{name}_mean" for name in (*means, "brier", "test_loss", "test_accuracy", "training_seconds")]
    table = pd.DataFrame({"variant": list(labels)}).assign(**dict.fromkeys((*shares, *columns), 0.5))
    return table.assign(epochs_to_090=np.nan, epochs_to_relative=3.0, parameters_total=10, multiply_accumulates=10)


def written(n, **study):
    """findings.md of a study of `n` seeds, and its tables."""
    found, tables = document_of(n, **study)
    return document.markdown(found), tables


@settings(max_examples=20)
@given(st.integers(0, 5), st.integers(0, 1000), st.sampled_from([0.01, 0.1, 1.0]))
def test_few_seeds_rank_nothing_and_say_why_and_what_to_type(n, seed, sd):
    text, _ = written(n, sd=sd, seed=seed)
    assert not re.search(r"better|worse", text, re.IGNORECASE)
    assert f"Too few seeds to rank variants: {n}." in text
    assert f"{n} complete seed{'s' * (n != 1)}, Fashion-MNIST" in text
    assert f"\n    {COMMAND}\n" in text
    assert "nan" not in text
    assert ("## New seeds" in text) == ("in their own section" in text)
    assert not re.search(r"\*\*(supported|refuted|equivalent)\*\*", text)


def test_each_family_says_from_how_many_seeds_it_is_judged():
    few = written(5)[0]
    assert "too few to judge the 2 claims (7 seeds), the 3 comparisons with the baseline (7), all 6 pairs (8):" in few
    assert "7 complete seeds are too few to judge all 6 pairs (8 seeds): " in written(7)[0]
    assert "too few" not in opening(written(8)[0])


def test_ten_seeds_say_which_is_better_and_by_how_much():
    text, tables = written(10)
    row = tables["pairwise"].query("family == 'baseline' and left == 'both'").iloc[0]
    assert row["distinguishable"]
    assert f"The Both is better than The Plain by {row['difference']:.2f} points" in text
    assert f"[{row['low']:.2f}, {row['high']:.2f}]" in text
    assert "too few" not in text and COMMAND not in text


def opening(text: str) -> str:
    return text.split("\n## ")[0]


def test_what_was_found_is_said_at_the_start():
    text, tables = written(10)
    row = tables["pairwise"].query("family == 'baseline' and left == 'both'").iloc[0]
    told = opening(text)
    assert (
        "**Told apart from The Plain (p < 0.05): The Norm (+0.6" in told
        and f"The Both ({row['difference']:+.2f} points)" in told
    )
    assert "Shown to be within ±0.2 points of it: none" in told
    assert f"Claims: 1 {tables['claims'].iloc[0]['verdict']}, 1 {tables['claims'].iloc[1]['verdict']}." in told
    same, _ = written(20, above=(0, 0, 0, 0), sd=0.05)
    assert "**Told apart from The Plain (p < 0.05): no variant.**" in opening(same)
    assert "within ±0.2 points of it: The Norm, The Drop, The Both." in opening(same)


def test_too_few_seeds_have_found_nothing():
    assert "Told apart" not in opening(written(6)[0])


def test_lower_variants_are_worse():
    text, tables = written(10, above=(0, -1, 0.5, 1.5))
    assert "The Norm is worse than The Plain by" in text
    row = tables["pairwise"].query("family == 'all' and left == 'plain' and right == 'drop'").iloc[0]
    size = f"{-row['difference']:+.2f} | [{-row['high']:.2f}, {-row['low']:.2f}]"
    assert f"| The Drop | The Plain | {size} |" in text


def test_what_is_not_shown_is_left_open_and_never_equal():
    text, tables = written(12, above=(0, 0.02, 0.5, 1.5), sd=0.5)
    row = tables["pairwise"].query("family == 'baseline' and left == 'norm'").iloc[0]
    assert not row["distinguishable"] and not row["equivalent"]
    assert "so still open: The Norm" in text
    for line in text.splitlines():
        if re.search(r"\bequal\b", line):
            assert re.search(r"not|can't", line), line


def test_equivalence_needs_its_own_test():
    text, tables = written(30, above=(0, 0, 0.5, 1.5), sd=0.05)
    assert tables["pairwise"].query("family == 'baseline' and left == 'norm'")["equivalent"].all()
    assert "Within ±0.2 points of The Plain, by two one-sided tests: The Norm." in text


def test_claims_have_verdicts_and_the_claimed_size_is_held_against_the_interval():
    text, _ = written(10)
    assert re.search(
        r"\| Both is better than plain \| \*\*supported\*\* \| higher test\\_accuracy \| \+1\.\d\d points \|",
        text,
    )
    assert "'Both is better than plain', +3.41 points, is outside of the interval of the mean, and outside of" in text
    assert re.search(r"Plain is fastest .*\*\*undecided\*\*: no difference shown", text)


def test_the_evidence_of_two_differences_says_of_what_each_is():
    _, tables = written(10)
    row = tables["claims"].iloc[[0]].assign(left="rate: high", right="rate: low", against="place: last")
    pairs = tables["evidence"][0].set_axis(["seed", "place: blocks", "place: last"], axis=1)
    facts = facts_of({name: name for name in ORDERS}, "plain")
    text = str(claims_section.section(facts, Found(**tables | {"claims": row, "evidence": {0: pairs}})))
    of_what = "Difference in test\\\\_accuracy, rate: high minus rate: low,"
    assert f"{of_what} of place: blocks (filled) and place: last (hollow)" in text


def test_a_claim_that_is_not_judged_says_how_many_seeds_it_takes_and_which_way_it_leans():
    text, _ = written(5)
    assert re.search(r"\| The Both higher than The Plain .* \*\*not judged\*\*: 5 of 7 seeds; leans for it \|", text)
    assert "Claims: 2 not judged (pointing for the claim: 2)." in opening(text)


def test_an_interaction_is_told_by_what_dropout_changes_with_and_without_normalization():
    less, _ = written(20, above=(0, 1, 1, 1))
    assert re.search(
        r"The Both: dropout changes accuracy by [-+]0\.0\d points beside normalization, and by \+\d\.\d\d without it\.",
        less,
    )
    none, _ = written(20, above=(0, 1, 1, 2), sd=0.3)
    assert "No interaction was shown; that does not show that there is none." in none


def test_exact_tests_that_disagree_are_named():
    # One seed far off keeps the paired t test from what every seed's sign says.
    text, tables = written(10)
    assert "Both exact tests agree" in text
    table = tables["pairwise"].assign(p_sign_flip_holm=0.5)
    facts = facts_of({name: name for name in ORDERS}, "plain")
    one = tables["pairwise"].assign(p_holm=0.06, p_sign_flip_holm=0.5, p_wilcoxon_holm=0.5)
    one.loc[one["left"] == "drop", "p_sign_flip_holm"] = 0.04  # one of the two alone
    assert "disagree at 0.05 on drop and plain: take" in str(
        baseline_section.section(facts, Found(**tables | {"pairwise": one}))
    )
    assert "disagree at 0.05 on norm and plain; drop and plain; both and plain" in str(
        baseline_section.section(facts, Found(**tables | {"pairwise": table}))
    )


def test_images_that_are_there_twice_are_told_at_the_start_and_as_a_limit():
    copies = "3 of the 50 test images are in the training part too"
    told, plain = written(10, copies=copies)[0], written(10)[0]
    assert f"**Of the images some are there twice, byte by byte: {copies}.**" in opening(told)
    assert (
        f"images that they have not seen: some are there twice ({copies})" in told.split("What this study can't say")[1]
    )
    assert "are there twice" not in plain


def test_a_study_of_one_variant_without_claims_is_written_too():
    runs = pd.DataFrame({"variant": "plain", "seed": range(10), "test_accuracy": np.linspace(90, 91, 10)})
    values = runs["test_accuracy"].to_numpy()[:, None]
    comparisons = families.compare_families(values, ["plain"], "plain", 0.2)
    runs = runs.assign(relative_target=0.9)
    facts = facts_of({"plain": "Plain"}, "plain")
    found = Found(
        runs=runs,
        summary=summarized(runs, facts.labels),
        evidence={},
        variants=paired.describe(runs, "test_accuracy", ["plain"]),
        omnibus=ranks.friedman(values),
        pairwise=comparisons,
        claims=judgements.judge([], runs, 0.2),
        norm_dropout=norm_dropout.interactions(values, ["plain"], SPECS),
        seeds_and_images=crossed.two_questions({"plain": np.ones((10, 5), bool)}, "plain"),
        variance_shift=shift.variance_shift_table(SHIFTS.iloc[:0], {"plain": "Plain"}),
        associations=shift.associations(SHIFTS.iloc[:0]),
        power=power.power_table(comparisons),
        settling=SETTLED[:1].assign(variant=["plain"]),
        chance=10.0,
    )
    text = document.markdown(findings.findings(facts, found))
    assert "There is no other variant." in text and "nan" not in text
    assert "simultaneous" not in text and "a mark is filled" not in text
    assert "## What this study could find\n\nThere is one variant only." in text


@pytest.mark.parametrize(
    ("x", "points", "nats"),
    [(-0.004, "+0.00", "-0.004"), (0.00123, "+0.00", "+0.00123"), (12.345, "+12.35", "+12.3"), (np.nan, "-", "-")],
)
def test_numbers_of_any_size(x, points, nats):
    assert (words.in_unit(x, "points"), words.in_unit(x, "")) == (points, nats)


@pytest.mark.parametrize(
    ("p", "says"), [(0.0004, "< 0.001"), (0.0496, "0.0496"), (0.04999, "0.04999"), (0.05, "0.05"), (0.0512, "0.051")]
)
def test_p_is_written_on_its_side_of_a_twentieth(p, says):
    assert words.p(p) == says


def test_half_a_hundredth_looks_the_same_whatever_its_last_bit():
    assert words.number(90.975) == words.number(np.nextafter(90.975, 0)) == words.number(np.nextafter(90.975, 100))


class Read(HTMLParser):
    """What a reader of a page sees, and the elements that hold it."""

    def __init__(self, page):
        super().__init__()
        self.text, self.elements = "", set()
        self.feed(page)

    def handle_data(self, data):
        self.text += data

    def handle_starttag(self, tag, attributes):
        self.elements.add(tag)


MARKDOWN = MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"])
HOSTILE = st.lists(
    st.sampled_from([*"\\`*_{}[]()<>#+-.!|&$~=:'\"1a ", "<b>", "&amp;", "](x)", "1. ", "- ", "---", "é"]), min_size=1
)


@given((HOSTILE.map("".join) | st.text(st.characters(exclude_categories=["C"]))).filter(str.strip))
@example("# a").via("a heading")
@example("1) a").via("a list")
@example("a\\|b").via("a bar behind a backslash")
def test_a_label_reads_as_it_is_written_wherever_it_stands(label):
    wanted = " ".join(label.split())
    for before, after, elements in (
        ("", "", {"p"}),
        ("## Against ", "", {"h2"}),
        ("- ", " is worse", {"ul", "li"}),
        ("shown: a, ", ", b", {"p"}),
    ):
        read = Read(MARKDOWN.render(f"{before}{words.text(label)}{after}"))
        assert read.text.strip() == f"{before.lstrip('#- ')}{wanted}{after}"
        assert read.elements == elements
    read = Read(MARKDOWN.render(document.table(document.Table.of("", ("a", "b"), [(words.text(label), 1)]))))
    assert wanted in read.text.splitlines()
    assert read.elements == {"table", "thead", "tbody", "tr", "th", "td"}


def test_labels_and_sentences_are_text_in_the_findings():
    label, sentence = "# {x} $p_{drop}$ | *a* <b>", "*A* | <i>b</i>\n is higher"
    text, _ = written(10, labels=dict.fromkeys(ORDERS, label), claims_made=[CLAIMS[0] | {"sentence": sentence}])
    read = Read(MARKDOWN.render(text))
    assert read.text.count(label) == text.count("drop}")
    assert read.text.count("*A* | <i>b</i> is higher") == 2  # in the table, and of the claimed size
    assert not read.elements & {"b", "i", "em", "h4"}


def test_bars_in_names_do_not_break_tables():
    assert document.table(document.Table.of("", ("a", "b"), [("x|y", 1)])).splitlines()[-1] == "| x\\|y | 1 |"


def test_a_column_of_sentences_is_none_of_numbers_though_they_start_with_one():
    cells = (
        "+2.45 points",
        "+10.83 (sd 5.54)",
        "[-17.18, -13.09]",
        "+2.45 points (n = 1, a CNN of four stages), A & B 2020",
    )
    numeric = document.Table.of("", ("of", "a", "b", "c", "d"), [("x", *cells)]).numeric
    assert numeric == [False, True, True, True, False]


def test_the_variance_shift_is_told_of_each_variant_with_batchnorm():
    text, _ = written(10)
    assert "| norm | 2 | 3.00 (norm2) | 0.30 (norm2) | 90.00 | 91.20 | +1.20 (sd 0.00) |" in text


def shifts_of(n, goes):
    """Runs whose cost goes with the shift of the mean, with that of the variance, with both or with neither."""
    rng = np.random.default_rng(0)
    cost, other = rng.random(4 * n), rng.random(4 * n)
    columns = {
        "shift_test": 1 + (cost if "variance" in goes else other),
        "mean_shift_test": cost if "mean" in goes else other,
        "shift_train": 1.0,
        "mean_shift_train": 0.0,
    }
    run = {"variant": [name for name in "abcd" for _ in range(n)], "seed": 4 * list(range(n))}
    runs = pd.DataFrame(run | {"layer": "norm1", "accuracy": 0.9} | columns)
    return runs.assign(accuracy_reestimated=0.9 + cost / 100)


@pytest.mark.parametrize(
    ("goes", "says"),
    [
        (("mean",), "Of the two, that of the mean was shown to go with the gain."),
        (("variance",), "Of the two, that of the variance was shown to go with the gain."),
        (("mean", "variance"), "Both were shown to go with the gain."),
        ((), "Neither was shown to go with the gain."),
    ],
)
def test_what_goes_with_the_cost_is_said_by_the_numbers_and_by_enough_seeds_only(goes, says):
    text, _ = written(12, shifts=shifts_of(12, goes))
    assert "over the 4 variants of a seed" in text and "mean of 12 seeds" in text and says in text
    few, _ = written(5, shifts=shifts_of(5, goes))
    assert "Rank correlation" in few and "was shown to go" not in few and "were shown to go" not in few


def test_what_was_published_and_what_turns_a_verdict_stand_beside_it():
    claimed = {"difference": 2.5, "n": 1, "network": "CaffeNet"}
    made = [CLAIMS[0] | {"claimed": claimed, "source": "Someone & Other (2016)"}, CLAIMS[1]]
    text, tables = written(10, claims_made=made)
    assert r"+2.50 points (n = 1, CaffeNet), Someone \& Other (2016) |" in text
    assert "fragile" not in text
    turned = tables["claims"].assign(fragile=["without seed 7: undecided", ""])
    facts = facts_of({name: name for name in ORDERS}, "plain")
    text = document.markdown(findings.findings(facts, Found(**tables | {"claims": turned})))
    assert "**supported**: fragile (without seed 7: undecided) |" in text


def test_a_claim_of_equality_shows_its_region_and_the_p_that_decided_it():
    equal = {"sentence": "They are alike", "metric": "test_accuracy", "left": "both", "right": "norm", "rope": 3}
    text, _ = written(10, claims_made=[equal | {"direction": "equal"}])
    assert re.search(
        r"\*\*supported\*\* \| equal test\\_accuracy, within ±3 points \|.* \| < 0\.001 \(equivalence\) \|", text
    )
    assert "Where equality was shown, p is that of the two one-sided tests (equivalence)." in text
    own = "only within ±0.2 points, or within the region that a claim has of its own."
    assert own in text and own in written(10, claims_made=[equal | {"direction": "higher"}])[0]
    plain = written(10)[0]
    assert "(equivalence)" not in plain and "only within ±0.2 points." in plain


def test_variants_that_have_not_settled_are_told_at_the_start_with_the_claims_and_in_the_limits():
    fine = written(10)[0]
    assert "No sign that runs hadn't settled" in opening(fine) and fine.count("settled") == 1
    names = list(ORDERS)
    some = SETTLED.assign(variant=names, near_chance=[True, False, False, False], accuracy=[11.0, 90, 90, 90])
    some = some.assign(rising=[False, False, False, True], gain=[0.0, 0.0, 0.0, 0.3])
    text, _ = written(10, settled=some)
    assert "**Not settled: 2 of 4 variants.** Near chance (10.00 %): The Plain (11.00 %)." in opening(text)
    assert "last tenth of the epochs: The Both (0.30 points)." in opening(text)
    assert "Early stopping ended none of the runs of 4 variants." in opening(text)
    assert "moving statistics cost" not in text and text.count("2 of 4") == 3
    text = opening(written(10, settled=some.assign(stopped=[0.5, 1.0, 0.0, np.nan]))[0])
    assert "none of the runs of 1 variant." in text
    assert "Early stopping ended runs of 2 variants: these rise no more, settled or not." in text


def test_moving_statistics_that_cost_more_than_a_point_are_told_at_the_start_and_do_not_count_as_unsettled():
    some = SETTLED.assign(variant=list(ORDERS), costly=[False, True, False, False], cost=[np.nan, 2.5, 0.1, np.nan])
    whole, _ = written(10, settled=some)
    text, as_trained = opening(whole), "All of it is of test accuracy as trained"
    assert as_trained in whole and as_trained not in written(10)[0]
    assert "**BatchNorm's moving statistics cost these runs more than 1 point: 1 of 4 variants.**" in text
    assert "give back test accuracy: The Norm (2.50 points)." in text
    with_interval = some.assign(cost_low=[np.nan, 1.5, 0.05, np.nan], cost_high=[np.nan, 3.5, 0.15, np.nan])
    assert "test accuracy: The Norm (2.50 points [1.50, 3.50])." in opening(written(10, settled=with_interval)[0])
    assert "No sign that runs hadn't settled" in text


# Few seeds ---------------------------------------------------------------------------------------------------------

INFERRED = re.compile(r"\bp (=|<)|\[[-+]?\d|interval|\bd_z\b|Holm|\bp\b \|")


@pytest.mark.parametrize("n", [0, 1, 2])
def test_below_three_seeds_there_is_no_interval_and_no_p_anywhere(n):
    found, _ = document_of(n)
    text = document.markdown(found)
    captions = [block.caption for block in blocks(found) if isinstance(block, document.Figure | document.Table)]
    for line in [*text.splitlines(), *captions]:
        assert not INFERRED.search(line.replace("no intervals", "").replace("without intervals or p", "")), line
    assert text.count("can't reject") == 1
    assert f"A test can't reject with {n} complete seed" in text


def test_three_seeds_have_intervals():
    assert INFERRED.search(written(3)[0])


@pytest.mark.parametrize("n", [1, 2, 3, 5, 9, 10])
def test_no_column_of_a_table_is_all_dashes(n):
    for block in blocks(document_of(n)[0]):
        if isinstance(block, document.Table):
            for column in zip(*block.rows, strict=True):
                assert set(map(str, column)) != {"-"}


def test_two_seeds_are_told_one_by_one():
    text, tables = written(2)
    both = tables["runs"].query("variant == 'both'")["test_accuracy"]
    assert f"| The Both | 2 | {both.mean():.2f} | {both.iloc[0]:.2f}, {both.iloc[1]:.2f} |" in text


@pytest.mark.parametrize(("n", "shown"), [(5, False), (7, True)])
def test_the_p_of_a_test_that_cant_reject_is_not_shown(n, shown):
    text, _ = written(n)  # three comparisons: 3 * 2 / 2^5 is above 0.05, 3 * 2 / 2^7 below
    against = text.split("## Against")[1].split("\n## ")[0]
    assert ("| p, sign-flip |" in against) == shown
    assert ("The exact tests can't reject" in against) != shown


def blocks(found: document.Document) -> list:
    everything = [*found.opening, *(block for section in found.sections for block in section.blocks)]
    return everything + [f for t in everything if isinstance(t, document.Table) for f in t.unfolds if f]


def test_what_many_claims_have_in_common_is_told_once():
    text, _ = written(2)
    assert "Claims: 2 not judged." in text and text.count("Not judged is what") == 1


def test_a_source_of_all_claims_is_told_once():
    one, two = ([claim | {"source": f"Source {i * k}"} for i, claim in enumerate(CLAIMS)] for k in (0, 1))
    assert written(2, claims_made=one)[0].count("Source 0") == 1
    assert "All of them are claimed by: Source 0." in written(2, claims_made=one)[0]
    assert "- Whether claims are right of what their sources trained" in written(2, claims_made=one)[0]
    assert "All of them" not in written(2, claims_made=two)[0]


def test_every_figure_says_n_and_its_level_or_that_it_has_none():
    for n in (2, 10):
        for block in blocks(document_of(n)[0]):
            if isinstance(block, document.Figure):
                assert re.search(r"n = \d", block.caption), f"the caption of {block.name} doesn't say n"
                assert block.name in outputs.FIGURES or block.name.startswith("claim_"), "a figure that isn't drawn"
                if n == 2:
                    assert "95 %" not in block.caption


def test_few_seeds_rank_nothing_in_a_claims_words_but_its_best_epoch_is_a_measure():
    assert all(map(claims_section.RANKING.search, ("Both is better", "The best of six", "Worst in its best epoch")))
    assert not claims_section.RANKING.search("Converges fastest (earliest best epoch of the six)")
