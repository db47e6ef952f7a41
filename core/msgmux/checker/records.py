"""Tasks, locks and conditions as frozen records, which a screen draws without access to the runtime."""

import linecache
from typing import Literal

import msgspec

from msgmux.runtime.records import Operation, TaskState

AROUND = 5
"""How many source lines are shown before, and how many after, the line at which a task stands."""


class SourceLine(msgspec.Struct, frozen=True):
    """A line of source text with its number, from 1."""

    number: int
    text: str


class TaskView(msgspec.Struct, frozen=True):
    """A task as it is shown. ``operation``: what it does next or is blocked in, with its source line.

    ``can_go``: the task may be picked now. ``waits_for``: the name of a lock or condition, ``held_by`` that of the task
    that holds that lock, ``holds`` the names of locks. ``until``: the virtual time in seconds at which a timed wait
    ends. ``source``: the source lines around its place; empty before the task has started.
    """

    id: int
    name: str
    state: TaskState | Literal["running"]
    can_go: bool
    operation: Operation
    waits_for: str = ""
    held_by: str = ""
    holds: tuple[str, ...] = ()
    until: float | None = None
    daemon: bool = True
    source: tuple[SourceLine, ...] = ()

    @property
    def code(self) -> str:
        """The text of the line at which the task stands, without indentation; empty if the source is unknown."""
        return next((line.text.strip() for line in self.source if line.number == self.operation.line), "")


class Resource(msgspec.Struct, frozen=True):
    """A lock with its holder (empty if free) and the tasks that want it, or a condition with the tasks that wait on it.

    All are names.
    """

    name: str
    kind: Literal["lock", "condition"]
    holder: str
    waiters: tuple[str, ...]


class SharedView(msgspec.Struct, frozen=True):
    """A variable of the user's program as it is now: its ``value`` in words, and which thread wrote it last, at which
    ``place`` (file:line); both empty where nobody has written it. ``readers`` have read it since.

    ``races``: it is accessed at places that nothing orders.
    """

    name: str
    value: str
    writer: str
    place: str
    readers: tuple[str, ...]
    races: bool = False


def around(file: str, line: int, reach: int = AROUND) -> tuple[SourceLine, ...]:
    """The source lines from ``reach`` before ``line`` (from 1) to that many after it; empty if ``file`` is empty or
    cannot be read.
    """
    if not file:
        return ()
    numbers = range(max(1, line - reach), line + reach + 1)
    return tuple([SourceLine(n, text.rstrip("\n")) for n in numbers if (text := linecache.getline(file, n))])
