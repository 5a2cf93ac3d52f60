"""Draw the training curves of one variant, all seeds."""

from typing import Any

from placement.job import job
from placement.reading.figures import look, training_curves
from placement.runs import history


def plot_variant(
    history_files: list[str],
    identity: dict[str, Any],
    seeds: list[int],
    label: str,
    plot: str,
    note: str = "",
    pdf: bool = False,
) -> None:
    """Write accuracy and loss by epoch as PNG, and as SVG beside it.

    Args:
        history_files: one a seed.
        identity: what the runs were to be (see Study.identity), but for the seed.
        seeds: in the order of the files.
        label: the variant's.
        plot: the .png file to write.
        note: what it is to say in its margin.
        pdf: whether to write it as PDF too.

    Raises:
        InputError: a history is damaged or belongs to another config.
    """
    histories = [history.read(file, identity | {"seed": seed}) for file, seed in zip(history_files, seeds, strict=True)]
    look.save(training_curves.draw(histories, label), plot, note, pdf)


if __name__ == "__main__":
    with job(snakemake.log[0]):
        plot_variant(
            history_files=list(snakemake.input.histories),
            identity=snakemake.params.identity,
            seeds=snakemake.params.seeds,
            label=snakemake.params.label,
            plot=snakemake.output.png,
            note=snakemake.params.get("note", ""),
            pdf=snakemake.params.pdf,
        )
