"""Checks of small user programs: schedules a second relative to a check of the queue, and what is found.

All in one process and in one run, by CPU time; the yardstick is the bundled harness ``pairs``.
"""

import time
from collections.abc import Callable
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

import msgspec

from msgmux.checker import Program
from msgmux.checker.bounding import Bounding
from msgmux.checker.checkable import Checkable
from msgmux.checker.code.program import CodeProgram
from msgmux.checker.code.records import Exploring
from msgmux.checker.code.reduction import Reduction
from msgmux.checker.code.runtime import Pruned
from msgmux.checker.code.searching import explore_program
from msgmux_tui.bench.measuring import Effort, Say
from msgmux_tui.bench.report import Cells, Table

START = """
threads = [threading.Thread(target=work, args=(number,)) for number in range({})]
for thread in threads: thread.start()
for thread in threads: thread.join()
"""
PROGRAMS: dict[str, str] = {
    "lost update": "n = 0\ndef work(number):\n    global n\n    for _ in range(3):\n        n += 1\n"
    + START.format(2)
    + "assert n == 6\n",
    "lock order": "a = threading.Lock()\nb = threading.Lock()\ndef work(number):\n"
    "    first, second = (a, b) if number else (b, a)\n    with first:\n        with second: pass\n" + START.format(2),
    "lost wake-up": "ready = False\nsignal = threading.Condition()\ndef work(number):\n    global ready\n"
    "    if number:\n        if not ready:\n            with signal: signal.wait()\n"
    "    else:\n        ready = True\n        with signal: signal.notify()\n" + START.format(2),
    "check-then-act": "cache, made = {}, []\ndef work(number):\n    if 'key' not in cache:\n"
    "        made.append(number)\n        cache['key'] = number\n" + START.format(2) + "assert len(made) == 1\n",
    "philosophers": "forks = [threading.Lock() for _ in range(5)]\ndef work(number):\n    with forks[number]:\n"
    "        with forks[(number + 1) % 5]: pass\n" + START.format(5),
    "Peterson, turn first": "flags, turn, inside = [False, False], 0, 0\nturn = 0\ninside = 0\ndef work(me):\n"
    "    global turn, inside\n    turn = 1 - me\n    flags[me] = True\n"
    "    while flags[1 - me] and turn == 1 - me: pass\n    inside += 1\n    assert inside == 1\n"
    "    inside -= 1\n    flags[me] = False\n" + START.format(2),
    "counter with a lock": "n = 0\nlock = threading.Lock()\ndef work(number):\n    global n\n"
    "    for _ in range(3):\n        with lock: n += 1\n" + START.format(2) + "assert n == 6\n",
    "queue": "jobs = queue.Queue(1)\ndef work(number):\n    for job in range(2):\n"
    "        jobs.get() if number else jobs.put(job)\n" + START.format(2),
}
COLUMNS = ("every schedule", "delay bound 2")


def measure(effort: Effort, say: Say) -> list[Table]:
    """Rates as ratios to a check of ``pairs``, and the number of the schedule at which each fault is found."""
    rates: dict[str, list[Cells]] = {name: [] for name in PROGRAMS}
    found: dict[str, Cells] = {}
    with TemporaryDirectory(prefix="msgmux-bench-") as folder:
        programs = {name: learned(_file(Path(folder), name, text)) for name, text in PROGRAMS.items()}
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
    ]


def _file(folder: Path, name: str, text: str) -> CodeProgram:
    path = folder / f"{name.replace(' ', '_').replace(',', '')}.py"
    path.write_text("import queue, threading\n" + text, encoding="utf-8")
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
