"""The exploration of a program of the user's, in the child process: every schedule, then bounded, then by chance.

Partial-order reduction comes first, for a fifth of the time or until it is done: it finds most faults at once, and can
say "every schedule". What is left of the time goes to delay bounding and random schedules by turns
(:mod:`msgmux.checker.search`). Whenever a run shows a race at accesses that are no scheduling points yet, the search
begins anew with them.
"""

import gc
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Literal

import msgspec

from msgmux.checker.code.outcomes import Outcomes, orders, outcome_of
from msgmux.checker.code.program import CodeProgram, CodeTrial
from msgmux.checker.code.records import Exploring, RaceReport
from msgmux.checker.code.reduction import NotDeterministic, Reduction
from msgmux.checker.code.report import CodeCounterexample, CodeReport
from msgmux.checker.code.runtime import Pruned
from msgmux.checker.code.story import result_place, tell
from msgmux.checker.search import Search, SearchOptions
from msgmux.checker.shrinking import shrink
from msgmux.checker.trial import Result
from msgmux.errors import ReplayDivergence
from msgmux.runtime.schedule import Schedule
from msgmux.runtime.strategies import Fifo, Replay, Strategy

SHARE = 0.2
"""Of the time, for partial-order reduction."""
AFTER = 1.0
"""Seconds for which the search of every schedule goes on after a fault was found, to count how many show it."""
SHRINKING = 3.0
"""Seconds that making a counterexample simpler may take: somebody waits for it."""
BOUND = 2
"""Delays, where no bound was asked for and not every schedule could be run."""

OnRun = Callable[[int, str], object]
"""Called after every run with how many there were, and what is being done."""


class _Search:
    def __init__(self, program: CodeProgram, wanted: Exploring, on_run: OnRun) -> None:
        self.program = program
        self.wanted = wanted
        self.on_run = on_run
        self.begun = time.monotonic()
        self.until = self.begun + wanted.seconds
        # Of the search that is going on, since it last began anew; and of all.
        self.schedules = 0
        self.runs = 0
        self.found: Result | None = None
        self.found_at = 0
        self.found_seconds = 0.0
        self.failing = 0
        self.every = False
        self.exhausted: int | None = None
        self.outcomes = Outcomes()
        self.races: dict[str, RaceReport] = {}
        self.reason = ""
        self.notes: list[str] = []

    # Every schedule

    def reduce(self) -> None:
        """Run every schedule, until that is done, the time for it is over, or a fault was found and looked into."""
        until = min(self.until, self.begun + max(1.0, self.wanted.seconds * SHARE))
        reduction = Reduction()
        self._anew()
        while time.monotonic() < until and self.runs < self.wanted.schedules:
            result = self._reduced(reduction)
            if self._learns():
                self._anew()
                reduction = Reduction()
                continue
            if result is not None and result.failures and self.found is None:
                self.found, self.found_at = result, self.schedules
                self.found_seconds = time.monotonic() - self.begun
                until = min(until, time.monotonic() + AFTER)
            if not reduction.next():
                self.every = True
                return

    def _reduced(self, reduction: Reduction) -> Result | None:
        reduction.begin()
        with self._trial(reduction) as trial:
            try:
                result = trial.run()
            except Pruned:
                return None
            reduction.end(trial.runtime)
            self._count(trial, result)
        return result

    # Up to a bound, and by chance

    def bounded(self, bound: int) -> None:
        """Run every schedule up to the bound, and random ones by turns."""
        if self.found is not None:
            return
        wanted = self.wanted
        options = SearchOptions(wanted.kind, bound, wanted.schedules, wanted.seconds, wanted.seed)
        while time.monotonic() < self.until and self.runs < wanted.schedules:
            self._anew()
            search = Search(_Counting(self), options)
            learned = False
            while not learned and not search.over and time.monotonic() < self.until and self.runs < wanted.schedules:
                search.go(1, self.until - time.monotonic())
                learned = search.found is None and self._learns()
            if learned:
                continue
            self.exhausted = search.tally.exhausted
            if search.found is not None:
                self.found, self.found_at = search.found.result, self.schedules
                self.found_seconds = time.monotonic() - self.begun
            if search.tally.unknown:
                self.reason = search.tally.reason
            return

    # Common

    def _anew(self) -> None:
        self.schedules = self.failing = 0
        self.outcomes = Outcomes()

    def _learns(self) -> bool:
        learned = self.program.loaded().learned
        for race in learned.races.values():
            self.races.setdefault(str(race), race)
        if not learned.grown or self.program.points == "sync":
            return False
        self.program = msgspec.structs.replace(self.program, learned=learned.known())
        return True

    def _trial(self, strategy: Strategy | None) -> CodeTrial:
        return self.program.trial(strategy)

    def _count(self, trial: CodeTrial, result: Result) -> None:
        self.schedules += 1
        self.runs += 1
        self.failing += bool(result.failures)
        if result.unknown:
            self.reason = result.unknown
        if not result.failures and not result.unknown:
            self.outcomes.add(outcome_of(trial.runtime))
        self.on_run(self.runs, "")

    def serial(self) -> None:
        """Which outcomes whole threads give, one after the other."""
        if len(self.outcomes.counts) < 2:
            return
        with self._trial(Fifo()) as trial:
            trial.run()
            threads = len(trial.runtime.names) - 1
        for order in orders(min(threads, 6)):
            with self._trial(order) as trial:
                result = trial.run()
                if not result.failures and not result.unknown:
                    self.outcomes.serial.add(outcome_of(trial.runtime))
            self.on_run(self.runs, "in order")

    def counterexample(self, result: Result, *, shrinking: bool = True) -> CodeCounterexample:
        """What was found, made simple and told."""
        best, choices = result, len(result.schedule)
        if shrinking:
            best, choices = shrink(_Counting(self, quietly=True), result, min(SHRINKING, self.wanted.seconds))
        invariant = result.failures[0].invariant
        failure = next(failure for failure in best.failures if failure.invariant == invariant)
        told = tell(self.program, best.schedule, failure)
        detail, place = result_place(failure)
        return CodeCounterexample(
            program=self.program.with_text(),
            kind=failure.invariant,
            detail=detail,
            place=place,
            schedule=best.schedule,
            preemptions=best.preemptions,
            choices=choices,
            points=best.points,
            story=told.lines,
            why=told.why,
            note=told.note,
            printed=told.printed,
        )


class _Counting:
    """The program as :class:`Search` runs it, each run counted."""

    def __init__(self, search: _Search, *, quietly: bool = False) -> None:
        self._search = search
        self._quietly = quietly

    @property
    def title(self) -> str:
        return self._search.program.title

    def stepwise(self, early_ticks: int) -> CodeProgram:
        return self._search.program.stepwise(early_ticks)

    def trial(self, strategy: Strategy | None = None) -> CodeTrial:
        trial = _CountedTrial(self._search.program, strategy)
        trial.search, trial.quietly = self._search, self._quietly
        return trial


class _CountedTrial(CodeTrial):
    search: _Search
    quietly: bool

    def run(self) -> Result:
        try:
            result = super().run()
        except IndexError:
            # A deviation from the default schedule asked for a candidate that was there in its parent's run.
            raise NotDeterministic("a choice that was there before is not there now") from None
        if self.quietly:
            self.search.on_run(self.search.runs, "shrinking")
        else:
            self.search._count(self, result)
        return result


@contextmanager
def _without_garbage_collection() -> Iterator[None]:
    """Finalizers run at the same places in every run: where the last reference goes."""
    was = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was:
            gc.enable()


def explore_program(program: CodeProgram, wanted: Exploring, on_run: OnRun = lambda runs, phase: None) -> CodeReport:
    """Explore it, in this process. Raises :class:`MsgmuxError` where the file is wrong."""
    program = msgspec.structs.replace(
        program,
        points=wanted.points,
        gil=wanted.gil,
        clock=wanted.clock,
        early_ticks=wanted.early_ticks,
        modules=wanted.modules,
    )
    search = _Search(program, wanted, on_run)
    collected = 0

    def tidy(runs: int, phase: str) -> None:
        nonlocal collected
        if runs - collected > 200:
            collected = runs
            gc.collect()
        on_run(runs, phase)

    search.on_run = tidy
    with _without_garbage_collection():
        try:
            if wanted.bound is None and wanted.clock == "autojump":
                search.reduce()
            if search.found is None and not search.every:
                search.bounded(BOUND if wanted.bound is None else wanted.bound)
            search.serial()
        except (NotDeterministic, ReplayDivergence) as error:
            search.reason = _nondeterminism(error)
            search.every = False
            search.found = None
    return _report(search)


def replay_program(program: CodeProgram, schedule: Schedule, wanted: Exploring) -> CodeReport:
    """Run it once, under that schedule. Raises :class:`ReplayDivergence` where that does not fit."""
    search = _Search(program, wanted, lambda runs, phase: None)
    with _without_garbage_collection(), program.trial(Replay(schedule, Fifo(), keeps_current=False)) as trial:
        result = trial.run()
    search._count(trial, result)
    search.every = False
    if result.failures:
        search.found, search.found_at = result, 1
    else:
        search.reason = result.unknown or "nothing breaks under this schedule; others were not run"
    return _report(search, shrinking=False)


def _nondeterminism(error: Exception) -> str:
    import re

    # The first place that is named in one of the two and not in the other.
    once, _, now = str(error).partition(", now ")
    places = re.compile(r"access (?:\S+ )?|(\S+\.py:\d+):\d+")
    here = [found.group(1) for found in places.finditer(now) if found.group(1) and found.group(1) not in once]
    there = [found.group(1) for found in places.finditer(once) if found.group(1)]
    at = f" at {(here or there)[0]}" if here or there else ""
    return (
        f"not the same program each time: the same choices went another way{at} "
        "(unseeded chance, real time, an id or a hash, or state that a module keeps?)"
    )


def _report(search: _Search, *, shrinking: bool = True) -> CodeReport:
    wanted = search.wanted
    decided = search.every or (wanted.bound is not None and search.exhausted == wanted.bound)
    unknown = search.reason
    counterexample = None
    if search.found is not None:
        try:
            counterexample = search.counterexample(search.found, shrinking=shrinking)
        except (NotDeterministic, ReplayDivergence, StopIteration) as error:
            unknown, search.found = _nondeterminism(error), None
    verdict: Literal["valid", "violated", "unknown"]
    if search.found is not None:
        verdict = "violated"
    elif unknown or not decided:
        verdict = "unknown"
        unknown = unknown or "the time was over before every schedule was run"
    else:
        verdict = "valid"
    return CodeReport(
        verdict=verdict,
        program=search.program,
        wanted=wanted,
        every=search.every,
        schedules=search.schedules,
        found_at=search.found_at,
        found_seconds=search.found_seconds,
        failing=search.failing,
        exhausted=search.exhausted,
        outcomes=search.outcomes.table(),
        races=tuple(search.races.values()),
        counterexample=counterexample,
        unknown=unknown if verdict != "violated" else "",
        seconds=time.monotonic() - search.begun,
        notes=(*search.notes, *search.program.loaded().notes),
    )
