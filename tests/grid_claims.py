"""A whole grid of three factors, and claims about it."""

from placement.study.claims import Claim
from placement.study.grids import Grid

FACTORS = {"order": ["before", "after"], "activation": ["relu", "tanh", "gelu"], "norm.momentum": ["0.9", "0.99"]}
FULL = {
    (order, activation, momentum): f"{order}-{activation}-{momentum}"
    for order in FACTORS["order"]
    for activation in FACTORS["activation"]
    for momentum in FACTORS["norm.momentum"]
}
GRID = Grid(FACTORS, FULL)


def written(**changed):
    return {
        "sentence": "A",
        "metric": "test_accuracy",
        "left": {"where": {"order": "after"}},
        "right": {"where": {"order": "before"}},
        "direction": "higher",
    } | changed


def claim(**changed):
    return Claim.of(written(**changed))
