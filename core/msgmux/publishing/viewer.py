"""A viewer's connection: a bounded buffer of what is to be sent, and the part of a line that was received."""

import socket
from collections import deque
from contextlib import suppress

MOST_OUT = 1 << 20
"""Most bytes that wait for one viewer. If there are more, it has fallen behind, and what waits is dropped."""
MOST_IN = 1 << 16
"""Most bytes of a line from a viewer."""
PIECE = 1 << 16


class Gone(Exception):
    """The connection is closed or broken."""


class Viewer:
    """A connection to a viewer. ``who``: its name in the log, such as ``"outside (pid 41)"``; ``since``: when it
    connected, in seconds of :func:`time.monotonic`. The socket must not block, and no method waits.

    Only whole lines are sent: if what waits is dropped, a line of which a part was sent is still sent to its end.
    """

    def __init__(self, sock: socket.socket, who: str, since: float, *, trusted: bool) -> None:
        self.sock = sock
        self.who = who
        self.since = since
        self.trusted = trusted
        """Whether it needs no token, or has sent the right one."""
        self.following = False
        self.every_event = False
        self.after = 0
        """The number of the last event in what was sent or waits to be sent."""
        self.wants_frame = False
        """Whether the next thing it is sent must be a key frame."""
        self.pictured = False
        """Whether the last state it was sent is a picture: a key frame without the older nodes."""
        self.behind = False
        """Whether what waited for it was dropped; the next key frame comes with a remark that says so."""
        self.ending = False
        """Whether the connection is to be closed as soon as everything that waits is sent."""
        self.size = 0
        """Bytes that wait to be sent."""
        self.sent = 0
        """Bytes sent so far."""
        self.sent_before = -1
        """The value of ``sent`` when the last picture was due."""
        self.lost = 0
        """Rare events in what was dropped since the last key frame."""
        # What waits: (bytes, number of the last event in or before them, how many rare events are sent with pictures).
        # `_taken`: that number of what was sent.
        self._out: deque[tuple[memoryview, int, int]] = deque()
        self._taken = 0
        self._in = b""

    @property
    def reads(self) -> bool:
        """Whether it is to get new lines. If its backlog was dropped, it must first read the rest of the line begun."""
        return self.following and not self.ending and not (self.behind and self.size)

    def send(self, data: bytes, after: int | None = None, rare: int = 0) -> None:
        """Append whole lines to what is to be sent. ``after``: the number of their last event (None: no events);
        ``rare``: how many rare events between pictures there are.
        """
        if after is not None:
            self.after = after
        self._out.append((memoryview(data), self.after, rare))
        self.size += len(data)

    def fall_behind(self) -> None:
        """Drop what waits, except the first chunk, since a part of it may be sent already; a viewer that reads again
        will take it first.

        A header is never dropped, since it is the first chunk that a viewer is sent. A key frame comes next.
        """
        while len(self._out) > 1:
            chunk, _, rare = self._out.pop()
            self.size -= len(chunk)
            self.lost += rare
        self.after = self._out[0][1] if self._out else self._taken
        self.wants_frame = self.behind = True

    def flush(self) -> None:
        """Send as much as the socket takes now. Raises :class:`Gone` if the connection is broken."""
        out = self._out
        try:
            while out:
                chunk, after, rare = out[0]
                sent = self.sock.send(chunk)
                self.size -= sent
                self.sent += sent
                if sent < len(chunk):
                    out[0] = chunk[sent:], after, rare
                else:
                    out.popleft()
                    self._taken = after
        except (BlockingIOError, InterruptedError):
            return
        except OSError:
            raise Gone from None

    def receive(self) -> list[bytes]:
        """The whole lines received since the last call, without their ends.

        Raises :class:`Gone` if the connection is closed or broken, :class:`ValueError` if a line is too long.
        """
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
        """Shut down the sending side before the socket is closed, and read what the viewer has sent.

        Closing a socket with unread data resets the connection, and the viewer would lose the last lines.
        """
        with suppress(OSError):
            self.sock.shutdown(socket.SHUT_WR)
            for _ in range(MOST_OUT // PIECE):
                if not self.sock.recv(PIECE):
                    return
