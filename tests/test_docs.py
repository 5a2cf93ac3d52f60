"""The documentation: made from the schema, and README kept short."""

import runpy

from checkout import ROOT


def test_every_key_of_the_schema_is_on_the_page_of_the_configuration(schema):
    page = runpy.run_path(str(ROOT / "docs/hooks.py"))["configuration"]()

    def keys(part):
        for name, value in part.get("properties", {}).items():
            yield name
            yield from keys(value)

    wanted = {name for part in (schema, *schema["$defs"].values()) for name in keys(part)}
    assert len(wanted) > 30 and not {name for name in wanted if f"## {name}" not in page and f".{name}`" not in page}


def test_every_row_says_what_a_key_is_in_the_words_of_the_schema(schema):
    page = runpy.run_path(str(ROOT / "docs/hooks.py"))["configuration"]()
    rows = [line for line in page.splitlines() if line.startswith(("| `", "| **`"))]
    assert len(rows) > 100 and not [row for row in rows if not row.split(" | ", 1)[1].strip(" .|")]
    assert "| `variants.{name}.training.epochs` |" in page and "variants.{name}.training.precision" not in page
    assert "| val_accuracy or val_loss. |" in page
    assert "| **`comparison.claims[].claimed.difference`** | a number above 0" in page


def test_readme_is_for_the_first_ten_minutes():
    assert len((ROOT / "README.md").read_text(encoding="utf-8").split()) < 2_000  # 200 a minute
