"""Measure how far one run's BatchNorm layers are from what they get, and what that costs in accuracy.

Of the variances that is the variance shift of Li et al. (CVPR 2019); the means are measured beside them.
"""

from pathlib import Path
from typing import Any

from placement.job import job
from placement.runs import history, kept, shifts
from placement.training import norm_inputs


def variance_shift(
    identity: dict[str, Any],
    prepared: dict[str, str],
    code: dict[str, str],
    history_file: str,
    model_file: str,
    shift_file: str,
    log_file: str,
    kept_file: str | None = None,
    device: str = "auto",
) -> str:
    """Write what a run's BatchNorm layers assume and what they get; return one line on it.

    The file has the run's identity; code, the digests of the sources that measured; what norm_inputs.measure gives;
    accuracy, on the test images as trained.

    Args:
        identity, prepared, model_file, log_file, device: see norm_inputs.measure.
        code: digests of the sources that decide the result.
        history_file: the run's.
        shift_file: the JSON file to write.
        kept_file: what to link shift_file to, where its run is kept (see runs.kept).

    Raises:
        InputError: a file is damaged or belongs to another config.
    """
    accuracy = history.read(history_file, identity)["test"]["accuracy"]
    measured = norm_inputs.measure(identity, prepared, model_file, log_file, device)
    shifts.write(shift_file, identity | {"code": code} | measured | {"accuracy": accuracy})
    if kept_file is not None and Path(kept_file).parent.exists():
        kept.link(shift_file, kept_file)
    return (
        f"{identity['variant']} seed {identity['seed']}: test accuracy {100 * accuracy:.2f} %, "
        f"{100 * measured['accuracy_reestimated']:.2f} % with BatchNorm statistics re-estimated"
    )


if __name__ == "__main__":
    with job(snakemake.log[0]):
        print(
            variance_shift(
                identity=snakemake.params.identity,
                prepared={name: snakemake.input[name] for name in ("fingerprint", "split")},
                code=snakemake.params.code,
                history_file=snakemake.input.history,
                model_file=snakemake.input.model,
                shift_file=snakemake.output[0],
                log_file=snakemake.log[0],
                kept_file=snakemake.params.get("kept"),
                device=snakemake.config["training"].get("device", "auto"),
            ),
            flush=True,
        )
