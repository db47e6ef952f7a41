"""What can be checked: anything that can be run again and again, each time under a strategy."""

from typing import Protocol

from msgmux.checker.trial import Trial
from msgmux.runtime.strategies import Strategy


class Checkable(Protocol):
    """A harness or scenario of a queue (:class:`~msgmux.checker.program.Program`), or a Python file of the user's
    (:class:`~msgmux.checker.code.program.CodeProgram`).
    """

    @property
    def title(self) -> str:
        """One line of what is checked."""
        ...

    def trial(self, strategy: Strategy | None = None) -> Trial:
        """A new run, set up and not yet started; ``strategy`` None: first in, first out."""
        ...

    def stepwise(self, early_ticks: int) -> "Checkable":
        """The same program with an explored clock, which may be moved ``early_ticks`` times while a task can go on."""
        ...
