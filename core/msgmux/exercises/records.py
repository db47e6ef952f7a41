"""What came of grading a file: plain records, which are also the JSON for those who grade many."""

from typing import Literal

import msgspec

from msgmux.checker.code.program import CodeProgram
from msgmux.exercises.model import Reach
from msgmux.runtime.schedule import Schedule

Verdict = Literal["solved", "broken", "refused", "unknown"]
"""*refused*: no schedule breaks it, and none reaches what the exercise asks for."""


class StoryLine(msgspec.Struct, frozen=True):
    """A thread goes on at a place of the source: the ``file`` (its name only), the ``line`` from 1 (0 where nothing is
    known of it), the ``text`` of that line, and what it ``did`` there.
    """

    task: str
    file: str
    line: int
    text: str
    did: str

    @property
    def place(self) -> str:
        """``counter.py:9``; empty where it is not known."""
        return f"{self.file}:{self.line}" if self.line else ""


class Breaking(msgspec.Struct, frozen=True):
    """The program and the schedule that breaks it, to be stepped through."""

    program: CodeProgram
    schedule: Schedule


class PartGrade(msgspec.Struct, frozen=True):
    """What came of one test of the harness.

    ``every``: every schedule was run; ``words`` say which were. ``failure`` and ``story`` are of the simplest schedule
    that breaks it; ``why`` is one sentence about it, where the pattern is known; ``unknown``: why it could not be
    decided. ``outcomes``: what the harness gave, and under how many schedules. ``seconds`` are of the
    wall clock. ``found``: that simplest schedule itself; ``found_seconds``:
    when a first one was found.
    """

    name: str
    verdict: Literal["valid", "violated", "unknown"]
    every: bool
    schedules: int
    words: str
    seconds: float
    failure: str = ""
    story: tuple[StoryLine, ...] = ()
    cost: str = ""
    why: str = ""
    notes: tuple[str, ...] = ()
    unknown: str = ""
    outcomes: dict[str, int] = {}
    found: Breaking | None = None
    found_seconds: float = 0.0


class Grade(msgspec.Struct, frozen=True):
    """What came of all tests; ``missing``: what the exercise asks for, and no schedule reaches."""

    exercise: str
    version: int
    file: str
    verdict: Verdict
    tests: tuple[PartGrade, ...]
    missing: tuple[Reach, ...] = ()

    @property
    def broken(self) -> PartGrade | None:
        """The first test that a schedule breaks."""
        return next((test for test in self.tests if test.verdict == "violated"), None)

    @property
    def schedules(self) -> int:
        return sum([test.schedules for test in self.tests])
