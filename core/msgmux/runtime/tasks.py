"""Tasks of the deterministic scheduler, and the lock and the condition that they share.

A scheduling point stands immediately before each visible operation (acquire, wait, notify, sleep, spawn, join, choose)
and nowhere else (the convention of P#, CHESS and Coyote). A release is none: what it enables is seen at the next point.
"""

from collections.abc import Callable
from types import TracebackType
from typing import TYPE_CHECKING, Any, Literal

import msgspec

from msgmux.errors import MsgmuxError

if TYPE_CHECKING:
    from msgmux.runtime.scheduler import Scheduler
    from msgmux.runtime.virtual import VirtualRuntime

CLOCK = 0
"""The id of the clock where it is a task of its own; those of real tasks count from 1."""

TaskState = Literal["ready", "blocked", "sleeping", "done"]


class Abort(BaseException):
    """Raised in a task at its next point when the runtime is closed. Not an error: nobody should catch it."""


class Option(msgspec.Struct, frozen=True):
    """One of the numbers that :meth:`VirtualRuntime.choose` may give: a strategy picks among them as among tasks."""

    id: int
    name: str
    ready_since: int = 0


class TaskStatus(msgspec.Struct, frozen=True):
    """What can be told of a task. ``operation`` is what it will do next, or waits in; times are seconds."""

    id: int
    name: str
    daemon: bool
    state: TaskState
    operation: str
    waits_for: str
    holds: tuple[str, ...]
    deadline: float | None


class VirtualTask:
    """A task; whoever spawned it may join it.

    Whether it can go on is in ``state`` and ``wants``: a *ready* task whose next operation is to acquire a lock that
    somebody holds cannot.
    """

    __slots__ = (
        "carrier",
        "daemon",
        "deadline",
        "error",
        "function",
        "holds",
        "id",
        "joiners",
        "name",
        "operation",
        "ready_since",
        "runtime",
        "state",
        "timed_out",
        "waits_on",
        "wants",
    )

    def __init__(self, runtime: "Scheduler", id: int, name: str, function: Callable[[], object], daemon: bool) -> None:
        self.runtime = runtime
        self.id = id
        self.name = name
        self.function = function
        self.daemon = daemon
        self.state: TaskState = "ready"
        # The lock that it must get to go on; None if it needs none.
        self.wants: VirtualLock | None = None
        # The condition that it waits on, while blocked.
        self.waits_on: VirtualCondition | None = None
        self.operation = "start"
        # Nanoseconds at which it wakes by itself; None where nothing but others can wake it.
        self.deadline: int | None = None
        self.timed_out = False
        self.ready_since = 0
        self.holds: list[VirtualLock] = []
        self.joiners: list[VirtualTask] = []
        self.error: BaseException | None = None
        self.carrier: Any = None

    def is_alive(self) -> bool:
        return self.state != "done"

    def join(self, timeout: float | None = None) -> None:
        self.runtime.join(self, timeout)

    def status(self) -> TaskStatus:
        """A record of where it stands."""
        return TaskStatus(
            self.id,
            self.name,
            self.daemon,
            self.state,
            self.operation,
            self.wants.name if self.wants else self.waits_on.name if self.waits_on else "",
            tuple([lock.name for lock in self.holds]),
            None if self.deadline is None else self.deadline / 1e9,
        )

    def __repr__(self) -> str:
        return f"<task {self.id} {self.name} {self.state}>"


class VirtualLock:
    """A lock. It barges: whoever comes when it is free gets it, however long others have waited."""

    __slots__ = ("name", "owner", "runtime")

    def __init__(self, runtime: "VirtualRuntime", name: str) -> None:
        self.runtime = runtime
        self.name = name
        self.owner: VirtualTask | None = None

    def acquire(self, blocking: bool = True, timeout: float = -1) -> bool:
        if timeout >= 0:
            raise MsgmuxError("a lock is not acquired with a timeout; the only timed wait is Runtime.wait")
        return self.runtime.acquire(self, blocking)

    def release(self) -> None:
        self.runtime.release(self)

    def __enter__(self) -> bool:
        return self.runtime.acquire(self, True)

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.runtime.release(self)


class VirtualCondition:
    """A condition of a lock. Notified tasks are woken in the order in which they came."""

    __slots__ = ("lock", "name", "runtime", "waiters")

    def __init__(self, runtime: "VirtualRuntime", lock: VirtualLock, name: str) -> None:
        self.runtime = runtime
        self.lock = lock
        self.name = name
        self.waiters: list[VirtualTask] = []

    def notify(self, n: int = 1) -> None:
        self.runtime.notify(self, n)

    def notify_all(self) -> None:
        self.runtime.notify(self, len(self.waiters))
