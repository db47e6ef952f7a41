"""The number of schedules of a program is the same on every Python version and on both carriers."""

from pathlib import Path

import msgspec
import pytest

from msgmux.checker.code.program import CodeProgram
from msgmux.checker.code.reduction import Reduction
from msgmux.checker.code.runtime import Pruned
from msgmux.checker.search import Search, SearchOptions
from msgmux.runtime.scheduler import CarrierName

START = """
threads = [threading.Thread(target=work, args=(number,)) for number in range({})]
for thread in threads: thread.start()
for thread in threads: thread.join()
"""
COUNTER = (
    "import threading\nn = 0\ndef work(number):\n    global n\n    for _ in range(2):\n        n += 1\n"
    + START.format(2)
)
LOCKED = """
import threading
n = 0
lock = threading.Lock()
def work(number):
    global n
    for _ in range({}):
        with lock:
            n += 1
"""
PHILOSOPHERS = """
import threading
forks = [threading.Lock() for _ in range({0})]
def work(number):
    with forks[number]:
        with forks[(number + 1) % {0}]:
            pass
"""
QUEUE = """
import queue, threading
jobs = queue.Queue(1)
def work(number):
    for job in range(2):
        jobs.get() if number else jobs.put(job)
"""


def run_all(program: CodeProgram, carrier: CarrierName) -> tuple[int, int]:
    """How many schedules there are, and how many of them break something."""
    while True:
        schedules = failing = 0
        reduction = Reduction()
        while not program.loaded().learned.grown:
            reduction.begin()
            with program.trial(reduction, carrier=carrier) as trial:
                try:
                    result = trial.run()
                    reduction.end(trial.runtime)
                    schedules += 1
                    failing += bool(result.failures)
                except Pruned:
                    pass
            if not reduction.next():
                break
        if not program.loaded().learned.grown:
            return schedules, failing
        program = msgspec.structs.replace(program, learned=program.loaded().learned.known())


@pytest.mark.parametrize("carrier", ["greenlet", "thread"])
@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (COUNTER, (34, 0)),
        # The orders in which two threads can take a lock twice each: 4! / (2! 2!).
        (LOCKED.format(2) + START.format(2), (6, 0)),
        # Three threads, once each: 3!.
        (LOCKED.format(1) + START.format(3), (6, 0)),
        # Each of the n forks is taken first by one of two philosophers: 2^n orders. Two of them are cyclic: one is the
        # deadlock, and the other one can't occur.
        (PHILOSOPHERS.format(3) + START.format(3), (7, 1)),
        (PHILOSOPHERS.format(4) + START.format(4), (15, 1)),
        (QUEUE + START.format(2), (8, 0)),
    ],
    ids=["counter", "lock", "three", "philosophers 3", "philosophers 4", "queue"],
)
def test_every_schedule(tmp_path: Path, text: str, expected: tuple[int, int], carrier: CarrierName) -> None:
    file = tmp_path / "mine.py"
    file.write_text(text)
    assert run_all(CodeProgram(str(file)), carrier) == expected


def test_bounded_search_is_the_same_everywhere(tmp_path: Path) -> None:
    file = tmp_path / "mine.py"
    file.write_text(COUNTER)
    search = Search(CodeProgram(str(file), points="all"), SearchOptions(bound=1, schedules=1_000))
    search.go(1_000, 600.0)
    assert (search.tally.exhausted, search.tally.bounded) == (1, 16)
