"""The documentation: made from the schema, and README kept short."""

import re
import runpy
from itertools import pairwise

import yaml
from snakemake.common.configfile import load_configfile

from checkout import ROOT, Checkout
from placement.study import bases
from placement.study.study import read


def test_every_key_of_the_schema_is_on_the_page_of_the_configuration(schema):
    page = runpy.run_path(str(ROOT / "docs/configuration_page.py"))["configuration"]()

    def keys(part):
        for name, value in part.get("properties", {}).items():
            yield name
            yield from keys(value)

    wanted = {name for part in (schema, *schema["$defs"].values()) for name in keys(part)}
    assert len(wanted) > 30 and not {name for name in wanted if f"## {name}" not in page and f".{name}`" not in page}


def test_the_page_of_the_configuration_is_made_anew_with_the_schema():
    page = runpy.run_path(str(ROOT / "docs/configuration_page.py"))["configuration"]()
    same = (ROOT / "docs/configuration.md").read_text(encoding="utf-8") == page
    assert same, "make it anew: python docs/configuration_page.py"


def test_every_row_says_what_a_key_is_in_the_words_of_the_schema(schema):
    page = runpy.run_path(str(ROOT / "docs/configuration_page.py"))["configuration"]()
    rows = [line for line in page.splitlines() if line.startswith(("| `", "| **`"))]
    assert len(rows) > 100 and not [row for row in rows if not row.split(" | ", 1)[1].strip(" .|")]
    assert "| `variants.{name}.training.epochs` |" in page and "variants.{name}.training.precision" not in page
    assert "| val_accuracy or val_loss. |" in page
    assert "| **`comparison.claims[].claimed.difference`** | a number in the metric's unit, the size" in page


README = (ROOT / "README.md").read_text(encoding="utf-8")


def test_readme_is_for_the_first_ten_minutes():
    assert len(README.split()) < 2_000  # 200 a minute
    lines = README.splitlines()
    assert len(lines) <= 120 and max(len(line) for line in lines if not line.startswith("|")) <= 100


def test_readme_s_graph_is_the_workflow_s(tmp_path):
    drawn = Checkout.create(tmp_path).snakemake("--rulegraph", "mermaid-js")
    names = dict(re.findall(r"^\s*(id\d+)\[(\w+)\]", drawn, re.MULTILINE))
    edges = {(names[a], names[b]) for a, b in re.findall(r"(id\d+) --> (id\d+)", drawn)}
    chains = [line.split(" --> ") for line in README.split("```mermaid\n")[1].split("```")[0].split("\n    ")[1:]]
    shown = {(a, b.strip()) for chain in chains for a, b in pairwise(chain)}
    assert shown <= edges and {rule for edge in shown for rule in edge} >= {*names.values()} - {"note", "write_config"}


def test_the_example_s_studies_are_studies(tmp_path):
    page = (ROOT / "docs/example.md").read_text(encoding="utf-8")
    norms, mended, rates = (yaml.safe_load(block.split("```")[0]) for block in page.split("```yaml\n")[1:])
    norms |= {"base": str(ROOT / "config.yaml"), "dataset": {"name": "digits"}, "grid": mended["grid"]}
    norms["comparison"] |= mended["comparison"] | {"claims": norms["comparison"]["claims"]}
    for name, study in (("norms", norms), ("rates", rates)):
        (tmp_path / f"{name}.yaml").write_text(yaml.safe_dump(study))
    first, second = (read(bases.read(tmp_path / f"{name}.yaml", load_configfile), {}) for name in ("norms", "rates"))
    kept = {str(variant.spec) + str(variant.recipe) for variant in first.variants.values()}
    assert kept < {str(variant.spec) + str(variant.recipe) for variant in second.variants.values()}


def test_readme_s_own_question_is_a_study(tmp_path):
    written = yaml.safe_load(README.split("```yaml\n")[1].split("```")[0])
    written |= {"base": str(ROOT / "config.yaml"), "dataset": {"name": "cifar10"}}  # for a folder that isn't there
    (tmp_path / "birds.yaml").write_text(yaml.safe_dump(written))
    read(bases.read(tmp_path / "birds.yaml", load_configfile), {})
