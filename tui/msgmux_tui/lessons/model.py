"""A lesson as frozen records: the validated content of its file. Times are seconds."""

from typing import Literal

import msgspec

from msgmux.checker import BoundKind, Program
from msgmux.checker.operations import upcoming
from msgmux.runtime.records import Operation, OperationKind
from msgmux.scenario import Scenario
from msgmux.scenario.expect.expression import Expression


class Forecast(msgspec.Struct, frozen=True, tag="forecast"):
    """A question about the future: ``after`` so many seconds of it, the right choice is the one that ``holds``."""

    after: float
    holds: tuple[Expression, ...]


class CheckerQuery(msgspec.Struct, frozen=True, tag="search"):
    """A question about what the checker finds: the right choice begins with its answer."""

    about: Literal["preemptions", "invariant"]


class Question(msgspec.Struct, frozen=True):
    """``answer`` is the index, from 0, of the right choice; ``run`` is how to find that out by running."""

    text: str
    choices: tuple[str, ...]
    answer: int
    why: str = ""
    run: Forecast | CheckerQuery | None = None

    @property
    def keys(self) -> tuple[str, ...]:
        """The digit to press for each choice: a choice that is a number is its own, so that nobody says one by 2."""
        if all([len(choice) == 1 and choice.isdecimal() for choice in self.choices]):
            return self.choices
        return tuple([str(number) for number in range(1, len(self.choices) + 1)])


class Card(msgspec.Struct, frozen=True):
    """What is read at once: paragraphs. It is done when ``wait`` has come true, the action ``press`` was done by its
    key, and ``ask`` was answered, as far as there is any of them.

    ``pane`` is the id of the pane that it is about; ``who``, by name, is selected for the key; with ``pause`` time
    stands still while it is read. ``notes`` are for the speaker alone.
    """

    text: tuple[str, ...] = ()
    title: str = ""
    pane: str = ""
    who: str = ""
    pause: bool = False
    wait: Expression | None = None
    press: str = ""
    ask: Question | None = None
    notes: tuple[str, ...] = ()


class Gloss(msgspec.Struct, frozen=True):
    """A word on the line of source that has this ``line`` in it; of one of the two sources, where it says which."""

    line: str
    says: str
    source: Literal["faulty", "sound", ""] = ""


class Goal(msgspec.Struct, frozen=True):
    """``break``: the invariant that a schedule of the lesson's program breaks. ``keep``: the one that no schedule of
    ``program`` breaks, up to that ``bound``; which for a ``break`` goal the repaired code is shown to keep.
    """

    kind: Literal["break", "keep"]
    invariant: str
    program: Program
    repaired: Program
    by: BoundKind
    bound: int


class Until(msgspec.Struct, frozen=True):
    """The operation that a task is to be about to do. ``name`` is what it is done to; of an ``access``, some text of
    the line of source.
    """

    kind: OperationKind
    name: str = ""

    def meets(self, operation: Operation, code: str) -> bool:
        """Whether ``operation`` is that one and is not done yet. ``code``: the source line at which the task stands."""
        if operation.kind != self.kind or operation.phase != "before":
            return False
        return self.name in code if self.kind == "access" else self.name == operation.object

    def __str__(self) -> str:
        return upcoming(Operation(self.kind, self.name), self.name)


class Move(msgspec.Struct, frozen=True):
    """A part of a solution: that task goes on for so many ``steps``, or ``until`` it is about to do that operation;
    without both, until it must wait or has ended.
    """

    task: str
    steps: int | None = None
    until: Until | None = None

    @property
    def words(self) -> str:
        """How far it goes."""
        if self.until is not None:
            return f"until it is about to: {self.until}"
        if self.steps is not None:
            return f"{self.steps} step{'s' if self.steps > 1 else ''}"
        return "until it must wait"


class Lesson(msgspec.Struct, frozen=True):
    """What one file says. Its ``scenario`` is watched live; where something is to be broken, or there is no scenario,
    ``program`` is stepped through, which has the fault, where there is a variant. ``glosses`` are about the lines of
    both sources; ``missed`` says what an attempt that broke nothing has missed.
    """

    name: str
    file: str
    title: str
    learn: str
    scenario: Scenario | None
    program: Program
    goal: Goal
    hints: tuple[str, ...]
    glosses: tuple[Gloss, ...]
    missed: str
    cards: tuple[Card, ...]
    solution: tuple[Move, ...]

    @property
    def is_race(self) -> bool:
        """Is it about a schedule that breaks something?"""
        return self.goal.kind == "break"
