"""The search for a schedule that breaks an invariant: first bounded, then bounded and random alternately.

No single strategy finds everything (Thomson, Donaldson, Betts: Concurrency testing using controlled schedulers: an
empirical study, ACM TOPC 2016): a bounded search misses nothing up to its bound, while random walks and PCT find some
of the faults beyond it. So the search alternates between them.
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
"""Schedules of the bounded search before the first random ones: counterexamples found in these are the simplest."""
TURN = 300
"""Schedules of the bounded search between two batches of random ones."""
CHANCE = 60
"""Random schedules in a batch."""
BEYOND = 200
"""Least number of random schedules in all once the bound is exhausted; a tenth of the bounded ones if that is more."""
DEPTHS = (2, 3)
"""Depths that PCT is run with for each seed."""


class SearchOptions(msgspec.Struct, frozen=True):
    """How to search: up to ``bound`` delays or preemptions (``kind``), for at most ``schedules`` runs and ``seconds``
    of wall time. ``seed``: that of the first random schedules.
    """

    kind: BoundKind = "delay"
    bound: int = 2
    schedules: int = 20_000
    seconds: float = 60.0
    seed: int = 0


class Tally(msgspec.Struct):
    """Counts so far: ``bounded`` and ``sampled`` schedules that were run, and how many of them could not be judged
    (``unknown``; ``reason`` is that of the last). ``exhausted``: the highest bound for which every schedule was run;
    None if there is none yet.
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
    """A run, and which search made it. :attr:`Search.found` is the one that violated an invariant."""

    result: Result
    by: Literal["bounded", "random", "pct"]


class Search:
    """A search that is run in portions by :meth:`go`. ``share`` (k, n): this is the k-th (from 0) of n searches that
    divide the schedules among themselves.
    """

    def __init__(self, program: Checkable, options: SearchOptions, share: tuple[int, int] = (0, 1)) -> None:
        self.tally = Tally()
        self.over = False
        self.found: Found | None = None
        self._program = program
        self._share = share
        self._bounding = Bounding(options.kind, options.bound, share)
        self._seed = options.seed
        # Number of choices in the longest run so far: PCT places its priority changes within this many.
        self._longest = 1
        self._runs = self._by_turns(options.bound)

    def go(self, schedules: int, seconds: float, *, watch: Callable[[], object] = lambda: None) -> bool:
        """Run at most ``schedules`` more schedules, for at most ``seconds`` of wall time; call ``watch`` after each.

        True when the search is over: an invariant was violated (see :attr:`found`), or nothing is left to try.
        """
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
