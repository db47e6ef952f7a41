"""What starting costs: the core loads no terminal, and the command line no Textual before a command needs it."""

import subprocess
import sys
import time

import pytest

CORE_IMPORT_LIMIT = 0.12
"""Seconds of CPU beyond the interpreter's own start; measured: 0.035."""


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


@pytest.mark.parametrize("option", ["--help", "--version"])
def test_help_and_version_do_not_load_textual(option: str) -> None:
    loaded = loaded_packages("-m", "msgmux_tui", option)
    assert "msgmux_tui" in loaded
    assert loaded.isdisjoint({"textual", "rich"})


@pytest.mark.alone
def test_importing_the_core_is_cheap() -> None:
    script = "import time; before = time.process_time(); import msgmux; print(time.process_time() - before)"
    run_python("-c", script)  # writes the bytecode
    cpu_seconds = min(float(run_python("-c", script).stdout) for _ in range(5))
    assert cpu_seconds < CORE_IMPORT_LIMIT


@pytest.mark.alone
@pytest.mark.parametrize("option", ["--help", "--version"])
def test_help_and_version_answer_in_0_3_seconds(option: str) -> None:
    def seconds() -> float:
        start = time.perf_counter()
        run_python("-m", "msgmux_tui", option)
        return time.perf_counter() - start

    seconds()
    assert min(seconds() for _ in range(5)) < 0.3
