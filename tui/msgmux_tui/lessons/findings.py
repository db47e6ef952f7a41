"""The checker's result for a lesson's program, computed in this process or in a child that prints it as JSON."""

from typing import Literal

import msgspec

from msgmux.checker import Counterexample, Program, Report, SearchOptions, check
from msgmux.checker.search import Tally
from msgmux_tui.lessons.model import Goal

SCHEDULES = 20_000
SECONDS = 60.0
"""At most; the bundled lessons need a second."""


class Findings(msgspec.Struct, frozen=True):
    """The part of a report that a lesson shows; read from the JSON of ``msgmux-tui check --json``, too."""

    verdict: Literal["valid", "violated", "unknown"]
    words: str
    schedules: int
    seconds: float
    counterexample: Counterexample | None = None

    @property
    def invariant(self) -> str:
        """The invariant that breaks first; empty if none does."""
        return self.counterexample.failure.invariant if self.counterexample is not None else ""

    @property
    def preemptions(self) -> str:
        """The least number of preemptions found that breaks it, as text; empty if nothing breaks."""
        return str(self.counterexample.preemptions) if self.counterexample is not None else ""

    def breaks(self, invariant: str) -> bool:
        return self.invariant == invariant


def search_options(goal: Goal) -> SearchOptions:
    """The search that a goal states."""
    return SearchOptions(goal.by, goal.bound, SCHEDULES, SECONDS)


def arguments(program: str, variant: str, goal: Goal) -> list[str]:
    """The same as arguments of the command line; ``program``: its name, or a file."""
    faulty = ["--variant", variant] if variant else []
    bounds = ["--by", goal.by, "--bound", str(goal.bound), "--schedules", str(SCHEDULES), "--seconds", str(SECONDS)]
    return ["check", program, *faulty, *bounds, "--workers", "1", "--json", "--progress"]


def of_report(report: Report) -> Findings:
    """From a search in this process."""
    return Findings(report.verdict, report.bound_words, report.schedules, report.seconds, report.counterexample)


def search_here(program: Program, goal: Goal) -> Findings:
    """Search in this process; blocks until the search is over. Raises :class:`MsgmuxError` if the program is wrong."""
    return of_report(check(program, search_options(goal)))


def read_findings(text: bytes) -> Findings:
    """From the JSON of a child."""
    return msgspec.json.decode(text, type=Findings)


def read_tally(line: bytes) -> Tally:
    """From a line of a child's progress."""
    return msgspec.json.decode(line, type=Tally)
