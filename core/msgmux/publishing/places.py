"""The folder of this user's published queues, with one unix socket for each queue."""

import os
import re
import stat
import tempfile
from pathlib import Path

import msgspec

from msgmux.errors import MsgmuxError

NAME = re.compile(r"[A-Za-z0-9_.\-]{1,40}")
LONGEST_PATH = 100
"""Most bytes of a unix socket's path: what every system accepts."""


class Place(msgspec.Struct, frozen=True):
    """A socket in that folder: the name under which a queue is published, and the id of the process."""

    path: Path
    name: str
    pid: int

    @property
    def address(self) -> str:
        return f"unix:{self.path}"


def folder() -> Path:
    """The path of the folder: ``$XDG_RUNTIME_DIR/msgmux``, else ``msgmux-UID`` in the temporary folder. It may be
    missing.
    """
    base = os.environ.get("XDG_RUNTIME_DIR")
    return Path(base, "msgmux") if base else Path(tempfile.gettempdir(), f"msgmux-{os.getuid()}")


def checked_folder(*, make: bool = False) -> Path | None:
    """The folder, which ``make`` creates if it is missing; None if it is missing otherwise.

    Raises :class:`MsgmuxError` if it cannot be used, or if another user could put files into it: it is a link, belongs
    to somebody else, or is open to others.
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
    """The place at which this process publishes as ``name``. Creates the folder.

    Raises :class:`MsgmuxError` if the name is wrong, the path too long, or the folder unsafe.
    """
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
    """Raise :class:`MsgmuxError` if ``name`` is not 1 to 40 ASCII letters, digits, dots, ``-`` and ``_``."""
    if not NAME.fullmatch(name):
        raise MsgmuxError(
            f"{name!r} is no name to publish under: it must have 1 to 40 letters, digits, dots, - and _ (ASCII)"
        )


def places() -> list[Place]:
    """All sockets in the folder, sorted by name, also those that killed programs have left.

    Raises :class:`MsgmuxError` as :func:`checked_folder` does.
    """
    base = checked_folder()
    if base is None:
        return []
    found: list[Place] = []
    for path in base.glob("*.sock"):
        pid, dash, name = path.stem.partition("-")
        if dash and pid.isascii() and pid.isdecimal() and NAME.fullmatch(name):
            found.append(Place(path, name, int(pid)))
    return sorted(found, key=lambda place: (place.name, place.pid))
