"""Partial-order reduction loses no outcome: on small random programs it finds the outcomes of all schedules."""

from collections.abc import Sequence
from pathlib import Path

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from msgmux.checker.code.outcomes import outcome_of
from msgmux.checker.code.program import CodeProgram, CodeTrial
from msgmux.checker.code.reduction import Reduction
from msgmux.checker.code.runtime import Pruned
from msgmux.checker.trial import Result
from msgmux.runtime.strategies import C

MOST = 1_200
"""The most schedules of a program that the test runs without reduction."""


class Everything:
    """Enumerates all schedules, depth first over all choices."""

    keeps_current = False

    def __init__(self) -> None:
        self._picked: list[tuple[int, int]] = []
        self._depth = 0

    def pick(self, enabled: Sequence[C], current: C | None, index: int) -> C:
        if self._depth == len(self._picked):
            self._picked.append((0, len(enabled)))
        at, _ = self._picked[self._depth]
        self._depth += 1
        return enabled[at]

    def next(self) -> bool:
        self._depth = 0
        while self._picked:
            at, of = self._picked.pop()
            if at + 1 < of:
                self._picked.append((at + 1, of))
                return True
        return False


def came_to(trial: CodeTrial, result: Result) -> str:
    if result.unknown:
        return "unknown"
    if result.failures:
        failure = result.failures[0]
        if failure.invariant in ("deadlock", "hang"):
            # Which task closed the deadlock does not matter, because a request for a held lock is not a step yet.
            return failure.invariant
        return failure.invariant + ": " + failure.detail.partition("\n")[0][:20]
    return outcome_of(trial.runtime)


def every_schedule(program: CodeProgram) -> set[str]:
    """The outcomes of all schedules; for a program with more than :data:`MOST`, of the first ones."""
    outcomes, strategy = set(), Everything()
    for _ in range(MOST):
        with program.trial(strategy) as trial:
            outcomes.add(came_to(trial, trial.run()))
        if not strategy.next():
            return outcomes
    return outcomes


def reduced(program: CodeProgram) -> tuple[set[str], CodeProgram]:
    """The outcomes found with reduction, and the program with the scheduling points learned in that search."""
    while True:
        outcomes, reduction = set(), Reduction()
        while True:
            reduction.begin()
            with program.trial(reduction) as trial:
                try:
                    outcomes.add(came_to(trial, trial.run()))
                    reduction.end(trial.runtime)
                except Pruned:
                    pass
            if program.loaded().learned.grown:
                break
            if not reduction.next():
                return outcomes, program
        program = msgspec.structs.replace(program, learned=program.loaded().learned.known())


def source(threads: Sequence[Sequence[str]]) -> str:
    lines = [
        "import threading, time",
        "x = y = 0",
        "lock, other = threading.Lock(), threading.Lock()",
        "condition = threading.Condition(lock)",
        "event = threading.Event()",
        "got = {}",
    ]
    for number, body in enumerate(threads):
        lines += [f"def work{number}():", "    global x, y", "    mine = 0"]
        lines += [f"    {line}" for statement in body for line in statement.split("\n")]
        lines += [f"    got[{number}] = mine"]
    lines += [
        f"threads = [threading.Thread(target=f) for f in ({', '.join([f'work{n}' for n in range(len(threads))])},)]"
    ]
    lines += ["for thread in threads: thread.start()", "for thread in threads: thread.join()"]
    lines += ["print(x, y, sorted(got.items()))"]
    return "\n".join(lines) + "\n"


PLAIN = ["x = 1", "x = 2", "y = x", "mine = x", "mine = mine * 10 + y", "x += 1", "y = 3"]
LOCKED = [
    "with lock:\n    x += 1",
    "with lock:\n    mine = x",
    "with other:\n    y += 1",
    "with lock:\n    with other:\n        y = x",
    "with other:\n    with lock:\n        x = y",
]
TRIED = [
    "if lock.acquire(blocking=False):\n    x += 1\n    lock.release()",
    "mine = int(other.locked())",
    "if other.acquire(blocking=False):\n    mine = 7\n    other.release()",
]
SIGNALLED = [
    "with condition:\n    condition.notify()",
    "with condition:\n    while x < 1: condition.wait()",
    "with condition:\n    x = 1\n    condition.notify_all()",
    "event.set()",
    "mine = int(event.is_set())",
    "event.wait()",
]
TIMED = [
    "time.sleep(1)",
    "mine = int(event.wait(1))",
    "with condition:\n    mine = int(condition.wait(2))",
    "mine = int(lock.acquire(timeout=1))\nif mine: lock.release()",
]


def compare(path: Path, threads: Sequence[Sequence[str]]) -> None:
    text = source(threads)
    file = path / f"program_{abs(hash(text))}.py"
    file.write_text(text)
    program = CodeProgram(str(file), max_points=500)
    outcomes, learned = reduced(program)
    expected = every_schedule(learned)
    # For a program with too many schedules `expected` has the outcomes of a part of them.
    assert outcomes >= expected, text


def programs(statements: Sequence[str], threads: int, most: int) -> st.SearchStrategy[list[list[str]]]:
    return st.lists(
        st.lists(st.sampled_from(statements), min_size=1, max_size=most), min_size=threads, max_size=threads
    )


MIXED = [
    (PLAIN, 2, 2),
    ([*PLAIN, *LOCKED], 2, 2),
    (PLAIN[:4], 3, 1),
    ([*PLAIN, *LOCKED, *TRIED], 2, 2),
    ([*SIGNALLED, *PLAIN[:2]], 2, 2),
    ([*TIMED, *SIGNALLED, *PLAIN[:4]], 2, 2),
    (LOCKED, 3, 1),
]
kinds = pytest.mark.parametrize(("statements", "threads", "most"), MIXED)


@kinds
@settings(deadline=None, max_examples=6, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_no_outcome_is_lost(
    tmp_path_factory: pytest.TempPathFactory, statements: list[str], threads: int, most: int, data: st.DataObject
) -> None:
    compare(tmp_path_factory.mktemp("program"), data.draw(programs(statements, threads, most)))
