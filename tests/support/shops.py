"""Starts :mod:`support.shop` in a process of its own, and ends it in any case."""

import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Self

TESTS = Path(__file__).parent.parent


class Shop:
    """The program, once it has said its address."""

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
        """Have it do that; returns what it has said until it was done."""
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
        """As it does by itself. Returns the exit code."""
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
