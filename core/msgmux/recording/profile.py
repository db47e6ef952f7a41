"""How long the list was, and how large the largest lag, over time: in a bounded number of buckets."""

import msgspec

MOST = 1_024
"""Buckets. When they are full, pairs are joined, and each stands for twice the time: so there are at least half as
many."""
FIRST_WIDTH = 0.05
"""Seconds."""


class Bucket(msgspec.Struct, frozen=True):
    """From ``time`` on (seconds) the list was at most this long, and no consumer further behind, in messages."""

    time: float
    length: int
    lag: int


class Profile:
    """Keeps the largest values of each stretch of time. ``begin`` in seconds."""

    def __init__(self, begin: float) -> None:
        self._begin = begin
        self._width = FIRST_WIDTH
        self._lengths: list[int] = []
        self._lags: list[int] = []
        self._last = (0, 0)

    def note(self, time: float, length: int, lag: int) -> None:
        """So it was at ``time``; what is noted later was later, or at the same time."""
        index = int((time - self._begin) / self._width)
        while index >= MOST:
            self._widen()
            index = int((time - self._begin) / self._width)
        lengths, lags = self._lengths, self._lags
        while len(lengths) <= index:
            # Where nothing was noted, all was as before.
            lengths.append(self._last[0])
            lags.append(self._last[1])
        if length > lengths[-1]:
            lengths[-1] = length
        if lag > lags[-1]:
            lags[-1] = lag
        self._last = (length, lag)

    def buckets(self) -> tuple[Bucket, ...]:
        """All so far, oldest first, without a gap."""
        return tuple(
            [
                Bucket(self._begin + n * self._width, length, lag)
                for n, (length, lag) in enumerate(zip(self._lengths, self._lags, strict=True))
            ]
        )

    def forget(self, time: float) -> None:
        """Forget the buckets that end before ``time``."""
        gone = min(max(0, int((time - self._begin) / self._width)), len(self._lengths) - 1)
        if gone > 0:
            del self._lengths[:gone], self._lags[:gone]
            self._begin += gone * self._width

    def _widen(self) -> None:
        self._width *= 2
        self._lengths = _paired(self._lengths)
        self._lags = _paired(self._lags)


def _paired(values: list[int]) -> list[int]:
    return [max(values[n : n + 2]) for n in range(0, len(values), 2)]
