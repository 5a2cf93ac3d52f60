import pytest
from hypothesis import given
from hypothesis import strategies as st

from placement.errors import InputError
from placement.network.orders import WORDS, VariantSpec, layer_sequence, parse_order, resolve

BACKBONE = {"kind": "plain", "filters": [32, 64, 128, 256], "kernels": [5, 3, 3, 3], "dense": 128}
DROPOUT = {"rates": [0.1, 0.15, 0.2, 0.25], "dense_rate": 0.4}

orders = st.permutations(WORDS).flatmap(
    lambda words: st.sets(st.sampled_from(words)).map(lambda kept: [w for w in words if w in kept or w == "conv"])
)


def spec(order: str, **own) -> VariantSpec:
    return resolve("v", {"order": order, **own}, BACKBONE, DROPOUT)


def names(order: str) -> list[str]:
    return [layer.name for layer in layer_sequence(spec(order), classes=10)]


@pytest.mark.parametrize(
    ("order", "stage"),
    [
        ("conv act", ["conv{}", "act{}"]),
        ("conv act norm", ["conv{}", "act{}", "norm{}"]),
        ("conv norm act", ["conv{}", "norm{}", "act{}"]),
        ("conv norm act drop", ["conv{}", "norm{}", "act{}", "drop{}"]),
        ("conv act drop norm", ["conv{}", "act{}", "drop{}", "norm{}"]),
        ("conv act norm drop", ["conv{}", "act{}", "norm{}", "drop{}"]),
        ("conv act drop", ["conv{}", "act{}", "drop{}"]),
    ],
)
def test_the_exact_layers_of_every_variant(order, stage):
    expected = []
    for number in range(1, 5):
        expected += [name.format(number) for name in stage] + ([f"pool{number}"] if number < 4 else [])
    dense = ["dense" if name == "conv{}" else name.format("_dense") for name in stage]
    assert names(order) == [*expected, "pool", *dense, "output"]


def test_pool_stands_where_the_order_names_it():
    assert names("conv pool act")[:3] == ["conv1", "pool1", "act1"]
    assert names("conv pool act")[-4:] == ["pool", "dense", "act_dense", "output"]


def test_arguments_come_from_backbone_and_dropout():
    layers = {layer.name: layer.arguments for layer in layer_sequence(spec("conv act drop"), classes=10)}
    assert layers["conv1"] == {"filters": 32, "kernel": 5}
    assert layers["conv4"] == {"filters": 256, "kernel": 3}
    assert [layers[f"drop{stage}"]["rate"] for stage in range(1, 5)] == DROPOUT["rates"]
    assert layers["drop_dense"] == {"rate": 0.4}
    assert layers["output"] == {"units": 10}


@given(orders)
def test_every_order_of_distinct_words_with_conv_is_built_in_that_order(words):
    built = names(" ".join(words))
    stage = [name[:-1] for name in built if name.endswith("1")]
    assert [word for word in stage if word in words] == words
    assert [name.removesuffix("_dense") for name in built[-1 - len([w for w in words if w != "pool"]) : -1]] == [
        "dense" if word == "conv" else word for word in words if word != "pool"
    ]


@given(st.lists(st.sampled_from([*WORDS, "batchnorm", "Conv"]), max_size=6))
def test_an_order_is_read_or_refused_by_name_and_word(words):
    buildable = set(words) <= set(WORDS) and len(set(words)) == len(words) and "conv" in words
    if buildable:
        assert parse_order("v", " ".join(words)) == tuple(words)
    else:
        with pytest.raises(InputError, match=r"^variants\.v\.order: .*'"):
            parse_order("v", " ".join(words))


def test_a_spec_survives_its_dictionary():
    assert VariantSpec.from_dict(spec("conv norm act drop").to_dict()) == spec("conv norm act drop")


def test_only_what_the_order_uses_is_part_of_a_spec():
    assert spec("conv act").dropout is None
    assert spec("conv act").norm is None
    other = {"rates": [0.5] * 4, "dense_rate": 0.5}
    assert resolve("v", {"order": "conv act norm"}, BACKBONE, other) == spec("conv act norm")


def test_a_variant_overrides_the_study():
    changed = spec("conv norm act drop", norm="group", dropout={"dense_rate": 0.1}, backbone={"dense": 64})
    assert (changed.norm, changed.dropout["dense_rate"], changed.backbone["dense"]) == ("group", 0.1, 64)
    assert changed.dropout["rates"] == DROPOUT["rates"]


@pytest.mark.parametrize(
    ("variant", "message"),
    [
        ({"order": "conv act", "norm": "batch"}, "variants.v.norm: given, but"),
        ({"order": "conv act", "dropout": {"dense_rate": 0.1}}, "variants.v.dropout: given, but"),
        ({"order": "conv act drop", "dropout": {"rates": [0.1]}}, "dropout.rates has 1 rates, expected 4"),
        ({"order": "conv act", "backbone": {"kernels": [3]}}, "backbone.kernels has 1 sizes, expected 4"),
    ],
)
def test_keys_that_do_not_fit_are_refused(variant, message):
    with pytest.raises(InputError, match=message.replace(".", r"\.")):
        resolve("v", variant, BACKBONE, DROPOUT)


def test_dropping_without_rates_is_refused():
    with pytest.raises(InputError, match=r"dropout\.dense_rate is not given"):
        resolve("v", {"order": "conv act drop"}, BACKBONE, None)
