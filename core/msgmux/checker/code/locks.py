"""``threading.Lock``, ``RLock`` and ``Condition`` on the deterministic runtime.

A lock that a library makes while it is imported outlives the run. It belongs to the run that uses it, and is free at
the beginning of each run. Outside of runs a lock is acquired at once, since there is only one thread.
"""

import linecache
import os
import re
import sys
import threading
from collections.abc import Callable
from functools import lru_cache
from types import TracebackType
from typing import Any, cast

from msgmux.checker.code.runtime import CodeRuntime, running
from msgmux.runtime.tasks import LockHost, VirtualCondition, VirtualLock

_NAMED = re.compile(r"\s*([A-Za-z_][\w.]*(?:\[\w+\])?)\s*(?::[^=]*)?=[^=]")
_HERE = os.path.dirname(__file__)
_NOBODY = cast(LockHost, None)


def name_here(kind: str, runtime: CodeRuntime) -> str:
    """A name for a lock or condition that is being made: that of the variable to which the source line binds it.

    For one that a class of the standard library makes inside of it, both names: ``jobs.mutex`` of a queue ``jobs``.
    """
    at: Any = sys._getframe(2)
    while at is not None and os.path.dirname(at.f_code.co_filename) == _HERE:
        at = at.f_back
    names: list[str] = []
    if at is not None and not runtime.is_user_file(at.f_code.co_filename):
        names = [_bound(at.f_code.co_filename, at.f_lineno).removeprefix("_") or kind]
    while at is not None and not runtime.is_user_file(at.f_code.co_filename):
        at = at.f_back
    if at is not None and (bound := _bound(at.f_code.co_filename, at.f_lineno)):
        names.insert(0, bound)
    return runtime.name_of(".".join(names) or kind)


@lru_cache(maxsize=1000)
def _bound(file: str, line: int) -> str:
    found = _NAMED.match(linecache.getline(file, line))
    return found.group(1).removeprefix("self.") if found else ""


class Lock(VirtualLock):
    """``threading.Lock``, which any thread may release. ``owned``: only its owner may, as for :class:`RLock`."""

    __slots__ = ("__weakref__", "count", "timed")
    owned = False
    kind = "Lock"

    def __init__(self, name: str = "") -> None:
        runtime = running()
        super().__init__(runtime or _NOBODY, name or (self.kind if runtime is None else name_here(self.kind, runtime)))
        # How many times an RLock is held; the condition on which acquires with a timeout wait.
        self.count = 0
        self.timed: VirtualCondition | None = None

    def here(self) -> CodeRuntime | None:
        """The runtime of the current run, to which the lock belongs from now on; None outside of runs."""
        runtime = running()
        if runtime is not None and self.runtime is not runtime:
            self.runtime, self.owner, self.count, self.timed = runtime, None, 0, None
            self.name = runtime.name_of(self.name.partition(" #")[0])
        return runtime

    def acquire(self, blocking: bool = True, timeout: float = -1) -> bool:
        if timeout != -1:
            if not blocking:
                raise ValueError("can't specify a timeout for a non-blocking call")
            if timeout < 0:
                raise ValueError("timeout value must be a non-negative number")
            if timeout > threading.TIMEOUT_MAX:
                raise OverflowError("timeout value is too large")
        runtime = self.here()
        if runtime is None or runtime.quiet:
            if runtime is None:
                self.count += 1
            return True
        if timeout > 0:
            if self.timed is None:
                self.timed = VirtualCondition(runtime, runtime.free, self.name, False)
            return runtime.acquire_timed(self, self.timed, timeout)
        return runtime.acquire(self, bool(blocking) and timeout == -1)

    def release(self) -> None:
        runtime = self.here()
        if runtime is None or runtime.quiet:
            return
        if self.owner is None:
            if runtime.aborting:
                return
            raise RuntimeError("release unlocked lock")
        runtime.release_lock(self, self.timed)

    def locked(self) -> bool:
        runtime = self.here()
        if runtime is None:
            return self.count > 0
        if not runtime.quiet:
            runtime.everything("access", f"is {self.name} locked?")
        return self.owner is not None

    def __enter__(self) -> bool:
        return self.acquire()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        runtime = running()
        # When a run is aborted, a task unwinds through `with` blocks whose locks it may not hold.
        if runtime is None or not runtime.aborting or self.owner is not None:
            self.release()

    acquire_lock = acquire
    release_lock = release
    locked_lock = locked

    def is_owned(self) -> bool:
        """What a condition checks before wait and notify: whether the lock is held (by anybody)."""
        return self.owner is not None

    def _at_fork_reinit(self) -> None:
        self.owner, self.count = None, 0

    def __repr__(self) -> str:
        return f"<{'unlocked' if self.owner is None else 'locked'} {self.kind} {self.name}>"


class RLock(Lock):
    """``threading.RLock``: its owner may acquire it again, and only its owner may release it."""

    __slots__ = ()
    owned = True
    kind = "RLock"

    def acquire(self, blocking: bool = True, timeout: float = -1) -> bool:
        runtime = self.here()
        if runtime is not None and self.owner is not None and self.owner is runtime.current_task:
            self.count += 1
            return True
        taken = super().acquire(blocking, timeout)
        if taken and runtime is not None:
            self.count = 1
        return taken

    def release(self) -> None:
        runtime = self.here()
        if runtime is None or runtime.quiet:
            return
        if self.owner is None or self.owner is not runtime.current_task:
            if runtime.aborting:
                return
            raise RuntimeError("cannot release un-acquired lock")
        self.count -= 1
        if not self.count:
            runtime.release_lock(self, self.timed)

    def is_owned(self) -> bool:
        runtime = running()
        return runtime is None or (self.owner is not None and self.owner is runtime.current_task)

    _is_owned = is_owned

    def _release_save(self) -> int:
        if not self.is_owned():
            raise RuntimeError("cannot release un-acquired lock")
        count, self.count = self.count, 1
        self.release()
        return count

    def _acquire_restore(self, count: int) -> None:
        self.acquire()
        self.count = count

    def _recursion_count(self) -> int:
        return self.count if self.is_owned() else 0


class Condition(VirtualCondition):
    """``threading.Condition``, for scheduled locks only. Unlike the standard one it makes no lock for each waiter.

    ``quiet``: notify is part of a larger operation (of an Event or a Queue), and no scheduling point of its own.
    """

    __slots__ = ("__weakref__", "_lock")
    quiet = False
    lock: Lock

    def __init__(self, lock: Lock | None = None) -> None:
        runtime = running()
        name = "Condition" if runtime is None else name_here("Condition", runtime)
        own = RLock(f"lock of {name}") if lock is None else lock
        super().__init__(runtime or _NOBODY, own, name, True)
        self._lock = own

    def here(self) -> CodeRuntime | None:
        """The runtime of the current run, to which the condition belongs from now on; None outside of runs."""
        runtime = running()
        if runtime is not None and self.runtime is not runtime:
            self.runtime, self.waiters = runtime, []
        self.lock.here()
        return runtime

    def acquire(self, *arguments: Any, **named: Any) -> bool:
        return self.lock.acquire(*arguments, **named)

    def release(self) -> None:
        self.lock.release()

    def __enter__(self) -> bool:
        return self.lock.__enter__()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.lock.__exit__(kind, error, traceback)

    def wait(self, timeout: float | None = None) -> bool:
        runtime = self.here()
        if not self.lock.is_owned():
            raise RuntimeError("cannot wait on un-acquired lock")
        if runtime is None:
            return True
        # An RLock is released completely, however often it was acquired.
        count, self.lock.count = self.lock.count, 0
        try:
            return runtime.wait_on(self, self.lock.timed, timeout)
        finally:
            self.lock.count = count

    def wait_for(self, predicate: Callable[[], Any], timeout: float | None = None) -> Any:
        runtime = self.here()
        until = None if timeout is None or runtime is None else runtime.now() + timeout
        found = predicate()
        while not found:
            left = None if until is None or runtime is None else until - runtime.now()
            if left is not None and left <= 0:
                break
            self.wait(left)
            found = predicate()
        return found

    def notify(self, n: int = 1) -> None:
        runtime = self.here()
        if not self.lock.is_owned():
            if runtime is not None and runtime.aborting:
                return
            raise RuntimeError("cannot notify on un-acquired lock")
        if runtime is not None:
            runtime.notify_on(self, n, quiet=self.quiet)

    def notify_all(self) -> None:
        self.notify(len(self.waiters))

    notifyAll = notify_all

    def _is_owned(self) -> bool:
        return self.lock.is_owned()

    def __repr__(self) -> str:
        return f"<Condition({self.lock!r}, {len(self.waiters)})>"


class QuietCondition(Condition):
    """The condition that the standard library's own classes use: its notify is no scheduling point."""

    __slots__ = ()
    quiet = True
