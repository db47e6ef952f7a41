"""The outcomes of a program's runs: the values passed to ``outcome()``, else what was printed; and which outcomes also
occur when its threads run one after the other.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import islice, permutations

from msgmux.checker.code.report import OutcomeCount
from msgmux.checker.code.runtime import CodeRuntime
from msgmux.checker.code.telling import preview
from msgmux.runtime.strategies import C, first_in

MOST_ORDERS = 120
"""Most serial orders that are run."""
MOST = 1_000
"""Most different outcomes that are counted."""


def outcome_of(runtime: CodeRuntime) -> str:
    """The run's outcome as text; empty if it has none."""
    if runtime.outcomes:
        return ", ".join([_said(value) for value in runtime.outcomes])
    return "".join(runtime.printed).strip()


def _said(value: object) -> str:
    if isinstance(value, int | float | str | bytes | None | tuple | list | dict | set | frozenset):
        # It may contain the user's objects, whose repr() is user code. The run is over, so this cannot disturb it.
        return repr(value)[:200]
    return preview(value)


class Outcomes:
    """How many schedules had each outcome. ``serial``: the outcomes of serial orders."""

    def __init__(self) -> None:
        self.counts: Counter[str] = Counter()
        self.serial: set[str] = set()

    def add(self, outcome: str) -> None:
        if outcome and (outcome in self.counts or len(self.counts) < MOST):
            self.counts[outcome] += 1

    def table(self) -> tuple[OutcomeCount, ...]:
        """All outcomes with their counts, the most frequent first."""
        ordered = sorted(self.counts.items(), key=lambda pair: (-pair[1], pair[0]))
        return tuple([OutcomeCount(outcome, times, outcome in self.serial) for outcome, times in ordered])


class InOrder:
    """A serial order: the current thread goes on until it cannot, then the first one in ``order`` (ids) that can.

    The main thread (id 1) comes first, since it starts the others.
    """

    keeps_current = True

    def __init__(self, order: Sequence[int]) -> None:
        self._rank = {task: rank for rank, task in enumerate((1, *order))}

    def pick(self, enabled: Sequence[C], current: C | None, index: int) -> C:
        if current is not None:
            return current
        known = [candidate for candidate in enabled if candidate.id in self._rank]
        return min(known, key=lambda candidate: self._rank[candidate.id]) if known else first_in(enabled, None)


def orders(threads: int) -> Iterator[InOrder]:
    """The serial orders of that many threads besides the main one, at most :data:`MOST_ORDERS`."""
    for order in islice(permutations(range(2, threads + 2)), MOST_ORDERS):
        yield InOrder(order)
