"""The search for a schedule that breaks an invariant: first bounded, then bounded and random by turns.

No strategy finds everything (Thomson, Donaldson, Betts: Concurrency testing using controlled schedulers: an empirical
study, ACM TOPC 2016): a bounded search misses nothing up to its bound, while random walks and PCT find some of what
lies beyond it. So they take turns.
"""

import time
from collections.abc import Callable, Iterator
from typing import Literal

import msgspec

from msgmux.checker.bounding import Bounding, BoundKind
from msgmux.checker.checkable import Checkable
from msgmux.checker.sampling import Pct
from msgmux.checker.trial import Result
from msgmux.runtime.strategies import RandomWalk, Strategy

ALONE = 1_000
"""Schedules of the bounded search before random ones have a turn: counterexamples found in these are the simplest."""
TURN = 300
"""Schedules of the bounded search in a turn."""
CHANCE = 60
"""Random schedules in the turn after that."""
BEYOND = 200
"""Random schedules after the bound is exhausted, at least; or a tenth of what that took, if it is more."""
DEPTHS = (2, 3)
"""Depths of PCT, one after the other."""


class SearchOptions(msgspec.Struct, frozen=True):
    """How to search: up to ``bound``, which counts deviations of that ``kind``; at most that many ``schedules`` and
    ``seconds`` (of the wall clock). ``seed`` is of the random schedules.
    """

    kind: BoundKind = "delay"
    bound: int = 2
    schedules: int = 20_000
    seconds: float = 60.0
    seed: int = 0


class Tally(msgspec.Struct):
    """What was done so far: schedules of the ``bounded`` search and ``sampled`` ones. ``exhausted``: the highest bound
    for which every schedule was run; ``unknown``: runs that could not be judged, the last for that ``reason``.
    """

    bounded: int = 0
    sampled: int = 0
    unknown: int = 0
    exhausted: int | None = None
    reason: str = ""

    @property
    def schedules(self) -> int:
        return self.bounded + self.sampled


class Found(msgspec.Struct, frozen=True):
    """A run that broke something, and which search found it."""

    result: Result
    by: Literal["bounded", "random", "pct"]


class Search:
    """One search, or the k-th of n that divide the work: ``share`` is (k, n). :meth:`go` until it is over, or finds
    something.
    """

    def __init__(self, program: Checkable, options: SearchOptions, share: tuple[int, int] = (0, 1)) -> None:
        self.tally = Tally()
        self.over = False
        self.found: Found | None = None
        self._program = program
        self._share = share
        self._bounding = Bounding(options.kind, options.bound, share)
        self._seed = options.seed
        # The choices of the longest run so far: PCT spreads its changes of priority over as many.
        self._longest = 1
        self._runs = self._by_turns(options.bound)

    def go(self, schedules: int, seconds: float, *, watch: Callable[[], object] = lambda: None) -> bool:
        """Run that many schedules or seconds at most; ``watch`` is called after each run. True when it is over."""
        until = time.monotonic() + seconds
        for _ in range(schedules):
            if self.over or time.monotonic() >= until:
                break
            found = next(self._runs, None)
            self.over = found is None or bool(found.result.failures)
            if found is not None and found.result.failures:
                self.found = found
            self.tally.exhausted = self._bounding.exhausted
            watch()
        return self.over

    def _by_turns(self, bound: int) -> Iterator[Found]:
        bounded = self._bounded()
        chance = self._by_chance()
        quota = ALONE
        while self._bounding.exhausted != bound:
            for _ in range(quota):
                found = next(bounded, None)
                if found is None:
                    break
                yield found
            else:
                quota = TURN
                for _ in range(CHANCE):
                    yield next(chance)
        for _ in range(max(BEYOND, self.tally.bounded // 10) - self.tally.sampled):
            yield next(chance)

    def _bounded(self) -> Iterator[Found]:
        for strategy in self._bounding:
            self.tally.bounded += 1
            yield Found(self._run(strategy), "bounded")

    def _by_chance(self) -> Iterator[Found]:
        k, n = self._share
        seed = self._seed + k
        while True:
            self.tally.sampled += 1
            yield Found(self._run(RandomWalk(seed)), "random")
            for depth in DEPTHS:
                self.tally.sampled += 1
                yield Found(self._run(Pct(seed, depth, self._longest)), "pct")
            seed += n

    def _run(self, strategy: Strategy) -> Result:
        with self._program.trial(strategy) as trial:
            result = trial.run()
        self._longest = max(self._longest, len(result.schedule))
        if result.unknown:
            self.tally.unknown += 1
            self.tally.reason = result.unknown
        return result
