"""The bars on a terminal: what jobs print goes above them, and they say how long it still takes.

The bars are snakemake-logger-plugin-rich's, which draws them in the last lines of the terminal with the time that has
passed. Other processes' lines would go right through them.
"""

import atexit
import os
import threading
from collections.abc import Callable, Mapping
from typing import Any

# Seconds left of a rule's jobs, or of all where it is None; by rule, how many jobs are done, and how many there are;
# seconds since the start.
Left = Callable[[str | None, Mapping[str, tuple[float, float]], float], float]

TOTAL = "Total Progress"


def improve(handler: Any, left: Left) -> None:
    """Have a started RichLogHandler print the lines of all jobs above its bars, and the time left beside them.

    Args:
        handler: the plugin's.
        left: see duration.Left.
    """
    _relay(handler.console)
    handler.progress.columns = (*handler.progress.columns, _column(handler, left))


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


def _column(handler: Any, left: Left) -> Any:
    """The column of the time left."""
    from rich.progress import ProgressColumn
    from rich.text import Text

    bars = handler.event_handler.progress_display.rule_tasks

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
            rest = round(left(None if name == TOTAL else name, counts, tasks[bars[TOTAL]].elapsed))
            if not rest:  # later than it was put at: nobody knows
                return Text("")
            return Text(f"{rest // 3600}:{rest // 60 % 60:02}:{rest % 60:02} left", style="cyan")

    return TimeLeft()
