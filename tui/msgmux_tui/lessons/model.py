"""A lesson as frozen records: what its file says, checked and in order. Times are seconds."""

from typing import Literal

import msgspec

from msgmux.checker import Program
from msgmux.scenario import Scenario
from msgmux.scenario.expect.expression import Expression

Kind = Literal["delay", "preemption"]


class Forecast(msgspec.Struct, frozen=True, tag="forecast"):
    """A question about the future: ``after`` so many seconds of it, the right choice is the one that ``holds``."""

    after: float
    holds: tuple[Expression, ...]


class Search(msgspec.Struct, frozen=True, tag="search"):
    """A question about what the checker finds: the right choice begins with its answer."""

    about: Literal["preemptions", "invariant"]


class Question(msgspec.Struct, frozen=True):
    """``answer`` is the index, from 0, of the right choice; ``run`` is how to find that out by running."""

    text: str
    choices: tuple[str, ...]
    answer: int
    why: str = ""
    run: Forecast | Search | None = None


class Card(msgspec.Struct, frozen=True):
    """What is read at once: paragraphs. It is done when ``wait`` has come true, the action ``press`` was done by its
    key, and ``ask`` was answered, as far as there is any of them.

    ``pane`` is the id of the pane that it is about; ``who``, by name, is selected for the key; with ``pause`` time
    stands still while it is read.
    """

    text: tuple[str, ...] = ()
    title: str = ""
    pane: str = ""
    who: str = ""
    pause: bool = False
    wait: Expression | None = None
    press: str = ""
    ask: Question | None = None


class Goal(msgspec.Struct, frozen=True):
    """``break``: the invariant that a schedule of the lesson's program breaks. ``keep``: the one that no schedule of
    ``program`` breaks, up to that ``bound``; which for a ``break`` goal the repaired code is shown to keep.
    """

    kind: Literal["break", "keep"]
    invariant: str
    program: Program
    repaired: Program
    by: Kind
    bound: int


class Turn(msgspec.Struct, frozen=True):
    """A part of a solution: that task goes on for so many ``steps``, or ``until`` what it will do next has these words
    in it; without both, until it must wait or has ended.
    """

    task: str
    steps: int | None = None
    until: str = ""

    @property
    def words(self) -> str:
        """How far it goes."""
        if self.until:
            return f"until it is about to: {self.until}"
        if self.steps is not None:
            return f"{self.steps} step{'s' if self.steps > 1 else ''}"
        return "until it must wait"


class Lesson(msgspec.Struct, frozen=True):
    """What one file says. Its ``scenario`` is watched live; where something is to be broken, or there is no scenario,
    ``program`` is stepped through, which has the fault, where there is a variant.
    """

    name: str
    file: str
    title: str
    learn: str
    scenario: Scenario | None
    program: Program
    goal: Goal
    hints: tuple[str, ...]
    cards: tuple[Card, ...]
    solution: tuple[Turn, ...]

    @property
    def is_race(self) -> bool:
        """Is it about a schedule that breaks something?"""
        return self.goal.kind == "break"
