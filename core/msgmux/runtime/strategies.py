"""Which task goes on: the strategies of the deterministic scheduler.

A strategy is asked where more than one task can go on; with ``keeps_current`` only where, besides, the current task
cannot. It also picks the numbers that tasks ask for (:meth:`VirtualRuntime.choose`): the candidates are then numbers.
It has no other influence on a run.
"""

from collections.abc import Sequence
from random import Random
from typing import Protocol, TypeVar

from msgmux.errors import ReplayDivergence
from msgmux.runtime.schedule import Schedule


class Candidate(Protocol):
    """What can be picked: a task, the clock (id 0, where it is explored), or a number."""

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
    on: that task goes on, and the schedule gets no choice.
    """

    keeps_current: bool

    def pick(self, enabled: Sequence[C], current: C | None, index: int) -> C: ...


def first_in(enabled: Sequence[C], current: C | None) -> C:
    """The default pick: the current one, else the one that has been ready for longest."""
    return min(enabled, key=_ready_since) if current is None else current


def _ready_since(candidate: Candidate) -> int:
    return candidate.ready_since


class Fifo:
    """First in, first out: a task goes on until it must wait; then the one that has been ready for longest."""

    keeps_current = True

    def pick(self, enabled: Sequence[C], current: C | None, index: int) -> C:
        return first_in(enabled, current)


class RandomWalk:
    """At every point a random one of the tasks that can go on, each as likely as the others; by a seed."""

    keeps_current = False

    def __init__(self, seed: int) -> None:
        self._random = Random(seed)

    def pick(self, enabled: Sequence[C], current: C | None, index: int) -> C:
        return enabled[int(self._random.random() * len(enabled))]


class Replay:
    """The choices of a recorded schedule, and after its end those of the strategy ``then``.

    ``keeps_current`` must be that of the strategy that was recorded, so that this one is asked at the same points.
    Raises :class:`ReplayDivergence` at the first choice that does not fit, and at the end where there is no ``then``.
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
