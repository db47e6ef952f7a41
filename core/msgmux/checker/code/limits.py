"""What a program of the user's may do in its child process, and what the process may use.

It is no sandbox: a program that wants to do harm can. It keeps a slip (a fork in every schedule, a file written a
thousand times, all memory) from doing some.
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
"""Bytes of address space."""
FILE_SIZE = 10 << 20
"""Bytes of a file."""

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
    """The program does what cannot be done again in every schedule."""


class Guard:
    """Refuses what leaves the process, while a task of the user's runs; remembers the first that it refused."""

    def __init__(self, allowed: Sequence[str]) -> None:
        self.refused = ""
        self._allowed = frozenset(allowed)
        self._asking = False

    def install(self) -> None:
        """For good: an audit hook cannot be taken away."""
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
            # Nothing of the user's: a module of the standard library is imported.
            return
        said = f"{place}: {what} ({event}), which would be done again in every schedule; --allow {event} lets it"
        self.refused = self.refused or said
        raise Refused(said)

    def _opens(self, arguments: tuple[object, ...]) -> str:
        """A file that is opened: to be read it must be an ordinary one. Empty where it may be."""
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
    """Bound what this process may use, where the system can: so much processor time, memory and size of files."""
    most = int(seconds) + 60
    for kind, amount in (
        (resource.RLIMIT_CPU, most),
        (resource.RLIMIT_AS, MEMORY),
        (resource.RLIMIT_FSIZE, FILE_SIZE),
        (resource.RLIMIT_CORE, 0),
    ):
        # A system may refuse one of them (macOS that of memory); the others still hold.
        with contextlib.suppress(OSError, ValueError):
            resource.setrlimit(kind, (amount, amount))
