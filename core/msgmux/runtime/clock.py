"""A clock for real threads that can be paused and sped up."""

import threading
import time
from typing import NamedTuple

from msgmux.runtime.conditions import ThreadCondition

SLOWEST, FASTEST = 0.1, 100.0


class Course(NamedTuple):
    """From the moment ``mark`` on, when the clock showed ``seconds``, it goes ``speed`` times as fast; 0: it stands."""

    mark: float
    seconds: float
    speed: float

    def at(self, moment: float) -> float:
        """What the clock shows at a real moment."""
        return self.seconds + (moment - self.mark) * self.speed


class SteerableClock:
    """Seconds that can stand still or run at 0.1 to 100 times the wall's.

    Whoever waits for a moment on this clock waits for a real-time span that a change makes wrong. So every timed wait
    enlists its condition here, and a change notifies all of them: each then derives its span anew.
    """

    def __init__(self) -> None:
        # Guards changes, and who waits. Taken last, held for a few lines, never while waiting. To look at the clock
        # takes no lock: every message of every thread does so, and they would stand in line for it.
        self._lock = threading.Lock()
        # None for the moment of a change, see now().
        self._course: Course | None = Course(time.monotonic(), 0.0, 1.0)
        self._speed = 1.0
        self._paused = False
        self._waiting: dict[ThreadCondition, int] = {}
        # Sleepers and those held at the gate; notified at every change.
        self._changed = ThreadCondition(threading.RLock())

    def now(self) -> float:
        """Seconds since the clock was made, as far as it ran."""
        course = self._course
        if course is not None:
            shown = course.at(time.monotonic())
            # Looked at again: a change takes the course away before it looks at the time, so what was shown on a course
            # that is still there was shown before the change, and the clock never goes back.
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
        """Stop the clock: nothing that waits for a moment goes on, and the gate (:meth:`sleep`) is shut."""
        self._change(self._speed, True)

    def resume(self) -> None:
        self._change(self._speed, False)

    def sleep(self, seconds: float) -> None:
        """Return when so many seconds have passed here; with 0, at once, or when the clock runs again."""
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

    def _span(self, deadline: float) -> float | None:
        """Real seconds until the clock shows ``deadline``; None while it stands."""
        with self._lock:
            course = self._course
        assert course is not None
        if not course.speed:
            return None
        # A breath more, so that rounding does not wake the waiter just before its moment.
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
