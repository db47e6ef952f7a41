"""The commands sent to a session and their outcomes: exactly one for each command, after a timeout a failed one."""

from collections import deque
from collections.abc import Callable

from msgspec.structs import replace

from msgmux.commands import AnyCommand, Command, Outcome

PATIENCE = 10.0
"""Wall-clock seconds after which an unanswered command gets a failed outcome."""


class Answers:
    """``clock`` is the wall clock in seconds. :meth:`number` and :meth:`take` are for one thread; any may answer."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._number = 0
        # By id: each command without an outcome so far, and the wall-clock time when it was sent.
        self._open: dict[int, tuple[AnyCommand, float]] = {}
        # Appended to by any thread, emptied by take(); no lock is needed, as single deque operations are atomic.
        self._told: deque[Outcome] = deque()

    @property
    def waiting(self) -> bool:
        """Whether a command has had no outcome in a frame yet."""
        return bool(self._open)

    def number(self, command: AnyCommand) -> int:
        """Register ``command`` as waiting for an outcome. Returns its id, from 1."""
        self._number += 1
        self._open[self._number] = command, self._clock()
        return self._number

    def answer(self, id: int, outcome: Outcome) -> None:
        """Set the outcome of the command ``id``; 0: a notice that belongs to no command."""
        self._told.append(replace(outcome, id=id))

    def take(self) -> tuple[Outcome, ...]:
        """The outcomes since the last call, for the next frame, with failed ones for commands that timed out."""
        told = [self._told.popleft() for _ in range(len(self._told))]
        for outcome in told:
            self._open.pop(outcome.id, None)
        now = self._clock()
        for id, (command, given) in list(self._open.items()):
            if now - given > PATIENCE:
                del self._open[id]
                told.append(Outcome(_no_answer(command), ok=False, id=id))
        return tuple(told)


def _no_answer(command: Command) -> str:
    name = str(command.__struct_config__.tag).replace("_", " ")
    return f"no answer to {name!r} within {PATIENCE:g} s; it may still be done"
