"""A condition for real threads that an exception from elsewhere (Ctrl+C in the main thread) cannot break.

:class:`threading.Condition` can be: interrupted between releasing its lock and waiting, or while it takes that back,
it returns without the lock, and whoever holds it then loses it to our ``with``. Here the lock is always held again when
:meth:`ThreadCondition.wait` ends, however it ends, and a waiter that was notified is never forgotten.
"""

import threading
from collections import deque


class ThreadCondition:
    """A condition of an :class:`threading.RLock`, which knows its owner: that is how a wait knows what to take back."""

    __slots__ = ("_nudged", "_waiters", "lock")

    def __init__(self, lock: "threading.RLock") -> None:
        self.lock = lock
        # One lock for each waiting thread, acquired by it and released by who notifies, in the order of their coming.
        self._waiters: deque[threading.Lock] = deque()
        # Set by a nudge that found nobody.
        self._nudged = False

    def wait(self, timeout: float | None = None) -> bool:
        """With the lock held (once): give it up, wait, hold it again. False when ``timeout`` seconds have passed."""
        lock, waiters = self.lock, self._waiters
        waiter = threading.Lock()
        waiter.acquire()
        try:
            waiters.append(waiter)
            # Enlisted, then looked: a nudge sets the flag, and then looks who is enlisted.
            if self._nudged:
                self._nudged = False
                waiters.remove(waiter)
                return True
            lock.release()
            woken = waiter.acquire(True, -1 if timeout is None else max(0.0, timeout))
        except BaseException:
            self._take_back()
            self._leave(waiter)
            raise
        try:
            lock.acquire()
        except BaseException:
            self._take_back()
            self._leave(waiter)
            raise
        if not woken:
            self._leave(waiter)
        return woken

    def notify(self, n: int = 1) -> None:
        """With the lock held: wake so many, in the order in which they came."""
        waiters = self._waiters
        while n > 0 and waiters:
            # Released first, then taken off. Interrupted in between it is found here again, released already.
            try:
                waiters[0].release()
                n -= 1
            except RuntimeError as error:
                if isinstance(error, RecursionError):
                    raise
            del waiters[0]

    def notify_all(self) -> None:
        """With the lock held: wake all."""
        self.notify(len(self._waiters))

    def nudge(self) -> None:
        """Wake whoever waits, or the next that comes to wait; may be called without the lock, from anywhere."""
        self._nudged = True
        for waiter in self._waiters.copy():
            try:
                waiter.release()
            except RuntimeError as error:
                if isinstance(error, RecursionError):
                    raise

    def _take_back(self) -> None:
        """Hold the lock, whatever happened. An exception is on its way already: further ones have to stand back."""
        lock = self.lock
        while True:
            try:
                if not lock._is_owned():  # type: ignore[attr-defined]  # as threading.Condition asks it
                    lock.acquire()
                return
            except BaseException:  # noqa: BLE001
                continue

    def _leave(self, waiter: threading.Lock) -> None:
        try:
            self._waiters.remove(waiter)
        except ValueError:
            # Notified in the meantime.
            return
