"""Runs the checker in a child process, since a search computes all the time and the screen must stay responsive."""

import subprocess
import sys
import tempfile
import threading
from pathlib import Path

from msgspec import DecodeError

from msgmux.checker import Program
from msgmux.checker.search import Tally
from msgmux_tui.lessons.findings import Findings, arguments, read_findings, read_tally
from msgmux_tui.lessons.model import Goal

VERDICTS = (0, 1, 3)
"""Exit codes of a search with a result: valid, violated, unknown."""


class Checking:
    """``msgmux-tui check`` of a program, which begins at once. Whoever looks at it asks whether it is :attr:`over`.

    Then there are :attr:`findings`, or a :attr:`problem` in the child's own words. To be closed in any case. Raises
    :class:`OSError` where no process can be started.
    """

    def __init__(self, program: Program, goal: Goal) -> None:
        self.tally = Tally()
        self.findings: Findings | None = None
        self.problem = ""
        self.over = False
        self._folder = tempfile.TemporaryDirectory(prefix="msgmux-lesson-")
        folder = Path(self._folder.name)
        name = program.harness
        if not name:
            path = folder / "program.toml"
            path.write_text(program.scenario, "utf-8")
            name = str(path)
        # A file, not a second pipe: while this process reads the progress, nobody would read that pipe.
        self._report = folder / "report.json"
        with self._report.open("wb") as report:
            self._child = subprocess.Popen(
                [sys.executable, "-m", "msgmux_tui", *arguments(name, program.variant, goal)],
                stdin=subprocess.DEVNULL,
                stdout=report,
                stderr=subprocess.PIPE,
            )
        self._reader = threading.Thread(target=self._read, name="checking", daemon=True)
        self._reader.start()

    def close(self) -> None:
        """End the child, if it has not ended, and clean up after it. Idempotent."""
        self._child.kill()
        self._child.wait()
        self._reader.join()
        self._folder.cleanup()

    def _read(self) -> None:
        said = ""
        assert self._child.stderr is not None
        try:
            with self._child.stderr as lines:
                for line in lines:
                    if line.startswith(b"{"):
                        self.tally = read_tally(line)
                    else:
                        said = line.decode("utf-8", "replace").strip()
            code = self._child.wait()
            if code in VERDICTS:
                self.findings = read_findings(self._report.read_bytes())
            else:
                self.problem = f"the checker has ended with code {code}: {said}"
        except (OSError, DecodeError) as error:
            self.problem = f"the checker's report can't be read: {error}"
        # Set last: who sees it set can read the other attributes.
        self.over = True
