"""Where viewers come in: a unix socket in this user's folder, or TCP with a token."""

import hmac
import os
import secrets
import socket
import struct
import sys
from contextlib import suppress
from pathlib import Path

from msgmux.errors import MsgmuxError
from msgmux.publishing.places import new_place

WAITING = 16
"""Connections that the system holds until they are looked at."""


class Door:
    """A listening socket. ``token``: what whoever comes must show; empty where the system vouches for them."""

    def __init__(self, listening: socket.socket, address: str, *, path: Path | None = None, token: str = "") -> None:
        listening.setblocking(False)
        self.listening = listening
        self.address = address
        self.token = token
        self._path = path

    def accept(self) -> tuple[socket.socket, str, str]:
        """The next that waits, who that is, and why it is refused, if it is. Raises :class:`OSError`."""
        sock, _ = self.listening.accept()
        sock.setblocking(False)
        if self._path is None:
            return sock, "outside", ""
        pid, uid = peer_of(sock)
        refusal = ""
        if uid is not None and uid not in (os.geteuid(), 0):
            refusal = "this program belongs to another user, who alone can watch it"
        return sock, f"outside (pid {pid})" if pid else "outside", refusal

    def knows(self, token: str) -> bool:
        """Is this the token? Takes as long for a wrong one, wherever it is wrong."""
        return hmac.compare_digest(token.encode(), self.token.encode())

    def close(self) -> None:
        """Nobody comes in any more."""
        self.listening.close()
        if self._path is not None:
            self._path.unlink(missing_ok=True)

    def abandon(self) -> None:
        """In a forked child: let go of the socket. It is still the parent's."""
        self.listening.close()


def unix_door(name: str) -> Door:
    """In this user's folder. Raises :class:`MsgmuxError`."""
    place = new_place(name)
    listening = socket.socket(socket.AF_UNIX)
    # Nobody else can connect from the first moment on. The mask is the whole process's: a file that another thread
    # makes at this very moment is closed to others as well, which is the harmless side to err on.
    before = os.umask(0o177)
    try:
        listening.bind(str(place.path))
        listening.listen(WAITING)
    except OSError as error:
        listening.close()
        if place.path.exists():
            raise MsgmuxError(f"this process publishes something as {name!r} already; give another name") from None
        raise MsgmuxError(f"{place.path}: nothing can be published there: {error.strerror}") from None
    finally:
        os.umask(before)
    return Door(listening, place.address, path=place.path)


def tcp_door(port: int, host: str, token: str) -> Door:
    """On that port (0: any that is free). Without a ``token``, one is made. Raises :class:`MsgmuxError`."""
    token = token or secrets.token_urlsafe(16)
    try:
        listening = socket.create_server((host, port), backlog=WAITING)
    except (OSError, OverflowError) as error:
        raise MsgmuxError(f"nothing can be published at {host}:{port}: {error}") from None
    port = listening.getsockname()[1]
    return Door(listening, f"tcp://{host}:{port}/?t={token}", token=token)


def peer_of(sock: socket.socket) -> tuple[int, int | None]:
    """The process and the user at the other end of a unix socket, as far as the system says who they are."""
    if sys.platform == "linux":
        with suppress(OSError):
            pid, uid, _ = struct.unpack("3i", sock.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, 12))
            return pid, uid
    return 0, None
