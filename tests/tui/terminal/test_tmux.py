"""The program in tmux: it follows the size of the window, and leaves the window clean."""

import os
import re
import shlex
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from support.patience import PATIENCE
from support.pty_program import PROGRAM

pytestmark = [
    pytest.mark.terminal,
    pytest.mark.skipif(shutil.which("tmux") is None, reason="there is no tmux on this machine"),
]


class Tmux:
    """A private tmux server with one window, which runs the program and then prints its exit code."""

    def __init__(self, directory: Path, width: int, height: int, *, shell: bool = False) -> None:
        self._socket = str(directory / "tmux")
        path = os.pathsep.join([path for path in sys.path if path])
        state = f"XDG_STATE_HOME={directory / 'state'}"
        program = shlex.join(["env", f"PYTHONPATH={path}", state, sys.executable, *PROGRAM])
        begun = "bash --norc --noprofile -i" if shell else f"{program}; echo EXIT $?; cat"
        self._run("-f", "/dev/null", "new", "-d", "-x", str(width), "-y", str(height), begun)
        if shell:
            self._run("send-keys", program, "Enter")

    def _run(self, *command: str) -> str:
        environment = {**os.environ, "TERM": "xterm-256color", "LANG": "C.UTF-8"}
        run = subprocess.run(
            ["tmux", "-S", self._socket, *command], capture_output=True, text=True, check=True, env=environment
        )
        return run.stdout

    @property
    def text(self) -> str:
        return self._run("capture-pane", "-p")

    def wait_for(self, expression: str) -> None:
        until = time.monotonic() + PATIENCE
        while not re.search(expression, text := self.text):
            assert time.monotonic() < until, f"it did not come to be: {expression}\n{text}"

    def press(self, key: str) -> None:
        self._run("send-keys", key)

    def resize(self, width: int, height: int) -> None:
        self._run("resize-window", "-x", str(width), "-y", str(height))

    def close(self) -> None:
        self._run("kill-server")


@pytest.fixture
def tmux(tmp_path: Path) -> Iterator[Tmux]:
    window = Tmux(tmp_path, 120, 40)
    yield window
    window.close()


@pytest.mark.parametrize("sizes", [[], [(200, 60)], [(80, 24)], [(80, 24), (200, 60)]], ids=str)
def test_the_window_is_clean_after_the_end_whatever_its_size_was(tmux: Tmux, sizes: list[tuple[int, int]]) -> None:
    tmux.wait_for("C2 billing")
    for width, height in sizes:
        tmux.resize(width, height)
        tmux.wait_for(rf"(?m)^.{{{width - 20},{width - 12}}}REAL THREADS$")
    tmux.press("q")
    tmux.wait_for("EXIT")
    kept, *rest = tmux.text.split("\n", 1)
    assert kept.startswith("kept: msgmux-tui replay last (")
    assert "".join(rest).split() == ["EXIT", "0"]


def test_ctrl_z_goes_to_the_shell_and_fg_comes_back_to_a_paused_session(tmp_path: Path) -> None:
    window = Tmux(tmp_path, 120, 40, shell=True)
    try:
        window.wait_for("C2 billing")
        window.press("C-z")
        window.wait_for("Stopped")
        window.press("fg")
        window.press("Enter")
        window.wait_for("paused while you were away")
        window.press("q")
        window.wait_for("kept: ")
    finally:
        window.close()
