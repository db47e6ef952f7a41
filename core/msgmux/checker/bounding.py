"""Systematic search: every schedule that differs from the default one by at most a bound.

The default schedule goes on with the current task and, where it cannot go on, with the one that has been ready for
longest; it is the schedule of :class:`~msgmux.runtime.strategies.Fifo`. A schedule is named by its *deviations* from
that: at which choice, and the how manifold next candidate instead. Two bounds, each searched from 0 upwards, so that
what is found first is as simple as can be:

- **delays** (Emmi, Qadeer, Rakamarić: Delay-bounded scheduling, POPL 2011): each candidate that is passed over costs
  one. Few schedules, whatever the number of threads: for the whole queue.
- **preemptions** (Musuvathi, Qadeer: Iterative context bounding, PLDI 2007; the tool is CHESS): taking the turn from
  a task that could have gone on costs one; where a task cannot go on any of the others is free. For small harnesses.

An early tick of an explored clock costs one in both. The search is stateless: a schedule is run from the start.
"""

from array import array
from collections.abc import Iterator, Sequence
from typing import Literal

from msgmux.runtime.records import CLOCK, Option
from msgmux.runtime.strategies import C, Candidate, first_in

BoundKind = Literal["delay", "preemption"]
Deviation = tuple[int, int]
"""(index of a choice, rank of the candidate that is picked there): rank 0 would be the default, -1 is the clock."""

_RANKS, _FREE, _CLOCK = 4, 2, 1


class Deviating:
    """The default schedule but for some deviations. It notes what else could have been picked, and where."""

    keeps_current = False

    def __init__(self, deviations: Sequence[Deviation] = ()) -> None:
        self.deviations = tuple(deviations)
        # For each choice after the last deviation: how many candidates (times 4), whether it was free of cost to pick
        # another one (2), and whether the clock was among them (1).
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
    """The candidates in the order of the default schedule. The clock is the last one, whatever their number."""
    rest = sorted([candidate for candidate in enabled if candidate is not current], key=_ready_since)
    return rest if current is None else [current, *rest]


def _ready_since(candidate: Candidate) -> int:
    return candidate.ready_since


class Bounding:
    """All schedules of the cost 0, then 1, … up to ``bound``; ``share`` of (k, n) makes k of n searches out of it.

    To be iterated over; each strategy must have been run when the next one is asked for.
    """

    def __init__(self, kind: BoundKind, bound: int, share: tuple[int, int] = (0, 1)) -> None:
        self.kind = kind
        self.bound = bound
        # The highest cost of which every schedule has been run.
        self.exhausted: int | None = None
        self._share = share
        # Those that were run and may be deviated from: their deviations, their cost, and what could have been picked.
        self._run: list[tuple[tuple[Deviation, ...], int, int, Sequence[int]]] = []

    def __iter__(self) -> Iterator[Deviating]:
        root = Deviating()
        yield root
        self._keep(root, 0)
        for cost in range(self.bound + 1):
            at = 0
            # Where a deviation is free, schedules of this same cost are added on the way.
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
            # Two bytes for a choice: a scenario has thousands of them, and a search thousands of runs.
            self._run.append((run.deviations, cost, run.first, array("H", run.widths)))

    def _deviations(self, widths: Sequence[int], first: int, extra: int, top: bool) -> Iterator[Deviation]:
        """Deviations that cost exactly ``extra``. At the top the searches share them out."""
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
