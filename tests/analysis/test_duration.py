"""What is told before training starts, how many runs and about how long; and what the bars say is left."""

import pytest

from placement.analysis import duration

USUAL = {"a": duration.Usual(100.0, 10.0), "b": duration.Usual(200.0, 20.0)}


def test_a_network_of_many_layers_takes_longer_to_start_and_for_each_step():
    few, many = duration.Usual.of(30, 10, 100), duration.Usual.of(30, 20, 100)
    assert many.epochs - few.epochs == pytest.approx(10 * (duration.TRACE + 100 * duration.STEP))
    assert many.around - few.around == pytest.approx(10 * duration.TRACE)
    assert duration.Usual.of(60, 10, 100).epochs - few.epochs == pytest.approx(30 * duration.USUAL)


def test_without_finished_runs_it_is_the_usual_time_of_all_epochs_at_most():
    line = duration.Work(USUAL, ["a", "a", "b", "b"], ["b"], 5, [], cores=2).announced()
    seconds = 2 * 110 + 2 * 220 + 20 + 5 * duration.OTHERWISE
    assert line == f"4 runs to train, about {duration.duration(seconds / 2)} on 2 cores"


def test_finished_runs_say_how_fast_it_is_here_for_other_variants_too():
    assert duration.expected(USUAL, [("a", 30.0)]) == {"a": 10 + 30, "b": 20 + 60}
    assert duration.Work(USUAL, ["b"], [], 0, [("a", 30.0)], cores=1).announced() == (
        "1 run to train, about 1 min on 1 core, going by 1 run that is done"
    )


def test_more_cores_than_runs_are_of_no_use():
    one, many = (duration.Work(USUAL, ["b"], [], 0, [("b", 500.0)], cores).announced() for cores in (1, 64))
    assert one.split(" on ")[0] == many.split(" on ")[0]
    measured = duration.Work(USUAL, ["a", "b"], ["a", "b"], 0, [], cores=64)
    assert measured.announced() == f"2 runs to train, about {duration.duration(220 + 20)} on 64 cores"


def test_on_a_cluster_cores_are_jobs():
    line = duration.Work(USUAL, ["b"], [], 0, [], cores=64, cluster=True).announced()
    assert line.endswith(" with 64 jobs at once")


@pytest.mark.parametrize(
    ("seconds", "said"),
    [
        (4.4, "4 s"),
        (59.6, "1 min"),
        (3580, "1 h"),
        (6600, "1 h 50 min"),
        (86400, "1 d"),
        (100 * 3600, "4 d 4 h"),
    ],
)
def test_durations_are_said_as_people_do(seconds, said):
    assert duration.duration(seconds) == said


def jobs(trained: int, plotted: int = 0):
    return {"train": (trained, 10), "plot": (plotted, 2)}


def test_before_anything_is_done_it_is_what_was_announced():
    left = duration.Left({"train": 60}, cores=2)
    assert left("train", jobs(0), 0) == 10 * 60 / 2
    assert left(None, jobs(0), 0) == (10 * 60 + 2 * duration.OTHERWISE) / 2


def test_it_counts_down_between_jobs_and_never_below_zero():
    left = duration.Left({"train": 60}, cores=1)
    start = left("train", jobs(0), 0)
    assert left("train", jobs(0), 50) == start - 50
    assert left("train", jobs(0), 10_000) == 0


def test_a_pace_of_half_the_announced_one_is_learned():
    left = duration.Left({"train": 60}, cores=1)
    assert 4 * 60 * 1.5 < left("train", jobs(6), 6 * 120) < 4 * 120
