"""A clock for real threads that can be paused and sped up."""

import threading
import time
from typing import NamedTuple

from msgmux.runtime.conditions import ThreadCondition

SLOWEST, FASTEST = 0.1, 100.0


class Course(NamedTuple):
    """A stretch of constant speed. It began at ``mark`` (seconds of :func:`time.monotonic`), when the clock showed
    ``seconds``; since then the clock goes ``speed`` times as fast as the wall's; 0: it stands still.
    """

    mark: float
    seconds: float
    speed: float

    def at(self, moment: float) -> float:
        """What the clock shows at a real moment."""
        return self.seconds + (moment - self.mark) * self.speed


class SteerableClock:
    """A clock of seconds that can stand still or run at 0.1 to 100 times the wall clock's speed.

    A thread that waits for a moment on this clock waits for a span of real time, which a change of speed makes wrong.
    So every timed wait registers its condition here, and a change notifies them all: each computes its span anew.
    """

    def __init__(self) -> None:
        # Guards changes of the course, and _waiting. It is taken last, held for a few lines, and never while waiting.
        # Reading the clock takes no lock: every message of every thread does so, and they would queue for it.
        self._lock = threading.Lock()
        # None while it is being changed, see now().
        self._course: Course | None = Course(time.monotonic(), 0.0, 1.0)
        self._speed = 1.0
        self._paused = False
        self._waiting: dict[ThreadCondition, int] = {}
        # Those that sleep, or are held while the clock is paused, wait on it; notified at every change.
        self._changed = ThreadCondition(threading.RLock())

    def now(self) -> float:
        """Seconds for which the clock has run since it was made."""
        course = self._course
        if course is not None:
            shown = course.at(time.monotonic())
            # Read again: a change first sets the course to None and then reads the time. So if the course is still the
            # same, `shown` was computed before any change, and the clock never goes back.
            if self._course is course:
                return shown
        with self._lock:
            assert self._course is not None
            return self._course.at(time.monotonic())

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
        """Stop the clock: nothing that waits for a moment goes on, and :meth:`sleep` does not return."""
        self._change(self._speed, True)

    def resume(self) -> None:
        self._change(self._speed, False)

    def sleep(self, seconds: float) -> None:
        """Return when that many seconds of this clock have passed; with 0 at once, or when the clock runs again."""
        if seconds <= 0 and not self._paused:
            return
        deadline = self.now() + seconds
        with self._changed.lock:
            while True:
                span = self._span(deadline)
                if span is not None and span <= 0:
                    return
                self._changed.wait(span)

    def wait(self, condition: ThreadCondition, timeout: float) -> bool:
        """Wait on ``condition``, whose lock is held, for at most ``timeout`` seconds of this clock."""
        deadline = self.now() + timeout
        with self._lock:
            self._waiting[condition] = self._waiting.get(condition, 0) + 1
        try:
            # A change after this line needs the condition's lock to notify, so it can't notify before the wait begins.
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

    def _span(self, deadline: float) -> float | None:
        """Real seconds until the clock shows ``deadline``; None while it stands."""
        with self._lock:
            course = self._course
        assert course is not None
        if not course.speed:
            return None
        # A microsecond more, so that rounding does not wake the waiter just before its moment.
        left = deadline - course.at(time.monotonic())
        return min(left / course.speed + 1e-6, threading.TIMEOUT_MAX) if left > 0 else 0.0

    def _change(self, speed: float, paused: bool) -> None:
        with self._lock:
            before, self._course = self._course, None
            assert before is not None
            moment = time.monotonic()
            self._speed, self._paused = speed, paused
            self._course = Course(moment, before.at(moment), 0.0 if paused else speed)
            waiting = list(self._waiting)
        for condition in [*waiting, self._changed]:
            with condition.lock:
                condition.notify_all()
