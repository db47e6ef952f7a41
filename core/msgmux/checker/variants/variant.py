"""What a faulty variant of the queue is: one thing broken, the sound code beside it, and what finds it."""

import inspect
import os
from collections.abc import Callable
from typing import Any

import msgspec

from msgmux.checker.bounding import BoundKind
from msgmux.queue import MessageQueue


class Snippet(msgspec.Struct, frozen=True):
    """Some source text, from that line of that file on."""

    file: str
    line: int
    text: str


class Variant(msgspec.Struct, frozen=True):
    """The queue with one thing broken.

    ``breaks`` is the invariant, ``harness`` the program that shows it. It is found by the search of that ``kind`` at
    ``bound``, and not below, within so many ``schedules``. ``sound`` and ``faulty`` are the functions to read side by
    side.
    """

    name: str
    title: str
    breaks: str
    harness: str
    kind: BoundKind
    bound: int
    schedules: int
    queue_class: type[MessageQueue]
    sound: Callable[..., Any]
    faulty: Callable[..., Any]

    def snippets(self) -> tuple[Snippet, Snippet]:
        """The sound source and the faulty one."""
        return snippet(self.sound), snippet(self.faulty)


def snippet(function: Callable[..., Any]) -> Snippet:
    """The source of a function, with its indentation taken away."""
    lines, first = inspect.getsourcelines(function)
    file = inspect.getsourcefile(function) or ""
    return Snippet(os.path.basename(file), first, inspect.cleandoc("\n" + "".join(lines)) + "\n")


def made_of(**parts: type) -> type[MessageQueue]:
    """A queue class with other parts, such as ``store_class`` or ``registry_class``: see :class:`MessageQueue`."""
    return type("FaultyQueue", (MessageQueue,), dict(parts))
