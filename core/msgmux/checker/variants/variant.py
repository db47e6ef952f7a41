"""A faulty variant of the queue: what is broken, the correct code to compare it with, and the search that finds it."""

import inspect
import os
from collections.abc import Callable
from typing import Any

import msgspec

from msgmux.checker.bounding import BoundKind
from msgmux.queue import MessageQueue


class Snippet(msgspec.Struct, frozen=True):
    """Source text that begins at ``line`` (from 1) of ``file`` (its base name)."""

    file: str
    line: int
    text: str


class Variant(msgspec.Struct, frozen=True):
    """The queue with one thing broken.

    ``breaks``: the invariant that is violated; ``harness``: the name of a harness that shows it. A search of that
    ``kind`` finds it at ``bound``, at no lower bound, and within that number of ``schedules``. ``sound`` and
    ``faulty``: the correct and the wrong function, to be compared.
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
        """The source of the correct function and of the wrong one. Raises :class:`OSError` without source files."""
        return snippet(self.sound), snippet(self.faulty)


def snippet(function: Callable[..., Any]) -> Snippet:
    """The source of a function, without its common indentation. Raises :class:`OSError` if there is none."""
    lines, first = inspect.getsourcelines(function)
    file = inspect.getsourcefile(function) or ""
    return Snippet(os.path.basename(file), first, inspect.cleandoc("\n" + "".join(lines)) + "\n")


def made_of(**parts: type) -> type[MessageQueue]:
    """A subclass of the queue with other parts, such as ``store_class`` or ``registry_class``: see
    :class:`MessageQueue`.
    """
    return type("FaultyQueue", (MessageQueue,), dict(parts))
