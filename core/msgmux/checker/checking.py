"""A whole check: search here first, then in worker processes if it takes long; shrink what is found; report."""

import time
from collections.abc import Callable
from typing import Literal

import msgspec

from msgmux.checker.counterexample import SHRINKING, Counterexample, counterexample
from msgmux.checker.program import Program
from msgmux.checker.search import Found, Search, SearchOptions, Tally
from msgmux.checker.workers import search_in_workers

Verdict = Literal["valid", "violated", "unknown"]
OnProgress = Callable[[Tally], object]
"""Called with the counts so far: after each run while the search is in this process, then about five times a second for
each worker.
"""

HERE = 2_000
"""Schedules that are run before it is worth the time to start worker processes."""


class Report(msgspec.Struct, frozen=True):
    """The result of a check.

    ``exhausted`` is the highest bound for which every schedule was run; None if not even bound 0 was finished.
    ``bounded`` and ``sampled`` count the schedules of the bounded and of the random search. ``unknown`` counts those
    that could not be judged; ``reason`` says why the last of them could not. ``seconds`` of wall time, without
    shrinking. ``found_by``: "bounded", "random" or "pct"; empty without a counterexample.
    """

    verdict: Verdict
    program: Program
    options: SearchOptions
    exhausted: int | None
    bounded: int
    sampled: int
    unknown: int
    reason: str
    seconds: float
    workers: int
    found_by: str
    counterexample: Counterexample | None

    @property
    def schedules(self) -> int:
        return self.bounded + self.sampled

    @property
    def rate(self) -> float:
        """Schedules a second."""
        return self.schedules / self.seconds if self.seconds else 0.0

    @property
    def bound_words(self) -> str:
        """Whether every schedule within the bound was tried.

        For example ``all 850 schedules with up to 2 delays were tried (bound exhausted)``.
        """
        kind, bound = self.options.kind, self.options.bound
        schedules = f"{self.bounded:,} schedule{'' if self.bounded == 1 else 's'}"
        if self.exhausted == bound:
            return f"all {schedules} with {_up_to(bound, kind)} were tried (bound exhausted)"
        until = "" if self.exhausted is None else f"; all with {_up_to(self.exhausted, kind)} were"
        return f"not every schedule with {_up_to(bound, kind)} was tried{until}: {schedules} (bound not exhausted)"


def _up_to(bound: int, kind: str) -> str:
    """``up to 2 delays``, ``no delay``."""
    return f"up to {bound} {kind}{'' if bound == 1 else 's'}" if bound else f"no {kind}"


def check(
    program: Program,
    options: SearchOptions = SearchOptions(),  # noqa: B008 - frozen
    *,
    workers: int = 1,
    progress: OnProgress = lambda tally: None,
) -> Report:
    """Search for a schedule that breaks an invariant of ``program``, within the budget of ``options``.

    The search begins in this process. With more than one worker, one that is not over after :data:`HERE` schedules is
    begun again in that many child processes. The verdict is *valid* if every schedule within the bound was run and
    judged, *violated* if a counterexample was found, else *unknown*. ``progress`` is called in this thread.

    Raises :class:`MsgmuxError` if the program names an unknown harness or variant, its scenario is wrong, or a worker
    process fails.
    """
    # A wrong program raises here, in the caller's process, not in a worker.
    program.resolved()
    program.queue_class()
    begun = time.monotonic()
    search = Search(program, options)
    here = options.schedules if workers == 1 else min(HERE, options.schedules)
    over = search.go(here, options.seconds, watch=lambda: progress(search.tally))
    tally, found = search.tally, search.found
    left = options.seconds - (time.monotonic() - begun)
    used = 1
    if not over and here < options.schedules and left > 0:
        used = workers
        tally, found = search_in_workers(program, options, left, workers, progress)
    seconds = time.monotonic() - begun
    return _report(program, options, tally, found, seconds, used)


def _report(
    program: Program, options: SearchOptions, tally: Tally, found: Found | None, seconds: float, workers: int
) -> Report:
    verdict: Verdict = "violated" if found else "valid"
    if found is None and (tally.exhausted != options.bound or tally.unknown):
        verdict = "unknown"
    return Report(
        verdict=verdict,
        program=program,
        options=options,
        exhausted=tally.exhausted,
        bounded=tally.bounded,
        sampled=tally.sampled,
        unknown=tally.unknown,
        reason=tally.reason,
        seconds=seconds,
        workers=workers,
        found_by=found.by if found else "",
        counterexample=None
        if found is None
        else counterexample(program, found.result, min(SHRINKING, options.seconds)),
    )
