"""The program in a real terminal: a pty, and an emulator that reads what it writes."""

import fcntl
import os
import pty
import re
import select
import struct
import subprocess
import sys
import tempfile
import termios
import time
from collections.abc import Callable
from types import TracebackType
from typing import Self

import pyte

from support.patience import PATIENCE

PROGRAM = ("-m", "msgmux_tui")

MODES = {
    "alternate screen": (b"\x1b[?1049h", b"\x1b[?1049l"),
    "hidden cursor": (b"\x1b[?25l", b"\x1b[?25h"),
    "mouse": (b"\x1b[?1003h", b"\x1b[?1003l"),
    "bracketed paste": (b"\x1b[?2004h", b"\x1b[?2004l"),
    "kitty keys": (b"\x1b[>", b"\x1b[<u"),
}
"""Terminal modes that the program may set, with the sequences that set and reset each."""


TAKE_TERMINAL = (
    "import fcntl, os, sys, termios; fcntl.ioctl(0, termios.TIOCSCTTY, 0); os.execv(sys.argv[1], sys.argv[1:])"
)
"""Makes the pty the controlling terminal, so that closing it sends SIGHUP, and then executes the program."""


class PtyProgram:
    """``arguments`` for the program, run in a terminal of ``width`` by ``height``. A context manager that ends it.

    Without ``controlling`` the program gets no SIGHUP when the terminal is closed.
    """

    def __init__(
        self,
        *arguments: str,
        width: int = 80,
        height: int = 24,
        environment: dict[str, str] | None = None,
        controlling: bool = True,
    ) -> None:
        self.screen = pyte.Screen(width, height)
        self.written = b""
        self._stream = pyte.ByteStream(self.screen)
        environ = {**os.environ, "TERM": "xterm-256color", "COLORTERM": "truecolor", "LANG": "C.UTF-8"}
        environ["PYTHONPATH"] = os.pathsep.join([path for path in sys.path if path])
        for name in ("NO_COLOR", "TEXTUAL_DRIVER", "MSGMUX_ASCII", "COLUMNS", "LINES"):
            environ.pop(name, None)
        self._terminal, other_end = pty.openpty()
        self._set_size(width, height)
        self._before = termios.tcgetattr(self._terminal)
        # The program's working directory, for its screenshots.
        self._directory = tempfile.TemporaryDirectory()
        command = [sys.executable, *PROGRAM, *arguments]
        self._process = subprocess.Popen(
            [sys.executable, "-c", TAKE_TERMINAL, *command] if controlling else command,
            stdin=other_end,
            stdout=other_end,
            stderr=other_end,
            env=environ | (environment or {}),
            cwd=self._directory.name,
            start_new_session=True,
        )
        os.close(other_end)

    # Looking

    @property
    def text(self) -> str:
        return "\n".join(self.screen.display)

    def read(self, seconds: float = 0.05, *, drawn: bool = True) -> None:
        """Read the program's output for ``seconds``; put it on the screen only if it is to be ``drawn``."""
        until = time.monotonic() + seconds
        while (left := until - time.monotonic()) > 0:
            if not select.select([self._terminal], [], [], left)[0]:
                return
            try:
                data = os.read(self._terminal, 65536)
            except OSError:  # the program has closed its side
                return
            if not data:
                return
            self.written += data
            if drawn:
                self._stream.feed(data)

    def skip_until(self, condition: Callable[[], object]) -> None:
        """Read without drawing until the condition holds; then clear the screen.

        Emulating a terminal in Python takes longer than the program takes to draw: where it draws a lot that nobody
        looks at, the program would wait for this reader. Resize the terminal afterwards, so that all is drawn anew.
        """
        until = time.monotonic() + PATIENCE
        while not condition():
            assert time.monotonic() < until, "it was not written"
            assert self._process.poll() is None, "the program ended before"
            self.read(0.5, drawn=False)
        self.screen.reset()

    def wait_for(self, condition: Callable[[], object] | str) -> None:
        """Read until the condition holds, or the screen matches the regular expression."""
        holds = condition if callable(condition) else (lambda: re.search(condition, self.text))
        until = time.monotonic() + PATIENCE
        while not holds():
            assert time.monotonic() < until, f"it did not come to be: {condition}\n{self.text}"
            assert self._process.poll() is None, f"the program has ended before: {condition}\n{self.text}"
            self.read()

    @property
    def left_on(self) -> list[str]:
        """The modes that the program has set and not reset."""
        return [name for name, (on, off) in MODES.items() if self.written.rfind(on) > self.written.rfind(off)]

    @property
    def settings_restored(self) -> bool:
        """Return whether the line discipline (echo, canonical mode…) is as it was."""
        return bool(termios.tcgetattr(self._terminal) == self._before)

    # Acting

    def press(self, keys: str) -> None:
        os.write(self._terminal, keys.encode())

    def resize(self, width: int, height: int) -> None:
        """Resize the terminal; the kernel sends SIGWINCH to the program."""
        self.screen.resize(height, width)
        self._set_size(width, height)

    def _set_size(self, width: int, height: int) -> None:
        fcntl.ioctl(self._terminal, termios.TIOCSWINSZ, struct.pack("HHHH", height, width, 0, 0))

    def signal(self, number: int) -> None:
        self._process.send_signal(number)

    def close_terminal(self) -> None:
        """Close the terminal, as when a window is closed or a connection is lost."""
        os.close(self._terminal)
        self._terminal = -1

    def fill_up(self) -> None:
        """Read nothing until the terminal's buffer is full."""
        waiting, since = -1, time.monotonic()
        while time.monotonic() < since + 1.0:
            now = struct.unpack("i", fcntl.ioctl(self._terminal, termios.FIONREAD, b"    "))[0]
            if now != waiting:
                waiting, since = now, time.monotonic()
            time.sleep(0.02)

    def wait_for_end(self, *, reading: bool = True) -> int:
        """The exit code, or minus the number of the signal that ended it."""
        until = time.monotonic() + PATIENCE
        while self._process.poll() is None:
            assert time.monotonic() < until, f"it does not end\n{self.text}"
            if self._terminal >= 0 and reading:
                self.read()
            else:
                time.sleep(0.02)
        if self._terminal >= 0:
            self.read()
        return self._process.returncode

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._process.kill()
        self._process.wait()
        if self._terminal >= 0:
            os.close(self._terminal)
        self._directory.cleanup()
