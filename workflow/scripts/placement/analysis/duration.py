"""How long it takes: told before training starts, and reckoned again while jobs end."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from placement.counting import how_many

# Of cost.training_seconds, which is ample for a slow core, a usual core takes a fifth (measured: 0.1 on Zen 4, 0.2 on
# Zen 3, 0.4 to 0.7 on Zen 1). TensorFlow's start takes it so many CPU-seconds; and each layer so many more, once to
# trace it and in every step to run its operations one by one (0.1 to 0.2, and 0.5 to 1 ms at a batch of 32).
USUAL = 1 / 5
START = 6
TRACE, STEP = 0.15, 0.75e-3
# CPU-seconds of a job that neither trains nor measures.
OTHERWISE = 4.0


class Usual(NamedTuple):
    """CPU-seconds that a run takes on a usual core: all its epochs, and what is around them, which is also what another
    process takes that measures the run."""

    epochs: float
    around: float

    @classmethod
    def of(cls, ample: float, layers: int, steps: int) -> "Usual":
        """Of cost.training_seconds of all epochs, the network's layers and the steps of all epochs."""
        return cls(USUAL * ample + layers * (TRACE + STEP * steps), START + layers * TRACE)


class Work(NamedTuple):
    """What a command is to do, and what is known of how long that takes.

    Attributes:
        usual: by variant.
        todo: the variant of each run to be trained.
        measured: the variant of each run whose shifts are to be measured.
        others: how many jobs neither train nor measure.
        done: variant and CPU-seconds (all its epochs') of runs that are finished.
        cores: of the jobs that run at once; on a cluster, the jobs.
        threads: of a run.
        cluster: whether another machine runs them.
    """

    usual: Mapping[str, Usual]
    todo: Sequence[str]
    measured: Sequence[str]
    others: int
    done: Sequence[tuple[str, float]]
    cores: int
    threads: int = 1
    cluster: bool = False

    def announced(self) -> str:
        """One line: how many runs are to be trained, and about how long that takes with all that follows.

        Without finished runs it is that of their last possible epoch; else what those took by the side of that.
        """
        done, cores = self.done, self.cores
        whole = sum(self._training()) + sum(self._measuring()) + OTHERWISE * self.others
        going_by = f"{how_many(len(done), 'run')} that {'is' if len(done) == 1 else 'are'} done"
        finished = f", going by {going_by}" if done else ""
        took = duration(max(whole / cores, self._longest() / self.threads))
        where = f"with {how_many(cores, 'job')} at once" if self.cluster else f"on {how_many(cores, 'core')}"
        return f"{how_many(len(self.todo), 'run')} to train, about {took} {where}{finished}"

    def left(self) -> "Left":
        """What reckons the time that is left."""
        jobs = {"train": self._training(), "variance_shift": self._measuring()}
        return Left({rule: sum(seconds) / max(len(seconds), 1) for rule, seconds in jobs.items()}, self.cores)

    def _training(self) -> list[float]:
        a_run = expected(self.usual, self.done)
        return [a_run[variant] for variant in self.todo]

    def _longest(self) -> float:
        """Of the longest run, on one core, and then its measuring: no run is on more cores than it has threads."""
        measured = {variant: self.usual[variant].around for variant in self.measured}
        a_run = zip(self.todo, self._training(), strict=True)
        return max(seconds + measured.get(variant, 0) for variant, seconds in a_run)

    def _measuring(self) -> list[float]:
        return [self.usual[variant].around for variant in self.measured]


def expected(usual: Mapping[str, Usual], done: Sequence[tuple[str, float]]) -> dict[str, float]:
    """By variant, the CPU-seconds that a run of it will take (see `Work`)."""
    share = sum(took for _, took in done) / sum(usual[variant].epochs for variant, _ in done) if done else 1
    return {variant: each.around + share * each.epochs for variant, each in usual.items()}


class Left:
    """The seconds that are left, of a rule's jobs and of all: by the seconds that a job was put at, in the pace so far.

    It is reckoned when a job ends, and counts down in between.

    Attributes:
        seconds: by rule, the CPU-seconds that one of its jobs is put at, where that is known.
        cores: how many jobs run at once.
    """

    def __init__(self, seconds: Mapping[str, float], cores: int) -> None:
        self.seconds = seconds
        self.cores = cores
        self.reckoned: dict[str | None, tuple[float, float, float]] = {}

    def __call__(self, rule: str | None, jobs: Mapping[str, tuple[float, float]], elapsed: float) -> float:
        """Seconds left.

        Args:
            rule: whose jobs; None: all.
            jobs: by rule, how many of its jobs are done, and how many there are.
            elapsed: seconds since the start.
        """
        counted = jobs if rule is None else {rule: jobs[rule]}
        done = sum(ended for ended, _ in jobs.values())
        before, left, at = self.reckoned.get(rule, (-1, 0, 0))
        if done != before:
            work = sum(self._job(each) * (total - ended) for each, (ended, total) in counted.items())
            left, at = work * self._pace(jobs, elapsed), elapsed
            self.reckoned[rule] = (done, left, at)
        return max(left - (elapsed - at), 0)

    def _job(self, rule: str) -> float:
        return self.seconds.get(rule, OTHERWISE)

    def _pace(self, jobs: Mapping[str, tuple[float, float]], elapsed: float) -> float:
        """Seconds that a CPU-second of the estimate takes; one job on each core counts as done in time beforehand."""
        before = self.cores * max((self._job(rule) for rule in jobs), default=OTHERWISE)
        work = sum(self._job(rule) * ended for rule, (ended, _) in jobs.items())
        return (elapsed + before / self.cores) / (work + before)


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
