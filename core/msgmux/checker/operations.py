"""Operations in words: what a task will do next, what it has done, and what it waits in."""

from msgmux.runtime.records import Operation

_WORDS = {
    "start": ("begin", "begins"),
    "acquire": ("take the lock {}", "takes the lock {}"),
    "wait": ("wait on {}", "waits on {}"),
    "notify": ("wake those on {}", "wakes those on {}"),
    "sleep": ("sleep", "sleeps"),
    "spawn": ("spawn {}", "spawns {}"),
    "join": ("wait for the end of {}", "waits for the end of {}"),
    "choose": ("choose {}", "chooses {}"),
    "access": ("access {}", "accesses {}"),
    "tick": ("move to {}", "moves to {}"),
}
"""For each kind: the infinitive, and the third person."""

_RETURNS = {
    "wait": ("return from its wait on {}", "returns from its wait on {}"),
    "sleep": ("wake up", "wakes up"),
    "join": ("return from its wait for the end of {}", "returns from its wait for the end of {}"),
}
"""The same for a task that was woken in it."""


def upcoming(operation: Operation, code: str = "") -> str:
    """``take the lock queue``; of an access, the line of source: ``code`` is its text."""
    if operation.kind == "access" and code:
        return f"`{code}`"
    return _said(operation, 0)


def done(operation: Operation, code: str = "") -> str:
    """The same as a thing done, or being done: ``takes the lock queue``."""
    if operation.kind == "access" and code:
        return f"runs `{code}`"
    return _said(operation, 1)


def standing(operation: Operation, code: str = "") -> str:
    """Where a task stands: ``next: take the lock queue``, or what it waits in: ``waits on receiver``."""
    return done(operation, code) if operation.phase == "in" else f"next: {upcoming(operation, code)}"


def _said(operation: Operation, person: int) -> str:
    words = _RETURNS if operation.phase == "after" and operation.kind in _RETURNS else _WORDS
    return words[operation.kind][person].format(operation.object)
