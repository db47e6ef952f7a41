"""Times runs and computes their statistics: interleaved rounds, ratios within a round, medians over the rounds."""

import gc
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from statistics import median

import msgspec

from msgmux_tui.bench.peers import YARDSTICK
from msgmux_tui.bench.systems import System

PAYLOAD = b"x" * 100
"""What every message carries: 100 bytes, one object for all, so that no system pays for making it."""

GROUP_SIZE = 4
"""Systems measured after each run of the yardstick. Few, so that the machine's speed does not drift in between."""

PROBE = 5_000
"""Messages of the run that finds out how many a timed run should send."""

Shape = tuple[int, int]
Say = Callable[[str], None]


class Effort(msgspec.Struct, frozen=True):
    """How long to measure: the number of ``rounds``, whose median counts, and the rough ``seconds`` of a run."""

    rounds: int
    seconds: float
    quick: bool = False


THOROUGH = Effort(7, 0.4)
QUICK = Effort(5, 0.08, quick=True)


class Run(msgspec.Struct, frozen=True):
    """One timed run: the number of messages sent (each goes to every consumer), and the seconds it took."""

    messages: int
    wall: float
    cpu: float

    @property
    def rate(self) -> float:
        """Messages a second."""
        return self.messages / self.wall

    @property
    def cpu_rate(self) -> float:
        """Messages per second of CPU time, which other processes on the machine disturb less than wall time."""
        return self.messages / self.cpu


def words(shape: Shape) -> str:
    """The number of producers and consumers as ``3x3``."""
    return f"{shape[0]}x{shape[1]}"


def run(make: type[System], shape: Shape, messages: int) -> Run:
    """Send ``messages`` in all through a new system; timed from the start of its threads to the end of the last one."""
    producers, consumers = shape
    each = max(1, messages // producers)
    system = make(producers, consumers)
    failures: list[BaseException] = []
    ready = threading.Barrier(producers + consumers + 1)

    def task(work: Callable[[], None]) -> Callable[[], None]:
        def body() -> None:
            try:
                ready.wait()
                work()
            except BaseException as error:  # noqa: BLE001 - raised again by the thread that measures
                failures.append(error)

        return body

    work = [lambda n=n: system.receive(n, each * producers) for n in range(consumers)]
    work += [lambda n=n: system.send(n, each, PAYLOAD) for n in range(producers)]
    threads = [threading.Thread(target=task(part), daemon=True) for part in work]
    try:
        for thread in threads:
            thread.start()
        gc.collect()
        wall, cpu = time.perf_counter(), time.process_time()
        ready.wait()
        for thread in threads:
            thread.join()
        wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
    finally:
        system.close()
    if failures:
        raise failures[0]
    return Run(each * producers, wall, cpu)


def fitting(make: type[System], shape: Shape, seconds: float) -> int:
    """How many messages take about ``seconds`` of CPU time: with wall time, other load would make a run too short."""
    return max(PROBE, int(run(make, shape, PROBE).cpu_rate * seconds))


class Measured(msgspec.Struct, frozen=True):
    """A system's medians, and those of its ratios to the yardstick of its own group and round."""

    rate: float
    cpu_microseconds: float
    wall_ratio: float
    cpu_ratio: float


def beside_yardstick(
    systems: Sequence[type[System]], shape: Shape, effort: Effort, yardstick: type[System] = YARDSTICK
) -> dict[str, Measured]:
    """Run all systems in interleaved rounds, with the yardstick before each few of them. Returns the results by name,
    with the yardstick's.
    """
    wanted = {make.name: fitting(make, shape, effort.seconds) for make in [yardstick, *systems]}
    runs: dict[str, list[Run]] = {name: [] for name in wanted}
    marks: dict[str, list[Run]] = {name: [] for name in wanted}
    for _ in range(effort.rounds):
        for group in _groups(systems):
            mark = run(yardstick, shape, wanted[yardstick.name])
            runs[yardstick.name].append(mark)
            marks[yardstick.name].append(mark)
            for make in group:
                runs[make.name].append(run(make, shape, wanted[make.name]))
                marks[make.name].append(mark)
    return {name: _medians(runs[name], marks[name]) for name in wanted}


def _groups(systems: Sequence[type[System]]) -> Iterator[Sequence[type[System]]]:
    for start in range(0, len(systems), GROUP_SIZE):
        yield systems[start : start + GROUP_SIZE]


def _medians(runs: Sequence[Run], marks: Sequence[Run]) -> Measured:
    pairs = list(zip(runs, marks, strict=True))
    return Measured(
        median([each.rate for each in runs]),
        median([1e6 * each.cpu / each.messages for each in runs]),
        median([each.rate / mark.rate for each, mark in pairs]),
        median([each.cpu_rate / mark.cpu_rate for each, mark in pairs]),
    )
