"""What the queue needs of time and threads; it uses nothing else for them: see the package's docstring."""

from collections.abc import Callable
from types import TracebackType
from typing import Protocol


class Lock(Protocol):
    """A mutual-exclusion lock, as :class:`threading.Lock` is one. Not fair, and not to be acquired by its holder."""

    def acquire(self, blocking: bool = True, timeout: float = -1) -> bool: ...
    def release(self) -> None: ...
    def __enter__(self) -> bool: ...
    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None: ...


class Condition(Protocol):
    """A condition of a lock. It is waited on only through :meth:`Runtime.wait`; notify with the lock held."""

    def notify(self, n: int = 1) -> None: ...
    def notify_all(self) -> None: ...
    def nudge(self) -> None:
        """Wake whoever waits, else the next that comes to wait. The only call that needs no lock."""
        ...


class Task(Protocol):
    """A thread of execution, whoever schedules it."""

    @property
    def name(self) -> str: ...
    def join(self, timeout: float | None = None) -> None: ...
    def is_alive(self) -> bool: ...


class Runtime(Protocol):
    """All that the queue uses of time and threads. Times are float seconds of the runtime's own clock."""

    @property
    def exact(self) -> bool:
        """True where the same program and schedule give the same run again, event for event."""
        ...

    def now(self) -> float:
        """Seconds on the runtime's clock; never goes back."""
        ...

    def sleep(self, seconds: float) -> None:
        """Sleep that long. ``sleep(0)`` returns at once, unless the clock is paused: then when it runs again."""
        ...

    def lock(self, name: str) -> Lock: ...

    def held(self, lock: Lock) -> Callable[[], bool]:
        """What tells, whenever it is called, whether its caller's own thread of execution holds that lock."""
        ...

    def ident(self) -> int:
        """A number of the caller's thread of execution; used again when that has ended."""
        ...

    def condition(self, lock: Lock, name: str, *, must_wake: bool = False) -> Condition:
        """A condition of that lock.

        ``must_wake``: a task that waits on it for ever is part of a deadlock, since it has work to hand over, as a
        producer that waits for room has; whoever waits on another condition for ever is idle. Only a runtime that
        looks for deadlocks asks.
        """
        ...

    def wait(self, condition: Condition, timeout: float | None = None) -> bool:
        """Wait with the condition's lock held; it is given up meanwhile and held again on return.

        It is the only timed wait. Returns False when ``timeout`` seconds have passed, else True. True may also be a
        spurious wake-up, so a caller checks its predicate, and :meth:`now`, in a loop.
        """
        ...

    def when_forked(self, tell: Callable[[], None]) -> None:
        """Call this bound method in every child that the process forks, where the threads are gone; keeps it weakly."""
        ...

    def when_ending(self, tell: Callable[[], None]) -> None:
        """Call this bound method when the program ends, while its threads are still there; keeps it weakly."""
        ...

    def spawn(self, function: Callable[[], object], name: str, *, daemon: bool = True) -> Task: ...

    def choose(self, n: int, label: str) -> int:
        """A number from 0 to n - 1, picked by what schedules: a seed, a recorded schedule, or a person."""
        ...
