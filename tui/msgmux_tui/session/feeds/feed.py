"""What a session needs of the other end, and lines in pieces."""

from typing import Protocol

from msgmux.errors import MsgmuxError

MOST_AT_ONCE = 4 << 20
"""Bytes that are read in one go, at most: about 30,000 events."""
LONGEST_LINE = 16 << 20
"""Bytes of a line. A key frame, the longest, has 300 kB for two thousand nodes."""


class FeedGone(MsgmuxError):
    """The other end has gone, can't be reached, or says what can't be a stream; in words that stand for themselves.

    ``again``: there may be a new one, to be found by :meth:`Feed.reconnect`.
    """

    def __init__(self, message: str, *, again: bool = False) -> None:
        super().__init__(message)
        self.again = again


class Feed(Protocol):
    """The lines of a stream, as they come. Nothing waits. For one thread."""

    @property
    def address(self) -> str:
        """What it is, for those who read it."""
        ...

    @property
    def connected(self) -> bool:
        """Is the other end there?"""
        ...

    @property
    def beats(self) -> bool:
        """Does the other end say what time it is, at least once a second?"""
        ...

    def take(self) -> list[bytes]:
        """Whole lines that have come since the last call. Raises :class:`FeedGone`."""
        ...

    def send(self, line: bytes) -> None:
        """Have a whole line sent. Raises :class:`FeedGone` where nothing can be sent."""
        ...

    def reconnect(self) -> None:
        """Begin anew: the first line will be a header. Raises :class:`FeedGone`."""
        ...

    def close(self) -> None:
        """Idempotent."""
        ...


class Lines:
    """Cuts what comes into lines."""

    def __init__(self) -> None:
        self._rest: list[bytes] = []
        self._size = 0

    def of(self, data: bytes) -> list[bytes]:
        """The lines that are whole now. Raises :class:`FeedGone` for one that is too long."""
        if not data:
            return []
        first, *others = data.split(b"\n")
        self._rest.append(first)
        self._size += len(first)
        if self._size > LONGEST_LINE:
            raise FeedGone(f"a line of more than {LONGEST_LINE >> 20} MB came, which is none of a stream of msgmux")
        if not others:
            return []
        lines = [b"".join(self._rest), *others[:-1]]
        self._rest, self._size = [others[-1]], len(others[-1])
        return lines
