"""The feed of a socket: unix, TCP, or one end of a socket pair shared with a child process."""

import errno
import socket
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec

from msgmux.publishing.wire import VERSION, Follow
from msgmux_tui.session.feeds.feed import MOST_AT_ONCE, FeedGone, Lines

PIECE = 1 << 18
MOST_UNSENT = 1 << 16
"""The most bytes of unsent commands; further commands are refused."""
_UNDER_WAY = {errno.EINPROGRESS, errno.EAGAIN, errno.EWOULDBLOCK, errno.EALREADY}

Connect = Callable[[], tuple[socket.socket, Any]]
"""Returns a new socket and the address to connect it to; None: the socket is connected already."""


class SocketFeed:
    """``connect`` is called for each connection; ``address`` names the other end for the user.

    ``token`` is the publisher's access token. ``every_event`` asks for all events, instead of key frames under load.
    """

    beats = True

    def __init__(self, connect: Connect, address: str, *, token: str = "", every_event: bool = False) -> None:
        self.address = address
        self._connect = connect
        self._hello = msgspec.json.encode(Follow(VERSION, every_event, token)) + b"\n"
        self._socket: socket.socket | None = None
        self._target: Any = None
        self.connected = False
        self._unsent = b""
        self._lines = Lines()
        self.reconnect()

    def reconnect(self) -> None:
        self.close()
        self._lines, self._unsent = Lines(), self._hello
        try:
            self._socket, self._target = self._connect()
            self._socket.setblocking(False)
        except OSError as error:
            raise FeedGone(_unreachable(self.address, error), again=True) from None
        self._go_on()

    def take(self) -> list[bytes]:
        sock = self._socket
        if sock is None:
            raise FeedGone(f"{self.address} is not connected", again=True)
        self._go_on()
        if not self.connected:
            return []
        pieces: list[bytes] = []
        size = 0
        try:
            while size < MOST_AT_ONCE:
                piece = sock.recv(PIECE)
                if not piece:
                    # The data before the end of the stream is returned first; the next call sees the end again.
                    if not size:
                        raise FeedGone(f"{self.address} has gone", again=True)
                    break
                pieces.append(piece)
                size += len(piece)
        except (BlockingIOError, InterruptedError):
            pass
        except OSError:
            if not size:
                raise FeedGone(f"{self.address} has gone", again=True) from None
        return self._lines.of(b"".join(pieces))

    def send(self, line: bytes) -> None:
        if len(self._unsent) + len(line) > MOST_UNSENT:
            raise FeedGone(f"{self.address} does not take what it is sent", again=True)
        self._unsent += line
        self._go_on()

    def close(self) -> None:
        self.connected = False
        if self._socket is not None:
            self._socket.close()
            self._socket = None

    def _go_on(self) -> None:
        """Continue connecting and sending, without waiting."""
        sock = self._socket
        if sock is None:
            return
        if not self.connected:
            code = 0 if self._target is None else sock.connect_ex(self._target)
            if code in _UNDER_WAY:
                return
            if code not in (0, errno.EISCONN):
                self.close()
                raise FeedGone(_unreachable(self.address, OSError(code, errno.errorcode.get(code, ""))), again=True)
            self.connected = True
        try:
            while self._unsent:
                self._unsent = self._unsent[sock.send(self._unsent) :]
        except (BlockingIOError, InterruptedError):
            pass
        except OSError:
            # The other end has closed: what it sent before can still be read.
            self._unsent = b""


def unix_feed(find: Callable[[], Path] | Path, address: str, *, every_event: bool = False) -> SocketFeed:
    """The feed of a unix socket. ``find`` returns its present path, since a restarted program has another one; it
    raises :class:`OSError` if there is none.
    """

    def connect() -> tuple[socket.socket, str]:
        path = find if isinstance(find, Path) else find()
        return socket.socket(socket.AF_UNIX), str(path)

    return SocketFeed(connect, address, every_event=every_event)


def tcp_feed(host: str, port: int, *, token: str = "", every_event: bool = False) -> SocketFeed:
    """The feed of a TCP port. Resolving ``host`` may block; it is done once, here. Raises :class:`FeedGone`."""
    address = f"tcp://{host}:{port}"
    try:
        family, kind, protocol, _, target = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
    except (OSError, UnicodeError) as error:
        raise FeedGone(_unreachable(address, error)) from None
    return SocketFeed(
        lambda: (socket.socket(family, kind, protocol), target), address, token=token, every_event=every_event
    )


def socketpair_feed(sock: socket.socket, address: str) -> SocketFeed:
    """The feed of one end of a socket pair, which can't reconnect."""
    left = [sock]

    def connect() -> tuple[socket.socket, None]:
        if not left:
            raise OSError(errno.ECONNREFUSED, "there is no other")
        return left.pop(), None

    return SocketFeed(connect, address, every_event=False)


def _unreachable(address: str, error: Exception) -> str:
    code = error.errno if isinstance(error, OSError) else None
    if code == errno.ECONNREFUSED:
        return f"{address}: no program answers there any more; msgmux-tui attach lists those that do"
    if code == errno.ENOENT:
        return f"{address}: no program publishes a queue there; msgmux-tui attach lists those that do"
    if code in (errno.EACCES, errno.EPERM):
        return f"{address}: belongs to another user"
    return f"{address} can't be reached: {getattr(error, 'strerror', None) or error}"
