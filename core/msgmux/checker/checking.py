"""A whole check: search here first, then in children if it takes long; shrink what is found; report."""

import time
from collections.abc import Callable
from typing import Literal

import msgspec

from msgmux.checker.counterexample import SHRINKING, Counterexample, counterexample
from msgmux.checker.program import Program
from msgmux.checker.search import Found, Search, SearchOptions, Tally
from msgmux.checker.workers import search_in_children

Verdict = Literal["valid", "violated", "unknown"]
Progress = Callable[[Tally], object]
"""Told several times a second what was done until now."""

HERE = 2_000
"""Schedules that are run before it is worth the time to start children."""


class Report(msgspec.Struct, frozen=True):
    """What came of a check. ``exhausted``: the highest bound of which every schedule was run. So many ``schedules``
    were run in all, ``bounded`` of them by the bounded search; ``seconds`` are the wall clock's, without shrinking.
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
        """What was exhausted, and what was not: never left unsaid."""
        kind, bound = self.options.kind, self.options.bound
        schedules = f"{self.bounded:,} schedule{'' if self.bounded == 1 else 's'}"
        if self.exhausted == bound:
            return f"{kind} bound {bound} exhausted: {schedules}"
        until = "" if self.exhausted is None else f", {self.exhausted} is"
        return f"{kind} bound {bound} not exhausted{until}: {schedules}"


def check(
    program: Program,
    options: SearchOptions = SearchOptions(),  # noqa: B008 - frozen
    *,
    workers: int = 1,
    progress: Progress = lambda tally: None,
) -> Report:
    """Search for a schedule that breaks an invariant of ``program``, within the budget of ``options``.

    With more than one worker, a search that is not over soon goes on in as many child processes. *Valid* means that
    every schedule within the bound was run and judged; what is neither valid nor violated is *unknown*. Raises
    :class:`MsgmuxError` where the program is wrong.
    """
    # Whatever is wrong with it is told here, not by a child.
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
        tally, found = search_in_children(program, options, left, workers, progress)
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
