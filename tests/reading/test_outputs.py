"""What is written for people is declared once, and the report has a caption for each."""

from checkout import ROOT
from placement.reading import outputs


def test_every_figure_page_and_table_has_its_caption_in_the_report():
    tables = {f"{name}_table" for name in outputs.tables(grid=True, selects=True)}
    captions = {file.stem for file in (ROOT / "workflow/report").glob("*.rst")}
    missing = {*outputs.FIGURES, *outputs.PAGES, *tables} - captions
    assert not missing, f"without a caption in workflow/report/: {missing}"
