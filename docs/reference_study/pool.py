"""Compare all ten seeds of the reference study from what its two halves measured. Nothing here trains.

    python docs/reference_study/pool.py                            # from what is kept beside this file
    python docs/reference_study/pool.py results/fashion_mnist      # after taking seeds 5 to 9 from these results

The halves were trained on different machines. Of the first, seeds 0 to 4, only the table of its runs is there; what
takes images, learning curves or models is of seeds 5 to 9 alone.
"""

import shutil
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

import pandas as pd
import yaml

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
sys.path[:0] = [str(ROOT / "workflow/scripts"), str(ROOT / "docs")]

import compare  # noqa: E402
import page_tables  # noqa: E402
import study_page  # noqa: E402
from placement.analysis import convergence, measured, summary  # noqa: E402
from placement.reading import outputs  # noqa: E402
from placement.reading.figures import convergence as convergence_figure  # noqa: E402
from placement.reading.figures import look  # noqa: E402
from placement.runs import tables  # noqa: E402
from placement.study import study as asked  # noqa: E402

FIRST, SECOND = HERE / "seeds0-4", HERE / "seeds5-9"
KEPT = ("runs.csv", "learning_curves.csv", "reliability.csv", "test_images.npz")
TABLES = outputs.tables(grid=False, selects=False)
# Calibration is of the second half alone.
PUBLISHED = (
    "findings.md",
    *(f"{name}.csv" for name in TABLES),
    *(f"{name}.png" for name in outputs.FIGURES if name != "calibration"),
)


def keep(results: Path) -> None:
    """Take what the second half measured from a folder of results: four tables, and each run's shift by layer."""
    SECOND.mkdir(exist_ok=True)
    for name in KEPT:
        shutil.copy(results / name, SECOND / name)
    files = sorted(results.glob("runs/*/seed*/variance_shift.json"))
    tables.write(SECOND / "shifts.csv", pd.DataFrame([row for file in files for row in measured.shift_rows(str(file))]))


def pool(labels: dict[str, str]) -> measured.Measured:
    """What is known of all ten seeds, by variant in config order.

    Convergence relative to the baseline keeps the first half's target in both: its learning curves aren't there to
    measure it against another.
    """
    first, second = (tables.read(half / "runs.csv") for half in (FIRST, SECOND))
    curves = tables.read(SECOND / "learning_curves.csv")
    second = at_target(second, curves, first["relative_target"].iloc[0])
    runs = pd.concat(
        [half[half["variant"] == variant] for variant in labels for half in (first, second)], ignore_index=True
    )
    images, confusion = measured.read_images(SECOND / "test_images.npz")
    return measured.Measured(
        runs=runs,
        summary=summary.summary_table(runs, labels),
        curves=curves,
        reliability=tables.read(SECOND / "reliability.csv"),
        images=images,
        confusion=confusion,
        shifts=tables.read(SECOND / "shifts.csv"),
    )


def at_target(runs: pd.DataFrame, curves: pd.DataFrame, target: float) -> pd.DataFrame:
    """The runs with their convergence to another relative target."""
    steps = int(runs["steps_to_090"].iloc[0] // runs["epochs_to_090"].iloc[0])  # an epoch: the same in every run
    histories = [
        {"variant": variant, "seed": seed, "epochs": epochs.to_dict("records"), "steps_per_epoch": steps}
        for (variant, seed), epochs in curves.groupby(["variant", "seed"])
    ]
    converged = convergence.convergence_to(histories, target)
    replaced = converged.columns.drop(["variant", "seed"])
    return runs.drop(columns=replaced).merge(converged, on=["variant", "seed"])


if __name__ == "__main__":
    if len(sys.argv) > 1:
        keep(Path(sys.argv[1]))
    config = yaml.safe_load((HERE / "config.yaml").read_text(encoding="utf-8"))  # as it was when the runs were trained
    measures = pool({name: fields["label"] for name, fields in config["variants"].items()})
    study = asked.read(config, {}).compared("config.yaml", TABLES)
    tables.write(HERE / "runs.csv", measures.runs)
    tables.write(HERE / "summary.csv", measures.summary)
    with TemporaryDirectory() as folder:
        compare.compare(measures, study, folder)
        # Of the second half alone, whose learning curves are there.
        drawn = convergence_figure.draw(
            tables.read(SECOND / "runs.csv"), measures.curves, look.styles(config["variants"])
        )
        look.save(drawn, Path(folder, "convergence.png"))
        for name in PUBLISHED:
            shutil.copy(Path(folder, name), HERE / name)
    page_tables.write(study_page.tables_in_pages(HERE, config))
    print(summary.render_summary(measures.summary))
