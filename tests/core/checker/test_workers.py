"""The worker processes of a search: none outlives the search, however it or they end."""

import multiprocessing
import os
import signal
import subprocess
import sys

import pytest

from msgmux import MsgmuxError
from msgmux.checker import Program, SearchOptions, check
from msgmux.checker.search import Tally

PAIRS = Program(harness="pairs")
LONG = SearchOptions(bound=4, schedules=1_000_000, seconds=600.0)


@pytest.fixture(autouse=True)
def _at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Workers are started after a few schedules."""
    monkeypatch.setattr("msgmux.checker.checking.HERE", 5)


def test_an_interrupt_ends_processes_that_are_stopped_as_well() -> None:
    stopped: list[int] = []

    def stop_and_interrupt(tally: Tally) -> None:
        workers = multiprocessing.active_children()
        if workers:
            for worker in workers:
                assert worker.pid is not None
                os.kill(worker.pid, signal.SIGSTOP)
                stopped.append(worker.pid)
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        check(PAIRS, LONG, workers=2, progress=stop_and_interrupt)
    assert len(stopped) == 2
    assert multiprocessing.active_children() == []
    for pid in stopped:
        with pytest.raises(ProcessLookupError):
            os.kill(pid, 0)


def test_a_process_that_is_killed_is_reported_and_ends_the_others() -> None:
    def kill_one(tally: Tally) -> None:
        for worker in multiprocessing.active_children()[:1]:
            worker.kill()

    with pytest.raises(MsgmuxError, match="has ended without a word"):
        check(PAIRS, LONG, workers=2, progress=kill_one)
    assert multiprocessing.active_children() == []


PARENT = """
import sys
from msgmux.checker import Program, SearchOptions, check, checking
if __name__ == "__main__":
    checking.HERE = 5
    import multiprocessing
    def tell(tally):
        workers = multiprocessing.active_children()
        if workers:
            print(*[worker.pid for worker in workers], flush=True)
    options = SearchOptions(bound=4, schedules=1_000_000, seconds=600.0)
    check(Program(harness="pairs"), options, workers=2, progress=tell)
"""


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGINT], ids=["killed", "interrupted"])
def test_processes_without_a_parent_end_and_say_nothing(number: signal.Signals, tmp_path: "os.PathLike[str]") -> None:
    program = os.path.join(tmp_path, "parent.py")
    with open(program, "w", encoding="utf-8") as file:
        file.write(PARENT)
    # A process group of its own, so that parent and workers can be interrupted together, as a terminal does.
    parent = subprocess.Popen(
        [sys.executable, program], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True
    )
    try:
        assert parent.stdout is not None
        workers = [int(pid) for pid in parent.stdout.readline().split()]
        assert len(workers) == 2
        if number == signal.SIGINT:
            os.killpg(parent.pid, number)
        else:
            parent.send_signal(number)
        # The workers hold the other ends of both pipes, so this returns only when all workers have ended.
        _, complaints = parent.communicate(timeout=120)
    finally:
        parent.kill()
        parent.wait()
    expected = ["KeyboardInterrupt"] if number == signal.SIGINT else []
    assert [line for line in complaints.splitlines() if line and not line.startswith((" ", "Traceback"))] == expected
