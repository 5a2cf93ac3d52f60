"""Schedules of the learning rate: for every step of a run its rate, a pure function of the step's number.

No TensorFlow here: planning reads the table, and a resumed run reads the very rates of an unbroken one. All lengths are
in epochs. A step's time is how many epochs have passed before it; the rate is the optimizer's own times a share:

- in the warm-up, the schedule's `rise` at the part of the warm-up that is over after the step, so that no step is lost
  to a rate of 0 and the warm-up's last one has the full rate (linear: Goyal et al. 2017, arXiv:1706.02677);
- from then on, its `fall`.
"""

import math
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

REQUIRED = object()
# Of one_cycle, as PyTorch's OneCycleLR has them: the shares that it starts from and ends near, and the part of the run
# in which it rises.
ONE_CYCLE = {"start": 0.04, "end": 4e-6}
ONE_CYCLE_RISE = 0.3


class Schedule(NamedTuple):
    """A kind of schedule.

    Attributes:
        keys: its keys with their defaults.
        rise: (part of the warm-up that is over, above 0 to 1; keys) -> share.
        fall: (time, of the warm-up's end or later; when the warm-up ends; epochs of the run; keys) -> share.
        by_length: whether a step's rate depends on how many epochs the run has.
    """

    keys: dict[str, Any]
    rise: Callable[[float, dict[str, Any]], float]
    fall: Callable[[float, float, int, dict[str, Any]], float]
    by_length: bool = False


def _linear(part: float, keys: dict[str, Any]) -> float:
    return part


def _constant(time: float, start: float, end: int, keys: dict[str, Any]) -> float:
    return 1.0


def _cosine(time: float, start: float, end: int, keys: dict[str, Any]) -> float:
    """(1 + cos(pi (time - start) / (end - start))) / 2: Loshchilov, Hutter (2017, SGDR, arXiv:1608.03983), equation 5,
    without restarts and down to 0."""
    return (1 + math.cos(math.pi * (time - start) / (end - start))) / 2


def _step(time: float, start: float, end: int, keys: dict[str, Any]) -> float:
    """factor^(how many of `at` have come), `at` in epochs of the run: He et al. (2016), who divide by 10."""
    return keys["factor"] ** sum(time >= at for at in keys["at"])


def _exponential(time: float, start: float, end: int, keys: dict[str, Any]) -> float:
    """factor^(time - start), so that an epoch multiplies the rate by the factor."""
    return keys["factor"] ** (time - start)


def _one_cycle_rise(part: float, keys: dict[str, Any]) -> float:
    return 1 + (keys.get("start", ONE_CYCLE["start"]) - 1) * (1 + math.cos(math.pi * part)) / 2


def _one_cycle_fall(time: float, start: float, end: int, keys: dict[str, Any]) -> float:
    """Smith, Topin (2018, arXiv:1708.07120), with cosines for their straight lines as fast.ai and PyTorch have it; the
    momentum stays as it is."""
    last = keys.get("end", ONE_CYCLE["end"])
    return last + (1 - last) * _cosine(time, start, end, keys)


SCHEDULES = {
    "constant": Schedule({"warmup": 0.0}, _linear, _constant),
    "cosine": Schedule({"warmup": 0.0}, _linear, _cosine, by_length=True),
    "step": Schedule({"warmup": 0.0, "at": REQUIRED, "factor": 0.1}, _linear, _step),
    # Its warm-up is its rise; None: ONE_CYCLE_RISE of the epochs.
    "one_cycle": Schedule({"warmup": None, **ONE_CYCLE}, _one_cycle_rise, _one_cycle_fall, by_length=True),
    "exponential": Schedule({"warmup": 0.0, "factor": REQUIRED}, _linear, _exponential),
}


def rates(schedule: dict[str, Any] | None, rate: float, epochs: int, steps: int) -> np.ndarray:
    """The learning rate of every step of a run, float32 [epochs * steps].

    Args:
        schedule: {kind, and the keys of that kind}; None: the rate is constant.
        rate: the optimizer's own.
        epochs: the most that the run has.
        steps: of an epoch.
    """
    schedule = schedule or {"kind": "constant", "warmup": 0.0}
    kind, start = SCHEDULES[schedule["kind"]], schedule["warmup"]
    if start is None:
        start = ONE_CYCLE_RISE * epochs

    def share(step: int) -> float:
        time = step / steps
        if time < start:
            return kind.rise(min((step + 1) / (start * steps), 1.0), schedule)
        return kind.fall(time, start, epochs, schedule)

    return np.array([rate * share(step) for step in range(epochs * steps)], dtype=np.float32)


def by_length(schedule: dict[str, Any] | None) -> bool:
    """Whether the rates of a run's first epochs depend on how many there are to be."""
    return schedule is not None and SCHEDULES[schedule["kind"]].by_length
