"""The runtime of the operating system: native threads and locks with nothing around them, and conditions of our own."""

import atexit
import os
import threading
import time
import weakref
from collections.abc import Callable
from random import Random
from typing import cast

from msgmux.runtime.clock import SteerableClock
from msgmux.runtime.conditions import ThreadCondition
from msgmux.runtime.interface import Condition, Lock

Tells = list["weakref.WeakMethod[Callable[[], None]]"]
_FORKED: Tells = []
"""Who wants to know of it in a forked child."""
_ENDING: Tells = []
"""Who wants to know when the program ends."""


def _tell(known: Tells) -> None:
    for each in known:
        tell = each()
        if tell is not None:
            tell()


def _remember(known: Tells, tell: Callable[[], None]) -> None:
    known[:] = [*[each for each in known if each() is not None], weakref.WeakMethod(tell)]


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=lambda: _tell(_FORKED))
atexit.register(_tell, _ENDING)


class ThreadRuntime:
    """Real threads. Without a clock of its own, time is :func:`time.monotonic`."""

    exact = False

    def __init__(self, clock: SteerableClock | None = None, *, seed: int = 0) -> None:
        self.clock = clock
        self.now: Callable[[], float] = time.monotonic if clock is None else clock.now
        self.ident: Callable[[], int] = threading.get_ident
        self._random = Random(seed)

    def sleep(self, seconds: float) -> None:
        if self.clock is not None:
            self.clock.sleep(seconds)
        elif seconds > 0:
            time.sleep(seconds)

    def lock(self, name: str) -> Lock:
        # Reentrant, for it knows its owner: that is what `held` gives. Nobody acquires it twice.
        return threading.RLock()

    def held(self, lock: Lock) -> Callable[[], bool]:
        return cast(Callable[[], bool], lock._is_owned)  # type: ignore[attr-defined]  # as threading.Condition asks it

    def condition(self, lock: Lock, name: str, *, must_wake: bool = False) -> Condition:
        return ThreadCondition(cast(threading.RLock, lock))

    def wait(self, condition: Condition, timeout: float | None = None) -> bool:
        native = cast(ThreadCondition, condition)
        if timeout is None:
            return native.wait()
        if self.clock is not None:
            return self.clock.wait(native, timeout)
        return native.wait(min(timeout, threading.TIMEOUT_MAX))

    def when_forked(self, tell: Callable[[], None]) -> None:
        _remember(_FORKED, tell)

    def when_ending(self, tell: Callable[[], None]) -> None:
        _remember(_ENDING, tell)

    def spawn(self, function: Callable[[], object], name: str, *, daemon: bool = True) -> threading.Thread:
        thread = threading.Thread(target=function, name=name, daemon=daemon)
        thread.start()
        return thread

    def choose(self, n: int, label: str) -> int:
        return self._random.randrange(n)
