"""How long the training that is left takes: told before it starts."""

from collections.abc import Mapping, Sequence

# Of cost.training_seconds, which is ample for a slow core, a usual core takes a third; and all around the epochs of a
# run, TensorFlow's start foremost, takes it so many CPU-seconds.
USUAL = 1 / 3
AROUND = 8


def announced(ample: Mapping[str, float], todo: Sequence[str], done: Sequence[tuple[str, float]], cores: int) -> str:
    """One line: how many runs are to be trained, and about how long that takes.

    Without finished runs it is that of their last possible epoch, "at most"; else what those took by the side of that.

    Args:
        ample: by variant, the CPU-seconds that all epochs of a run are put at for a scheduler.
        todo: the variant of each run to be trained.
        done: variant and CPU-seconds (all its epochs') of runs that are finished.
        cores: how many runs are trained at once.
    """
    a_run = expected(ample, done)
    seconds = [a_run[variant] for variant in todo]
    finished = f", going by {_runs(len(done))} that {'is' if len(done) == 1 else 'are'} done" if done else " at most"
    # No run is on two cores.
    return (
        f"{_runs(len(todo))} to train, about {duration(max(sum(seconds) / cores, *seconds))} on "
        f"{cores} core{'' if cores == 1 else 's'}{finished}"
    )


def expected(ample: Mapping[str, float], done: Sequence[tuple[str, float]]) -> dict[str, float]:
    """By variant, the CPU-seconds that a run of it will take: arguments as in `announced`."""
    share = sum(took for _, took in done) / sum(ample[variant] for variant, _ in done) if done else USUAL
    return {variant: AROUND + share * seconds for variant, seconds in ample.items()}


def duration(seconds: float) -> str:
    """As people say it: 40 s, 5 min, 1 h 50 min, 3 d 4 h."""
    if round(seconds) < 60:
        return f"{seconds:.0f} s"
    minutes = round(seconds / 60)
    if minutes < 60:
        return f"{minutes} min"
    hours, minutes = divmod(minutes, 60)
    if hours < 24:
        return f"{hours} h {minutes} min" if minutes else f"{hours} h"
    days, hours = divmod(hours, 24)
    return f"{days} d {hours} h" if hours else f"{days} d"


def _runs(number: int) -> str:
    return f"{number:,} run{'' if number == 1 else 's'}"
