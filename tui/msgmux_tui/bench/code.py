"""Checks of small user programs: schedules a second relative to a check of the queue, and what is found.

All in one process and in one run, by CPU time; the yardstick is the bundled harness ``pairs``.
"""

import subprocess
import sys
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

import msgspec

from msgmux.checker import Program
from msgmux.checker.bounding import Bounding
from msgmux.checker.checkable import Checkable
from msgmux.checker.code.parent import explore_in_child
from msgmux.checker.code.program import CodeProgram
from msgmux.checker.code.records import Exploring
from msgmux.checker.code.reduction import Reduction
from msgmux.checker.code.runtime import Pruned
from msgmux.checker.code.searching import explore_program
from msgmux.exercises import ORDER, read_exercise
from msgmux.exercises.grading import grade
from msgmux.exercises.model import SKELETON, SOLUTION
from msgmux_tui.bench.code_peers import beside
from msgmux_tui.bench.measuring import Effort, Say
from msgmux_tui.bench.report import Cells, Table

HEAD = "import queue, threading\n"
START = """
threads = [threading.Thread(target=work, args=(number,)) for number in range({})]
for thread in threads: thread.start()
for thread in threads: thread.join()
"""


class Small(msgspec.Struct, frozen=True):
    """A program: ``threads`` that call ``work(number)``, and the expression that ``holds`` at the end."""

    threads: int
    definitions: str
    holds: str

    @property
    def text(self) -> str:
        """The program as a file of a user's."""
        return f"{HEAD}{self.definitions}{START.format(self.threads)}assert {self.holds}\n"

    @property
    def for_peers(self) -> str:
        """The same for :mod:`msgmux_tui.bench.peer_search`, which starts the threads itself."""
        return f"{HEAD}{self.definitions}def holds():\n    return {self.holds}\n"


PROGRAMS: dict[str, Small] = {
    "lost update": Small(
        2,
        "n = 0\ndef work(number):\n    global n\n    for _ in range(3):\n        n += 1\n",
        "n == 6",
    ),
    "lock order": Small(
        2,
        "a = threading.Lock()\n"
        "b = threading.Lock()\n"
        "def work(number):\n"
        "    first, second = (a, b) if number else (b, a)\n"
        "    with first:\n"
        "        with second: pass\n",
        "True",
    ),
    "lost wake-up": Small(
        2,
        "ready = False\n"
        "signal = threading.Condition()\n"
        "def work(number):\n"
        "    global ready\n"
        "    if number:\n"
        "        if not ready:\n"
        "            with signal: signal.wait()\n"
        "    else:\n"
        "        ready = True\n"
        "        with signal: signal.notify()\n",
        "True",
    ),
    "check-then-act": Small(
        2,
        "cache, made = {}, []\n"
        "def work(number):\n"
        "    if 'key' not in cache:\n"
        "        made.append(number)\n"
        "        cache['key'] = number\n",
        "len(made) == 1",
    ),
    "philosophers": Small(
        5,
        "forks = [threading.Lock() for _ in range(5)]\n"
        "def work(number):\n"
        "    with forks[number]:\n"
        "        with forks[(number + 1) % 5]: pass\n",
        "True",
    ),
    "Peterson, turn first": Small(
        2,
        "flags, turn, inside = [False, False], 0, 0\n"
        "turn = 0\n"
        "inside = 0\n"
        "def work(me):\n"
        "    global turn, inside\n"
        "    turn = 1 - me\n"
        "    flags[me] = True\n"
        "    while flags[1 - me] and turn == 1 - me: pass\n"
        "    inside += 1\n"
        "    assert inside == 1\n"
        "    inside -= 1\n"
        "    flags[me] = False\n",
        "True",
    ),
    "counter with a lock": Small(
        2,
        "n = 0\n"
        "lock = threading.Lock()\n"
        "def work(number):\n"
        "    global n\n"
        "    for _ in range(3):\n"
        "        with lock: n += 1\n",
        "n == 6",
    ),
    "queue": Small(
        2,
        "jobs = queue.Queue(1)\n"
        "def work(number):\n"
        "    for job in range(2):\n"
        "        jobs.get() if number else jobs.put(job)\n",
        "True",
    ),
}
COLUMNS = ("every schedule", "delay bound 2")


def measure(effort: Effort, say: Say) -> list[Table]:
    """Rates as ratios to a check of ``pairs``, and the number of the schedule at which each fault is found."""
    rates: dict[str, list[Cells]] = {name: [] for name in PROGRAMS}
    found: dict[str, Cells] = {}
    with TemporaryDirectory(prefix="msgmux-bench-") as folder:
        programs = {name: learned(_file(Path(folder), name, one.text)) for name, one in PROGRAMS.items()}
        for number in range(effort.rounds):
            say(f"code, round {number + 1}")
            yardstick = rate(lambda: _bounded(Program(harness="pairs")), effort.seconds)
            for name, program in programs.items():
                every = rate(lambda program=program: _every(program), effort.seconds)  # type: ignore[misc]
                bounded = rate(lambda program=program: _bounded(program), effort.seconds)  # type: ignore[misc]
                rates[name].append((every / yardstick, bounded / yardstick))
        for name, program in programs.items():
            report = explore_program(CodeProgram(program.path), Exploring(seconds=60.0))
            found[name] = (float(report.found_at), float(report.schedules) if report.every else None)
    ratios: dict[str, Cells] = {
        name: tuple([median([value for value in column if value is not None]) for column in zip(*rows, strict=True)])
        for name, rows in rates.items()
    }
    goals: dict[str, Cells] = dict.fromkeys(ratios, (0.6, 1.2))
    note = "schedules a second of CPU time, as a ratio to `check pairs` in the same round"
    return [
        Table(
            "code", "Programs of one's own, beside a check of the queue", "ratio", "more", COLUMNS, ratios, goals, note
        ),
        Table(
            "code-found",
            "Schedules until the fault is found (0: there is none), and all that there are",
            "schedules",
            "less",
            ("found at", "every"),
            found,
            {},
            "by partial-order reduction",
        ),
        *_beside_peers(effort, say),
        _exercises(say),
        _start(effort),
    ]


def _beside_peers(effort: Effort, say: Say) -> list[Table]:
    """The same programs in peers that search schedules, as far as they are installed."""
    with TemporaryDirectory(prefix="msgmux-bench-") as folder:
        rates: dict[str, tuple[float, float]] = {}
        decided: dict[str, float | None] = {}
        files = {name: _file(Path(folder), f"peers {name}", one.for_peers).path for name, one in PROGRAMS.items()}
        for name, one in PROGRAMS.items():
            program = learned(_file(Path(folder), name, one.text))
            rates[name] = (
                rate(partial(_every, program), effort.seconds),
                rate(partial(_bounded, program), effort.seconds),
            )
            report = explore_program(CodeProgram(program.path), Exploring(seconds=60.0))
            decided[name] = report.found_seconds or (report.seconds if report.every else None)
        return beside({name: (files[name], one.threads) for name, one in PROGRAMS.items()}, rates, decided, say)


def _exercises(say: Say) -> Table:
    """Seconds until every skeleton is found to be broken, and until its solution is decided; each in its child."""
    rows: dict[str, Cells] = {}
    for name in ORDER:
        say(f"code, exercise {name}")
        exercise = read_exercise(name)
        broken = grade(exercise, exercise.folder / SKELETON)
        solved = grade(exercise, exercise.folder / SOLUTION)
        test = broken.broken
        # With a child for each test, but without the time for which the search goes on after it has found something.
        found = None if test is None else test.found_seconds
        decided = sum([test.seconds for test in solved.tests]) if solved.verdict == "solved" else None
        rows[name] = (found, decided)
    goals: dict[str, Cells] = dict.fromkeys(rows, (1.0, 5.0))
    note = "an empty cell is not found, or not decided"
    return Table(
        "code-exercises",
        "Exercises: until the fault is found, until the solution is decided",
        "seconds",
        "less",
        ("skeleton", "solution"),
        rows,
        goals,
        note,
    )


def _start(effort: Effort) -> Table:
    """The time of a whole check of an empty file, beside that of a Python that does nothing."""
    ratios = []
    with TemporaryDirectory(prefix="msgmux-bench-") as folder:
        program = _file(Path(folder), "empty", "")
        for _ in range(max(3, effort.rounds)):
            begun = time.perf_counter()
            subprocess.run([sys.executable, "-c", "pass"], check=True)
            bare = time.perf_counter() - begun
            begun = time.perf_counter()
            explore_in_child(program, Exploring(seconds=10.0))
            ratios.append((time.perf_counter() - begun) / bare)
    return Table(
        "code-start",
        "Start of the child process, with the check of an empty file",
        "ratio",
        "less",
        ("beside python -c pass",),
        {"child": (median(ratios),)},
        {},
        "wall-clock time, as a ratio to `python -c pass` just before",
    )


def _file(folder: Path, name: str, text: str) -> CodeProgram:
    path = folder / f"{name.replace(' ', '_').replace(',', '')}.py"
    path.write_text(text, encoding="utf-8")
    return CodeProgram(str(path))


def learned(program: CodeProgram) -> CodeProgram:
    """The program with the scheduling points that its runs have shown to be needed."""
    report = explore_program(program, Exploring(seconds=10.0))
    return msgspec.structs.replace(program, learned=report.program.learned)


def rate(run: Callable[[], int], seconds: float) -> float:
    """Schedules a second of CPU time, measured for about ``seconds``; ``run`` runs some and returns how many."""
    schedules, begun = 0, time.process_time()
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        schedules += run()
    return schedules / max(1e-9, time.process_time() - begun)


def _every(program: CodeProgram, most: int = 200) -> int:
    reduction, schedules = Reduction(), 0
    while schedules < most:
        reduction.begin()
        with program.trial(reduction) as trial:
            try:
                trial.run()
                reduction.end(trial.runtime)
            except Pruned:
                # A pruned run costs time, too, so it counts.
                pass
        schedules += 1
        if not reduction.next():
            break
    return schedules


def _bounded(program: Checkable, most: int = 50) -> int:
    schedules = 0
    for strategy in Bounding("delay", 2):
        with program.trial(strategy) as trial:
            trial.run()
        schedules += 1
        if schedules == most:
            break
    return schedules
