"""The order grammar and specs: what can be written, what it stands for, and what is refused by key and word."""

import inspect

import pytest
from hypothesis import given
from hypothesis import strategies as st

from placement.errors import InputError
from placement.network import backbones, graph, orders
from placement.network.backbones import BACKBONES
from placement.network.described import trainable_parameters
from placement.network.norms import NORMS, BatchNorm, GroupNorm, LayerNorm, RMSNorm
from placement.network.spec import ACTIVATIONS, Dropout, VariantSpec
from studies import resolve

BACKBONE = {"kind": "plain", "filters": [32, 64, 128, 256], "kernels": [5, 3, 3, 3], "dense": 128}
RESIDUAL = {"kind": "residual", "filters": [16, 32, 64], "depths": [3, 3, 3]}
DENSENET = {"kind": "densenet", "filters": 16, "growth": 12, "depths": [12, 12, 12]}
TINY = {"kind": "densenet", "filters": 1, "growth": 1, "depths": [1, 1], "stem": "conv", "compression": 0.1}
DROPOUT = {"rates": [0.1, 0.15, 0.2, 0.25], "dense_rate": 0.4}
WORDS = BACKBONES["plain"].places["order"].words

once = st.permutations([word for word in WORDS if word != "conv1"]).flatmap(
    lambda words: st.sets(st.sampled_from(words)).map(lambda kept: [w for w in words if w in kept or w == "conv"])
)


def spec(order: str, study: dict | None = None, **own) -> VariantSpec:
    """Of a variant with keys of its own, in a study that differs from the default one by some keys."""
    config = {"backbone": BACKBONE, "dropout": DROPOUT} | (study or {})
    return resolve("v", config | {"variants": {"v": {"order": order, **own}}})


def built(order: str, shape=(28, 28, 1), **own) -> dict[str, graph.Layer]:
    return {layer.name: layer for layer in backbones.build(spec(order, **own), shape, 10)}


# The plain backbone


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
    assert list(built(order)) == [*expected, "pool", *dense, "output"]


def test_pool_stands_where_the_order_names_it():
    names = list(built("conv pool act"))
    assert names[:3] == ["conv1", "pool1", "act1"]
    assert names[-4:] == ["pool", "dense", "act_dense", "output"]


def test_arguments_come_from_backbone_and_dropout():
    layers = {name: layer.arguments for name, layer in built("conv act drop").items()}
    assert layers["conv1"] == {"filters": 32, "kernel": 5, "stride": 1}
    assert layers["conv4"] == {"filters": 256, "kernel": 3, "stride": 1}
    assert [layers[f"drop{stage}"]["rate"] for stage in range(1, 5)] == DROPOUT["rates"]
    assert layers["drop_dense"] == {"rate": 0.4}
    assert layers["output"] == {"units": 10}


@given(once)
def test_every_order_of_distinct_words_with_conv_is_built_in_that_order(words):
    names = list(built(" ".join(words)))
    stage = [name[:-1] for name in names if name.endswith("1")]
    assert [word for word in stage if word in words] == words
    assert [name.removesuffix("_dense") for name in names[-1 - len([w for w in words if w != "pool"]) : -1]] == [
        "dense" if word == "conv" else word for word in words if word != "pool"
    ]


def test_what_is_repeated_has_names_that_say_where_it_is_and_the_first_keeps_its_own():
    vgg = {"kind": "plain", "filters": [8, 16], "kernels": 3, "depths": [2, 1], "dense": None}
    assert list(built("conv norm act", backbone=vgg)) == [
        *("conv1", "norm1", "act1"),
        *("stage1_block2_conv1", "stage1_block2_norm1", "stage1_block2_act1", "pool1"),
        *("conv2", "norm2", "act2", "pool", "output"),
    ]
    twice = list(built("conv act conv act"))
    assert twice[:5] == ["conv1", "act1", "stage1_block1_conv2", "stage1_block1_act2", "pool1"]
    assert twice[-5:] == ["dense", "act_dense", "dense2", "act_dense2", "output"]


def test_the_head_drops_before_or_after_global_pooling():
    vgg = BACKBONE | {"dense": None}
    assert list(built("conv act", backbone=vgg | {"head": "drop"}))[-3:] == ["head_drop1", "pool", "output"]
    assert list(built("conv act", backbone=vgg | {"head": "pool drop"}))[-3:] == ["pool", "head_drop1", "output"]
    assert built("conv act", backbone=vgg | {"head": "drop"})["head_drop1"].arguments == {"rate": 0.4}


def test_a_flattening_head_keeps_the_last_pooling():
    vgg = {"kind": "plain", "filters": [8, 8], "kernels": 3, "dense": None, "head": "flatten"}
    layers = built("conv act", shape=(32, 32, 3), backbone=vgg)
    assert list(layers)[-3:] == ["pool2", "flatten", "output"]
    assert layers["flatten"].shape == (8 * 8 * 8,)


# The stem and pooling


def test_a_stem_has_filters_a_kernel_and_a_stride_of_its_own_and_pooling_may_overlap():
    """ResNet-18's first layers, but for the border of its pooling."""
    own = {"stem": "conv norm act pool", "stem_filters": 8, "stem_kernel": 7, "stem_stride": 2}
    layers = built("conv add", shape=(64, 64, 3), backbone=RESIDUAL | own | {"pool": {"size": 3}})
    assert layers["stem_conv1"].arguments == {"filters": 8, "kernel": 7, "stride": 2}
    assert layers["stem_conv1"].shape == (32, 32, 8)
    assert layers["stem_pool1"] == ("max_pool", "stem_pool1", ("stem_act1",), {"size": 3, "stride": 2}, (15, 15, 8))
    assert layers["stage1_block1_shortcut"].arguments == {"stride": 1, "channels": 8}


def test_a_plain_network_may_have_a_stem():
    alexnet = {"filters": [256, 384], "kernels": [5, 3], "dense": None, "head": "flatten", "pool": {"size": 3}}
    stem = {"stem": "conv act pool", "stem_filters": 96, "stem_kernel": 11, "stem_stride": 4}
    layers = built("conv act", shape=(224, 224, 3), backbone={"kind": "plain", **alexnet, **stem})
    assert list(layers) == [
        *("stem_conv1", "stem_act1", "stem_pool1", "conv1", "act1", "pool1", "conv2", "act2", "pool2"),
        *("flatten", "output"),
    ]
    sides = [layers[name].shape[0] for name in ("stem_conv1", "stem_pool1", "pool1", "pool2")]
    assert sides == [56, 27, 13, 6]  # Krizhevsky et al. (2012), but for the border of their first convolution


def test_windows_of_any_size_and_stride_lie_within_the_image():
    for pool, side in (({"size": 2}, 14), ({"size": 3}, 13), ({"size": 3, "stride": 1}, 26), ({"stride": 3}, 9)):
        assert built("conv", backbone={"pool": pool, "filters": [4, 4], "kernels": 3})["pool1"].shape == (side, side, 4)


def test_what_changes_nothing_is_absent_from_a_spec():
    for own in ({"stem": ""}, {"pool": {"size": 2, "stride": 2}}):
        assert spec("conv act", backbone=own) == spec("conv act")
    for own in ({"stem_filters": 16, "stem_kernel": 3, "stem_stride": 1}, {"preactivation": "branch"}):
        assert spec("act conv add", backbone=RESIDUAL | own) == spec("act conv add", backbone=RESIDUAL)
    assert spec("conv act").to_dict()["backbone"].keys() == {"kind", *BACKBONE, "depths", "head", "initializer", "bias"}


# Residual and dense blocks


def test_the_branch_ends_at_add_and_the_first_block_of_a_stage_halves():
    layers = built("conv norm act conv norm add act", backbone=RESIDUAL)
    names = list(layers)
    assert names[:3] == ["stem_conv1", "stem_norm1", "stem_act1"]
    at = "stage2_block1"
    block = [name.removeprefix(f"{at}_") for name in names if name.startswith(at)]
    assert block == ["conv1", "norm1", "act1", "conv2", "norm2", "shortcut", "add", "act2"]
    assert layers[f"{at}_add"].inputs == (f"{at}_shortcut", f"{at}_norm2")
    assert layers["stage2_block2_add"].inputs == (f"{at}_act2", "stage2_block2_norm2")
    assert layers[f"{at}_conv1"].arguments["stride"] == 2
    assert layers[f"{at}_conv2"].arguments["stride"] == 1
    assert layers[f"{at}_shortcut"].arguments == {"stride": 2, "channels": 16}
    assert [layers[f"stage{s}_block3_add"].shape for s in (1, 2, 3)] == [(28, 28, 16), (14, 14, 32), (7, 7, 64)]


@pytest.mark.parametrize(
    ("order", "normed"),
    [
        ("conv norm act conv norm add act", True),
        ("conv norm act conv norm act add", True),
        ("conv norm act conv add norm act", False),
        ("norm act conv norm act conv add", False),
    ],
)
def test_a_projection_is_normalised_where_the_branch_ends_in_norm(order, normed):
    layers = built(order, backbone=RESIDUAL | {"shortcut": "projection"})
    assert layers["stage2_block1_shortcut"].arguments == {"filters": 32, "kernel": 1, "stride": 2}
    assert ("stage2_block1_shortcut_norm" in layers) == normed


@pytest.mark.parametrize("shortcut", ["pad", "projection"])
def test_a_shared_preactivation_comes_before_a_stage_splits(shortcut):
    own = {"shortcut": shortcut, "preactivation": "shared"}
    layers = built("norm act conv norm act conv add", backbone=RESIDUAL | own)
    assert layers["stage1_block1_add"].inputs == ("stage1_block1_act1", "stage1_block1_conv2")
    assert layers["stage1_block2_add"].inputs == ("stage1_block1_add", "stage1_block2_conv2")
    assert layers["stage2_block1_shortcut"].inputs == ("stage2_block1_act1",)
    assert layers["stage2_block1_conv1"].inputs == ("stage2_block1_act1",)
    assert layers["stage2_block1_norm1"].inputs == ("stage1_block3_add",)
    alone = built("norm act conv norm act conv add", backbone=RESIDUAL | own | {"preactivation": "branch"})
    assert list(alone) == list(layers)
    assert alone["stage2_block1_shortcut"].inputs == ("stage1_block3_add",)


def test_a_bottleneck_ends_four_times_as_wide_and_halves_in_its_middle():
    layers = built("conv1 norm act conv norm act conv1 norm add act", backbone=RESIDUAL)
    arguments = [layers[f"stage2_block1_conv{i}"].arguments for i in (1, 2, 3)]
    assert [(a["filters"], a["kernel"], a["stride"]) for a in arguments] == [(32, 1, 1), (32, 3, 2), (128, 1, 1)]
    assert layers["stage1_block1_shortcut"].arguments == {"stride": 1, "channels": 48}


def test_dense_layers_join_what_came_before_and_transitions_compress():
    layers = built("norm act conv1 norm act conv concat", backbone=DENSENET | {"compression": 0.5, "depths": [2, 2]})
    assert layers["stage1_block1_conv1"].shape == (28, 28, 48)
    assert layers["stage1_block2_concat"].shape == (28, 28, 16 + 2 * 12)
    assert layers["stage1_block2_concat"].inputs == ("stage1_block1_concat", "stage1_block2_conv2")
    assert layers["transition1_conv1"].shape == (28, 28, 20)
    assert layers["transition1_pool1"].kind == "average_pool"
    assert layers["stage2_block2_concat"].shape == (14, 14, 20 + 2 * 12)


@pytest.mark.parametrize("backbone", [BACKBONE, RESIDUAL, DENSENET], ids=lambda backbone: backbone["kind"])
def test_a_variant_may_override_stem_transition_and_head(backbone):
    joint = BACKBONES[backbone["kind"]].places["order"].joint
    own = {place: "norm drop" for place in ("head", "transition") if place in BACKBONES[backbone["kind"]].places}
    resolved = resolve(
        "v",
        {
            "backbone": backbone,
            "dropout": {"rates": 0.2, "dense_rate": 0.3},
            "variants": {"v": {"order": f"conv {joint or ''}", "backbone": own}},
        },
    )
    assert resolved.words("head") == ("norm", "drop", "pool")
    assert resolved.norm == BatchNorm()
    assert resolved.dropout.dense_rate == 0.3
    assert (resolved.dropout.rates is None) == (backbone["kind"] != "densenet")


# Sizes ------------------------------------------------------------------------------------------------------------


def residual(depth: int, **own) -> dict:
    return {"kind": "residual", "filters": [16, 32, 64], "depths": [depth] * 3, **own}


def densenet(stem: int, depth: int, **own) -> dict:
    return {"kind": "densenet", "filters": stem, "growth": 12, "depths": [depth] * 3, **own}


BEFORE, ORIGINAL = "norm act conv norm act conv add", "conv norm act conv norm add act"
PREACTIVATION = {"stem": "conv", "head": "norm act", "shortcut": "projection"}
WIDE = {"stem": "conv", "stem_filters": 16, "head": "norm act", "shortcut": "projection", "preactivation": "shared"}
BOTTLENECK = "norm act conv1 norm act conv concat"
VGG_SMALL = {"filters": [128, 256, 512], "kernels": 3, "depths": [2, 2, 2], "dense": None, "bias": False}


@pytest.mark.parametrize(
    ("order", "backbone", "trainable"),
    [
        (ORIGINAL, residual(3), 269_722),
        (ORIGINAL, residual(3, shortcut="projection"), 272_474),
        (ORIGINAL, residual(9), 853_018),
        (ORIGINAL, residual(9, shortcut="projection"), 855_770),
        (BEFORE, residual(3, **PREACTIVATION), 272_282),
        (BEFORE, residual(9, **PREACTIVATION), 855_578),
        (BEFORE, residual(18, **PREACTIVATION), 1_730_522),
        (BEFORE, residual(2, filters=[64, 128, 256], **WIDE), 2_748_890),
        (BEFORE, residual(4, filters=[160, 320, 640], **WIDE), 36_479_194),
        ("norm act conv concat", densenet(16, 12), 1_019_722),
        (BOTTLENECK, densenet(24, 6, compression=0.5), 176_122),
        (BOTTLENECK, densenet(24, 16, compression=0.5), 769_162),
        ("conv norm act", {"kind": "plain", "head": "flatten", **VGG_SMALL}, 4_660_106),
    ],
    ids="resnet20 resnet20b resnet56 resnet56b pre20 pre56 pre110 wrn16-4 wrn28-10 densenet40 bc40 bc100 vgg".split(),  # noqa: SIM905
)
def test_published_networks_have_their_published_sizes(order, backbone, trainable):
    """He et al. (2016), Huang et al. (2017), VGG-Small; 32x32x3 images, 10 classes, convolutions without bias."""
    assert trainable_parameters(spec(order, {"backbone": backbone}), (32, 32, 3), 10) == trainable


# What is read and what is refused


@given(st.lists(st.sampled_from([*WORDS, "add", "concat", "batchnorm", "Conv"]), max_size=6))
def test_an_order_is_read_or_refused_by_name_and_word(words):
    buildable = set(words) <= set(WORDS) and words.count("pool") < 2 and {"conv", "conv1"} & set(words)
    if buildable:
        assert orders.parse(" ".join(words), BACKBONES["plain"].places["order"], "plain", "order") == tuple(words)
    else:
        with pytest.raises(InputError, match=r"^order: .*'"):
            orders.parse(" ".join(words), BACKBONES["plain"].places["order"], "plain", "order")


@pytest.mark.parametrize(
    ("order", "backbone", "own", "message"),
    [
        ("act norm", BACKBONE, {}, "order: no 'conv' in 'act norm'"),
        ("conv add", BACKBONE, {}, "order: 'add' in 'conv add' is no word of a plain backbone's block"),
        ("conv concat", RESIDUAL, {}, "'concat' in 'conv concat' is no word of a residual backbone's block"),
        ("conv pool add", RESIDUAL, {}, "'pool' in"),
        ("conv act", RESIDUAL, {}, "no 'add' in 'conv act', expected it once, where the residual branch ends"),
        ("conv act", DENSENET, {}, "no 'concat' in 'conv act', expected it once, where the layer's output joins"),
        ("conv add conv add", RESIDUAL, {}, "'add' stands 2 times"),
        ("act add conv", RESIDUAL, {}, "no 'conv' before 'add'"),
        ("conv pool pool", BACKBONE, {}, "'pool' stands 2 times"),
        ("conv act", BACKBONE, {"norm": "batch"}, "norm: given, but"),
        ("conv act", BACKBONE, {"dropout": {"dense_rate": 0.1}}, "dropout: given, but"),
        ("conv act drop", BACKBONE, {"dropout": {"rates": [0.1]}}, "dropout.rates: has 1 rates, expected 4"),
        (
            "conv act",
            BACKBONE,
            {"backbone": {"head": "drop"}, "dropout": {"rates": 0.9, "kind": "spatial"}},
            "dropout.rates: given, but neither the order 'conv act' nor stem or transition has 'drop'",
        ),
        (
            "conv act drop",
            BACKBONE,
            {"backbone": {"dense": None}, "dropout": {"dense_rate": 0.9}},
            "dropout.dense_rate: given, but neither the head nor a hidden dense layer has 'drop'",
        ),
        ("conv drop add", RESIDUAL, {"dropout": {"dense_rate": 0.9}}, "dropout.dense_rate: given, but"),
        ("conv act", BACKBONE, {"backbone": {"kernels": [3]}}, "backbone.kernels: has 1 sizes, expected 4"),
        ("conv act", BACKBONE, {"backbone": {"depths": [3]}}, "backbone.depths: has 1 depths, expected 4"),
        ("conv act", BACKBONE, {"backbone": {"filters": 8}}, "backbone.filters: found 8, expected a list"),
        ("conv act", BACKBONE, {"backbone": {"growth": 12}}, "backbone.growth: no key of kind plain, expected one of"),
        ("conv act", BACKBONE, {"backbone": {"head": "conv"}}, "backbone.head: 'conv' in 'conv' is no word of"),
        ("conv act", BACKBONE, {"backbone": {"head": "pool flatten"}}, "'pool' and 'flatten'"),
        ("conv add", BACKBONE, {"backbone": RESIDUAL | {"stem": "norm"}}, "backbone.stem: no 'conv' in 'norm'"),
        ("conv add", BACKBONE, {"backbone": {"kind": "residual", "filters": [8]}}, "backbone.depths: missing"),
        ("conv concat", DENSENET, {"backbone": {"filters": [16]}}, "backbone.filters: found [16], expected one number"),
        ("conv concat", DENSENET, {"backbone": {"transition": "pool", "compression": 0.5}}, "no 'conv1' to do it"),
        ("conv act", BACKBONE, {"backbone": {"stem_stride": 2}}, "backbone.stem_stride: given, but there is no stem"),
        ("conv act", BACKBONE, {"backbone": {"stem": "norm"}}, "backbone.stem: no 'conv' in 'norm'"),
        ("act conv add", RESIDUAL, {"backbone": {"pool": {"size": 3}}}, "but the stem 'conv norm act' has no 'pool'"),
        ("conv act add", RESIDUAL, {"backbone": {"preactivation": "shared"}}, "nothing stands before the first conv"),
        ("conv norm", BACKBONE, {"norm": {"kind": "layer", "momentum": 0.9}}, "norm.momentum: no key of kind layer"),
    ],
)
def test_what_does_not_fit_is_refused(order, backbone, own, message):
    with pytest.raises(InputError) as refused:
        spec(order, {"backbone": backbone}, **own)
    assert message in str(refused.value)


@pytest.mark.parametrize(
    ("order", "own", "shape", "message"),
    [
        ("conv act", {}, (7, 7, 1), "pool3 would halve an image of 1x1: too many stages for images of 7x7"),
        ("conv act", {"backbone": {"pool": {"size": 5}}}, (28, 28, 1), "pool3 would take 5x5 of an image of 4x4"),
        ("conv add", {"backbone": RESIDUAL}, (2, 2, 3), "stage3_block1_conv1 would halve an image of 1x1"),
        ("norm conv", {"norm": "group"}, (28, 28, 3), "8 groups don't divide the 3 channels of norm1"),
        ("conv norm", {"norm": {"kind": "group", "groups": 48}}, (28, 28, 1), "48 groups don't divide the 32 channels"),
        ("norm conv", {"norm": "layer"}, (28, 28, 1), "layer would leave nothing of norm1"),
        ("norm conv", {"norm": "rms"}, (28, 28, 1), "rms would leave nothing of norm1"),
        ("conv concat", {"backbone": TINY}, (28, 28, 1), "no channel is left after stage 1"),
        ("conv norm", {"norm": "instance"}, (28, 28, 1), "instance would leave nothing of norm_dense"),
        ("conv norm", {"norm": {"kind": "group", "groups": 32}, "backbone": {"dense": 32}}, (28, 28, 1), "norm_dense"),
        ("conv add", {"backbone": RESIDUAL | {"filters": [16, 8, 8]}}, (28, 28, 1), "pad can't take 16 channels to 8"),
    ],
)
def test_what_does_not_fit_the_images_is_refused(order, own, shape, message):
    with pytest.raises(InputError) as refused:
        backbones.build(spec(order, **own), shape, 10)
    assert message in str(refused.value)


def test_dropping_without_rates_is_refused():
    with pytest.raises(InputError, match=r"^dropout\.rates: missing, expected it of variants that drop"):
        spec("conv act drop", {"dropout": None})


def test_a_spec_survives_its_dictionary():
    assert backbones.from_dict(spec("conv norm act drop").to_dict()) == spec("conv norm act drop")


OF_PLAIN = {
    "order": "conv norm act drop",
    "activation": "relu",
    "norm": {"kind": "batch", "momentum": 0.99, "epsilon": 1e-3, "scale": True, "center": True},
    "backbone": {
        "kind": "plain",
        "filters": [32, 64, 128, 256],
        "kernels": [5, 3, 3, 3],
        "depths": [1, 1, 1, 1],
        "dense": 128,
        "head": "",
        "initializer": "glorot_uniform",
        "bias": True,
    },
    "dropout": {"kind": "element", "rates": [0.1, 0.15, 0.2, 0.25], "dense_rate": 0.4},
}
OF_RESIDUAL = {
    "order": "norm act conv norm act conv add",
    "activation": "gelu",
    "norm": {"kind": "group", "groups": 4, "epsilon": 1e-5, "scale": True, "center": True},
    "backbone": {
        "kind": "residual",
        "filters": [16, 32, 64],
        "kernels": [3, 3, 3],
        "depths": [3, 3, 3],
        "stem": "conv pool",
        "head": "",
        "shortcut": "pad",
        "initializer": "glorot_uniform",
        "bias": False,
        "preactivation": "shared",
        "stem_filters": 8,
        "stem_kernel": 7,
        "stem_stride": 2,
        "pool": {"size": 3, "stride": 2},
    },
    "dropout": None,
}
OF_DENSENET = {
    "order": "conv concat",
    "activation": "relu",
    "norm": {"kind": "batch", "momentum": 0.99, "epsilon": 1e-3, "scale": True, "center": True},
    "backbone": {
        "kind": "densenet",
        "filters": 16,
        "growth": 12,
        "kernels": [3, 3, 3],
        "depths": [12, 12, 12],
        "stem": "conv",
        "transition": "norm act conv1 pool",
        "compression": 1.0,
        "head": "norm act drop pool",
        "initializer": "glorot_uniform",
        "bias": False,
    },
    "dropout": {"kind": "element", "rates": None, "dense_rate": 0.4},
}
OWN_STEM = {"stem": "conv pool", "stem_filters": 8, "stem_kernel": 7, "stem_stride": 2, "pool": {"size": 3}}


@pytest.mark.parametrize(
    ("found", "record"),
    [
        (spec("conv norm act drop"), OF_PLAIN),
        (spec("conv norm act drop", backbone={"stem_filters": None, "stem": "", "pool": {"stride": 2}}), OF_PLAIN),
        (
            spec(
                "norm act conv norm act conv add",
                {"backbone": RESIDUAL},
                norm={"kind": "group", "groups": 4, "epsilon": 1e-5},
                activation="gelu",
                backbone=OWN_STEM | {"preactivation": "shared"},
            ),
            OF_RESIDUAL,
        ),
        (spec("conv concat", {"backbone": DENSENET}, backbone={"head": "norm act drop pool"}), OF_DENSENET),
    ],
)
def test_a_spec_is_written_as_in_the_histories_of_finished_runs(found, record):
    """Which are addressed by it: what came later is absent at its default."""
    assert found.to_dict() == record
    assert backbones.from_dict(record) == found


def test_only_what_the_orders_use_is_part_of_a_spec():
    assert spec("conv act").dropout is None
    assert spec("conv act").norm is None
    other = {"dropout": {"rates": [0.5] * 4, "dense_rate": 0.5}}
    assert spec("conv act norm", other) == spec("conv act norm")
    headless = spec("conv act drop", backbone=BACKBONE | {"dense": None})
    assert headless.dropout == Dropout("element", tuple(DROPOUT["rates"]), None)


def test_a_variant_s_own_rates_are_used():
    """Those of the study need not be: other variants may use them."""
    head = spec("conv act", backbone={"head": "drop"}, dropout={"dense_rate": 0.9, "kind": "spatial"})
    assert head.dropout == Dropout("spatial", None, 0.9)
    stem = {"backbone": RESIDUAL | {"stem": "conv drop"}}
    assert spec("conv add", stem, dropout={"rates": 0.3}).dropout.rates == (0.3,) * 3


def test_a_variant_overrides_the_study():
    changed = spec("conv norm act drop", norm="group", dropout={"dense_rate": 0.1}, backbone={"dense": 64})
    assert (changed.norm, changed.dropout.dense_rate, changed.backbone.dense) == (GroupNorm(), 0.1, 64)
    assert changed.dropout.rates == tuple(DROPOUT["rates"])


def test_a_norm_is_a_name_or_a_mapping_over_the_studys():
    assert spec("conv norm").norm == BatchNorm()
    study = {"norm": {"momentum": 0.9, "scale": False}}
    assert spec("conv norm", study).norm == BatchNorm(momentum=0.9, scale=False)
    assert spec("conv norm", study, norm={"momentum": 0.5}).norm.scale is False
    assert spec("conv norm", study, norm="layer").norm == LayerNorm()
    assert spec("conv norm", {"norm": "rms"}).norm == RMSNorm()
    assert spec("conv norm", study, norm={"kind": "batch", "center": False}).norm.momentum == 0.9
    assert spec("conv norm", study, norm={"kind": "group"}).norm == GroupNorm()
    assert spec("conv norm", study, norm="batch").norm == BatchNorm()


def test_the_activation_is_the_variants_or_that_of_all():
    study = {"backbone": BACKBONE, "variants": {"v": {"order": "conv act"}}}
    assert resolve("v", study).activation == "relu"
    assert resolve("v", study | {"activation": "gelu"}).activation == "gelu"
    own = {"variants": {"v": {"order": "conv act", "activation": "tanh"}}}
    assert resolve("v", study | {"activation": "gelu"} | own).activation == "tanh"
    assert resolve("v", study | {"activation": "gelu", "variants": {"v": {"order": "conv norm"}}}).activation is None


def test_another_kind_of_backbone_starts_from_its_own_defaults():
    study = {"backbone": BACKBONE, "variants": {"v": {"order": "conv norm add act", "backbone": RESIDUAL}}}
    changed = resolve("v", study)
    assert changed.backbone.kernels == (3, 3, 3)
    assert not changed.backbone.bias


def test_the_schema_knows_the_same_names(schema):
    definitions = schema["$defs"]
    assert definitions["activation"]["enum"] == list(ACTIVATIONS)
    assert definitions["norm"]["properties"]["kind"]["enum"] == list(NORMS)
    assert definitions["backbone"]["properties"]["kind"]["enum"] == list(BACKBONES)
    for name, kinds in {"backbone": BACKBONES, "norm": NORMS}.items():
        keys = {key for kind in kinds.values() for key in kind.options()}
        assert definitions[name]["properties"].keys() == {"kind"} | keys


def test_activations_are_all_of_keras_that_take_no_argument_and_keep_the_shape():
    import keras

    x = keras.ops.ones((1, 3))
    found = set()
    for name, function in vars(keras.activations).items():
        if inspect.isfunction(function) and name not in ("get", "serialize", "deserialize"):
            required = [p for p in inspect.signature(function).parameters.values() if p.default is p.empty]
            if len(required) == 1 and name != "glu":  # which halves the channels
                assert function(x).shape == x.shape
                found.add(name)
    assert set(ACTIVATIONS) == found
