"""The result of exploring a user's program, as records that the child process sends."""

from typing import Literal

import msgspec

from msgmux.checker.code.program import CodeProgram
from msgmux.checker.code.records import Exploring, RaceReport
from msgmux.runtime.schedule import Schedule


class StoryLine(msgspec.Struct, frozen=True):
    """A thread at a line of the user's: ``did`` in words (``reads 0``). ``turn`` counts from 1, anew where another
    thread goes on; lines with the same number belong together.
    """

    turn: int
    task: str
    place: str
    code: str
    did: tuple[str, ...]


class CodeCounterexample(msgspec.Struct, frozen=True):
    """A schedule under which the program breaks, made as simple as was possible in the time.

    ``kind``: assert, exception, invariant, exit, deadlock or hang; ``place``: file:line, empty where it has none.
    ``choices``: how many of the schedule's differ from first in, first out. ``why``: the pattern in a sentence, where
    it is known; ``note``: what is to be said of the GIL. ``printed``: what the program printed in this run.
    """

    program: CodeProgram
    kind: str
    detail: str
    place: str
    schedule: Schedule
    preemptions: int
    choices: int
    points: int
    story: tuple[StoryLine, ...]
    why: str
    note: str
    printed: str


class OutcomeCount(msgspec.Struct, frozen=True):
    """An outcome and the number of schedules that gave it. ``serial``: the threads one after the other give it too."""

    outcome: str
    schedules: int
    serial: bool


class CodeReport(msgspec.Struct, frozen=True):
    """``every``: every schedule was run; of those that differ only in the order of independent steps, one.

    ``schedules`` were run, ``found_at`` is the number of the first that broke something (0: none), and
    ``found_seconds`` says after how many seconds. ``exhausted``: the highest bound for which every schedule was run,
    where a bound was searched. ``failing``: schedules that broke something, of those of the exhaustive search.
    ``unknown``: why it could not be decided; empty where it could.
    """

    verdict: Literal["valid", "violated", "unknown"]
    program: CodeProgram
    wanted: Exploring
    every: bool
    schedules: int
    found_at: int
    failing: int
    exhausted: int | None
    outcomes: tuple[OutcomeCount, ...]
    races: tuple[RaceReport, ...]
    counterexample: CodeCounterexample | None
    unknown: str
    seconds: float
    notes: tuple[str, ...] = ()
    found_seconds: float = 0.0

    @property
    def words(self) -> str:
        """Return in words how much of the schedules was explored."""
        count = f"{self.schedules:,} schedule{'' if self.schedules == 1 else 's'}"
        if self.every:
            return f"every schedule: {self.schedules:,}"
        if self.exhausted is not None:
            return f"not every schedule; {self.wanted.kind} bound {self.exhausted} exhausted: {count}"
        return f"not every schedule: {count}"


class CodeTally(msgspec.Struct, tag="tally"):
    """Progress: the counts so far."""

    schedules: int = 0
    phase: str = ""
