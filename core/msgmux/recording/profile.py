"""The length of the list and the largest lag over time, in a bounded number of buckets."""

import msgspec

MOST = 1_024
"""Most buckets. When more are needed, neighbouring pairs are joined, and each bucket covers twice the time."""
FIRST_WIDTH = 0.05
"""The time that a bucket covers at the beginning, in seconds."""


class Bucket(msgspec.Struct, frozen=True):
    """The maxima in a period that begins at ``time`` (seconds): the list's length and the largest lag, in messages."""

    time: float
    length: int
    lag: int


class Profile:
    """Keeps the largest values of each period of time, from ``begin`` (seconds) on."""

    def __init__(self, begin: float) -> None:
        self._begin = begin
        self._width = FIRST_WIDTH
        self._lengths: list[int] = []
        self._lags: list[int] = []
        self._last = (0, 0)

    def note(self, time: float, length: int, lag: int) -> None:
        """Add the values at ``time`` (seconds, not before ``begin``): length of the list and largest lag, in messages.

        Times must not decrease.
        """
        index = int((time - self._begin) / self._width)
        while index >= MOST:
            self._widen()
            index = int((time - self._begin) / self._width)
        lengths, lags = self._lengths, self._lags
        while len(lengths) <= index:
            # In a period without values they stayed what they were.
            lengths.append(self._last[0])
            lags.append(self._last[1])
        if length > lengths[-1]:
            lengths[-1] = length
        if lag > lags[-1]:
            lags[-1] = lag
        self._last = (length, lag)

    def buckets(self) -> tuple[Bucket, ...]:
        """All buckets, oldest first, without a gap."""
        return tuple(
            [
                Bucket(self._begin + n * self._width, length, lag)
                for n, (length, lag) in enumerate(zip(self._lengths, self._lags, strict=True))
            ]
        )

    def forget(self, time: float) -> None:
        """Remove the buckets that end before ``time`` (seconds), but not the last one."""
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
