"""Where programs of this user publish: a folder with one socket for each queue that is published."""

import os
import re
import stat
import tempfile
from pathlib import Path

import msgspec

from msgmux.errors import MsgmuxError

NAME = re.compile(r"[A-Za-z0-9_.\-]{1,40}")
LONGEST_PATH = 100
"""Bytes that the address of a unix socket may have on every system."""


class Place(msgspec.Struct, frozen=True):
    """A socket: the name under which a queue is published, and the process that does."""

    path: Path
    name: str
    pid: int

    @property
    def address(self) -> str:
        return f"unix:{self.path}"


def folder() -> Path:
    """Where sockets are, or would be: ``$XDG_RUNTIME_DIR/msgmux``, else ``msgmux-UID`` in the temporary folder."""
    base = os.environ.get("XDG_RUNTIME_DIR")
    return Path(base, "msgmux") if base else Path(tempfile.gettempdir(), f"msgmux-{os.getuid()}")


def checked_folder(*, make: bool = False) -> Path | None:
    """The folder, if it is there (or is made, with ``make``). Raises :class:`MsgmuxError` where somebody else could
    put something in it.
    """
    path = folder()
    try:
        if make:
            path.mkdir(mode=0o700, exist_ok=True)
        found = path.lstat()
    except FileExistsError:
        raise MsgmuxError(f"{path} is no folder; sockets of published queues belong there: remove it") from None
    except OSError as error:
        if not make and isinstance(error, FileNotFoundError):
            return None
        raise MsgmuxError(f"{path} can't be used for sockets of published queues: {error.strerror}") from None
    if stat.S_ISLNK(found.st_mode):
        raise MsgmuxError(f"{path} is a link, which could lead anywhere; nothing is published there: remove it")
    if not stat.S_ISDIR(found.st_mode):
        raise MsgmuxError(f"{path} is no folder; sockets of published queues belong there: remove it")
    if found.st_uid != os.getuid():
        raise MsgmuxError(
            f"{path} belongs to somebody else; nothing is published there: set XDG_RUNTIME_DIR to a folder of yours"
        )
    if found.st_mode & 0o077:
        raise MsgmuxError(
            f"{path} is open to others (mode {found.st_mode & 0o777:o}); nothing is published there: chmod 700 {path}"
        )
    return path


def new_place(name: str) -> Place:
    """Where this process is to publish under ``name``; the folder is made. Raises :class:`MsgmuxError`."""
    check_name(name)
    base = checked_folder(make=True)
    assert base is not None
    path = base / f"{os.getpid()}-{name}.sock"
    if len(os.fsencode(path)) > LONGEST_PATH:
        raise MsgmuxError(
            f"{path} is too long for the address of a socket ({LONGEST_PATH} bytes); give a shorter name, or set "
            "XDG_RUNTIME_DIR to a shorter path"
        )
    return Place(path, name, os.getpid())


def check_name(name: str) -> None:
    """Raise :class:`MsgmuxError` for a name that nothing can be published under."""
    if not NAME.fullmatch(name):
        raise MsgmuxError(
            f"{name!r} is no name to publish under: it must have 1 to 40 letters, digits, dots, - and _ (ASCII)"
        )


def places() -> list[Place]:
    """All sockets that are there, by name; also those of programs that were killed. Raises :class:`MsgmuxError`."""
    base = checked_folder()
    if base is None:
        return []
    found: list[Place] = []
    for path in base.glob("*.sock"):
        pid, dash, name = path.stem.partition("-")
        if dash and pid.isascii() and pid.isdecimal() and NAME.fullmatch(name):
            found.append(Place(path, name, int(pid)))
    return sorted(found, key=lambda place: (place.name, place.pid))
