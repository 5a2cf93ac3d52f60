"""What docs/literature and README show of the literature's claims is what the kept runs say, by the code as it is."""

import json
import re
import runpy

import numpy as np
import pandas as pd
import pytest

import kept_runs
import literature_page
import page_tables
from checkout import ROOT
from pages import unwrapped
from placement.analysis import across_studies, conventions, families, judgements, minimum, paired, shift
from placement.errors import InputError
from placement.reading import words
from placement.runs import tables

FOLDER = ROOT / "docs/literature"


@pytest.fixture(scope="module")
def kept():
    return runpy.run_path(str(FOLDER / "keep.py"))


def test_the_atlas_shown_follows_from_the_runs_kept(kept):
    studies = kept["studies"]()
    contrasts = across_studies.contrasts(studies)
    claims = pd.concat([study.claims.assign(study=study.name) for study in studies], ignore_index=True)
    for name, found in {
        "contrasts": contrasts,
        "answers": across_studies.answers(contrasts, studies),
        "claims": claims,
    }.items():
        shown = tables.read(FOLDER / f"{name}.csv")
        found = found[list(shown.columns)]
        pd.testing.assert_frame_equal(found.replace("", None), shown.replace("", None), check_dtype=False)


def test_every_study_that_is_shown_is_of_the_literature_and_has_its_config():
    studies = {path.stem for path in (ROOT / "workflow/studies/literature").glob("*.yaml")}
    shown = set(tables.read(FOLDER / "claims.csv")["study"])
    assert {name.rsplit("_", 1)[0] for name in shown} <= studies
    assert {path.parent.name for path in (FOLDER / "kept").glob("*/config.yaml")} == shown


def test_the_tables_are_of_the_atlas_and_of_the_runs_kept(kept):
    page = kept["PAGE"].read_text(encoding="utf-8")
    made = literature_page.tables_of(tables.read(FOLDER / "claims.csv"), FOLDER / "kept")
    assert page == page_tables.replaced(page, made)
    with pytest.raises(InputError, match=r"has 0 tables of 'study \| claim', expected one"):
        page_tables.replaced(page.replace("| study | claim |", "| study | what |"), made)


def accuracies(study: str) -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame]:
    """In percent of the kept runs, a row a seed, a column a variant: on the test images as trained, there re-estimated,
    and on the training images."""
    runs = pd.read_csv(FOLDER / "kept" / study / "runs.csv")
    measures = ("test_accuracy", "test_accuracy_reestimated", "train_accuracy")
    trained, again, fitted = (100 * runs.pivot(index="seed", columns="variant", values=name) for name in measures)
    return trained, again, fitted


def epochs(study: str) -> pd.DataFrame:
    """Every epoch of the kept runs: variant, seed, and what histories have."""
    histories = kept_runs.named(kept_runs.archived(FOLDER / "kept" / study), kept_runs.HISTORY)
    return pd.DataFrame(
        [
            {"variant": variant, "seed": seed} | epoch
            for variant, of in histories.items()
            for seed, content in of.items()
            for epoch in json.loads(content)["epochs"]
        ]
    )


def steadiness(study: str, from_epoch: int) -> dict[str, float]:
    """{variant: mean over runs of the sd of validation accuracy's changes from one epoch to the next, points}."""
    of = epochs(study)
    changes = of[of["epoch"] >= from_epoch].groupby(["variant", "seed"])["val_accuracy"]
    return (100 * changes.agg(lambda values: values.diff().std())).groupby("variant").mean().to_dict()


def interval(differences: pd.Series) -> str:
    """Student's 95 % interval of their mean, as the page writes it."""
    low, high = paired.StudentMean.of(differences.to_numpy()).interval()
    return f"[{low:.2f}, {high:.2f}]"


def test_the_pages_say_how_far_the_ten_orders_are_apart():
    as_trained, again, _ = accuracies("so39691902_small")
    (low, high), (low_again, high_again) = (each.mean().agg(["min", "max"]) for each in (as_trained, again))
    trained, reestimated, seeds = high - low, high_again - low_again, len(as_trained)
    assert not as_trained.isna().any(axis=None)
    page, readme = unwrapped(FOLDER / "README.md"), unwrapped(ROOT / "README.md")
    assert (
        seeds == 10
        and f"so39691902 ten orders lie {trained:.2f} points apart, re-estimated {reestimated:.2f}." in readme
    )
    assert f"Ten orders lie {trained:.2f} points apart, re-estimated {reestimated:.2f}: most of" in page
    assert f"{trained:.2f} points apart as trained (means of {low:.2f} to {high:.2f} %)" in page
    assert f"{reestimated:.2f} with re-estimated statistics ({low_again:.2f} to {high_again:.2f} %)" in page


def test_readme_says_in_how_many_studies_most_of_a_loss_comes_back():
    """Of what each compares, the widest: all that it has, or one network with less against the same with more."""
    compared = {
        "so39691902": None,
        "li2019": ("nowhere", "before_norm"),
        "zagoruyko2015": ("batchnorm", "both"),
        "chen2019": ("original", "ic"),
        "zagoruyko2016": ("without-wrn_16_4", "dropout-wrn_16_4"),
        "garbin2020": ("batchnorm", "both"),
        "kim2023": None,
        "kaifabi2022": None,
        "folklore": ("norm", "drop_norm"),
        "mishkin2016": ("after-0", "after-0.5"),
        "ioffe2015": ("before-thirtyfold-bare", "before-thirtyfold-dropout"),
        "bjkim2023": ("nowhere", "before_last_norm"),
        "gcr2016": None,
        "he2016": None,
    }
    lost, back = {}, {}
    for name, pair in compared.items():
        trained, again = (
            of.mean().max() - of.mean().min() if pair is None else (of[pair[0]] - of[pair[1]]).mean()
            for of in accuracies(f"{name}_small")[:2]
        )
        lost[name], back[name] = trained, trained - again
    most = [name for name in back if back[name] > 0.6 * lost[name]]
    assert len(back) == 14 and len(most) == 4
    trained, again, _ = accuracies("folklore_small")
    orders = {
        "norm_drop": "norm",
        "drop_norm": "norm",
        "norm_after_drop": "norm_after",
        "drop_norm_after": "norm_after",
    }
    in_blocks = [
        1 - (again[order] - again[name]).mean() / (trained[order] - trained[name]).mean()
        for name, order in orders.items()
    ]
    shares = in_blocks + [back[name] / lost[name] for name in most]
    assert all(abs(points) <= 0.8 for name, points in back.items() if name not in most)
    page, readme = unwrapped(FOLDER / "README.md"), unwrapped(ROOT / "README.md")
    assert f"{100 * min(in_blocks):.0f} to {100 * max(in_blocks):.0f} % of that comes back re-estimated |" in page
    assert f"in 14 small studies (n = {len(trained)})" in readme
    # The other of them has no order without dropout.
    assert set(most) == {"folklore", "li2019", "zagoruyko2015", "so39691902"}
    says = f"In three (folklore, li2019, zagoruyko2015) {100 * min(shares):.0f} to {100 * max(shares):.0f} % of what"
    assert f"{says} dropout costs in the blocks comes back re-estimated." in readme
    assert "In the other ten at most 0.8 points" in readme


def test_the_page_says_what_ic_layers_cost():
    trained, again, _ = accuracies("chen2019_small")
    costs = trained["original"] - trained["ic"]
    page = unwrapped(FOLDER / "README.md")
    assert len(costs) == 10 and (costs > 0).all()
    assert f"by {costs.mean():.2f} points and with all ten seeds" in page
    left = (again["original"] - again["ic"]).mean()
    assert f"cost a ResNet-20 {costs.mean():.2f} points, re-estimated {left:.2f} |" in page
    assert (
        "after the rate's first fall IC layers aren't steadier (sd of changes {ic:.2f} against {original:.2f} ".format(
            **steadiness("chen2019_small", from_epoch=8)
        )
        in page
    )
    ic, original = again.mean()[["ic", "original"]]
    assert f"re-estimated, the two have {ic:.2f} and {original:.2f} %" in page


def test_the_page_says_what_dropout_costs_in_a_branch_and_in_the_head():
    trained, again, fitted = accuracies("bjkim2023_small")
    branch = ["behind_last_norm", "before_first_norm", "behind_first_norm", "before_last_norm"]
    (own, *others), (own_again, *others_again) = (
        (-of.sub(of["nowhere"], axis=0)[branch].mean()).tolist() for of in (trained, again)
    )
    page = unwrapped(FOLDER / "README.md")
    assert len(trained) == 10 and own < min(others) and min(others_again) == others_again[-1] < own_again
    assert f"costs {own:.2f} points here, re-estimated {own_again:.2f}, where" in page
    ends = min(others), max(others), min(others_again), max(others_again)
    assert "it costs {:.2f} to {:.2f}, re-estimated {:.2f} to {:.2f}: that it harms".format(*ends) in page
    assert f"dropout costs {words.number(others[-1])}, of which half comes back; re-est" in page
    steady = steadiness("bjkim2023_small", from_epoch=8)
    changes = f"is {steady['before_pooling']:.2f} points before pooling and {steady['behind_pooling']:.2f} behind it"
    assert changes in page
    assert 0.45 < 1 - others_again[-1] / others[-1] < 0.55
    assert f"by {(fitted - trained).mean().max():.2f} points at most" in page
    heads = ["behind_pooling", "before_pooling"]
    behind, before = (trained["nowhere"].mean() - trained[heads].mean()).tolist()
    row = f"costs {own:.2f} to {max(others):.2f} points. In the head it costs {behind:.2f} behind the global pooling, "
    assert row + f"and before it {before:.2f}, which isn't shown" in page
    ahead, ahead_again = (of["before_pooling"] - of["behind_pooling"] for of in (trained, again))
    assert (ahead > 0).all() and f"is {ahead.mean():.2f} points more accurate than behind it" in page
    assert f"with all ten seeds, re-estimated {ahead_again.mean():.2f}." in page


def test_the_page_says_what_batchnorm_after_the_addition_and_the_last_relu_do():
    trained, again, _ = accuracies("gcr2016_small")
    page = unwrapped(FOLDER / "README.md")
    assert len(trained) == 10
    lead = {depth: trained[f"norm_after_add-{depth}"] - trained[f"original-{depth}"] for depth in ("shallow", "deep")}
    assert f"addition is {-lead['deep'].mean():.2f} points behind {interval(lead['deep'])} in a ResNet-20" in page
    assert f"In a ResNet-8 it is {lead['shallow'].mean():.2f} ahead {interval(lead['shallow'])}:" in page
    harm = words.number((lead["shallow"] - lead["deep"]).mean())
    assert f"in the shallower one, {harm}, is left open too" in page
    lost = {
        variant: trained[other] - trained[variant]
        for variant, other in {
            "no_last_relu-deep": "original-deep",
            "no_last_relu-shallow": "original-shallow",
            "both-shallow": "norm_after_add-shallow",
        }.items()
    }
    deep, *shallow = lost.values()
    assert f"the ResNet-20 is {words.number(deep.mean())} behind, which isn't shown." in page
    losses = [f"{loss.mean():.2f} {interval(loss)}" for loss in shallow]
    assert f"loses {losses[0]} without it, and with BatchNorm after the addition {losses[1]}." in page
    assert f"costs a ResNet-20 {-lead['deep'].mean():.2f} points, which isn't shown. A ResNet-8 loses" in page
    assert f"A ResNet-8 loses {shallow[0].mean():.2f} without the last ReLU" in page
    assert 0.1 < (again.mean() - trained.mean()).abs().max() < 0.11


def test_the_page_says_what_five_orders_of_a_block_do():
    trained, again, _ = accuracies("he2016_small")
    page = unwrapped(FOLDER / "README.md")
    assert len(trained) == 10
    lead = {
        (one, other): trained[f"{one}-deep"] - trained[f"{other}-deep"]
        for one, other in (
            ("norm_after_add", "original"),
            *(("full", other) for other in ("norm_after_add", "original", "relu_before_add", "relu_only")),
        )
    }
    costs, ahead, behind, before, only = (words.number(abs(of.mean())) for of in lead.values())
    assert f"BatchNorm after the addition costs a ResNet-20 {costs} points, where" in page
    assert f"Full pre-activation is {ahead} ahead of it, where" in page
    assert (
        f"is {behind} behind the original {interval(lead['full', 'original'])}, {before} ahead of ReLU before" in page
    )
    assert f"and {only} behind ReLU-only pre-activation. None of these three is shown" in page
    assert f"ResNet-20 {costs} points against the original order, and {ahead} against full pre-activation. That" in page
    assert f"That is {behind} behind the original, which isn't shown" in page
    assert trained["full-shallow"].equals(trained["norm_after_add-shallow"])
    assert trained["relu_only-shallow"].equals(trained["original-shallow"])
    moved = (again.mean() - trained.mean()).abs().max()
    assert f"re-estimated, no mean moves by more than {moved:.2f} points" in page


def test_the_page_says_what_batchnorm_dropout_and_the_rate_are_worth():
    trained, again, fitted = accuracies("ioffe2015_small")
    means, page = trained.mean(), unwrapped(FOLDER / "README.md")
    rates, heads = ("low", "fivefold", "thirtyfold"), ("bare", "dropout")
    gains = [means[f"before-{rate}-{head}"] - means[f"none-{rate}-{head}"] for rate in rates for head in heads]
    with_it, without = (means[f"{order}-thirtyfold-bare"] - means[f"{order}-low-bare"] for order in ("before", "none"))
    assert f"BatchNorm gains {min(gains):.2f} to {max(gains):.2f} points at each of three rates. Thirty times" in page
    with_dropout, most = (
        means[f"{order}-thirtyfold-dropout"] - means[f"{order}-low-dropout"] for order in ("before", "none")
    )
    says = f"Thirty times the rate gains {with_it:.2f} with it, and {without:.2f} to {most:.2f} without it: which"
    assert says in page and f"it gains {most:.2f} without BatchNorm, and {with_dropout:.2f} with it." in page
    assert f"at each of three rates, by {min(gains):.2f} to {max(gains):.2f} points." in page
    assert f"gains {without:.2f} points without BatchNorm too, and {with_it:.2f} with it, both without dropout." in page
    leads = [
        (trained[f"before-thirtyfold-{head}"] - trained[f"before-low-{head}"])
        - (trained[f"none-thirtyfold-{head}"] - trained[f"none-low-{head}"])
        for head in heads
    ]
    halves = [f"{lead.mean():.2f} {interval(lead)}" for lead in leads]
    assert f"unlike halves: {halves[0]} without dropout, as the source has it, and {halves[1]} with." in page
    ahead = means["before-thirtyfold-bare"] - means["none-low-dropout"]
    assert f"with dropout, it does by {gains[1]:.2f}," in page and f"the rate it is ahead by {ahead:.2f}," in page
    costs = [trained[f"before-{rate}-bare"] - trained[f"before-{rate}-dropout"] for rate in rates]
    least, *_, most = sorted(cost.mean() for cost in costs)
    assert all((cost > 0).all() for cost in costs) and f"better by {least:.2f} to {most:.2f} points, with all" in page
    assert all((again[f"before-{rate}-bare"] - again[f"before-{rate}-dropout"]).mean() > 0.6 for rate in rates)
    low, fivefold, highest = (means[f"none-{rate}-bare"] - means[f"none-{rate}-dropout"] for rate in rates)
    with_it = [cost.mean() for cost in costs]
    at_lower = f"dropout costs {low:.2f} and {fivefold:.2f} points without BatchNorm, and {with_it[0]:.2f} and "
    assert (
        at_lower + f"{with_it[1]:.2f} with it. At the highest it costs {highest:.2f} without and {with_it[2]:.2f}"
        in page
    )
    for rate, says in (
        ("low", "fit {:.0f} to {:.0f} % of the training images"),
        ("thirtyfold", "highest fit {:.0f} to {:.0f}."),
    ):
        fits = fitted.mean()[[name for name in fitted if f"-{rate}-" in name]]
        assert says.format(fits.min(), fits.max()) in page


def test_the_page_says_that_the_source_s_last_order_is_the_first_here():
    trained, again, fitted = accuracies("kaifabi2022_small")
    means = trained.mean().sort_values()
    others, above = means.drop("norm_act_conv"), fitted.mean()[["norm_conv_act", "conv_act_norm", "conv_norm_act"]]
    page = unwrapped(FOLDER / "README.md")
    assert len(trained) == 10 and means.index[-1] == "norm_act_conv"
    assert f"with {means.iloc[-1]:.2f} %. The others have {others.min():.2f} to {others.max():.2f}." in page
    assert (trained.idxmax(axis=1) == "norm_act_conv").sum() == 5 and "it is the first in five seeds of ten" in page
    validation = (
        pd.read_csv(FOLDER / "kept/kaifabi2022_small/runs.csv").groupby("variant")["validation_accuracy"].mean()
    )
    assert validation.rank(ascending=False)["norm_act_conv"] == 4
    first, *others_again = again.mean().sort_values(ascending=False)
    assert again.mean().idxmax() == "norm_act_conv"
    assert (
        f"Re-estimated it has {first:.2f}, where the others have {min(others_again):.2f} to {others_again[0]:.2f}"
        in page
    )
    assert f"It fits {fitted.mean()['norm_act_conv']:.2f} % of the training images, and" in page
    assert f"the three that the claims name {above.min():.2f} to {above.max():.2f}." in page
    spread = f"{means.iloc[-1] - means.iloc[0]:.2f} points"
    assert f"Six orders lie within {spread}." in page and f"The six lie within {spread}," in page


def test_the_page_says_what_the_order_and_the_recipe_do_with_tanh():
    trained, again, _ = accuracies("kim2023_small")
    means = trained.mean()
    after, high, low = (means[name] for name in ("after-tanh-low", "before-tanh-high", "before-tanh-low"))
    page = unwrapped(FOLDER / "README.md")
    assert len(trained) == 10
    assert f"has {after:.2f} %, and *before* has {high:.2f}, each with the recipe" in page
    assert (
        f"is {after - high:.2f} points ahead, each with its published recipe; with one recipe {after - low:.2f},"
        in page
    )
    differences = trained["after-tanh-low"] - trained["before-tanh-low"]
    assert f"lower rate it has {low:.2f} %. So with one recipe *after* is ahead by {after - low:.2f} " in page
    assert interval(differences).startswith("[-")
    assert f"ahead by {after - low:.2f} {interval(differences)}, which isn't shown. *After* wasn't trained" in page
    relu = words.number(means["before-relu-low"] - means["after-relu-low"])
    assert f"With ReLU *after* loses {relu} points" in page
    assert f"*before* is {relu} ahead with ReLU, and *after* {after - low:.2f} with tanh." in page
    assert (again.mean() - means).abs().max() < 0.1


def test_the_pages_say_what_dropout_before_batchnorm_costs_a_densenet():
    trained, again, _ = accuracies("li2019_small")
    cost, cost_again = ((each["nowhere"] - each["before_norm"]).mean() for each in (trained, again))
    behind, little = (
        (trained["nowhere"] - trained[name]).mean() for name in ("behind_last_norm", "behind_last_norm_0.1")
    )
    page = unwrapped(FOLDER / "README.md")
    assert len(trained) == 10
    assert f"costs a DenseNet {cost:.2f} points, re-estimated {cost_again:.2f}: most of the harm" in page
    assert f"costs a DenseNet {cost:.2f} points here" in page
    assert f"seeds lie {trained['before_norm'].std():.2f} points (sd) apart" in page
    assert f"With re-estimated statistics it costs {cost_again:.2f} points" in page
    assert f"it costs {behind:.2f} points at 0.5, and {little:.2f} at 0.1" in page
    means = again.mean()
    assert f"({means['behind_last_norm']:.2f} against {means['before_norm']:.2f} %)" in page


def test_the_pages_say_how_much_of_a_vgg_s_accuracy_comes_back():
    trained, again, fitted = accuracies("zagoruyko2015_small")
    means, means_again = trained.mean(), again.mean()
    page = unwrapped(FOLDER / "README.md")
    assert len(trained) == 10
    both, both_again, alone = f"{means['both']:.2f} %", f"{means_again['both']:.2f} %", f"{means['batchnorm']:.2f}"
    assert f"ends at {both} here, where neither gives {means['neither']:.2f} and BatchNorm alone {alone}." in page
    assert f"ends at {both}, re-estimated at {means_again['both']:.2f} |" in page
    assert f"Its weights know more: re-estimated it has {both_again}." in page
    history = epochs("zagoruyko2015_small")
    in_training = 100 * history[history["epoch"] == history["epoch"].max()].groupby("variant")["accuracy"].mean()
    assert f"it had {in_training['both']:.2f} % of the training images right" in page
    assert f"the same weights without dropout have {fitted['both'].mean():.2f}." in page
    assert f"{in_training['dropout']:.2f} % in training are {fitted['dropout'].mean():.2f} with dropout off" in page
    overfits = fitted.mean()["batchnorm"] - means["batchnorm"]
    costs = means_again["batchnorm"] - means_again["both"]
    assert f"overfits most of all here, by {overfits:.2f} points; so39691902's do by" in page
    others = (
        pd.read_csv(FOLDER / "kept/so39691902_small/runs.csv").groupby("variant")["accuracy_gap"].mean() * 100
    ).agg(["min", "max"])
    assert "so39691902's do by {:.2f} to {:.2f}. ".format(*others) in page
    assert f"Dropout costs it {costs:.2f} all the same, re-est" in page
    assert f"dropout alone ends at {means['dropout']:.2f} %, with seeds {trained['dropout'].std():.2f} points" in page


def test_the_page_says_what_of_dropout_s_cost_comes_back_where():
    trained, again, fitted = accuracies("folklore_small")
    means, means_again, fits = trained.mean(), again.mean(), fitted.mean()

    def costs(order, *with_dropout):
        return [of[order] - of[name] for of in (means, means_again) for name in with_dropout]

    page = unwrapped(FOLDER / "README.md")
    assert len(trained) == 10
    assert f"after ReLU has {means['norm_after']:.2f} %, and before it {means['norm']:.2f}; re-estimated " in page
    assert f"re-estimated {means_again['norm_after']:.2f} and {means_again['norm']:.2f}. So that" in page
    assert f"{fits['norm_after']:.2f} % of them against {fits['norm']:.2f}." in page
    (head, head_again), before_relu = costs("norm", "head"), costs("norm", "norm_drop", "drop_norm")
    after_relu = costs("norm_after", "norm_after_drop", "drop_norm_after")
    says = "{:.2f} after BatchNorm and {:.2f} before it; re-estimated {:.2f} and {:.2f}."
    assert "At 0.2 in the blocks it costs " + says.format(*before_relu) in page
    assert (
        "With BatchNorm after ReLU it costs {:.2f} and {:.2f}; re-estimated {:.2f} and {:.2f}.".format(*after_relu)
        in page
    )
    assert f"each dropout costs {min(head, *before_relu[:2], *after_relu[:2]):.2f} points at least." in page
    assert f"there, at 0.5, it costs {head:.2f}, of which nothing comes back." in page and abs(head_again - head) < 0.1
    assert f"the head is {means['drop_norm_after'] - means['head']:.2f} behind as trained." in page
    assert f"none overfits by more than {(fits - means).max():.1f} points" in page
    assert f"ahead by {before_relu[1] - before_relu[0]:.2f}: undecided as trained" in page
    assert f"where the seeds of `drop_norm` lie {trained['drop_norm'].std():.2f} points (sd) apart," in page
    ahead, ahead_again = after_relu[0] - after_relu[1], after_relu[2] - after_relu[3]
    assert f"dropout before BatchNorm is ahead by {ahead:.2f}, and by {ahead_again:.2f} re-estimated" in page
    assert f"is supported by {means['drop_norm_after'] - means['norm_drop']:.2f}, but" in page


def test_the_page_says_what_becomes_of_the_rules():
    claims = tables.read(FOLDER / "claims.csv")
    of = claims[claims["study"] == "folklore_small"].set_index("sentence")[["verdict", "verdict_reestimated"]]
    never, both, after, before, head, late, early, before_conv = of.itertuples(index=False)
    assert (never.verdict, both.verdict, after.verdict, before.verdict) == (
        "supported",
        "refuted",
        "supported",
        "refuted",
    )
    assert (*head, *late) == ("supported", "refuted", "undecided", "supported")
    assert (*early, *before_conv) == ("supported", "supported", "refuted", "undecided")
    losses = pd.read_csv(FOLDER / "kept/folklore_small/runs.csv").pivot(
        index="seed", columns="variant", values="test_loss"
    )
    higher = losses["norm_drop"] - losses["drop_norm_after"]
    assert (higher > 0).all()
    assert f"its loss is the higher of the two, by {higher.mean():.3f} and with all ten seeds" in unwrapped(
        FOLDER / "README.md"
    )


def test_readme_says_on_which_side_of_relu_batchnorm_is_ahead():
    sides = {
        "folklore": ("norm_after", "norm"),
        "kim2023": ("after-relu-low", "before-relu-low"),
        "mishkin2016": ("after-0", "before-0"),
        "kaifabi2022": ("conv_act_norm", "conv_norm_act"),
    }
    ahead, *behind, neither = (
        [(of[after] - of[before]).mean() for of in accuracies(f"{name}_small")[:2]]
        for name, (after, before) in sides.items()
    )
    assert abs(ahead[1] - ahead[0]) < 0.2 and all(abs(again - trained) < 0.2 for trained, again in behind)
    assert all(abs(difference) < 0.1 for difference in neither)
    one, other = (words.number(-trained) for trained, _ in behind)
    page, readme = unwrapped(FOLDER / "README.md"), unwrapped(ROOT / "README.md")
    assert f"after ReLU is {ahead[0]:.2f} points ahead in folklore, {one} and {other} behind in kim2023 and" in readme
    assert f"BatchNorm after ReLU is {ahead[0]:.2f} points ahead. Every dropout costs" in page
    assert f"the order after ReLU is {one} points behind in kim2023, and {other} in mishkin2016." in page


def test_the_page_says_what_dropout_in_the_dense_layer_costs():
    trained, again, fitted = accuracies("mishkin2016_small")
    means, means_again = trained.mean(), again.mean()
    page = unwrapped(FOLDER / "README.md")
    assert len(trained) == 10
    assert f"({means['after-0.5']:.2f} against {means['before-0.5']:.2f} %)" in page
    behind, cost = (means[name] - means["after-0.5"] for name in ("before-0.5", "after-0"))
    differences = trained["before-0"] - trained["after-0"]
    assert f"is {differences.mean():.2f} points behind, and {behind:.2f} beside dropout of 0.5." in page
    assert f"That dropout costs {cost:.2f} after ReLU" in page
    assert f"it is behind by {differences.mean():.2f} {interval(differences)}; beside 0.2 by " in page
    assert f"beside 0.2 by {means['before-0.2'] - means['after-0.2']:.2f}, which isn't shown" in page
    assert f"Re-estimated it is behind by {means_again['before-0.5'] - means_again['after-0.5']:.2f}," in page
    assert f"at 0.5 in the dense layer costs {words.number(means['after-0'] - means['after-0.5'])} points" in page
    fits = f"This network has {fitted['after-0'].mean():.2f} % of the training images right"
    assert f"{fits} without dropout, and {means['after-0']:.2f} % of the test images." in page


def test_the_page_says_what_dropout_between_convolutions_costs():
    trained, again, fitted = accuracies("zagoruyko2016_small")
    (wide, wide_again), (thin, thin_again) = (
        [(each[f"without-{network}"] - each[f"dropout-{network}"]).mean() for each in (trained, again)]
        for network in ("wrn_28_10", "wrn_16_4")
    )
    with_dropout, without_it = fitted.mean()[["dropout-wrn_28_10", "without-wrn_28_10"]]
    page = unwrapped(FOLDER / "README.md")
    assert len(trained) == 10
    assert f"costs the wider residual network {wide:.2f} points here" in page
    assert f"shallower one loses {thin:.2f}," in page
    assert f"residual networks, re-estimated {wide_again:.2f} and {thin_again:.2f} points" in page
    less = (trained["dropout-wrn_28_10"] - trained["without-wrn_28_10"]) - (
        trained["dropout-wrn_16_4"] - trained["without-wrn_16_4"]
    )
    assert f"The wider one loses {less.mean():.2f} less {interval(less)}," in page
    assert f"they still lose {wide_again:.2f} and {thin_again:.2f} points" in page
    assert f"{with_dropout:.2f} % of them against {without_it:.2f} %" in page


def test_the_page_says_how_far_the_runs_had_settled():
    page = unwrapped(FOLDER / "README.md")
    rising = re.findall(r"`([^`]+)` \d\.\d\d \[(-?\d\.\d\d), ", page)
    assert [variant for variant, low in rising if float(low) > 0.2] == ["norm"]
    assert "Of all that are named only its `norm` has an interval wholly above 0.2." in page
    variants = set(pd.read_csv(FOLDER / "kept/folklore_small/runs.csv")["variant"])
    assert variants <= {variant for variant, _ in rising} and "All of folklore's variants are named." in page
    (fits, validates), (_, also) = (
        [two_epochs_rise(study, measure) for measure in ("accuracy", "val_accuracy")]
        for study in ("kaifabi2022_small", "ioffe2015_small")
    )
    assert f"by {fits.min():.2f} to {fits.max():.2f} points in training, and by {validates.min():.2f} to" in page
    assert f"to {validates.max():.2f} in validation. ioffe2015 rises by {also.min():.2f} to {also.max():.2f} in" in page
    assert (also > 0.2).sum() == 10 and "ten of its twelve variants by more than 0.2." in page


def two_epochs_rise(study: str, measure: str) -> pd.Series:
    """By variant, what the best so far gained in the last two of 12 epochs, mean over runs, points."""
    of = epochs(study)
    best, earlier = (each.groupby(["variant", "seed"])[measure].max() for each in (of, of[of["epoch"] <= 10]))
    return 100 * (best - earlier).groupby("variant").mean()


def test_the_pages_count_the_verdicts():
    judged = tables.read(FOLDER / "claims.csv")["verdict"].value_counts()
    counts = [judged[verdict] for verdict in ("supported", "refuted", "undecided")]
    page, readme = unwrapped(FOLDER / "README.md"), unwrapped(ROOT / "README.md")
    assert "Of their {} claims {} are supported, {} refuted and {} undecided.".format(sum(counts), *counts) in page
    says = "Of {} claims of [others](docs/literature/README.md) {} are supported and {} refuted"
    assert says.format(sum(counts), *counts) in readme


def test_the_page_says_which_verdicts_would_not_hold_over_all_claims_at_once():
    claims = tables.read(FOLDER / "claims.csv")
    claims = claims[claims["verdict"] != judgements.NOT_JUDGED]
    shown, equal = (families.holm(claims[p]) < conventions.ALPHA for p in ("p", "p_equivalence"))
    by_equivalence = (claims["direction"] == "equal") & (claims["verdict"] == "supported")
    places = ("first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth")
    number = claims.groupby("study").cumcount().map(dict(enumerate(places)))
    held = np.where(by_equivalence, equal, shown) | (claims["verdict"] == "undecided")
    lost = [
        f"{study.removesuffix('_small')}'s {which}"
        for study, which in zip(claims["study"][~held], number[~held], strict=True)
    ]
    assert minimum.seeds_to_judge(len(claims)) == 12
    assert f"rule {len(claims)} claims at once take 12 seeds, so that none" in unwrapped(FOLDER / "README.md")
    says = f"Holm's p of the t tests alone, over all {len(claims)} claims, these verdicts would be undecided: "
    assert says + f"{', '.join(lost[:-1])} and {lost[-1]}." in unwrapped(FOLDER / "README.md")


def test_the_page_says_what_goes_with_what_re_estimation_gives_back():
    trained, again, _ = accuracies("so39691902_small")
    lower, lower_again = ((of["act_drop_norm"] - of["norm_act_drop"]).mean() for of in (trained, again))
    page = unwrapped(FOLDER / "README.md")
    assert f"by {lower:.2f} points, and re-estimated by {lower_again:.2f}." in page
    first = tables.read(FOLDER / "kept/so39691902_small/variance_shift.csv")
    of_first = first[first["layer"] == "norm1"].groupby("variant")["shift_test"].mean()
    before = [
        variant for variant in of_first.index if variant.split("_").index("drop") < variant.split("_").index("norm")
    ]
    least, most, others = of_first[before].min(), of_first[before].max(), of_first.drop(before)
    assert f"differ by a factor of {least:.2f} to {most:.2f}; elsewhere by {others.max():.2f}." in page
    variance, mean = shift.associations(tables.read(FOLDER / "kept/so39691902_small/variance_shift.csv"))
    assert f"(rank correlation {mean.mean:.2f} [{mean.low:.2f}, {mean.high:.2f}], over seeds)" in page
    assert f"that of the variance ({variance.mean:.2f} [{variance.low:.2f}, {variance.high:.2f}])" in page


def test_the_page_says_how_far_both_together_end_below_neither():
    trained, *_ = accuracies("garbin2020_small")
    lead = trained["both"] - trained["plain"]
    page = unwrapped(FOLDER / "README.md")
    assert f"Both together end {-lead.mean():.2f} points below neither" in page
    assert f"Both together end {-lead.mean():.2f} points below the network with neither, {interval(lead)}." in page


def test_the_page_says_of_which_variants_claims_are_refuted():
    claims = tables.read(FOLDER / "claims.csv")
    refuted = claims[claims["verdict"] == "refuted"].groupby("study").size()
    assert refuted["kaifabi2022_small"] == refuted["zagoruyko2015_small"] == 3
    equal = claims[(claims["direction"] == "equal") & (claims["verdict"] == "refuted")].set_index("study")["sentence"]
    of = claims.groupby("study")["sentence"].apply(list)
    assert of["ioffe2015_small"].index(equal["ioffe2015_small"]) == 3
    assert of["garbin2020_small"].index(equal["garbin2020_small"]) == 2
    assert f"Of the {refuted.sum()} refuted - two are the reverse of supported ones" in unwrapped(FOLDER / "README.md")
