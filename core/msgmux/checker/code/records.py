"""Records that are sent between the child process, which runs the user's file, and this process."""

from typing import Literal

import msgspec

PointsKind = Literal["shared", "sync", "all"]
"""Where scheduling points stand: at synchronisation and at accesses that race; at synchronisation only; or at every
access.
"""


class Site(msgspec.Struct, frozen=True):
    """A place in the source at which shared state is accessed: ``verb`` (read, write, look, call, …) and the words.

    ``held``: CPython with its GIL does not switch threads between the access before it and this one.
    """

    file: str
    line: int
    column: int
    verb: str
    words: str
    held: bool = False

    @classmethod
    def of(cls, text: str) -> "Site":
        """Take ``mine.py:9:4 read self.value`` apart."""
        place, _, rest = text.partition(" ")
        file, line, column = place.rsplit(":", 2)
        verb, _, words = rest.partition(" ")
        return cls(file, int(line), int(column), verb.removeprefix("~"), words, verb.startswith("~"))

    @property
    def place(self) -> str:
        return f"{self.file}:{self.line}"


class RaceReport(msgspec.Struct, frozen=True):
    """Two accesses to ``what``, one of them a write, that nothing orders: no lock in common, no start, no join."""

    what: str
    first: str
    second: str
    first_task: str
    second_task: str
    both_write: bool

    def __str__(self) -> str:
        did = "written" if self.both_write else "read and written"
        if self.first == self.second:
            return f"{self.what}, {did} at {self.first} by {self.first_task} and {self.second_task}, no lock in common"
        return (
            f"{self.what}, {did} at {self.first} by {self.first_task} and at {self.second} by {self.second_task}, "
            "no lock in common"
        )


class Touch(msgspec.Struct, frozen=True):
    """An access that was made: by which task, before how many further points, where, and the value in words.

    ``over``: the task whose write is lost: this task read the value before that write, and now overwrites it.
    """

    task: int
    name: str
    point: int
    site: str
    wrote: bool
    value: str
    what: str
    over: str = ""


class Exploring(msgspec.Struct, frozen=True):
    """Options of the exploration of a user's program.

    ``bound``: explore the schedules with at most so many deviations of the kind ``kind``; None: every schedule. Both
    stop after ``seconds`` of the wall clock or ``schedules`` runs. ``points``: where scheduling points stand.
    ``clock``: as for :class:`VirtualRuntime`, which may move ``early_ticks`` times early where it is explored.
    ``gil``: only where CPython with its GIL may switch threads. ``modules``: packages that are rewritten although
    they lie elsewhere. ``allow``: events of ``sys.audit`` that are refused otherwise, such as "open" for writing.
    """

    bound: int | None = None
    kind: Literal["delay", "preemption"] = "delay"
    seconds: float = 30.0
    points: PointsKind = "shared"
    clock: Literal["autojump", "explored"] = "autojump"
    gil: bool = False
    modules: tuple[str, ...] = ()
    early_ticks: int = 1
    allow: tuple[str, ...] = ()
    schedules: int = 1_000_000
    seed: int = 0
