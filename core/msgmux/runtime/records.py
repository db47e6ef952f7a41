"""What can be told of tasks, as frozen records: they cross to the checker, to errors and to the screen."""

from typing import Literal

import msgspec

CLOCK = 0
"""The id of the clock where it is a task of its own; those of real tasks count from 1."""

TaskState = Literal["ready", "blocked", "sleeping", "done"]

OperationKind = Literal[
    "start", "acquire", "wait", "notify", "sleep", "spawn", "join", "choose", "access", "touch", "tick"
]
"""The visible operations, before each of which there is a scheduling point. ``access``: to what tasks share without a
lock, at a point that stands in the source or was put there; as ``touch`` where the object says how, such as "read
self.value". ``tick`` is the clock's own.
"""

Phase = Literal["before", "in", "after"]
"""Where a task stands: at the point *before* an operation; *in* one that cannot go on yet; or *after* having been woken
in one, from which it will return when it is picked.
"""


class Operation(msgspec.Struct, frozen=True):
    """What a task does next. ``object`` is the name of the lock, condition or task that it is done to, for ``choose``
    and ``access`` the label of the point; empty where there is none.

    The task stands at ``line`` (from 1) of ``file``; 0 before its start, and where nobody asked for the place.
    """

    kind: OperationKind
    object: str = ""
    phase: Phase = "before"
    file: str = ""
    line: int = 0

    def __str__(self) -> str:
        return f"{self.kind} {self.object}".rstrip()


class TaskStatus(msgspec.Struct, frozen=True):
    """A task that has not ended. ``waits_for`` is the lock that it wants or the condition that it waits on;
    ``deadline`` the second at which it wakes by itself, None where only others can wake it.
    """

    id: int
    name: str
    daemon: bool
    state: TaskState
    operation: Operation
    waits_for: str
    holds: tuple[str, ...]
    deadline: float | None


class Wait(msgspec.Struct, frozen=True):
    """A task in the wait-for graph. ``wants`` is a lock, ``waits_on`` a condition; ``holder`` has the lock.

    ``must_wake``: to wait on that condition for ever is a deadlock, not idleness. ``place`` is the source line at which
    the task stands, as file:line.
    """

    task: str
    id: int
    holds: tuple[str, ...]
    wants: str
    holder: str
    waits_on: str
    must_wake: bool
    state: TaskState
    operation: Operation
    place: str


class Option(msgspec.Struct, frozen=True):
    """One of the numbers that :meth:`VirtualRuntime.choose` may give: a strategy picks among them as among tasks."""

    id: int
    name: str
    ready_since: int = 0
