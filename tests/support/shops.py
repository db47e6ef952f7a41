"""Runs :mod:`support.shop` in its own process, which is always ended."""

import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Self

TESTS = Path(__file__).parent.parent


class Shop:
    """The running program, after it has printed its address."""

    def __init__(self, name: str = "shop", **environment: str) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-m", "support.shop", name],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env={**os.environ, "PYTHONPATH": str(TESTS), **environment},
        )
        self.pid = self.process.pid
        self.address = self._line()

    def do(self, words: str) -> list[str]:
        """Send it a command; returns the lines that it printed before ``done``."""
        assert self.process.stdin is not None
        self.process.stdin.write(words + "\n")
        self.process.stdin.flush()
        said: list[str] = []
        while (line := self._line()) != "done":
            said.append(line)
        return said

    def signal(self, number: signal.Signals) -> None:
        os.kill(self.pid, number)

    def kill(self) -> None:
        self.process.kill()
        self.process.wait()

    def end(self) -> int:
        """Let it end by closing its stdin. Returns the exit code."""
        assert self.process.stdin is not None
        self.process.stdin.close()
        return self.process.wait()

    def _line(self) -> str:
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        assert line, "the program has ended"
        return line.strip()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.kill()
        for pipe in (self.process.stdin, self.process.stdout):
            if pipe is not None:
                pipe.close()
