"""A clock for real threads that can be paused and sped up."""

import threading
import time

SLOWEST, FASTEST = 0.1, 100.0


class SteerableClock:
    """Seconds that can stand still or run at 0.1 to 100 times the wall's.

    Whoever waits for a moment on this clock waits for a real-time span that a change makes wrong. So every timed wait
    enlists its condition here, and a change notifies all of them: each then derives its span anew.
    """

    def __init__(self) -> None:
        # Guards the four fields below. Taken last, held for a few lines, never while waiting.
        self._lock = threading.Lock()
        self._mark = time.monotonic()
        self._seconds = 0.0
        self._speed = 1.0
        self._paused = False
        self._waiting: dict[threading.Condition, int] = {}
        # Sleepers and those held at the gate; notified at every change.
        self._changed = threading.Condition()

    def now(self) -> float:
        """Seconds since the clock was made, as far as it ran."""
        with self._lock:
            return self._now()

    @property
    def paused(self) -> bool:
        return self._paused

    @property
    def speed(self) -> float:
        return self._speed

    @speed.setter
    def speed(self, factor: float) -> None:
        if not SLOWEST <= factor <= FASTEST:
            raise ValueError(f"speed must be from {SLOWEST} to {FASTEST}; got {factor!r}")
        self._change(factor, self._paused)

    def pause(self) -> None:
        """Stop the clock: nothing that waits for a moment goes on, and the gate (:meth:`sleep`) is shut."""
        self._change(self._speed, True)

    def resume(self) -> None:
        self._change(self._speed, False)

    def sleep(self, seconds: float) -> None:
        """Return when so many seconds have passed here; with 0, at once, or when the clock runs again."""
        if seconds <= 0 and not self._paused:
            return
        deadline = self.now() + seconds
        with self._changed:
            while True:
                span = self._span(deadline)
                if span is not None and span <= 0:
                    return
                self._changed.wait(span)

    def wait(self, condition: threading.Condition, timeout: float) -> bool:
        """Wait on ``condition``, whose lock is held, for at most ``timeout`` seconds of this clock."""
        deadline = self.now() + timeout
        with self._lock:
            self._waiting[condition] = self._waiting.get(condition, 0) + 1
        try:
            # A change after this line must take the condition's lock to notify, so it cannot slip in before the wait.
            span = self._span(deadline)
            if span is None or span > 0:
                condition.wait(span)
            return self.now() < deadline
        finally:
            with self._lock:
                left = self._waiting[condition] - 1
                if left:
                    self._waiting[condition] = left
                else:
                    del self._waiting[condition]

    def _now(self) -> float:
        if self._paused:
            return self._seconds
        return self._seconds + (time.monotonic() - self._mark) * self._speed

    def _span(self, deadline: float) -> float | None:
        """Real seconds until the clock shows ``deadline``; None while it stands."""
        with self._lock:
            if self._paused:
                return None
            # A breath more, so that rounding does not wake the waiter just before its moment.
            left = deadline - self._now()
            return min(left / self._speed + 1e-6, threading.TIMEOUT_MAX) if left > 0 else 0.0

    def _change(self, speed: float, paused: bool) -> None:
        with self._lock:
            self._seconds = self._now()
            self._mark = time.monotonic()
            self._speed = speed
            self._paused = paused
            waiting = list(self._waiting)
        for condition in [*waiting, self._changed]:
            with condition:
                condition.notify_all()
