"""One run of a harness under one schedule, and its result."""

from collections.abc import Callable, Iterator
from typing import Self

import msgspec

from msgmux.checker.harness import Bench, Harness, at_rest
from msgmux.errors import BoundReached, Deadlock, TaskFailed
from msgmux.queue import MessageQueue
from msgmux.runtime.records import Wait
from msgmux.runtime.schedule import Schedule
from msgmux.runtime.scheduler import CarrierName, Observer
from msgmux.runtime.strategies import Strategy
from msgmux.runtime.virtual import VirtualRuntime


class Failure(msgspec.Struct, frozen=True):
    """A violation: the invariant's name, what is wrong, and for a deadlock the wait-for graph."""

    invariant: str
    detail: str
    waits: tuple[Wait, ...] = ()


class Result(msgspec.Struct, frozen=True):
    """The result of a run. ``failures``: in the order in which they were found. ``unknown``: why the run could not be
    judged; empty if it could. The numbers are counts: see :class:`~msgmux.checker.counterexample.Counterexample`.
    """

    failures: tuple[Failure, ...]
    unknown: str
    schedule: Schedule
    points: int
    preemptions: int
    early_ticks: int

    def breaks(self, invariant: str) -> bool:
        """Whether that invariant is among the failures."""
        return any([failure.invariant == invariant for failure in self.failures])


class Trial:
    """A harness set up on a runtime of its own, ready to run. A context manager that ends its tasks.

    The constructor runs ``harness.begin`` and raises what that raises.
    """

    def __init__(
        self,
        harness: Harness,
        strategy: Strategy | None = None,
        *,
        queue_class: type[MessageQueue] = MessageQueue,
        carrier: CarrierName = "greenlet",
        early_ticks: int | None = None,
        observer: Observer | None = None,
    ) -> None:
        self.harness = harness
        self.runtime = VirtualRuntime(
            strategy,
            clock=harness.clock,
            carrier=carrier,
            early_ticks=harness.early_ticks if early_ticks is None else early_ticks,
            max_points=harness.max_points,
            observer=observer,
        )
        self.bench = Bench(self.runtime, queue_class)
        try:
            harness.begin(self.bench)
        except BaseException:
            self.runtime.close()
            raise

    def run(self) -> Result:
        """Run to the end, or to the harness's horizon, and judge the run.

        Raises :class:`ReplayDivergence`, if the strategy does.
        """
        return self.judged(lambda: self.runtime.run(until=self.harness.horizon))

    def judged(self, go: Callable[[], object], *, over: bool = True, structure: bool = True) -> Result:
        """Call ``go``, which lets the run go on, and judge the run; if it is ``over``, also by the final checks.

        Without ``structure`` only the events are judged, not the links of the queue's list. Raises what ``go`` raises,
        except deadlocks, failed tasks and :class:`BoundReached`, which are results.
        """
        failures, unknown = self.verdict(go, over=over, structure=structure)
        runtime = self.runtime
        return Result(failures, unknown, runtime.schedule, runtime.points, runtime.preemptions, runtime.early_ticks)

    def verdict(
        self, go: Callable[[], object], *, over: bool = True, structure: bool = True
    ) -> tuple[tuple[Failure, ...], str]:
        """As :meth:`judged`, but returns only (failures, why the run cannot be judged, or empty)."""
        found: list[Failure] = []
        unknown = ""
        at_end = False
        try:
            go()
            if over:
                self.runtime.check_deadlock()
                at_end = True
        except Deadlock as error:
            found.append(Failure("deadlock", str(error), error.waits))
        except TaskFailed as error:
            cause = error.__cause__
            # The only assertions in the queue's code are those about the structure of its list.
            name = "list" if isinstance(cause, AssertionError) else "crash"
            found.append(Failure(name, f"{error}: {cause}"))
        except BoundReached as error:
            unknown = str(error)
        self.bench.drain()
        if self.bench.invariants is not None:
            # Violations found in events come first: mostly they are the cause of a crash or a deadlock, too.
            found = [Failure(*violation) for violation in self.bench.invariants.violations.items()] + found
        if structure:
            found += [Failure(*problem) for problem in self._structure()]
        if at_end and not found:
            found += [Failure(*problem) for problem in self._at_end()]
        return tuple(found), unknown

    def _structure(self) -> Iterator[tuple[str, str]]:
        queue = self.bench.queue
        if queue is None or any(["queue" in task.holds for task in self.runtime.tasks]):
            return
        try:
            queue.check_structure()
        except AssertionError as error:
            yield "list", str(error)

    def _at_end(self) -> Iterator[tuple[str, str]]:
        bench = self.bench
        yield from bench.history.problems()
        if bench.queue is not None:
            waiting = {task.waits_for: task.name for task in self.runtime.tasks if task.state == "blocked"}
            yield from at_rest(bench, bench.queue, waiting)
        for check in bench.checks:
            yield from check()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.runtime.close()
