"""Records that sessions hand to screens: an invariant's verdict, and the tasks of a step session."""

import msgspec

from msgmux.checker.records import Resource, SharedView, TaskView


class Check(msgspec.Struct, frozen=True):
    """An invariant: how often it was checked and held, and its violation, if there was one."""

    name: str
    count: int = 0
    violation: str = ""


class Threads(msgspec.Struct, frozen=True):
    """The tasks of a step session and what they share. ``chosen`` is the id of the task that the keys act on.

    ``said`` describes the last step and ``able`` the possible next ones, with keys by action id. ``cycles`` are the
    deadlocks, each as names of tasks; ``graph`` has a sentence for each task that waits for another; ``broken`` are the
    violated invariants. ``steps`` and ``preemptions`` count from the start. ``at_rest``: no task can run any more.

    ``shared``: the variables of a Python file of the user's, the last accessed one first; None for a queue's program.
    ``printed``: the last lines that it has printed.
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
    shared: tuple[SharedView, ...] | None = None
    printed: tuple[str, ...] = ()

    @property
    def task(self) -> TaskView | None:
        """The selected task; None if it has ended."""
        return next((task for task in self.tasks if task.id == self.chosen), None)
