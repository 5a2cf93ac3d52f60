"""Studies of configs that a test has made, whether or not all of a config is sound."""

from typing import Any

from placement.network.spec import VariantSpec
from placement.study import networks
from placement.study.study import Study, understood

# A backbone of each kind, small and not too simple.
SMALL = {
    "plain": {"kind": "plain", "filters": [4, 6], "kernels": 3, "dense": 5},
    "residual": {"kind": "residual", "filters": [4, 6], "depths": [1, 2]},
    "densenet": {"kind": "densenet", "filters": 4, "growth": 3, "depths": [2, 1], "compression": 0.5},
}


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


def resolved(order: str, backbone: dict[str, Any], norm: str | dict[str, Any] = "batch", **own: Any) -> VariantSpec:
    """The network of an order in a backbone, by a config that says little else."""
    config = {"backbone": backbone, "norm": norm, "dropout": {"rates": 0.0, "dense_rate": 0.0}}
    return resolve("v", config | {"variants": {"v": {"order": order, **own}}})
