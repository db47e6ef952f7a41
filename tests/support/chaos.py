"""Runs storms (:mod:`support.storm`) one after the other, and reports their results."""

import gc
import os
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import msgspec

from support.storm import Storm

HASTE = 1e-5
"""The switch interval in seconds in every third storm: CPython then switches threads at nearly every opportunity."""


class Report(msgspec.Struct):
    """The results of all storms so far."""

    storms: int = 0
    seconds: float = 0.0
    accepted: int = 0
    delivered: int = 0
    bytes: int = 0
    events: int = 0
    unseen: int = 0
    faults: Counter[str] = msgspec.field(default_factory=Counter)
    problems: list[str] = msgspec.field(default_factory=list)
    memory: list[int] = msgspec.field(default_factory=list)
    """Resident bytes after each storm; 0 if the system does not report them."""
    blocks: list[int] = msgspec.field(default_factory=list)
    """Allocated blocks (``sys.getallocatedblocks``) after each storm, in which a leak shows first."""

    def add(self, storm: Storm) -> None:
        self.storms += 1
        self.accepted += sum(storm.accepted.values())
        self.delivered += sum([tally.count for tally in storm.tallies.values()])
        self.bytes += storm.bytes
        self.events += storm.events
        self.unseen += storm.unseen
        self.faults += storm.faults
        self.problems += storm.problems

    def __str__(self) -> str:
        faults = ", ".join([f"{count:,} {name}" for name, count in sorted(self.faults.items())])
        resident = [f"{size / 1e6:.0f}" for size in (self.memory[0], max(self.memory), self.memory[-1])]
        return "\n".join(
            [
                f"{self.storms} storms in {self.seconds:.0f} s",
                f"{self.accepted:,} messages accepted, {self.delivered:,} delivered ({self.bytes / 1e9:.2f} GB)",
                f"{self.events:,} events watched, {self.unseen:,} not seen",
                f"faults: {faults}",
                f"resident: {resident[0]} MB after the first storm, at most {resident[1]}, {resident[2]} at the end",
                f"objects: {self.blocks[0]:,} blocks after the first storm, {self.blocks[-1]:,} at the end",
                f"lost, duplicated, reordered, evicted unread: {len(self.problems)}",
                *self.problems[:20],
            ]
        )


def storms(
    seconds: float, seed: int, folder: Path, each: float = 2.0, enough: Callable[[Report], bool] | None = None
) -> Report:
    """Run storms of ``each`` seconds until ``enough`` of the report so far, and for at most ``seconds`` in all.

    Must be called in the main thread.
    """
    report = Report()
    began = time.monotonic()
    while not report.problems and (report.storms < 2 or time.monotonic() < began + seconds - each):
        with switching_every(HASTE if report.storms % 3 == 1 else sys.getswitchinterval()):
            storm = Storm(seed + report.storms, each, folder)
            storm.rage()
        report.add(storm)
        del storm
        gc.collect()
        report.memory.append(resident())
        report.blocks.append(sys.getallocatedblocks())
        if enough is not None and enough(report):
            break
    report.seconds = time.monotonic() - began
    return report


@contextmanager
def switching_every(seconds: float) -> Iterator[None]:
    before = sys.getswitchinterval()
    sys.setswitchinterval(seconds)
    try:
        yield
    finally:
        sys.setswitchinterval(before)


def resident() -> int:
    """The resident memory of this process in bytes; 0 if the system does not report it."""
    with suppress(OSError), open("/proc/self/statm") as file:
        return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")
    return 0
