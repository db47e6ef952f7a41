"""A program that is started to be watched: it publishes its queues, and what it prints goes to a file."""

import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

from msgmux.errors import MsgmuxError
from msgmux.publishing.places import NAME
from msgmux_tui.programs.found import Found, look
from msgmux_tui.system.tied import tied

PATIENCE = 3.0
"""Seconds that a program has to end after ctrl+c, and once more after SIGTERM."""
LAST_LINES = 10
LOOK_SECONDS = 0.1


class WatchedProgram:
    """``python program arguments…``, as a child that ends with this process, whatever ends that. A context manager that
    ends it. Raises :class:`MsgmuxError` for a file that is none, :class:`OSError` where no process can be started.
    """

    def __init__(self, program: Path, arguments: Sequence[str] = ()) -> None:
        if not program.is_file():
            raise MsgmuxError(f"{program}: is no file; give a Python program: msgmux-tui watch PROGRAM.py")
        self.program = program
        usable = "".join([letter if NAME.fullmatch(letter) else "-" for letter in program.stem])[:30] or "program"
        handle, path = tempfile.mkstemp(prefix=f"msgmux-{usable}-", suffix=".log")
        self.output = Path(path)
        with open(handle, "wb") as output:
            self._child = subprocess.Popen(
                tied([sys.executable, str(program), *arguments]),
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                # What it prints is to be in the file when it is looked for.
                env=os.environ | {"MSGMUX_PUBLISH": usable, "PYTHONUNBUFFERED": "1"},
                # Keys that interrupt are for the screen, which ends it.
                start_new_session=True,
            )

    @property
    def pid(self) -> int:
        return self._child.pid

    @property
    def ended(self) -> int | None:
        """Its exit code, when it has ended; negative: the signal that has ended it."""
        return self._child.poll()

    def published(self) -> list[Found]:
        """The queues that it publishes now."""
        return [found for found in look() if found.place.pid == self.pid and found.listed is not None]

    def first_queue(self) -> Found | None:
        """Wait until it publishes a queue; None: it has ended without one."""
        while True:
            ended = self.ended is not None
            found = self.published()
            if found:
                return found[0]
            if ended:
                return None
            time.sleep(LOOK_SECONDS)

    def close(self) -> None:
        """End it by SIGINT, after :data:`PATIENCE` seconds by SIGTERM, at last by SIGKILL. Idempotent."""
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGKILL):
            if self.ended is not None:
                return
            self._child.send_signal(number)
            try:
                self._child.wait(PATIENCE)
            except subprocess.TimeoutExpired:
                continue

    def last_words(self) -> str:
        """How it has ended, where its output is, and the last lines of that."""
        code = self.ended
        how = (
            "still runs"
            if code is None
            else f"was ended by signal {-code}"
            if code < 0
            else f"has ended with code {code}"
        )
        lines = self.output.read_text("utf-8", "replace").splitlines()
        if not lines:
            self.output.unlink(missing_ok=True)
            return f"{self.program.name} {how}; it has printed nothing"
        few = f"the last {LAST_LINES} of {len(lines):,} lines" if len(lines) > LAST_LINES else "all"
        return "\n".join(
            [f"{self.program.name} {how}; what it printed is in {self.output}, {few}:", *lines[-LAST_LINES:]]
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()
