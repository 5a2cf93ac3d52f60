"""Whatever ends a study, nothing half-written is left, and the same command goes on to the same bits."""

import os
import re
import shutil
import signal
import subprocess
import sys

import pytest

from checkout import FASHION_MNIST, ROOT, STUDY, Checkout, until
from placement.runs import history

sys.path.insert(0, str(ROOT / "benchmarks"))
import kill_storm


@pytest.fixture(autouse=True)
def _nothing_outlives_its_test(tmp_path):
    yield
    for folder in [tmp_path, *tmp_path.iterdir()]:
        for process in kill_storm.processes(Checkout(folder)):
            os.kill(process, signal.SIGKILL)


ONE = {"baseline": STUDY["variants"]["baseline"]}


@pytest.fixture
def study(finished, tmp_path):
    """A function that makes a checkout whose data are prepared and whose study hasn't begun.

    Without early stopping: a run of very many epochs goes on until it is stopped, however slow the machine is.
    """

    def make(name="checkout", epochs=1, variants=ONE, **protocol) -> Checkout:
        checkout = finished.copy(tmp_path / name)
        for begun in (checkout.results, checkout.root / "results/runs"):
            shutil.rmtree(begun)
        training = STUDY["training"] | {"epochs": epochs, "early_stopping": None} | protocol
        checkout.write_config(STUDY | {"variants": variants, "seeds": 1, "training": training})
        return checkout

    return make


def trainings(checkout, snakemake) -> list[int]:
    """The processes of a checkout that aren't snakemake's own, where all its jobs train."""
    forks = [process for process, command in kill_storm.processes(checkout).items() if "forkserver" in command]
    return [process for process in forks if process != snakemake.pid]


def history_of(checkout, variant="baseline") -> str:
    return f"results/tiny/runs/{variant}/seed0/history.json"


def epochs_of(checkout) -> int:
    return kill_storm.finished_epochs(checkout)["baseline"]


def hidden_files(checkout) -> list:
    return [path for path in checkout.results.rglob(".*")]


def test_a_handful_of_kills_loses_nothing(tmp_path):
    assert kill_storm.storm(tmp_path, kills=3, epochs=10, variants=("baseline",)) == []


def stop_by_ctrl_c(snakemake, checkout):  # a terminal sends it to all of them
    os.killpg(snakemake.pid, signal.SIGINT)


def stop_all_by_sigterm(snakemake, checkout):  # as a time limit does
    os.killpg(snakemake.pid, signal.SIGTERM)


def stop_a_job(snakemake, checkout):
    (training,) = trainings(checkout, snakemake)
    os.kill(training, signal.SIGTERM)


def stop_snakemake_alone(snakemake, checkout):  # as a scheduler or an editor does: it waits for its jobs
    os.kill(snakemake.pid, signal.SIGINT)


def test_a_stopped_study_says_so_and_goes_on_where_it_was_even_with_more_epochs(study):
    """Nor is it disturbed by a second snakemake, which is refused."""
    checkout = study("stopped", epochs=100_000)
    checkpoint = checkout.root / history_of(checkout)
    checkpoint = checkpoint.with_name("checkpoint.npz")
    done = 0
    for stop in (stop_by_ctrl_c, stop_all_by_sigterm, stop_a_job):
        snakemake = checkout.start(history_of(checkout))
        until(lambda before=done: epochs_of(checkout) > before, f"an epoch before {stop.__name__}")
        if not done:
            assert_a_second_is_refused(checkout)
            assert not snakemake.ended()
        stop(snakemake, checkout)
        status, printed = snakemake.end(300)
        assert status != 0
        assert "the same command goes on after the" in printed, printed
        assert "Traceback" not in printed, printed
        assert not (checkout.root / history_of(checkout)).exists() and not hidden_files(checkout)
        done = epochs_of(checkout)
        assert not trainings(checkout, snakemake)

    epochs = done + 2
    checkout.edit_config(lambda config: config["training"].update(epochs=epochs))
    checkout.snakemake(history_of(checkout))
    assert f"resumed after epoch {done}" in (checkpoint.with_name("train.log")).read_text()
    assert not checkpoint.exists()
    fresh = study("fresh", epochs=epochs)
    fresh.snakemake(history_of(fresh))
    assert kill_storm.contents(checkout) == kill_storm.contents(fresh)


def assert_a_second_is_refused(checkout):
    printed = checkout.snakemake(status=1)
    assert "lock" in printed.lower() and "--unlock" in printed
    assert "Traceback" not in printed
    assert "Another snakemake is at work here" in checkout.plan()


@pytest.mark.parametrize(
    ("stop", "when"),
    [
        (stop_snakemake_alone, trainings),
        (stop_by_ctrl_c, lambda checkout, snakemake: (checkout.root / history_of(checkout)).exists()),
        (stop_all_by_sigterm, lambda checkout, snakemake: (checkout.root / history_of(checkout)).exists()),
    ],
)
def test_a_finished_run_stays_finished_whether_or_not_snakemake_saw_its_end(study, stop, when):
    checkout = study()
    snakemake = checkout.start(history_of(checkout))
    until(lambda: when(checkout, snakemake), "it is time to stop")
    stop(snakemake, checkout)
    snakemake.end(300)
    # Snakemake deletes the files of a job that was stopped; the kept ones stay, and are linked again.
    assert list(checkout.root.glob("results/runs/*/history.json"))
    assert checkout.planned(history_of(checkout)) <= {"finished baseline 0", "take_run baseline 0"}


# `snakemake`, but that SIGTERM comes while its scheduler has its own lock: it notes a job's end.
STOPPED_AT_A_JOBS_END = """
import os, signal
from snakemake.cli import main
from snakemake.scheduling.job_scheduler import JobScheduler
noted = JobScheduler._finish_jobs
def stopped(scheduler):
    noted(scheduler)
    os.kill(os.getpid(), signal.SIGTERM)
JobScheduler._finish_jobs = stopped
main()
"""


def test_sigterm_while_a_job_s_end_is_noted_hangs_nothing(study):
    command = [sys.executable, "-c", STOPPED_AT_A_JOBS_END, "--cores", "1", "results/tiny/config.yaml"]
    stopped = subprocess.run(command, cwd=study().root, capture_output=True, text=True, timeout=120)
    assert "Will exit after finishing currently running jobs" in stopped.stderr


def test_checkpoints_stay_while_their_runs_are_unfinished(study):
    """Where the same command ends other runs: well, badly, or as it was told to stop while they end."""
    long = ONE["baseline"] | {"label": "Long", "training": {"epochs": 100_000}}
    checkout = study(variants=ONE | {"long": long})
    files = [history_of(checkout), history_of(checkout, "long")]
    snakemake = checkout.start(*files)
    until(lambda: (checkout.root / files[0]).exists(), "one run is finished")
    until(lambda: kill_storm.finished_epochs(checkout)["long"], "the other has begun")
    until(lambda: len(trainings(checkout, snakemake)) == 1, "the finished one's process has ended")
    stop_snakemake_alone(snakemake, checkout)
    stop_a_job(snakemake, checkout)
    snakemake.end(300)
    assert [(checkout.root / file).with_name("checkpoint.npz").exists() for file in files] == [False, True]
    assert checkout.planned(*files) - {"finished baseline 0"} == {"train long 0"}


def test_a_run_that_diverges_ends_as_failed_and_the_others_go_on(tmp_path):
    # Each stage multiplies what dropout leaves over by thirty: plain SGD overflows within a few steps.
    diverging = {
        "label": "Diverging",
        "order": "conv act drop",
        "activation": "leaky_relu",
        "backbone": {"filters": [16] * 5, "kernels": [3] * 5, "dense": 16},
        "dropout": {"rates": [0.97] * 5, "dense_rate": 0.0},
    }
    protocol = {"epochs": 2, "early_stopping": None, "optimizer": "sgd", "batch_size": 8}
    checkout = Checkout.create(
        tmp_path / "checkout",
        dataset=FASHION_MNIST,  # images that five stages can halve
        variants={"diverging": diverging} | ONE,
        seeds=1,
        training=STUDY["training"] | protocol,
    )
    printed = checkout.snakemake(history_of(checkout), history_of(checkout, "diverging"), "--keep-going", status=1)
    message = r"diverged: the loss is not finite at step \d+ of epoch \d"
    assert re.search(f"diverging seed 0: {message}", printed), printed
    assert "Traceback" not in printed
    folder = (checkout.root / history_of(checkout, "diverging")).parent
    assert re.search(message, (folder / "train.log").read_text())
    assert not any((folder / name).exists() for name in ("history.json", "model.keras", "predictions.npz"))
    assert len(history.read(checkout.root / history_of(checkout))["epochs"]) == 2


@pytest.fixture
def disk(tmp_path):
    """A function of a size that mounts a disk of this size on a folder of tmp_path."""
    if os.geteuid() != 0:
        pytest.skip("needs root to mount a file system")
    mounted = []

    def mount(folder, size):
        folder.mkdir(parents=True)
        command = ["mount", "-t", "tmpfs", "-o", f"size={size}", "tmpfs", str(folder)]
        if subprocess.run(command, capture_output=True).returncode:
            pytest.skip("may not mount a file system")
        mounted.append(folder)

    yield mount
    for folder in mounted:
        subprocess.run(["umount", "--lazy", str(folder)], check=True)


def test_a_full_disk_is_named_and_nothing_is_damaged(tmp_path, disk):
    disk(tmp_path / "checkout/results", "2m")
    checkout = Checkout.create(tmp_path / "checkout", dataset=FASHION_MNIST)
    printed = checkout.snakemake("results/data/fashion_mnist/fingerprint.json", status=1)
    assert "results/data/fashion_mnist/train_images.npy: can't be written: No space left on device" in printed
    assert "Traceback" not in printed
    assert [path.name for path in checkout.root.glob("results/**/*") if path.is_file() and path.suffix != ".log"] == []


def test_a_disk_that_fills_up_in_training_costs_no_finished_run(tmp_path, disk):
    disk(tmp_path / "checkout/results/tiny", "200k")  # room for one run's predictions at most
    checkout = Checkout.create(tmp_path / "checkout", dataset=FASHION_MNIST, variants=ONE, seeds=1)
    printed = checkout.snakemake(history_of(checkout), status=1)
    assert "can't be written: No space left on device" in printed
    assert "Traceback" not in printed
    assert not (checkout.root / history_of(checkout)).exists() and not hidden_files(checkout)


def test_a_results_folder_that_is_read_only_is_named(tmp_path, disk):
    disk(tmp_path / "checkout/results", "1m")
    subprocess.run(["mount", "-o", "remount,ro", str(tmp_path / "checkout/results")], check=True)
    checkout = Checkout.create(tmp_path / "checkout")
    printed = checkout.snakemake(status=1)
    assert "results" in printed and "Read-only file system" in printed
    assert "Traceback" not in printed
