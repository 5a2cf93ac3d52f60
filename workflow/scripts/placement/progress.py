"""The bars on a terminal: what jobs print goes above them, and they say how long it still takes.

The bars are snakemake-logger-plugin-rich's, which draws them in the last lines of the terminal with the time that has
passed. Other processes' lines would go right through them.
"""

import atexit
import os
import threading
from collections.abc import Mapping
from typing import Any

# CPU-seconds of a job of any other rule.
OTHERWISE = 4.0
TOTAL = "Total Progress"


def improve(handler: Any, seconds: Mapping[str, float], cores: int) -> None:
    """Have a started RichLogHandler print the lines of all jobs above its bars, and the time left beside them.

    Args:
        handler: the plugin's.
        seconds: by rule, the CPU-seconds that one of its jobs is put at, where that is known.
        cores: how many jobs run at once.
    """
    _relay(handler.console)
    handler.progress.columns = (*handler.progress.columns, _column(handler, seconds, cores))


def _relay(console: Any) -> None:
    """Print by the console what this process and its children write to stdout and stderr, line by line."""
    console.file = open(os.dup(2), "w", encoding="utf-8", errors="backslashreplace")  # noqa: SIM115
    terminal = [os.dup(number) for number in (1, 2)]
    read, write = os.pipe()
    for number in (1, 2):
        os.dup2(write, number)
    os.close(write)

    def pass_on() -> None:
        with open(read, encoding="utf-8", errors="backslashreplace") as lines:
            for line in lines:
                console.print(line.rstrip(), markup=False, highlight=False, soft_wrap=True)

    thread = threading.Thread(target=pass_on, daemon=True)
    thread.start()

    @atexit.register
    def restore() -> None:
        for number, saved in zip((1, 2), terminal, strict=True):
            os.dup2(saved, number)
        thread.join(timeout=1)  # at once, unless a child outlives this process


class Left:
    """The seconds that are left, of a rule's jobs and of all: by the seconds that a job was put at, in the pace so far.

    It is reckoned when a job ends, and counts down in between.
    """

    def __init__(self, seconds: Mapping[str, float], cores: int) -> None:
        self.seconds = seconds
        self.cores = cores
        self.reckoned: dict[str, tuple[float, float, float]] = {}

    def __call__(self, name: str, jobs: Mapping[str, tuple[float, float]], elapsed: float) -> float:
        """Seconds left of what is called `name`, a rule or TOTAL.

        Args:
            jobs: by rule, how many of its jobs are done, and how many there are.
            elapsed: seconds since the start.
        """
        counted = jobs if name == TOTAL else {name: jobs[name]}
        done = sum(ended for ended, _ in jobs.values())
        before, left, at = self.reckoned.get(name, (-1, 0, 0))
        if done != before:
            work = sum(self._job(rule) * (total - ended) for rule, (ended, total) in counted.items())
            left, at = work * self._pace(jobs, elapsed), elapsed
            self.reckoned[name] = (done, left, at)
        return max(left - (elapsed - at), 0)

    def _job(self, rule: str) -> float:
        return self.seconds.get(rule, OTHERWISE)

    def _pace(self, jobs: Mapping[str, tuple[float, float]], elapsed: float) -> float:
        """Seconds that a CPU-second of the estimate takes; one job on each core counts as done in time beforehand."""
        before = self.cores * max((self._job(rule) for rule in jobs), default=OTHERWISE)
        work = sum(self._job(rule) * ended for rule, (ended, _) in jobs.items())
        return (elapsed + before / self.cores) / (work + before)


def _column(handler: Any, seconds: Mapping[str, float], cores: int) -> Any:
    """The column of the time left."""
    from rich.progress import ProgressColumn
    from rich.text import Text

    left, bars = Left(seconds, cores), handler.event_handler.progress_display.rule_tasks

    class TimeLeft(ProgressColumn):
        max_refresh = 1.0

        def render(self, task: Any) -> Text:
            tasks = {each.id: each for each in handler.progress.tasks}
            names = {identifier: name for name, identifier in bars.items()}
            jobs = {name: tasks[i] for i, name in names.items() if name != TOTAL}
            counts = {name: (each.completed, each.total) for name, each in jobs.items() if name != "all"}
            name = names[task.id]
            if task.finished or name not in (*counts, TOTAL):
                return Text("")
            rest = round(left(name, counts, tasks[bars[TOTAL]].elapsed))
            if not rest:  # later than it was put at: nobody knows
                return Text("")
            return Text(f"{rest // 3600}:{rest // 60 % 60:02}:{rest % 60:02} left", style="cyan")

    return TimeLeft()
