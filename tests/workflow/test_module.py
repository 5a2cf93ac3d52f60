"""The workflow as a module of another one, which is how Snakemake workflows are reused."""

import shutil

from checkout import STUDY, Checkout

IMPORTER = """
configfile: "study.yaml"


rule all:
    input:
        "own/best.txt",


module placement:
    snakefile:
        "{snakefile}"
    config:
        {config}


use rule * from placement{names}


rule best:
    input:
        "results/tiny/summary.csv",
    output:
        "own/best.txt",
    shell:
        "sort -t, -k 3 {{input}} > {{output}}"
"""


def importer(finished: Checkout, root, names: str, config: str = "config") -> Checkout:
    """A workflow in a folder of its own that imports the finished study's checkout, with the study's runs beside it."""
    root.mkdir()
    text = IMPORTER.format(snakefile=finished.root / "Snakefile", names=names, config=config)
    (root / "Snakefile").write_text(text)
    shutil.copy(finished.root / "config.yaml", root / "study.yaml")
    importing = Checkout(root)
    shutil.copytree(finished.results / "runs", importing.results / "runs")
    return importing


def test_a_workflow_imports_this_one_beside_targets_of_its_own(finished, tmp_path):
    before = {path: path.stat().st_mtime_ns for path in finished.root.rglob("*") if "__pycache__" not in path.parts}
    importing = importer(finished, tmp_path / "importer", " as x_*")
    shutil.rmtree(importing.results / "runs/baseline/seed1")
    run = {"prepare_data", "split_data", "train baseline 1"}
    assert importing.planned() == run | {"summarize", "best"}

    importing.snakemake("all", "x_all")
    assert (importing.root / "own/best.txt").exists()
    assert (importing.results / "findings.md").exists()
    assert not list(importing.results.rglob("checkpoint*"))
    assert importing.planned("--keep-going", "all", "x_all") == set()
    importing.snakemake("all", "x_all", "--report", "report.html")
    assert (importing.root / "report.html").exists()
    # Nothing is written beside the module.
    after = {path: path.stat().st_mtime_ns for path in finished.root.rglob("*") if "__pycache__" not in path.parts}
    assert after == before


def test_rules_may_keep_their_names_and_the_study_may_have_its_own_part_of_config_and_folder(finished, tmp_path):
    importing = importer(
        finished, tmp_path / "importer", " exclude all", 'config["placement"]\n    prefix:\n        "mine"'
    )
    shutil.move(importing.root / "results", importing.root / "mine/results")
    snakefile = importing.root / "Snakefile"
    snakefile.write_text(snakefile.read_text().replace('"results/', '"mine/results/'))
    study = (importing.root / "study.yaml").read_text().replace("\n", "\n  ")
    (importing.root / "study.yaml").write_text(f"mine: 1\nplacement:\n  {study}\n")
    assert importing.planned() == {"summarize", "best"}


def test_without_a_target_of_its_own_the_importers_default_is_the_study(finished, tmp_path):
    importing = importer(finished, tmp_path / "importer", "")
    snakefile = importing.root / "Snakefile"
    text = snakefile.read_text()
    snakefile.write_text(text[: text.index("rule all")] + text[text.index("module") : text.index("rule best")])
    plots = {f"plot_variant {variant}" for variant in STUDY["variants"]}
    assert importing.planned() == plots | {"summarize", "compare", "write_config"}


def test_two_checkouts_in_one_workflow_are_refused(finished, tmp_path):
    """They would share one Python package, and so run one's code as the other's."""
    other = Checkout.create(tmp_path / "other")
    importing = importer(finished, tmp_path / "importer", " as x_*")
    with open(importing.root / "Snakefile", "a") as snakefile:
        snakefile.write(
            f'\n\nmodule other:\n    snakefile:\n        "{other.root}/Snakefile"\n    config:\n        config\n'
            "\n\nuse rule * from other as y_*\n"
        )
    printed = importing.plan(status=1)
    workflows = other.root / "workflow", finished.root / "workflow"
    assert f"{workflows[0]}: in one workflow with {workflows[1]}, expected one checkout of the two" in printed
    assert "Traceback" not in printed
