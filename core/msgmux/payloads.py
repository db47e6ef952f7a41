"""Which payloads can be shared as they are, and how the others are kept apart.

One copy is kept of every message, and neither its producer nor another consumer may change what a consumer gets. An
immutable payload is shared. Any other is copied when it is put, and again for each delivery; whether it needs that is
decided once, in ``put``, and remembered by wrapping it as :class:`Mutable`.
"""

from collections.abc import Callable, Iterable, Iterator
from typing import Any

CopyPayload = Callable[[Any], Any]

ATOMIC: frozenset[type] = frozenset({bytes, str, int, float, bool, type(None)})
"""Types whose very instances cannot change (subclasses could, so a type is looked up, never ``isinstance``)."""

SIZED: frozenset[type] = frozenset({bytes, str})
"""Types whose length is a payload's size."""


class Mutable:
    """Marks a payload that must be copied whenever it is handed out. Never leaves the queue."""

    __slots__ = ("payload",)

    def __init__(self, payload: Any) -> None:
        self.payload = payload


def is_immutable(payload: Any) -> bool:
    """True for the atomic types, and for tuples and frozensets of immutable things."""
    kind = type(payload)
    if kind in ATOMIC:
        return True
    if kind is tuple or kind is frozenset:
        # A stack instead of recursion: nesting is the caller's, and may be deeper than the interpreter's limit.
        stack = [payload]
        while stack:
            for item in stack.pop():
                kind = type(item)
                if kind is tuple or kind is frozenset:
                    stack.append(item)
                elif kind not in ATOMIC:
                    return False
        return True
    return False


def copies(payloads: Iterable[Any], copy: CopyPayload) -> Iterator[Any]:
    """The payloads as a consumer may have them, one by one: marked ones copied, the others as they are."""
    for payload in payloads:
        yield copy(payload.payload) if type(payload) is Mutable else payload
