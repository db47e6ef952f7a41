"""Who goes on: the strategies of the deterministic scheduler.

A strategy is asked only where more than one task can go on, or, with ``keeps_current``, only where the current one
cannot. Its answer is the whole of its power.
"""

from collections.abc import Sequence
from random import Random
from typing import Protocol

from msgmux.errors import ReplayDivergence
from msgmux.runtime.schedule import Schedule
from msgmux.runtime.tasks import VirtualTask


class Strategy(Protocol):
    """``pick`` returns one of ``enabled``, which is sorted by task id.

    ``current`` is the task that has just run, if it can go on; ``index`` counts the choices of the run from 0. A
    strategy with ``keeps_current`` is not asked while the current task can go on: it goes on, and no choice is noted.
    """

    keeps_current: bool

    def pick(self, enabled: Sequence[VirtualTask], current: VirtualTask | None, index: int) -> VirtualTask: ...


class Fifo:
    """First in, first out: a task goes on until it must wait; then the one that has been ready for longest."""

    keeps_current = True

    def pick(self, enabled: Sequence[VirtualTask], current: VirtualTask | None, index: int) -> VirtualTask:
        return min(enabled, key=lambda task: task.ready_since)


class RandomWalk:
    """Any task that can go on, at every point, by a seed."""

    keeps_current = False

    def __init__(self, seed: int) -> None:
        self._random = Random(seed)

    def pick(self, enabled: Sequence[VirtualTask], current: VirtualTask | None, index: int) -> VirtualTask:
        return enabled[int(self._random.random() * len(enabled))]


class Replay:
    """The choices of a recorded schedule, then those of another strategy (default: none may be needed).

    The schedule must come from a strategy that was asked at the same points, so ``keeps_current`` is the recorder's.
    Raises :class:`ReplayDivergence` at the first choice that does not fit.
    """

    def __init__(self, schedule: Schedule, then: Strategy | None = None, *, keeps_current: bool) -> None:
        self.keeps_current = keeps_current
        self._choices = list(schedule)
        self._then = then

    def pick(self, enabled: Sequence[VirtualTask], current: VirtualTask | None, index: int) -> VirtualTask:
        if index >= len(self._choices):
            if self._then is not None:
                return self._then.pick(enabled, current, index)
            raise ReplayDivergence(
                f"the schedule ends after {len(self._choices)} choices, but the program goes on; "
                "it is not the program that was recorded"
            )
        wanted = self._choices[index]
        for task in enabled:
            if task.id == wanted:
                return task
        able = ", ".join([f"{task.id} ({task.name})" for task in enabled])
        raise ReplayDivergence(
            f"choice {index}: the schedule lets task {wanted} go on, which cannot; these can: {able}; "
            "it is not the program that was recorded"
        )
