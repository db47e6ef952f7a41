"""Tasks of the deterministic scheduler, and the lock and the condition that they share.

A scheduling point stands immediately before each visible operation (acquire, wait, notify, sleep, spawn, join, choose)
and nowhere else (the convention of P#, CHESS and Coyote). A release has none: what it enables is seen at the next
point.
"""

from collections.abc import Callable
from types import TracebackType
from typing import Any, Protocol

from msgmux.errors import MsgmuxError
from msgmux.runtime.records import Operation, OperationKind, Phase, TaskState, TaskStatus

NANOSECONDS = 10**9
"""In a second. An integer, so that a division rounds once only, however large the dividend is."""


class Abort(BaseException):
    """Raised in a task at its next point when the runtime is closed. Not an error: nobody should catch it."""


class TaskHost(Protocol):
    """What a task asks of the runtime that it belongs to."""

    def run_body(self, task: "VirtualTask") -> None:
        """The whole life of a task, on its own stack."""

    def join(self, other: "VirtualTask", timeout: float | None) -> None: ...


class LockHost(Protocol):
    """What a lock and its conditions ask of the runtime that they belong to."""

    def acquire(self, lock: "VirtualLock", blocking: bool) -> bool: ...
    def release(self, lock: "VirtualLock") -> None: ...
    def notify(self, condition: "VirtualCondition", n: int) -> None: ...
    def nudge(self, condition: "VirtualCondition") -> None: ...


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
        "kind",
        "name",
        "object",
        "ready_since",
        "runtime",
        "state",
        "timed_out",
        "waits_on",
        "wants",
        "woken",
    )

    def __init__(self, runtime: TaskHost, id: int, name: str, function: Callable[[], object], daemon: bool) -> None:
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
        # Its operation: two plain fields, since they are set at every point and seldom looked at.
        self.kind: OperationKind = "start"
        self.object = ""
        # It was blocked or asleep in its operation, and has been woken.
        self.woken = False
        # Nanoseconds at which it wakes by itself; None where only others can wake it.
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

    def operation(self, place: tuple[str, int] | None = None) -> Operation:
        """What it does next, or is in; ``place``: the file and line at which it stands."""
        phase: Phase = "after" if self.woken else "before" if self.state == "ready" else "in"
        file, line = place or ("", 0)
        return Operation(self.kind, self.object, phase, file, line)

    def status(self) -> TaskStatus:
        """A record of what it does next and what it waits for; where in the source it stands is not looked up."""
        return TaskStatus(
            self.id,
            self.name,
            self.daemon,
            self.state,
            self.operation(),
            self.wants.name if self.wants else self.waits_on.name if self.waits_on else "",
            tuple([lock.name for lock in self.holds]),
            None if self.deadline is None else self.deadline / NANOSECONDS,
        )

    def __repr__(self) -> str:
        return f"<task {self.id} {self.name} {self.state}>"


class VirtualLock:
    """A lock. It barges: whoever comes when it is free gets it, however long others have waited."""

    __slots__ = ("name", "owner", "runtime")

    def __init__(self, runtime: LockHost, name: str) -> None:
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
    """A condition of a lock. Notified tasks are woken in the order in which they came.

    ``must_wake``: as for :meth:`msgmux.runtime.Runtime.condition`.
    """

    __slots__ = ("lock", "must_wake", "name", "nudged", "runtime", "waiters")

    def __init__(self, runtime: LockHost, lock: VirtualLock, name: str, must_wake: bool) -> None:
        self.runtime = runtime
        self.lock = lock
        self.name = name
        self.must_wake = must_wake
        self.waiters: list[VirtualTask] = []
        # Set by a nudge that found nobody.
        self.nudged = False

    def notify(self, n: int = 1) -> None:
        self.runtime.notify(self, n)

    def notify_all(self) -> None:
        self.runtime.notify(self, len(self.waiters))

    def nudge(self) -> None:
        self.runtime.nudge(self)
