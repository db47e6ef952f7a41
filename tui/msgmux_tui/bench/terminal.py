"""Runs the program in a pseudo-terminal whose output is timed, not shown."""

import fcntl
import os
import pty
import select
import struct
import subprocess
import sys
import termios
import time
from collections.abc import Sequence
from types import TracebackType
from typing import Self

PATIENCE = 20.0
"""Most seconds to wait for an expected output."""


class TimedProgram:
    """``msgmux-tui`` with these arguments in a terminal of ``width`` by ``height``. A context manager that ends it."""

    def __init__(self, arguments: Sequence[str], width: int, height: int) -> None:
        self._terminal, other_end = pty.openpty()
        fcntl.ioctl(self._terminal, termios.TIOCSWINSZ, struct.pack("HHHH", height, width, 0, 0))
        environment = {**os.environ, "TERM": "xterm-256color", "COLORTERM": "truecolor"}
        for name in ("COLUMNS", "LINES", "NO_COLOR", "TEXTUAL_DRIVER"):
            environment.pop(name, None)
        self.started = time.perf_counter()
        self._process = subprocess.Popen(
            [sys.executable, "-m", "msgmux_tui", *arguments],
            stdin=other_end,
            stdout=other_end,
            stderr=other_end,
            env=environment,
            start_new_session=True,
        )
        os.close(other_end)
        self.written = b""

    def press(self, keys: bytes) -> None:
        os.write(self._terminal, keys)

    def read(self, seconds: float) -> None:
        """Read what the program writes during the next ``seconds``."""
        until = time.perf_counter() + seconds
        while (left := until - time.perf_counter()) > 0:
            if select.select([self._terminal], [], [], left)[0]:
                self.written += os.read(self._terminal, 65536)

    def wait_for(self, words: bytes) -> float:
        """Wait until the program writes ``words``; return the time at which it has. Raises :class:`TimeoutError`."""
        begin = max(0, len(self.written))
        until = time.perf_counter() + PATIENCE
        while words not in self.written[begin:]:
            if time.perf_counter() > until:
                raise TimeoutError(f"{words!r} was not written within {PATIENCE} s")
            if select.select([self._terminal], [], [], 0.5)[0]:
                self.written += os.read(self._terminal, 65536)
        return time.perf_counter()

    def cpu_seconds(self) -> float:
        """CPU time of the program so far, of all its threads."""
        with open(f"/proc/{self._process.pid}/stat", encoding="ascii") as file:
            fields = file.read().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def cpu_share(self, seconds: float) -> float:
        """The program's CPU time during the next ``seconds``, in per cent of a core."""
        wall, cpu = time.perf_counter(), self.cpu_seconds()
        self.read(seconds)
        return 100 * (self.cpu_seconds() - cpu) / (time.perf_counter() - wall)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._process.kill()
        self._process.wait()
        os.close(self._terminal)
