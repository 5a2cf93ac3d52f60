"""Tables as LaTeX: what LaTeX would take for its own is text, numbers are to the right, captions say n."""

import re
import shutil
import subprocess

import pytest

from placement.reading import latex
from placement.reading.document import Document, Section, Table, Verdict
from test_findings import document_of

ODD = Table(
    "Accuracy by variant, 100 % & more",
    ("Variant", "Mean, %"),
    (("a\\_b \\# $p$ {x} & ~ ^ \\\\ 50 %", "91.01"), (Verdict("supported", "fragile"), "-0.30 [-0.92, 0.31]")),
)


def test_what_latex_does_not_know_is_written_as_it_does_in_captions_too():
    table = Table("From layer ^2 ~ \\\\", ("Partial η²", "F"), (("0.5", "1"),))
    text = latex.of(Document("t", (), (Section("Factors", (table,)),)), "n = 3 seeds.")
    assert "\\caption{From layer \\textasciicircum{}2 \\textasciitilde{} \\textbackslash{}. n = 3 seeds.}" in text
    assert "Partial $\\eta$²" in text and "η" not in text


def test_a_table_is_text_with_rules_and_a_caption():
    document = Document("t", (), (Section("All 3 pairs", ("text", ODD)), Section("All 3 pairs", (ODD,))))
    text = latex.of(document, "Study tiny, n = 10 seeds.")
    assert "\\caption{Accuracy by variant, 100 \\% \\& more. Study tiny, n = 10 seeds.}" in text
    assert (
        re.findall(r"label\{(.*)\}", text) == ["tab:all-3-pairs", "tab:all-3-pairs-2"]
        and "\\begin{tabular}{lr}" in text
    )
    assert all(rule in text for rule in ("\\toprule", "\\midrule", "\\bottomrule"))
    assert "a\\_b \\# \\$p\\$ \\{x\\} \\& \\textasciitilde " in text and "50 \\% & 91.01 \\\\" in text
    assert "supported: fragile & -0.30 [-0.92, 0.31] \\\\" in text
    assert "**" not in text


@pytest.mark.skipif(shutil.which("pdflatex") is None, reason="no LaTeX is installed")
def test_latex_takes_them(tmp_path):
    body = latex.of(document_of(10)[0], "n = 10 seeds.")
    head = "\\documentclass{article}\\usepackage{booktabs,textcomp}\\begin{document}"
    (tmp_path / "t.tex").write_text(head + body + "\\end{document}", encoding="utf-8")
    subprocess.run(["pdflatex", "-halt-on-error", "t.tex"], cwd=tmp_path, check=True, capture_output=True)
