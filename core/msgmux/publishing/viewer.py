"""One who follows: what waits to be sent, in bounds, and what has been received of a line."""

import socket
from collections import deque
from contextlib import suppress

MOST_OUT = 1 << 20
"""Bytes that may wait for one viewer. One that has more coming has fallen behind, and loses it."""
MOST_IN = 1 << 16
"""Bytes of a line that a viewer may send."""
PIECE = 1 << 16


class Gone(Exception):
    """The other end is not there any more."""


class Viewer:
    """``who`` is for the log: ``"outside (pid 41)"``. Nothing here waits; the socket must not block.

    What is sent is whole lines; where a viewer loses what waits for it, a line that has begun is sent to its end.
    """

    def __init__(self, sock: socket.socket, who: str, since: float, *, trusted: bool) -> None:
        self.sock = sock
        self.who = who
        self.since = since
        self.trusted = trusted
        """Must it show no token (any more)?"""
        self.following = False
        self.every_event = False
        self.after = 0
        """What it has been sent, or is to be, includes the events up to this number."""
        self.wants_frame = False
        """The next that it gets must be a key frame."""
        self.pictured = False
        """The last that it got was a picture: a key frame without the older nodes."""
        self.behind = False
        """It has lost what waited for it, and is told so with the next key frame."""
        self.ending = False
        """It is to be hung up on, as soon as it has got what waits for it."""
        self.size = 0
        """Bytes that wait to be sent."""
        self.sent = 0
        """Bytes that it has taken, ever."""
        self.sent_before = -1
        """As many as it had taken when the last picture was made."""
        # What waits, each with the number of the last event in it or before it; the number of what it has taken.
        self._out: deque[tuple[memoryview, int]] = deque()
        self._taken = 0
        self._in = b""

    @property
    def reads(self) -> bool:
        """Is it worth making something for it? One that has lost its backlog must take what it had begun first."""
        return self.following and not self.ending and not (self.behind and self.size)

    def send(self, data: bytes, after: int | None = None) -> None:
        """Have it sent: whole lines. With it, it has the events up to ``after`` (None: as before)."""
        if after is not None:
            self.after = after
        self._out.append((memoryview(data), self.after))
        self.size += len(data)

    def fall_behind(self) -> None:
        """Lose what waits but for its beginning, of which a part may be sent, and which shows whether it reads at all.

        That is a header, if one waits: it is the first that a viewer is sent. The next that it gets is a key frame.
        """
        while len(self._out) > 1:
            chunk, _ = self._out.pop()
            self.size -= len(chunk)
        self.after = self._out[0][1] if self._out else self._taken
        self.wants_frame = self.behind = True

    def flush(self) -> None:
        """Send as much as can be. Raises :class:`Gone`."""
        out = self._out
        try:
            while out:
                chunk, after = out[0]
                sent = self.sock.send(chunk)
                self.size -= sent
                self.sent += sent
                if sent < len(chunk):
                    out[0] = chunk[sent:], after
                else:
                    out.popleft()
                    self._taken = after
        except (BlockingIOError, InterruptedError):
            return
        except OSError:
            raise Gone from None

    def receive(self) -> list[bytes]:
        """The lines that have come. Raises :class:`Gone`, and :class:`ValueError` for one that is too long."""
        try:
            data = self.sock.recv(PIECE)
        except (BlockingIOError, InterruptedError):
            return []
        except OSError:
            raise Gone from None
        if not data:
            raise Gone
        *lines, self._in = (self._in + data).split(b"\n")
        if len(self._in) > MOST_IN or any([len(line) > MOST_IN for line in lines]):
            raise ValueError(f"a line of more than {MOST_IN >> 10} kB is nothing that can be asked for here")
        return lines

    def part(self) -> None:
        """Say that no more comes. What the other end may have sent meanwhile is taken first: unread, it would turn the
        end into a reset, in which our last words are lost.
        """
        with suppress(OSError):
            self.sock.shutdown(socket.SHUT_WR)
            for _ in range(MOST_OUT // PIECE):
                if not self.sock.recv(PIECE):
                    return
