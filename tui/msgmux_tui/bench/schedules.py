"""Schedules per second of CPU time: three threads take one lock ten times each, here and in peers that explore threads.

CPU time is disturbed least by other programs on the machine. All run the same program, but switch threads at different
places: the peers at instructions or lines, this checker at operations on the lock.
"""

import json
import shutil
import subprocess
import sys
import time
from collections.abc import Callable
from importlib import import_module
from importlib.util import find_spec
from statistics import median
from typing import Any

from msgmux.checker import Program, Stepper
from msgmux.checker.bounding import Bounding
from msgmux.runtime.scheduler import CarrierName
from msgmux.runtime.strategies import RandomWalk, Strategy
from msgmux.runtime.virtual import VirtualRuntime
from msgmux_tui.bench.measuring import Effort, Say
from msgmux_tui.bench.report import Cells, Table

THREADS, LOCKS = 3, 10
RANDOM, BOUNDED = "random walk", "at most 2 preemptions"
COLUMNS = (RANDOM, BOUNDED)
GOAL = 10_000.0
POINTS = 300
"""Scheduling points of the run in which a step back is measured."""

FRONTRUN = """
import frontrun, json, sys, threading, time
class State:
    def __init__(self): self.lock = threading.Lock()
def work(state):
    for _ in range({locks}):
        with state.lock: pass
begun = time.process_time()
options = dict(max_attempts={n}) if {strategy!r} == "random" else dict(max_executions={n}, stop_on_first=False)
frontrun.explore(State, work, lambda state: True, count={threads}, strategy={strategy!r}, **options)
print(json.dumps({n} / (time.process_time() - begun)))
"""
"""It must be started by its own command, which prepares the process."""

Rate = Callable[[int], float]
"""Runs that many schedules; returns schedules a second of CPU time."""


def measure(effort: Effort, say: Say) -> list[Table]:
    """Measure rates, ratios to the installed peers, and the cost of a check and of a step back."""
    systems: dict[str, tuple[Rate, Rate]] = {
        "msgmux": (ours(random_walks, "greenlet"), ours(bounded, "greenlet")),
        "msgmux on OS threads": (ours(random_walks, "thread"), ours(bounded, "thread")),
    }
    if find_spec("interleave_test") is not None:
        systems["interleave-test, lines"] = (interleave("line", "random"), interleave("line", "dfs"))
        systems["interleave-test, opcodes"] = (interleave("opcode", "random"), interleave("opcode", "dfs"))
    if find_spec("frontrun") is not None and shutil.which("frontrun", path=_scripts()) is not None:
        systems["frontrun"] = (frontrun("random"), frontrun("dpor"))
    # Each runs for about the time of one run, as far as it can.
    wanted = {name: tuple([fitting(rate, effort.seconds) for rate in rates]) for name, rates in systems.items()}
    rounds: list[dict[str, Cells]] = []
    for number in range(effort.rounds):
        say(f"schedules, round {number + 1}")
        rounds.append({name: tuple(map(_run, rates, wanted[name])) for name, rates in systems.items()})
    rates: dict[str, Cells] = {name: _medians([each[name] for each in rounds]) for name in systems}
    beside: dict[str, Cells] = {
        f"to {name}": _medians([_ratios(each["msgmux"], each[name]) for each in rounds])
        for name in systems
        if "msgmux" not in name
    }
    goals: dict[str, Cells] = {
        name: (100.0, 100.0) if "frontrun" in name else (20.0, 20.0) for name in beside if "opcodes" not in name
    }
    note = f"{THREADS} threads, {LOCKS} lock sections each; schedules a second of CPU time"
    say("a check, and a step back")
    tables = [Table("schedules", "Schedules a second", "1/s", "more", COLUMNS, rates, {"msgmux": (GOAL, None)}, note)]
    if beside:
        title = "Ratio of msgmux to its peers"
        tables.append(Table("schedules-ratio", title, "ratio", "more", COLUMNS, beside, goals, note))
    return [*tables, _whole(effort)]


def fitting(rate: Rate, seconds: float) -> int:
    """How many schedules take about so many seconds."""
    return max(3, int(rate(3) * seconds))


def ours(strategies: "Callable[[int], Any]", carrier: CarrierName) -> Rate:
    """The rate of this checker with these strategies."""

    def rate(n: int) -> float:
        begun = time.process_time()
        for strategy in strategies(n):
            one(strategy, carrier)
        return n / (time.process_time() - begun)

    return rate


def random_walks(n: int) -> Any:
    """The strategies of ``n`` random walks."""
    return map(RandomWalk, range(n))


def bounded(n: int) -> Any:
    """The strategies of ``n`` schedules of the bounded search, which is repeated after its 3,300 schedules."""
    left = n
    while left:
        for strategy in Bounding("preemption", 2):
            yield strategy
            left -= 1
            if not left:
                return


def one(strategy: Strategy, carrier: CarrierName) -> None:
    """One run of the program."""
    with VirtualRuntime(strategy, carrier=carrier) as runtime:
        lock = runtime.lock("lock")

        def work() -> None:
            for _ in range(LOCKS):
                with lock:
                    pass

        for number in range(THREADS):
            runtime.spawn(work, f"t{number}", daemon=False)
        runtime.run()


def interleave(granularity: str, strategy: str) -> Rate:
    """The package interleave-test: OS threads, one at a time, by ``sys.monitoring``."""
    peer: Any = import_module("interleave_test")

    def model() -> None:
        lock = peer.Lock()

        def work() -> None:
            for _ in range(LOCKS):
                with lock:
                    pass

        for task in [peer.spawn(work) for _ in range(THREADS)]:
            task.join()

    def rate(n: int) -> float:
        begun = time.process_time()
        peer.explore(model, iterations=n, strategy=strategy, granularity=granularity, seed=1)
        return n / (time.process_time() - begun)

    return rate


def frontrun(strategy: str) -> Rate:
    """The package frontrun: OS threads traced by opcodes; "dpor" is a search by partial orders."""

    def rate(n: int) -> float:
        source = FRONTRUN.format(locks=LOCKS, threads=THREADS, n=n, strategy=strategy)
        command = shutil.which("frontrun", path=_scripts())
        assert command is not None
        done = subprocess.run([command, sys.executable, "-c", source], capture_output=True, text=True, check=True)
        return float(json.loads(done.stdout.splitlines()[-1]))

    return rate


def _scripts() -> str:
    """The folder of the commands that are installed with this Python."""
    import sysconfig

    return sysconfig.get_path("scripts")


def _whole(effort: Effort) -> Table:
    """The times that a person waits: for a check of the whole queue, and for one step back."""
    rounds = 1 if effort.quick else 3
    check = median([_seconds_of_check() for _ in range(rounds)])
    back = median([_seconds_of_undo() for _ in range(rounds)])
    return Table(
        "schedules-waiting",
        "What one waits for",
        "ms",
        "less",
        ("CPU time",),
        {"pairs, delay bound 3": (1000 * check,), f"a step back over {POINTS} points": (1000 * back,)},
        {"pairs, delay bound 3": (5000.0,), f"a step back over {POINTS} points": (20.0,)},
        "the sound queue with two producers of two messages, two consumers and all its threads, on one core",
    )


def _seconds_of_check() -> float:
    program = Program(harness="pairs")
    begun = time.process_time()
    for strategy in Bounding("delay", 3):
        with program.trial(strategy) as trial:
            assert not trial.run().failures
    return time.process_time() - begun


def _seconds_of_undo() -> float:
    from msgmux_tui.scenarios import read

    with Stepper(Program(scenario=read("default").source, file="default.toml")) as stepper:
        stepper.go(steps=POINTS + 1)
        begun = time.process_time()
        stepper.undo()
        return time.process_time() - begun


def _run(rate: Rate, n: int) -> float:
    return rate(n)


def _medians(rows: list[Cells]) -> Cells:
    return tuple([median([cell for cell in column if cell is not None]) for column in zip(*rows, strict=True)])


def _ratios(ours: Cells, theirs: Cells) -> Cells:
    return tuple([a / b for a, b in zip(ours, theirs, strict=True) if a is not None and b is not None])
