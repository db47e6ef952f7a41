"""What is shown of tasks and of what they share: plain records, which a screen draws without any runtime."""

import linecache
from typing import Literal

import msgspec

from msgmux.runtime.records import Operation, TaskState

AROUND = 5
"""Lines of source before and after the one at which a task stands."""


class SourceLine(msgspec.Struct, frozen=True):
    """A line of source text with its number, from 1."""

    number: int
    text: str


class TaskView(msgspec.Struct, frozen=True):
    """A task as it is shown. ``operation`` is what it does next, or waits in, and the place at which it stands.

    ``can_go``: it may be picked. ``waits_for`` is a lock or a condition, ``held_by`` the task that has that lock;
    ``until``: the second at which it wakes by itself. ``source``: the lines around its place; empty before its start.
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
        """The text of the line at which it stands, without its indentation."""
        return next((line.text.strip() for line in self.source if line.number == self.operation.line), "")


class Resource(msgspec.Struct, frozen=True):
    """A lock, with the task that holds it and those that want it; or a condition, with those that wait on it."""

    name: str
    kind: Literal["lock", "condition"]
    holder: str
    waiters: tuple[str, ...]


def around(file: str, line: int) -> tuple[SourceLine, ...]:
    """That line of the file and those around it."""
    if not file:
        return ()
    numbers = range(max(1, line - AROUND), line + AROUND + 1)
    return tuple([SourceLine(n, text.rstrip("\n")) for n in numbers if (text := linecache.getline(file, n))])
