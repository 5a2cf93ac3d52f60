"""What is told before training starts: how many runs, and about how long."""

import pytest

from placement.analysis import duration

AMPLE = {"a": 300.0, "b": 600.0}


def test_without_finished_runs_it_is_the_usual_share_of_all_epochs_at_most():
    line = duration.announced(AMPLE, ["a", "a", "b", "b"], [], cores=2)
    seconds = (2 * 100 + 2 * 200 + 4 * duration.AROUND) / 2
    assert line == f"4 runs to train, about {duration.duration(seconds)} on 2 cores at most"


def test_finished_runs_say_how_fast_it_is_here_for_other_variants_too():
    assert duration.expected(AMPLE, [("a", 30.0)]) == {"a": duration.AROUND + 30, "b": duration.AROUND + 60}
    assert duration.announced(AMPLE, ["b"], [("a", 30.0)], cores=1) == (
        "1 run to train, about 1 min on 1 core, going by 1 run that is done"
    )


def test_more_cores_than_runs_are_of_no_use():
    one, many = (duration.announced(AMPLE, ["b"], [("b", 500.0)], cores).split(" on ")[0] for cores in (1, 64))
    assert one == many


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
