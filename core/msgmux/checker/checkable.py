"""What can be checked: anything that can be run again and again, each time under a strategy."""

from typing import Protocol

from msgmux.checker.trial import Trial
from msgmux.runtime.strategies import Strategy


class Checkable(Protocol):
    """A queue's harness or scenario (:class:`~msgmux.checker.program.Program`), or a file of the user's."""

    @property
    def title(self) -> str:
        """One line of what is checked."""
        ...

    def trial(self, strategy: Strategy | None = None) -> Trial:
        """A run of it, ready to go."""
        ...

    def stepwise(self, early_ticks: int) -> "Checkable":
        """The same with a clock that may be moved by hand, that many times although a task can go on."""
        ...
