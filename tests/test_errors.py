"""What a script says comes out in one line, in whatever locale."""

import subprocess
import sys

import pytest

from checkout import ROOT

ASCII = {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0", "PYTHONPATH": str(ROOT / "workflow/scripts")}


@pytest.mark.parametrize(
    ("statement", "status", "printed"),
    [
        ("print('Dr\\xf6pout')", 0, ("Dr\\xf6pout\n", "")),
        ("raise InputError('label: Dr\\xf6pout')", 1, ("", "label: Dr\\xf6pout\n")),
    ],
)
def test_letters_that_the_locale_hasnt_are_escaped(statement, status, printed):
    code = f"from placement.errors import InputError, reported\nwith reported():\n    {statement}"
    ended = subprocess.run([sys.executable, "-c", code], env=ASCII, capture_output=True, text=True)
    assert (ended.returncode, (ended.stdout, ended.stderr)) == (status, printed)
