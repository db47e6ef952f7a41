"""Commands that were given to a session, by number, and what came of each: told once, or said to have no answer."""

from collections import deque
from collections.abc import Callable

from msgspec.structs import replace

from msgmux.commands import AnyCommand, Command, Outcome

PATIENCE = 10.0
"""Seconds of the wall in which a command must be answered."""


class Answers:
    """``clock`` is the wall's. Commands are numbered and outcomes taken by one thread; any thread may answer."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._number = 0
        # Those whose outcome no frame has brought yet: what was asked for, and when.
        self._open: dict[int, tuple[AnyCommand, float]] = {}
        # Appended to by whoever answers, taken from by take(): single deque operations are atomic.
        self._told: deque[Outcome] = deque()

    @property
    def waiting(self) -> bool:
        """Are there commands whose outcome no frame has brought yet?"""
        return bool(self._open)

    def number(self, command: AnyCommand) -> int:
        """The next id, for ``command``, which is to be answered."""
        self._number += 1
        self._open[self._number] = command, self._clock()
        return self._number

    def answer(self, id: int, outcome: Outcome) -> None:
        """What came of the command of that id; 0 for words that answer none."""
        self._told.append(replace(outcome, id=id))

    def take(self) -> tuple[Outcome, ...]:
        """For the next frame: all that was told, and which commands have had no answer for too long."""
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
