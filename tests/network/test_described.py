"""A network in a line."""

import pytest

from placement.network import described
from studies import resolve

SHAPE, CLASSES = (8, 8, 1), 10
PLAIN = {"kind": "plain", "filters": [4, 6], "kernels": 3, "dense": 5}


def spec(order, backbone=PLAIN, **own):
    return resolve("v", {"backbone": backbone, "variants": {"v": {"order": order, **own}}})


@pytest.mark.parametrize(
    ("network", "line"),
    [
        # 40 + 222 of convolutions, 2 + 8 + 48 of norms, 125 and 60 of dense layers.
        (
            spec("norm conv act", PLAIN | {"head": "flatten"}),
            "[norm conv act pool] x2, head [flatten], dense 5, 505 trainable parameters",
        ),
        (
            spec("conv norm act", PLAIN | {"head": "pool", "dense": None}, norm={"kind": "group", "groups": 2}),
            "[conv norm act pool], [conv norm act], head [pool], 352 trainable parameters",
        ),
        (
            spec("conv norm act", PLAIN | {"filters": [4, 8], "dense": None}, norm={"kind": "group", "groups": 4}),
            "[conv norm act pool], [conv norm act], head [pool], "
            "instance norm in 1 of 2 norm layers: a channel is a group, 450 trainable parameters",
        ),
        (
            spec("conv norm act conv norm add act", {"kind": "residual", "filters": [4, 6], "depths": [1, 2]}),
            "stem [conv norm act], [conv norm act conv norm add act] x3, head [pool], 1,654 trainable parameters",
        ),
        (
            spec("norm act conv concat", {"kind": "densenet", "filters": 4, "growth": 3, "depths": [2, 1]}),
            "stem [conv], [norm act conv concat] x2, transition [norm act conv1 pool], [norm act conv concat], "
            "head [norm act pool], 931 trainable parameters",
        ),
        # 40 + 148 + 222 + 330 + 330 + 330, and 70.
        (
            spec("conv act", PLAIN | {"depths": [2, 4], "dense": None}),
            "[conv act], [conv act pool], [conv act] x4, head [pool], 1,470 trainable parameters",
        ),
    ],
    ids=["plain", "group", "instance", "residual", "densenet", "in pairs"],
)
def test_a_network_in_a_line(network, line):
    assert described.line(network, SHAPE, CLASSES) == line
