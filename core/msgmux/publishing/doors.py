"""The listening sockets: a unix socket in this user's folder, or TCP with a token."""

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
"""Backlog: how many connections the system holds until they are accepted."""


class Door:
    """A listening socket. ``token``: what a viewer must send; empty for a unix socket, where the user id is checked."""

    def __init__(self, listening: socket.socket, address: str, *, path: Path | None = None, token: str = "") -> None:
        listening.setblocking(False)
        self.listening = listening
        self.address = address
        self.token = token
        self._path = path

    def accept(self) -> tuple[socket.socket, str, str]:
        """Accept a connection: (non-blocking socket, who it is for the log, why it is refused or empty).

        Raises :class:`BlockingIOError` if none waits, else :class:`OSError` as ``accept`` does.
        """
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
        """Whether this is the token. In constant time, so that response times do not help to guess it."""
        return hmac.compare_digest(token.encode(), self.token.encode())

    def close(self) -> None:
        """Stop listening, and remove the unix socket's file."""
        self.listening.close()
        if self._path is not None:
            self._path.unlink(missing_ok=True)

    def abandon(self) -> None:
        """In a forked child: close the child's copy of the socket only. The parent goes on listening."""
        self.listening.close()


def unix_door(name: str) -> Door:
    """Listen on a unix socket in this user's folder. Raises :class:`MsgmuxError` if the name is wrong or taken, or the
    folder cannot be used safely.
    """
    place = new_place(name)
    listening = socket.socket(socket.AF_UNIX)
    # With this umask the socket is inaccessible to other users from the moment it exists. The umask is that of the
    # whole process: a file that another thread creates just now gets tighter permissions too, which is the safe error.
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
    """Listen by TCP at ``host`` and ``port`` (0: a free one). An empty ``token`` is replaced by a random one.

    Raises :class:`MsgmuxError` if that address cannot be used.
    """
    token = token or secrets.token_urlsafe(16)
    try:
        listening = socket.create_server((host, port), backlog=WAITING)
    except (OSError, OverflowError) as error:
        raise MsgmuxError(f"nothing can be published at {host}:{port}: {error}") from None
    port = listening.getsockname()[1]
    return Door(listening, f"tcp://{host}:{port}/?t={token}", token=token)


def peer_of(sock: socket.socket) -> tuple[int, int | None]:
    """The process id and user id at the other end of a unix socket; (0, None) where the system does not tell them."""
    if sys.platform == "linux":
        with suppress(OSError):
            pid, uid, _ = struct.unpack("3i", sock.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, 12))
            return pid, uid
    return 0, None
