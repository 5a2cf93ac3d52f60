"""TensorFlow's settings for each precision of the config."""

import pytest
import tensorflow as tf

from placement.network import models
from placement.training import process


@pytest.fixture
def precision(schema):
    """The precisions that a config may name."""
    yield schema["properties"]["training"]["properties"]["precision"]["enum"]
    process.configure(threads=1)


def test_tensorfloat32_is_used_where_it_is_named_and_nowhere_else(precision):
    used = {}
    for name in precision:
        process.configure(1, name)
        used[name] = tf.config.experimental.tensor_float_32_execution_enabled()
    assert used == {"float32": False, "tensorfloat32": True, "bfloat16": False}


def test_networks_know_every_precision(precision):
    assert set(precision) == set(models.DTYPE_POLICIES)


def test_float32_is_what_is_set_where_none_is_named():
    process.configure(1, "tensorfloat32")
    process.configure(1)
    assert not tf.config.experimental.tensor_float_32_execution_enabled()
