"""Runs a program one step at a time: a person or a lesson picks the task that goes on, and steps can be undone.

To undo a step, the program is run again from its start without it: a run depends only on which tasks were picked, and a
few hundred steps take some milliseconds.
"""

from collections.abc import Iterable, Sequence
from types import TracebackType
from typing import Self

from msgmux.checker.checkable import Checkable
from msgmux.checker.counterexample import Counterexample, replaying
from msgmux.checker.explain import tell
from msgmux.checker.program import Program
from msgmux.checker.records import Resource, TaskView, around
from msgmux.checker.trial import Failure, Trial
from msgmux.errors import MsgmuxError
from msgmux.events import Event
from msgmux.queue import MessageQueue
from msgmux.runtime.records import CLOCK, Operation, Wait
from msgmux.runtime.schedule import Schedule
from msgmux.runtime.strategies import Fifo, Replay, Strategy
from msgmux.state import Fold, QueueState

EARLY = 10_000
"""How often the clock may be moved although a task can go on: more than any person does."""


class Stepper:
    """Steps through ``program``. Tasks are picked by their ids (see :attr:`tasks`). A context manager that ends them.

    Without a ``schedule`` the clock is a task with id 0 that may be picked at any time. With one, that schedule is
    performed first, and the clock is the program's own, since the schedule was made with it. Raises
    :class:`ReplayDivergence` where the schedule does not fit, :class:`MsgmuxError` if the program is wrong.
    """

    def __init__(self, program: Checkable, schedule: Schedule | None = None) -> None:
        if schedule is None:
            program = program.stepwise(EARLY)
        self.program = program
        # How often the program was started again. When it changes, state that a caller folded from `events` is invalid.
        self.rewound = 0
        self._picks: list[int] = []
        self._open()
        if schedule is not None:
            replay = Replay(schedule, keeps_current=False)
            while len(self._trial.runtime.schedule) < len(schedule) and self.go(replay):
                pass

    # Reading the state

    @property
    def picks(self) -> tuple[int, ...]:
        """The ids of the tasks that were picked, from the start on; :meth:`perform` takes the same."""
        return tuple(self._picks)

    @property
    def schedule(self) -> Schedule:
        """The picks as a schedule, which contains only those where there was a choice."""
        return self._trial.runtime.schedule

    @property
    def now(self) -> float:
        """Seconds of virtual time."""
        return self._trial.runtime.now()

    @property
    def points(self) -> int:
        """Scheduling points so far."""
        return self._trial.runtime.points

    @property
    def preemptions(self) -> int:
        """How often another task was picked although the current one could have gone on."""
        return self._trial.runtime.preemptions

    @property
    def queue(self) -> MessageQueue | None:
        """The queue that the tasks use, to be read only; None for a harness without a queue."""
        return self._trial.bench.queue

    @property
    def start(self) -> QueueState | None:
        """The queue's state before its first event; None for a harness without a queue."""
        return self._trial.bench.start

    @property
    def state(self) -> QueueState | None:
        """The queue's state now; None for a harness without a queue."""
        return None if self._fold is None else self._fold.state()

    @property
    def events(self) -> Sequence[Event]:
        """All events since the start."""
        return self._trial.bench.events

    @property
    def failures(self) -> tuple[Failure, ...]:
        """The violations so far; at the end of the run also those of the final checks, such as lost messages."""
        return self._failures

    @property
    def unknown(self) -> str:
        """Why the run cannot be judged and cannot go on; empty if it can."""
        return self._unknown

    @property
    def over(self) -> bool:
        """True at the end of the run: only timers of the queue's own threads could go on, or a failure has ended it."""
        return self._stuck or self._trial.runtime.resting(until=self._horizon)

    @property
    def tasks(self) -> tuple[TaskView, ...]:
        """The tasks that have not ended, in the order of spawning; then the clock, if a task has a timed wait."""
        runtime = self._trial.runtime
        able = () if self._stuck else runtime.enabled(until=self._horizon)
        waits = {wait.id: wait for wait in runtime.waits()}
        views = []
        for task in runtime.tasks:
            wait = waits[task.id]
            views.append(
                TaskView(
                    id=task.id,
                    name=task.name,
                    state="running" if task.id == self._last and task.state == "ready" else task.state,
                    can_go=task.id in able,
                    operation=wait.operation,
                    waits_for=task.waits_for,
                    held_by=wait.holder,
                    holds=task.holds,
                    until=task.deadline,
                    daemon=task.daemon,
                    source=around(wait.operation.file, wait.operation.line),
                )
            )
        moments = [view.until for view in views if view.until is not None]
        if moments:
            views.append(
                TaskView(
                    id=CLOCK,
                    name="the clock",
                    state="ready",
                    can_go=CLOCK in able,
                    operation=Operation("tick", f"{min(moments):g} s"),
                    until=min(moments),
                )
            )
        return tuple(views)

    @property
    def waits(self) -> tuple[Wait, ...]:
        """The wait-for graph: the tasks that want a lock, with its holder, or wait on a condition."""
        return tuple([wait for wait in self._trial.runtime.waits() if wait.wants or wait.waits_on])

    @property
    def resources(self) -> tuple[Resource, ...]:
        """The locks that are held or wanted, and the conditions that are waited on, by name."""
        waits = self._trial.runtime.waits()
        holders = {name: wait.task for wait in waits for name in wait.holds}
        wanted: dict[str, list[str]] = {}
        waited: dict[str, list[str]] = {}
        for wait in waits:
            if wait.waits_on:
                waited.setdefault(wait.waits_on, []).append(wait.task)
            elif wait.wants:
                wanted.setdefault(wait.wants, []).append(wait.task)
        locks = sorted({**holders, **wanted})
        return (
            *[Resource(name, "lock", holders.get(name, ""), tuple(wanted.get(name, ()))) for name in locks],
            *[Resource(name, "condition", "", tuple(waited[name])) for name in sorted(waited)],
        )

    @property
    def trial(self) -> Trial:
        """The run itself, to be read only. A step back replaces it by another one."""
        return self._trial

    # Stepping

    def pick(self, task: int) -> list[Event]:
        """Let the task with that id go on to its next scheduling point; 0 moves the clock. Returns the step's events.

        Raises :class:`MsgmuxError` if that task or the run cannot go on. Violations do not raise: see :attr:`failures`.
        """
        if self._stuck:
            raise MsgmuxError("the run cannot go on from here; undo the last step")
        events = self._step(task)
        self._picks.append(task)
        self._judge()
        return events

    def undo(self, steps: int = 1) -> bool:
        """Take back the last ``steps`` steps, or all if there are fewer. False if there is nothing to take back."""
        if not self._picks or steps < 1:
            return False
        self.perform(self._picks[:-steps])
        return True

    def perform(self, picks: Iterable[int]) -> None:
        """Start the program again and pick these tasks (ids) in order.

        Raises :class:`MsgmuxError` if one of them cannot go on; the picks before it have been made then.
        """
        picks = list(picks)
        self._trial.runtime.close()
        self.rewound += 1
        self._picks = []
        self._open()
        for task in picks:
            self._step(task)
            self._picks.append(task)
        self._judge()

    def run_until_blocked(self, task: int, most: int = 10_000) -> list[Event]:
        """Let that task go on until it must wait, has ended, or something is violated; at most ``most`` steps.

        Returns the events of these steps. Raises :class:`MsgmuxError` if the task cannot go on.
        """
        events: list[Event] = []
        broken = len(self.failures)
        for _ in range(most):
            events += self.pick(task)
            if self._stuck or task == CLOCK or task not in self._trial.runtime.enabled(until=self._horizon):
                break
            if len(self.failures) > broken:
                break
        return events

    def suggest(self, strategy: Strategy | None = None) -> int | None:
        """The id of the task that a strategy would pick (default: first in, first out); None if :attr:`over`."""
        return None if self.over else self._trial.runtime.suggest(strategy or Fifo(), until=self._horizon)

    def go(self, strategy: Strategy | None = None, steps: int = 1) -> list[int]:
        """Let a strategy (default: first in, first out) pick ``steps`` times, or until :attr:`over`.

        Returns the ids of the tasks that it picked. Raises :class:`ReplayDivergence`, if the strategy does.
        """
        strategy = strategy or Fifo()
        picked: list[int] = []
        while len(picked) < steps and (task := self.suggest(strategy)) is not None:
            self.pick(task)
            picked.append(task)
        return picked

    def counterexample(self) -> Counterexample:
        """The run so far as a counterexample, not shrunk.

        Raises :class:`MsgmuxError` if nothing is violated, or if the program is a Python file of the user's.
        """
        if not self.failures:
            raise MsgmuxError("nothing is broken yet")
        if not isinstance(self.program, Program):
            raise MsgmuxError("the schedule of a file of yours is saved by itself")
        runtime, schedule = self._trial.runtime, self.schedule
        with replaying(self.program, schedule) as trial:
            story = tell(trial)
        return Counterexample(
            self.program,
            self.failures[0],
            schedule,
            runtime.preemptions,
            runtime.early_ticks,
            len(schedule),
            runtime.points,
            story,
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """End all tasks; idempotent."""
        self._trial.runtime.close()

    def _open(self) -> None:
        self._trial: Trial = self.program.trial()
        self._horizon = self._trial.harness.horizon
        self._last: int | None = None
        # True when the run cannot go on: after a deadlock, a failed task, or too many scheduling points.
        self._stuck = False
        self._failures: tuple[Failure, ...] = ()
        self._unknown = ""
        start = self._trial.bench.start
        self._fold = None if start is None else Fold(start)
        self._take(self._trial.bench.drain())
        self._judge()

    def _step(self, task: int) -> list[Event]:
        before = len(self._trial.bench.events)
        runtime = self._trial.runtime
        # verdict() rather than judged(): the latter also builds the schedule, which takes longer with every step.
        self._failures, self._unknown = self._trial.verdict(
            lambda: runtime.step(task, until=self._horizon), over=False, structure=False
        )
        self._last = task
        self._stuck = bool(self._unknown) or any([failure.invariant in _ENDS for failure in self._failures])
        return self._take(list(self._trial.bench.events[before:]))

    def _judge(self) -> None:
        """Judge the run so far; at its end also by the final checks."""
        if not self._stuck:
            resting = self._trial.runtime.resting(until=self._horizon)
            self._failures, _ = self._trial.verdict(lambda: None, over=resting)

    def _take(self, events: list[Event]) -> list[Event]:
        if self._fold is not None:
            for event in events:
                self._fold.apply(event)
        return events


# The failures after which a run cannot go on; the last five are those of a Python file of the user's.
_ENDS = ("deadlock", "crash", "hang", "assert", "exception", "invariant", "exit")
