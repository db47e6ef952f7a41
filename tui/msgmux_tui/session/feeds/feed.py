"""The protocol between a session and the other end of a stream, and cutting received bytes into lines."""

from typing import Protocol

from msgmux.errors import MsgmuxError

MOST_AT_ONCE = 4 << 20
"""The most bytes that one read takes: about 30,000 events."""
LONGEST_LINE = 16 << 20
"""The most bytes of a line. The longest are key frames: 300 kB for 2,000 nodes."""


class FeedGone(MsgmuxError):
    """The other end has closed, can't be reached, or sends something that is no stream. The message says which.

    ``again``: :meth:`Feed.reconnect` may succeed later.
    """

    def __init__(self, message: str, *, again: bool = False) -> None:
        super().__init__(message)
        self.again = again


class Feed(Protocol):
    """Gives the lines of a stream as they arrive. No method waits. For use by one thread."""

    @property
    def address(self) -> str:
        """The other end's address in words, for the user."""
        ...

    @property
    def connected(self) -> bool:
        """Whether the other end is connected."""
        ...

    @property
    def beats(self) -> bool:
        """Whether the other end sends ``tick`` lines, at least once a second."""
        ...

    def take(self) -> list[bytes]:
        """The complete lines received since the last call. Raises :class:`FeedGone`."""
        ...

    def send(self, line: bytes) -> None:
        """Queue one complete line for sending. Raises :class:`FeedGone` if nothing can be sent."""
        ...

    def reconnect(self) -> None:
        """Connect again; the stream then starts over with a header line. Raises :class:`FeedGone`."""
        ...

    def close(self) -> None:
        """Close the connection or file. Idempotent."""
        ...


class Lines:
    """Cuts received bytes into lines, and keeps an incomplete last one."""

    def __init__(self) -> None:
        self._rest: list[bytes] = []
        self._size = 0

    def of(self, data: bytes) -> list[bytes]:
        """Add ``data`` and return the complete lines. Raises :class:`FeedGone` for one over :data:`LONGEST_LINE`."""
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
