"""Tables come back as they were, and what is none of ours is one line."""

import pandas as pd
import pytest

from placement.errors import InputError
from placement.runs import tables


def test_a_table_comes_back_as_it_was(tmp_path):
    table = pd.DataFrame({"variant": ["1", "nan"], "run": ["12e4", "0"], "value": [1 / 3, None], "text": ["NA", ""]})
    tables.write(tmp_path / "t.csv", table)
    back = tables.read(tmp_path / "t.csv", ("variant", "value"))
    pd.testing.assert_frame_equal(back, table.assign(text=["NA", None]), check_exact=True)


def test_texts_that_look_like_numbers_stay_texts(tmp_path):
    claims = pd.DataFrame(
        {"sentence": ["2025"], "left": ["1e-3"], "right": ["0.10"], "binding": ["1"], "source": ["7"]}
    )
    tables.write(tmp_path / "t.csv", claims)
    pd.testing.assert_frame_equal(tables.read(tmp_path / "t.csv"), claims)


@pytest.mark.parametrize(("content", "says"), [("", "not a table"), ("a,b\n1,2\n", "has no column 'variant'")])
def test_another_file_is_named(tmp_path, content, says):
    (tmp_path / "t.csv").write_text(content)
    with pytest.raises(InputError, match=f"t.csv: {says}.*; delete it and run again"):
        tables.read(tmp_path / "t.csv", ("variant",))


def test_text_where_a_number_belongs_is_named(tmp_path):
    (tmp_path / "t.csv").write_text("variant,order,value\n1,norm act,0.5\n2,act norm,x\n")
    assert tables.read(tmp_path / "t.csv", numbers=("seed",))["order"].tolist() == ["norm act", "act norm"]
    with pytest.raises(InputError, match=r"t\.csv: has text in column 'value', expected numbers alone; delete it"):
        tables.read(tmp_path / "t.csv", numbers=("value",))
