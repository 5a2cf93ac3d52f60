"""What docs/study_page.py makes of kept runs is what the workflow makes of the runs."""

import kept_runs
import study_page


def test_a_page_of_what_is_kept_is_that_of_the_runs(finished, tmp_path):
    page = tmp_path / "page"
    kept_runs.add(finished.results, page / "kept")
    study_page.make(page)
    for file in page.glob("*.csv"):
        assert file.read_text() == (finished.results / file.name).read_text(), file.name
    # The lines that name the config name the one that is kept.
    made, expected = (
        [line for line in (folder / "findings.md").read_text().splitlines() if "config.yaml" not in line]
        for folder in (page, finished.results)
    )
    assert made == expected
