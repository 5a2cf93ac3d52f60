"""Studies of configs that a test has made, whether or not all of a config is sound."""

from typing import Any

from placement.network.spec import VariantSpec
from placement.study import networks
from placement.study.study import Study, understood


def study_of(config: dict[str, Any]) -> Study:
    """The study of a config whose variants are sound."""
    study, _ = understood(config)
    return study


def identity(config: dict[str, Any], variant: str, seed: int = 0) -> dict[str, Any]:
    """What a run depends on."""
    return study_of(config).identity(variant, seed)


def resolve(variant: str, config: dict[str, Any]) -> VariantSpec:
    """The network of a variant, of a config that may have nothing else."""
    return networks.resolve(config["variants"][variant], config)
