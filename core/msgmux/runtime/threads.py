"""The runtime of the operating system: native threads, locks and conditions, without any wrapper."""

import threading
import time
from collections.abc import Callable
from random import Random
from typing import cast

from msgmux.runtime.clock import SteerableClock
from msgmux.runtime.interface import Condition, Lock


class ThreadRuntime:
    """Real threads. Without a clock of its own, time is :func:`time.monotonic`."""

    exact = False

    def __init__(self, clock: SteerableClock | None = None, *, seed: int = 0) -> None:
        self.clock = clock
        self.now: Callable[[], float] = time.monotonic if clock is None else clock.now
        self._random = Random(seed)

    def sleep(self, seconds: float) -> None:
        if self.clock is not None:
            self.clock.sleep(seconds)
        elif seconds > 0:
            time.sleep(seconds)

    def lock(self, name: str) -> Lock:
        return threading.Lock()

    def condition(self, lock: Lock, name: str, *, must_wake: bool = False) -> Condition:
        return threading.Condition(cast(threading.Lock, lock))

    def wait(self, condition: Condition, timeout: float | None = None) -> bool:
        native = cast(threading.Condition, condition)
        if timeout is None:
            return native.wait()
        if self.clock is not None:
            return self.clock.wait(native, timeout)
        return native.wait(min(timeout, threading.TIMEOUT_MAX))

    def spawn(self, function: Callable[[], object], name: str, *, daemon: bool = True) -> threading.Thread:
        thread = threading.Thread(target=function, name=name, daemon=daemon)
        thread.start()
        return thread

    def choose(self, n: int, label: str) -> int:
        return self._random.randrange(n)
