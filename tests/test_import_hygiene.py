"""What starting costs: the core loads no terminal, and the command line no Textual before a command needs it."""

import os
import subprocess
import sys
import time
from statistics import median

import pytest

BARE_START = 0.02
"""Seconds within which a bare interpreter starts on a machine that the limits below are meant for."""


def run_python(*arguments: str) -> subprocess.CompletedProcess[str]:
    """Run a fresh interpreter, which must succeed. Its import log is on stderr if ``-X importtime`` asks for it."""
    done = subprocess.run([sys.executable, *arguments], capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr[-2000:]
    return done


def loaded_packages(*arguments: str) -> set[str]:
    """The top-level packages that a fresh interpreter imports while it runs ``arguments``."""
    log = run_python("-X", "importtime", *arguments).stderr
    names = (line.rpartition("|")[2].strip() for line in log.splitlines() if line.startswith("import time:"))
    return {name.partition(".")[0] for name in names}


def test_the_core_loads_no_terminal_no_command_line_and_no_event_loop() -> None:
    loaded = loaded_packages("-c", "import msgmux")
    assert "msgmux" in loaded
    assert loaded.isdisjoint({"textual", "rich", "click", "asyncio", "msgmux_tui"})


@pytest.mark.parametrize(
    "arguments",
    [
        ["--help"],
        ["--version"],
        ["run", "sample", "--quiet"],
        ["scenarios"],
        ["validate", "--help"],
        ["lesson"],
        ["lesson", "cursor", "--plain"],
        ["bench", "--help"],
    ],
    ids=" ".join,
)
def test_a_command_that_opens_no_screen_does_not_load_textual(arguments: list[str]) -> None:
    loaded = loaded_packages("-m", "msgmux_tui", *arguments)
    assert "msgmux_tui" in loaded
    assert loaded.isdisjoint({"textual", "rich"})


def median_seconds(*arguments: str, cpu: bool) -> float:
    """Of ten starts of a fresh interpreter, after one that writes the bytecode: wall time, or its CPU time."""

    def seconds() -> float:
        before, start = children_cpu(), time.perf_counter()
        run_python(*arguments)
        return children_cpu() - before if cpu else time.perf_counter() - start

    seconds()
    return median([seconds() for _ in range(10)])


def children_cpu() -> float:
    times = os.times()
    return times.children_user + times.children_system


def allowed(limit: float, bare: float) -> float:
    """The limit, and as much more as a machine is slower on which even a bare interpreter takes longer to start."""
    return limit * max(1.0, bare / BARE_START)


@pytest.mark.alone
def test_importing_the_core_takes_less_than_60_ms() -> None:
    bare = median_seconds("-c", "pass", cpu=True)
    assert median_seconds("-c", "import msgmux", cpu=True) - bare < allowed(0.060, bare)


@pytest.mark.alone
@pytest.mark.parametrize("option", ["--help", "--version"])
def test_help_and_version_answer_in_0_3_seconds(option: str) -> None:
    bare = median_seconds("-c", "pass", cpu=False)
    assert median_seconds("-m", "msgmux_tui", option, cpu=False) < allowed(0.3, bare)
