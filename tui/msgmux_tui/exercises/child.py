"""Grades in a child process, since a search computes all the time and the screen must stay responsive."""

import subprocess
import sys
import tempfile
from pathlib import Path

import msgspec

from msgmux.exercises import ORDER, Exercise
from msgmux.exercises.records import Grade

VERDICTS = (0, 1, 3)
"""Exit codes of a grading that has come to an end."""


class Grading:
    """``msgmux-tui exercise … --grade`` of a file, which begins at once. To be asked :meth:`over` now and then.

    Then there is a :attr:`grade`, or a :attr:`problem` in the child's own words. To be closed in any case. Raises
    :class:`OSError` where no process can be started.
    """

    def __init__(self, exercise: Exercise, file: Path) -> None:
        self.grade: Grade | None = None
        self.problem = ""
        self._over = False
        self._folder = tempfile.TemporaryDirectory(prefix="msgmux-exercise-")
        # Not through pipes: nobody reads them while the child writes.
        self._report, self._said = [Path(self._folder.name) / name for name in ("report.json", "said.txt")]
        name = exercise.name if exercise.name in ORDER else str(exercise.folder)
        with self._report.open("wb") as report, self._said.open("wb") as said:
            self._child = subprocess.Popen(
                [sys.executable, "-m", "msgmux_tui", "exercise", name, "--grade", str(file), "--json"],
                stdin=subprocess.DEVNULL,
                stdout=report,
                stderr=said,
            )

    def over(self) -> bool:
        """Whether the grading has ended. Does not wait."""
        if not self._over and (code := self._child.poll()) is not None:
            self._over = True
            self._take(code)
        return self._over

    def close(self) -> None:
        """End the child, if it has not ended, and clean up after it. Idempotent."""
        # Its own children end with it: they read from it.
        self._child.terminate()
        try:
            self._child.wait(5)
        except subprocess.TimeoutExpired:
            self._child.kill()
            self._child.wait()
        self._folder.cleanup()

    def _take(self, code: int) -> None:
        try:
            if code in VERDICTS:
                self.grade = msgspec.json.decode(self._report.read_bytes(), type=Grade)
            else:
                said = self._said.read_text("utf-8", "replace").strip()
                self.problem = said.removeprefix("msgmux-tui: ") or f"grading has ended with code {code}"
        except (OSError, msgspec.DecodeError) as error:
            self.problem = f"the grade can't be read: {error}"
