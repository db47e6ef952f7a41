"""Who goes on: the strategies of the deterministic scheduler.

A strategy is asked only where more than one task can go on, or, with ``keeps_current``, only where the current one
cannot; and for the numbers that tasks ask for (:meth:`VirtualRuntime.choose`), which are put to it in the same words.
Its answer is the whole of its power.
"""

from collections.abc import Sequence
from random import Random
from typing import Protocol, TypeVar

from msgmux.errors import ReplayDivergence
from msgmux.runtime.schedule import Schedule


class Candidate(Protocol):
    """One to pick: a task, the clock (id 0, where it is explored), or a number."""

    @property
    def id(self) -> int: ...
    @property
    def name(self) -> str: ...
    @property
    def ready_since(self) -> int: ...


C = TypeVar("C", bound=Candidate)


class Strategy(Protocol):
    """``pick`` returns one of ``enabled``, which is sorted by id.

    ``current`` is the task that has just run, if it can go on (of numbers: the one that the seed suggests); ``index``
    counts the choices of the run from 0. A strategy with ``keeps_current`` is not asked while the current task can go
    on: it goes on, and no choice is noted.
    """

    keeps_current: bool

    def pick(self, enabled: Sequence[C], current: C | None, index: int) -> C: ...


def first_in(enabled: Sequence[C], current: C | None) -> C:
    """The one that can go on without anybody's intervention: the current one, else who has been ready for longest."""
    return min(enabled, key=_ready_since) if current is None else current


def _ready_since(candidate: Candidate) -> int:
    return candidate.ready_since


class Fifo:
    """First in, first out: a task goes on until it must wait; then the one that has been ready for longest."""

    keeps_current = True

    def pick(self, enabled: Sequence[C], current: C | None, index: int) -> C:
        return first_in(enabled, current)


class RandomWalk:
    """Any task that can go on, at every point, by a seed."""

    keeps_current = False

    def __init__(self, seed: int) -> None:
        self._random = Random(seed)

    def pick(self, enabled: Sequence[C], current: C | None, index: int) -> C:
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

    def pick(self, enabled: Sequence[C], current: C | None, index: int) -> C:
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
