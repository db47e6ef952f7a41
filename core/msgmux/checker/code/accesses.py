"""Finds data races between accesses to shared state, with vector clocks that follow locks, starts and joins.

Two accesses race when they conflict (one is a write) and neither happens before the other (Lamport 1978; the detector
is DJIT+, see Flanagan, Freund: FastTrack, PLDI 2009). A scheduling point is needed only at accesses that raced in some
run: no other task can see an intermediate state of what locks order (Musuvathi, Qadeer, PLDI 2007, section 3). So the
search begins with points at synchronisation only, and starts again with more points when a run finds a race.
"""

from collections.abc import Hashable

from msgmux.checker.code.records import PointsKind, RaceReport, Site

Mode = int
READ, WRITE, ELEMENT_READ, ELEMENT_WRITE = range(4)
"""The modes of an access to an object: as a whole, or to one element. An access to an element conflicts with one to the
whole object, not with one to another element.
"""

CONFLICTS: tuple[tuple[Mode, ...], ...] = (
    (WRITE, ELEMENT_WRITE),
    (READ, WRITE, ELEMENT_READ, ELEMENT_WRITE),
    (WRITE,),
    (READ, WRITE),
)
"""For each mode, the modes with which it conflicts."""

Key = tuple[int, Hashable]
"""What is accessed: the id() of the object (which is kept alive) and the name of an attribute, variable or element."""
Clock = dict[int, int]
"""A vector clock: for each task, by id, the last of its epochs that happened before."""

TRIES = "@tries"
"""Learned fact: some lock is tried without waiting. Then a release can be observed, and needs a scheduling point."""
FOREIGN = "@foreign"
"""Learned fact: some lock is released by another thread than its owner. Then a cycle of lock waits can end."""


class Learned:
    """The sites that are scheduling points, and other facts that runs have shown. Facts are only added.

    ``points`` are in force for the runs; what a run adds to ``sites`` comes into force with :meth:`adopt`, since a
    schedule is valid only for the set of points it was made with.
    """

    def __init__(self, known: tuple[str, ...] = (), kind: PointsKind = "shared", *, gil: bool = False) -> None:
        self.kind = kind
        # True: only where CPython with its global interpreter lock may switch threads.
        self.gil = gil
        self.points = frozenset(known)
        self.sites = set(known)
        self.races: dict[tuple[str, str, str], RaceReport] = {}
        # True if facts were added since the last adopt(): the search so far used too few points.
        self.grown = False

    def add(self, fact: str) -> None:
        """Add a site or another fact."""
        if fact not in self.sites:
            self.sites.add(fact)
            self.grown = True

    def adopt(self) -> None:
        """Bring everything learned so far into force for the next runs."""
        self.points, self.grown = frozenset(self.sites), False

    def known(self) -> tuple[str, ...]:
        """All facts, sorted."""
        return tuple(sorted(self.sites))


def merge(into: Clock, other: Clock) -> None:
    """Set ``into`` to the elementwise maximum of both clocks."""
    for task, epoch in other.items():
        if into.get(task, 0) < epoch:
            into[task] = epoch


class Accesses:
    """The vector clocks of one run."""

    def __init__(self, learned: Learned) -> None:
        self.learned = learned
        self._clocks: dict[int, Clock] = {}
        # For each thing, one mapping per mode: the last access of each task, as (epoch, site).
        self._cells: dict[Key, tuple[dict[int, tuple[int, str]], ...]] = {}
        # References that keep accessed objects alive, so that no other object gets the same id().
        self._kept: list[object] = []

    def clock(self, task: int) -> Clock:
        clock = self._clocks.get(task)
        if clock is None:
            clock = self._clocks[task] = {task: 1}
        return clock

    def starts(self, parent: int, child: int) -> None:
        mine = self.clock(parent)
        self._clocks[child] = {**mine, child: 1}
        mine[parent] += 1

    def joins(self, task: int, other: int) -> None:
        merge(self.clock(task), self.clock(other))

    def gives(self, task: int) -> Clock:
        """The task's clock at a release (of a lock, a notification), for the task that goes on because of it."""
        mine = self.clock(task)
        given = dict(mine)
        mine[task] += 1
        return given

    def takes(self, task: int, given: Clock) -> None:
        """The task goes on because of a release whose clock was ``given``."""
        merge(self.clock(task), given)

    def look(self, task: int, names: dict[int, str], thing: object, name: Hashable, mode: Mode, site: str) -> None:
        """Record an access, and report the earlier ones with which it races. ``names``: the tasks' names by id."""
        key = (id(thing), name)
        cell = self._cells.get(key)
        clock = self.clock(task)
        if cell is None:
            self._kept.append(thing)
            cell = self._cells[key] = ({}, {}, {}, {})
        for other_mode in CONFLICTS[mode]:
            for other, (epoch, other_site) in cell[other_mode].items():
                if other != task and clock.get(other, 0) < epoch:
                    self._races(names, thing, name, (other, other_mode, other_site), (task, mode, site))
        cell[mode][task] = (clock[task], site)

    def _races(
        self,
        names: dict[int, str],
        thing: object,
        name: Hashable,
        first: tuple[int, Mode, str],
        second: tuple[int, Mode, str],
    ) -> None:
        learned = self.learned
        learned.add(first[2])
        learned.add(second[2])
        a, b = sorted([first, second], key=lambda access: (Site.of(access[2]).line, access[2]))
        first_site, second_site = Site.of(a[2]), Site.of(b[2])
        if "<" in (first_site.file[:1], second_site.file[:1]):
            # Races inside the standard library and of printed output are intended; they are no finding of the user's.
            return
        what = described(thing, name, second_site)
        key = (what, first_site.place, second_site.place)
        if key not in learned.races:
            writes = all([mode in (WRITE, ELEMENT_WRITE) for _, mode, _ in (a, b)])
            learned.races[key] = RaceReport(
                what, first_site.place, second_site.place, names.get(a[0], "?"), names.get(b[0], "?"), writes
            )


def described(thing: object, name: Hashable, site: Site) -> str:
    """The variable in words: ``Counter.value``, ``counts['a']``, ``total``."""
    words = site.words
    element: Hashable = None
    if isinstance(name, tuple) and len(name) == 2 and name[0] == "[]":
        element = name[1]
    elif isinstance(thing, dict | list) and name != "[]" and not isinstance(name, tuple) and site.verb != "look":
        # A module's names are stored in a dictionary, too; accesses to these are shown as plain names.
        element = name if words != name else None
    if site.verb == "call":
        words = words.rpartition(".")[0] or words
    elif site.verb == "next":
        words = words.removeprefix("of ")
    elif " in " in words and "[" not in words.partition(" in ")[0]:
        words = words.partition(" in ")[2]
    elif words.endswith("]") and (element is not None or name == "[]"):
        words = words.rpartition("[")[0]
    elif isinstance(name, str) and words.endswith(f".{name}"):
        owner = thing.__name__ if isinstance(thing, type) else type(thing).__name__
        return f"{owner}.{name}"
    return words if element is None else f"{words}[{element!r}]"
