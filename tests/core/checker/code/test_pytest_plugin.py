"""The pytest plugin: a test with @explore is called under every schedule."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from msgmux import explore
from msgmux.checker.code.records import Exploring

TESTS = """
import threading
import pytest
from msgmux.explore import explore

def together(work, times):
    threads = [threading.Thread(target=work) for _ in range(times)]
    for thread in threads: thread.start()
    for thread in threads: thread.join()

@explore
def test_lost():
    counts = {"n": 0}
    def work():
        counts["n"] += 1
    together(work, 2)
    assert counts["n"] == 2

@pytest.mark.parametrize(("times", "locked"), [(1, False), pytest.param(2, True), (2, False)])
@explore(seconds=60)
def test_sizes(times, locked):
    n = 0
    lock = threading.Lock()
    def work():
        nonlocal n
        if locked: lock.acquire()
        n += 1
        if locked: lock.release()
    together(work, times)
    assert n == times

@explore
def test_fixture(tmp_path): ...

def test_plain(tmp_path): assert tmp_path
"""


def ran(folder: Path, *arguments: str) -> "subprocess.CompletedProcess[str]":
    (folder / "test_mine.py").write_text(TESTS)
    command = [sys.executable, "-m", "pytest", "-q", "-p", "msgmux.pytest_plugin", *arguments]
    environment = {**os.environ, "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1", "PYTEST_ADDOPTS": ""}
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, env=environment)


@pytest.mark.parametrize("workers", [(), ("-p", "xdist", "-n", "2")], ids=["alone", "xdist"])
def test_a_failure_is_the_story(tmp_path: Path, workers: tuple[str, ...]) -> None:
    done = ran(tmp_path, *workers)
    assert "3 failed, 3 passed" in done.stdout
    for line in ("FAILED test_mine.py::test_lost", "FAILED test_mine.py::test_sizes[2-False]"):
        assert line in done.stdout
    assert "why: Thread-1 writes what it read before Thread-2 wrote: a lost update." in done.stdout
    assert "once more: pytest test_mine.py::test_lost --explore-replay " in done.stdout
    assert "fixtures are not given (tmp_path)" in done.stdout
    assert "Traceback" not in done.stdout + done.stderr


def test_a_saved_schedule_is_run_again(tmp_path: Path) -> None:
    ran(tmp_path, "-k", "lost")
    saved = next((tmp_path / ".pytest_cache" / "d" / "msgmux-explore").iterdir())
    done = ran(tmp_path, "-k", "lost", "--explore-replay", str(saved))
    assert "found at schedule 1" in done.stdout


def test_what_is_asked_for_is_checked_at_once() -> None:
    with pytest.raises(ValueError, match="points"):
        explore.explore(points="everywhere")  # type: ignore[call-overload]

    @explore.explore(bound=2, gil=True)
    def marked() -> int:
        return 7

    # The decorator does not wrap the function: a direct call runs it once.
    assert marked() == 7
    assert getattr(marked, explore.MARK) == Exploring(bound=2, gil=True)


def test_outside_of_a_run_nothing_is_asked() -> None:
    explore.invariant(lambda: False)
    explore.outcome(1)
    assert explore.choose(3) == 0
    with explore.atomic():
        pass
    with pytest.raises(ValueError, match="from 1"):
        explore.choose(0)


def test_run_gives_a_report(tmp_path: Path) -> None:
    (tmp_path / "mine.py").write_text("print('always')")
    report = explore.run(str(tmp_path / "mine.py"))
    assert (report.verdict, report.every, report.schedules) == ("valid", True, 1)
    assert [outcome.outcome for outcome in report.outcomes] == ["always"]
    assert (report.races, report.counterexample, report.unknown) == ((), None, "")
