"""What a person sees of tasks and of what they share: plain records, which a screen draws without any runtime."""

import linecache
from typing import Literal

import msgspec

from msgmux.runtime.tasks import TaskState

AROUND = 5
"""Lines of source before and after the one at which a task stands."""


class SourceLine(msgspec.Struct, frozen=True):
    """A line of source text with its number, from 1."""

    number: int
    text: str


class TaskView(msgspec.Struct, frozen=True):
    """A task as a person sees it. ``next`` says in words what it will do, or waits for.

    ``can_go``: it may be picked. ``waits_for`` is a lock or a condition, ``held_by`` who has that lock; ``until``: the
    second at which it wakes by itself. It stands at ``line`` of ``file``, with ``source`` around; 0 before its start.
    """

    id: int
    name: str
    state: TaskState | Literal["running"]
    can_go: bool
    next: str
    waits_for: str = ""
    held_by: str = ""
    holds: tuple[str, ...] = ()
    until: float | None = None
    daemon: bool = True
    file: str = ""
    line: int = 0
    source: tuple[SourceLine, ...] = ()


class Resource(msgspec.Struct, frozen=True):
    """A lock with who holds it and who wants it, or a condition with who waits on it."""

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
