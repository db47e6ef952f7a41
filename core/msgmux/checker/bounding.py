"""Systematic search: every schedule that differs from the default one by at most a bound.

The default schedule goes on with the current task and, where that cannot go on, with the one that has been ready for
longest; it is the schedule of :class:`~msgmux.runtime.strategies.Fifo`. Another schedule is given by its *deviations*:
at which choices it picks another candidate, and which one, counted from the default. There are two bounds. Each is
searched from 0 upwards, so that the first counterexample is one of the simplest:

- **delays** (Emmi, Qadeer, Rakamarić: Delay-bounded scheduling, POPL 2011): each candidate that is passed over costs
  one. The number of schedules does not grow with that of threads, so this is for the whole queue.
- **preemptions** (Musuvathi, Qadeer: Iterative context bounding for systematic testing of multithreaded programs, PLDI
  2007; implemented in CHESS): to preempt a task that could have gone on costs one; where a task cannot go on, every
  other pick is free. For small harnesses.

With the explored clock, moving the clock although a task can go on (an early tick) costs one under both bounds. The
search is stateless: every schedule is run from the start.
"""

from array import array
from collections.abc import Iterator, Sequence
from typing import Literal

from msgmux.runtime.records import CLOCK, Option
from msgmux.runtime.strategies import C, Candidate, first_in

BoundKind = Literal["delay", "preemption"]
Deviation = tuple[int, int]
"""(index of a choice, rank of the candidate that is picked there): rank 0 would be the default, -1 is the clock."""

# A width (see Deviating.widths) packs three facts into one number: candidates * _RANKS + _FREE + _CLOCK.
_RANKS, _FREE, _CLOCK = 4, 2, 1


class Deviating:
    """The default schedule with some deviations. It records what else could have been picked at each later choice."""

    keeps_current = False

    def __init__(self, deviations: Sequence[Deviation] = ()) -> None:
        self.deviations = tuple(deviations)
        # One number for each choice after the last deviation: the number of candidates without the clock (times 4);
        # plus 2 if no current task could go on, so that any pick is free; plus 1 if the clock was a candidate too.
        self.widths: list[int] = []
        self.first = self.deviations[-1][0] + 1 if self.deviations else 0
        self._upcoming = iter(self.deviations)
        self._next = next(self._upcoming, None)

    def pick(self, enabled: Sequence[C], current: C | None, index: int) -> C:
        if index >= self.first:
            clock = enabled[0].id == CLOCK and not isinstance(enabled[0], Option)
            self.widths.append((len(enabled) - clock) * _RANKS + (current is None) * _FREE + clock)
            return first_in(enabled, current)
        if self._next is not None and self._next[0] == index:
            rank = self._next[1]
            self._next = next(self._upcoming, None)
            return ranked(enabled, current)[rank]
        return first_in(enabled, current)


def ranked(enabled: Sequence[C], current: C | None) -> list[C]:
    """The candidates in the order in which the default schedule prefers them. The clock is the last, so index -1."""
    rest = sorted([candidate for candidate in enabled if candidate is not current], key=_ready_since)
    return rest if current is None else [current, *rest]


def _ready_since(candidate: Candidate) -> int:
    return candidate.ready_since


class Bounding:
    """An iterable of strategies: all schedules of cost 0, then 1, … up to ``bound``.

    The caller must run each strategy before it asks for the next one: the run records which deviations are possible.
    ``share`` (k, n) makes this the k-th (from 0) of n searches that divide the schedules among themselves.
    """

    def __init__(self, kind: BoundKind, bound: int, share: tuple[int, int] = (0, 1)) -> None:
        self.kind = kind
        self.bound = bound
        # The highest cost for which every schedule has been run.
        self.exhausted: int | None = None
        self._share = share
        # The schedules that were run and can still be deviated from within the bound: (deviations, cost, index of the
        # first choice that may deviate, widths from that index on).
        self._run: list[tuple[tuple[Deviation, ...], int, int, Sequence[int]]] = []

    def __iter__(self) -> Iterator[Deviating]:
        root = Deviating()
        yield root
        self._keep(root, 0)
        for cost in range(self.bound + 1):
            at = 0
            # A `while` loop, since the list grows during it: a free deviation gives another schedule of this same cost.
            while at < len(self._run):
                parent, paid, first, widths = self._run[at]
                at += 1
                for deviation in self._deviations(widths, first, cost - paid, top=not parent):
                    child = Deviating((*parent, deviation))
                    yield child
                    self._keep(child, cost)
            self.exhausted = cost

    def _keep(self, run: Deviating, cost: int) -> None:
        if cost < self.bound or (self.kind == "preemption" and any([width & _FREE for width in run.widths])):
            # Two bytes for each choice keep this small: a scenario's run has thousands of choices, and a search keeps
            # thousands of runs.
            self._run.append((run.deviations, cost, run.first, array("H", run.widths)))

    def _deviations(self, widths: Sequence[int], first: int, extra: int, top: bool) -> Iterator[Deviation]:
        """The single deviations that cost exactly ``extra``. At the ``top`` (the default schedule) only this search's
        share of them; all that follows from a deviation belongs to the same search.
        """
        k, n = self._share
        for offset, width in enumerate(widths):
            if top and (first + offset) % n != k:
                continue
            ranks, free, clock = width // _RANKS, width & _FREE, width & _CLOCK
            if self.kind == "delay":
                if 0 < extra < ranks:
                    yield first + offset, extra
            elif extra == (0 if free else 1):
                for rank in range(1, ranks):
                    yield first + offset, rank
            if clock and extra == 1:
                yield first + offset, -1
