"""The time from ``put`` to the consumer's ``get``, at 1,000 messages a second, in an idle and in a busy process."""

import threading
import time
from statistics import median
from struct import Struct

from msgmux_tui.bench.measuring import Effort, Say
from msgmux_tui.bench.ours import Msgmux
from msgmux_tui.bench.peers import OTHERS, YARDSTICK
from msgmux_tui.bench.report import Cells, Table
from msgmux_tui.bench.systems import System

RATE = 1_000
"""Messages a second."""
CONSUMERS = (1, 3, 8)
SENT_AT = Struct("d")
"""The payload: the time of the put as bytes, since some systems carry nothing but bytes."""
GOAL = 2.0
"""Most times the yardstick's median, at three and at eight consumers; see issue 4 and the README."""


def delays(make: type[System], consumers: int, messages: int) -> list[float]:
    """The delays of all deliveries, in seconds, sorted. The one producer puts at fixed times, even if it is late."""
    system = make(1, consumers)
    found: list[list[float]] = [[] for _ in range(consumers)]
    clock, unpack = time.perf_counter, SENT_AT.unpack

    def receive(number: int) -> None:
        get, noted = system.getter(number), found[number].append
        for _ in range(messages):
            (sent,) = unpack(get())
            noted(clock() - sent)

    threads = [threading.Thread(target=receive, args=(number,), daemon=True) for number in range(consumers)]
    try:
        for thread in threads:
            thread.start()
        put, start = system.putter(0), clock()
        for number in range(messages):
            time.sleep(max(0.0, start + number / RATE - clock()))
            put(SENT_AT.pack(clock()))
        for thread in threads:
            thread.join()
    finally:
        system.close()
    return sorted([delay for each in found for delay in each])


class Busy:
    """A context manager that runs a thread which computes all the time, like an application's own work."""

    def __init__(self) -> None:
        self._stop = False
        self._thread = threading.Thread(target=self._compute, daemon=True)

    def _compute(self) -> None:
        number = 0
        while not self._stop:
            number = (number * 31 + 7) % 1_000_003

    def __enter__(self) -> None:
        self._thread.start()

    def __exit__(self, *_: object) -> None:
        self._stop = True
        self._thread.join()


def measure(effort: Effort, say: Say) -> list[Table]:
    """Medians and 99th percentiles, alone and beside one busy thread, and the ratio of the medians."""
    systems: list[type[System]] = [YARDSTICK, Msgmux, *[peer for peer in OTHERS if peer.installed()]]
    messages = 200 if effort.quick else 1_000
    tables: list[Table] = []
    say(f"latency at {RATE} messages/s")
    tables += _tables("latency", f"Latency at {RATE:,} messages/s", systems, messages, effort.rounds)
    say("latency beside a busy thread")
    with Busy():
        # Each delivery waits up to 5 ms for the busy thread's switch interval, so far fewer messages take as long.
        tables += _tables(
            "latency-busy", "The same beside a thread that computes", systems[:4], messages // 10, effort.rounds
        )[1:]
    return tables


def _tables(name: str, title: str, systems: list[type[System]], messages: int, rounds: int) -> list[Table]:
    columns = tuple([f"1x{consumers}" for consumers in CONSUMERS])
    p50: dict[str, list[float | None]] = {make.name: [] for make in systems}
    p99: dict[str, list[float | None]] = {make.name: [] for make in systems}
    ratio: dict[str, list[float | None]] = {make.name: [] for make in systems}
    for consumers in CONSUMERS:
        runs: dict[str, list[list[float]]] = {make.name: [] for make in systems}
        for _ in range(rounds):
            for make in systems:
                runs[make.name].append(delays(make, consumers, messages))
        marks = [median(run) for run in runs[YARDSTICK.name]]
        for make in systems:
            mine = runs[make.name]
            p50[make.name].append(1e6 * median([median(run) for run in mine]))
            p99[make.name].append(1e6 * median([run[len(run) * 99 // 100] for run in mine]))
            ratio[make.name].append(median([median(run) / mark for run, mark in zip(mine, marks, strict=True)]))
    goals: dict[str, Cells] = {Msgmux.name: (None, GOAL, GOAL)} if name == "latency" else {}
    return [
        Table(f"{name}-ratio", f"{title}: p50 beside the yardstick", "ratio", "less", columns, _cells(ratio), goals),
        Table(f"{name}-p50", f"{title}: p50", "µs", "less", columns, _cells(p50)),
        Table(f"{name}-p99", f"{title}: p99", "µs", "less", columns, _cells(p99)),
    ]


def _cells(rows: dict[str, list[float | None]]) -> dict[str, Cells]:
    return {name: tuple(figures) for name, figures in rows.items()}
