"""How fast each producer and consumer goes: counts of messages, cut into half seconds."""

from collections import deque

from msgmux_tui.viewmodel.view import Rate

BAR = 0.5
"""Seconds of one bar of a sparkline."""
BARS = 240
NOW_BARS = 4
"""The rate "now" is that of so many whole bars and the running one: steady to read, and quick to follow a change."""


class Meter:
    """Counts one producer's or consumer's messages. ``id`` is that of its registration."""

    def __init__(self, id: int, count: int, now: float) -> None:
        self.id = id
        self._born, self._first = now, count
        self._seen, self._then = count, now
        self._bars: deque[float] = deque(maxlen=BARS)
        self._running = 0.0  # messages in the bar that runs
        self._bar_from = now - now % BAR

    def take(self, count: int, now: float) -> None:
        """It has come to ``count`` messages since registration, at the time ``now``.

        A frame may span several bars (at high speed, or after a gap): its messages are spread evenly over them.
        """
        came, start = count - self._seen, self._then
        self._seen, self._then = count, now
        if now <= start:
            self._running += came
            return
        pace = came / (now - start)
        if now - self._bar_from > BARS * BAR:
            self._bar_from, self._running = now - now % BAR - BARS * BAR, 0.0
        while now >= self._bar_from + BAR:
            end = self._bar_from + BAR
            self._bars.append((self._running + pace * max(0.0, end - max(start, self._bar_from))) / BAR)
            self._running, self._bar_from = 0.0, end
        self._running += pace * (now - max(start, self._bar_from))

    def rate(self) -> Rate:
        lately = list(self._bars)[-NOW_BARS:]
        span = len(lately) * BAR + self._then - max(self._bar_from, self._born)
        now = (sum(lately) * BAR + self._running) / span if span > 0 else 0.0
        lived = self._then - self._born
        return Rate(now, (self._seen - self._first) / lived if lived > 0 else 0.0, tuple(self._bars))
