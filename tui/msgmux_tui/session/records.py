"""Plain records that sessions and screens share: an invariant's verdict, the threads."""

import msgspec

from msgmux.checker.records import Resource, TaskView


class Check(msgspec.Struct, frozen=True):
    """An invariant: how often it was found to hold, and the violation, where there was one."""

    name: str
    count: int = 0
    violation: str = ""


class Threads(msgspec.Struct, frozen=True):
    """A step session: its tasks, and what they share. ``chosen`` is the id of the task that the keys act on.

    ``said`` is what has just happened, ``able`` what can be done now, with keys by action; ``cycles`` the deadlocks, as
    names of tasks; ``graph`` who waits for whom, a sentence each; ``broken`` what was violated. ``steps`` and
    ``preemptions`` count what was done so far; ``at_rest``: nothing more comes of itself.
    """

    tasks: tuple[TaskView, ...]
    resources: tuple[Resource, ...] = ()
    chosen: int = 1
    said: str = ""
    able: str = ""
    cycles: tuple[tuple[str, ...], ...] = ()
    graph: tuple[str, ...] = ()
    broken: tuple[Check, ...] = ()
    steps: int = 0
    preemptions: int = 0
    at_rest: bool = False

    @property
    def task(self) -> TaskView | None:
        """The chosen one, unless it has ended."""
        return next((task for task in self.tasks if task.id == self.chosen), None)
