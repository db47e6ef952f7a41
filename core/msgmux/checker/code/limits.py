"""Limits of a user's program in its child process: operations that are refused, and resources that are bounded.

This is no sandbox: it does not stop a program that wants to do harm. It prevents accidents: a fork in every schedule, a
file that is written a thousand times, all memory used up.
"""

import contextlib
import os
import resource
import stat
import sys
from collections.abc import Sequence
from types import FrameType

from msgmux.checker.code.runtime import current

MEMORY = 2 << 30
"""Most bytes of address space."""
FILE_SIZE = 10 << 20
"""Most bytes of a file that is written."""

_REFUSED = {
    "os.fork": "forks a process",
    "os.forkpty": "forks a process",
    "os.exec": "becomes another program",
    "os.posix_spawn": "starts a process",
    "os.spawn": "starts a process",
    "os.system": "starts a process",
    "subprocess.Popen": "starts a process",
    "socket.connect": "opens a connection",
    "socket.bind": "opens a socket",
    "socket.getaddrinfo": "asks for an address",
    "_thread.start_new_thread": "starts a real thread, which is not scheduled",
    "_thread.start_joinable_thread": "starts a real thread, which is not scheduled",
    "os.remove": "removes a file",
    "os.rename": "renames a file",
    "os.rmdir": "removes a folder",
    "os.mkdir": "makes a folder",
    "os.truncate": "writes a file",
    "shutil.rmtree": "removes a folder",
    "signal.pthread_kill": "sends a signal",
    "os.kill": "sends a signal",
}


class Refused(Exception):
    """The program tries something that must not be repeated in every schedule, such as starting a process."""


class Guard:
    """An audit hook that refuses operations with effects outside of the process while a task of the user's runs.

    ``allowed``: names of audit events that are not refused. ``refused``: the first refusal in words, or empty.
    """

    def __init__(self, allowed: Sequence[str]) -> None:
        self.refused = ""
        self._allowed = frozenset(allowed)
        self._asking = False

    def install(self) -> None:
        """Install the hook; an audit hook cannot be removed."""
        sys.addaudithook(self._heard)

    def _heard(self, event: str, arguments: tuple[object, ...]) -> None:
        if event not in _REFUSED and event != "open":
            return
        if event in self._allowed or self._asking:
            return
        runtime = current()
        if runtime is None:
            return
        what = _REFUSED.get(event) or self._opens(arguments)
        if not what:
            return
        place = _place(sys._getframe(), runtime.is_user_file)
        if not place:
            # Not called by the user's code, for example when a module of the standard library is imported.
            return
        said = f"{place}: {what} ({event}), which would be done again in every schedule; --allow {event} lets it"
        self.refused = self.refused or said
        raise Refused(said)

    def _opens(self, arguments: tuple[object, ...]) -> str:
        """Why a file must not be opened: for writing, or because it is no ordinary file. Empty if it may be."""
        path, _, flags = (*arguments, None, None, None)[:3]
        if isinstance(flags, int) and flags & (os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND):
            return f"opens {str(path)!a} for writing"
        if isinstance(path, str | bytes | os.PathLike):
            self._asking = True
            try:
                with contextlib.suppress(OSError, ValueError):
                    if not (stat.S_ISREG(mode := os.stat(path).st_mode) or stat.S_ISDIR(mode)):
                        return f"opens {os.fsdecode(path)!a}, which is no ordinary file"
            finally:
                self._asking = False
        return ""


def _place(frame: FrameType | None, is_user_file: object) -> str:
    while frame is not None:
        if callable(is_user_file) and is_user_file(frame.f_code.co_filename):
            return f"{os.path.basename(frame.f_code.co_filename)}:{frame.f_lineno}"
        frame = frame.f_back
    return ""


def limit(seconds: float) -> None:
    """Bound this process's processor time (``seconds`` and a minute more), memory and file size, as far as the system
    supports it.
    """
    most = int(seconds) + 60
    for kind, amount in (
        (resource.RLIMIT_CPU, most),
        (resource.RLIMIT_AS, MEMORY),
        (resource.RLIMIT_FSIZE, FILE_SIZE),
        (resource.RLIMIT_CORE, 0),
    ):
        # A system may not support one of them (macOS: that of memory); the others still hold.
        with contextlib.suppress(OSError, ValueError):
            resource.setrlimit(kind, (amount, amount))
