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
"""For each kind of operation: the infinitive and the third person; ``{}`` is the operation's object."""

_RETURNS = {
    "wait": ("return from its wait on {}", "returns from its wait on {}"),
    "sleep": ("wake up", "wakes up"),
    "join": ("return from its wait for the end of {}", "returns from its wait for the end of {}"),
}
"""The same for a task that has been woken and is about to return from the operation (phase "after")."""

_THIRD = {"go": "goes"}
"""Third persons that are not the verb with an s."""


def upcoming(operation: Operation, code: str = "") -> str:
    """What a task does next, in the infinitive: ``take the lock queue``. For an access, its source line ``code``."""
    if operation.kind == "access" and code:
        return f"`{code}`"
    return _said(operation, 0)


def done(operation: Operation, code: str = "") -> str:
    """What a task does or did, in the third person: ``takes the lock queue``. For an access, its source line."""
    if operation.kind == "access" and code:
        return f"runs `{code}`"
    return _said(operation, 1)


def standing(operation: Operation, code: str = "") -> str:
    """Where a task stands: what it does next (``next: take the lock queue``), or what it is blocked in (``waits on
    receiver``).
    """
    return done(operation, code) if operation.phase == "in" else f"next: {upcoming(operation, code)}"


def _said(operation: Operation, person: int) -> str:
    if operation.kind == "touch":
        verb, _, what = operation.object.partition(" ")
        return f"{verb if person == 0 else _THIRD.get(verb, verb + 's')} {what}".rstrip()
    words = _RETURNS if operation.phase == "after" and operation.kind in _RETURNS else _WORDS
    return words[operation.kind][person].format(operation.object)
