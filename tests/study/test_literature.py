"""The literature's studies are sound: each small one is the published one at another scale, and no more."""

import pytest
from snakemake.common.configfile import load_configfile

from checkout import ROOT
from placement.network.described import trainable_parameters
from placement.study import bases, grids, variants
from placement.study.study import read as read_study
from studies import resolve

STUDIES = ROOT / "workflow/studies/literature"
NAMES = sorted(path.stem for path in STUDIES.glob("*.yaml"))
# What a smaller study may have otherwise: of the network, and of the recipe.
SCALE = {"filters", "depths", "dense", "growth", "stem_filters"}, {"epochs", "batch_size", "schedule"}


def read(name: str) -> dict:
    """A study's config, its grid expanded, which is checked."""
    written = bases.read(STUDIES / name, load_configfile)
    read_study(written, {})
    return grids.expanded(written).config


@pytest.mark.parametrize("name", NAMES)
def test_a_small_study_is_the_published_one_at_a_smaller_scale(name):
    published, small = read(f"{name}.yaml"), read(f"small/{name}.yaml")
    assert small["study"] == f"{name}_small"
    assert small["seeds"] == 10
    assert small["dataset"] == published["dataset"] | {"name": "fashion_mnist", "limit": 10_000}
    assert small["comparison"] == published["comparison"]
    assert list(small["variants"]) == list(published["variants"])
    of_network, of_recipe = SCALE
    for variant in published["variants"]:
        theirs, ours = (resolve(variant, config).to_dict() for config in (published, small))
        assert without(ours.pop("backbone"), of_network) == without(theirs.pop("backbone"), of_network)
        assert ours == theirs
        theirs, ours = (
            without(variants.recipe(config["variants"][variant], config).to_dict(), of_recipe)
            for config in (published, small)
        )
        if name == "garbin2020":  # which says so: at the published rate it wouldn't settle
            theirs["optimizer"] = theirs["optimizer"] | {"learning_rate": 1e-3}
        assert ours == theirs or ours == theirs | {"optimizer": "rmsprop"}


@pytest.mark.parametrize(
    ("name", "variant", "millions"),
    [
        ("he2016", "original-deep", 1.7),  # He et al. (2016, CVPR), table 6
        ("li2019", "nowhere", 0.8),  # Huang et al. (2017), table 2, with 100 classes
        ("zagoruyko2016", "without-wrn_28_10", 36.5),  # table 4
    ],
)
def test_published_networks_have_their_published_sizes(name, variant, millions):
    config = read(f"{name}.yaml")
    classes = 100 if config["dataset"]["name"] == "cifar100" else 10
    network = resolve(variant, config)
    assert round(trainable_parameters(network, (32, 32, 3), classes) / 1e6, 1) == millions


def without(fields: dict, keys: set[str]) -> dict:
    return {key: value for key, value in fields.items() if key not in keys}
