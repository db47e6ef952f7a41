"""The step session: the user schedules the tasks of the real queue, and can undo every step."""

import time
from collections.abc import Callable, Sequence
from pathlib import Path

from msgspec.structs import replace

from msgmux.checker import Program, Stepper, save
from msgmux.checker.records import TaskView
from msgmux.errors import MsgmuxError
from msgmux.recording import Header, History
from msgmux.runtime.records import CLOCK
from msgmux.runtime.schedule import Schedule
from msgmux.runtime.strategies import Fifo, Replay, Strategy
from msgmux.state import Fold
from msgmux_tui.session.channel_samples import with_levels
from msgmux_tui.session.protocol import MOST_EVENTS, Frame, LeadIn
from msgmux_tui.session.records import Check, Threads
from msgmux_tui.session.scheduling import BEGINNING, MOST_STEPS, POINTS_A_SECOND, SchedulingSession, no_queue
from msgmux_tui.session.telling import again, cycles, graph, named, run_told, step_told, why_not

BUDGET = 0.015
"""Wall-clock seconds that one poll may take."""
FAR = 30_000
"""The most steps that are performed again: they take one or two seconds, and each step back takes as long again."""


class StepSession(SchedulingSession):
    """Steps through ``program``. No task runs until one is picked.

    With a ``schedule``, for example that of a counterexample, the strategy follows it as long as all picks agree with
    it; otherwise, and after its end, it picks first in, first out. ``clock`` is the wall clock, in seconds. Raises
    :class:`MsgmuxError` if the program can't be run.
    """

    stepper: Stepper

    def __init__(
        self, program: Program, *, schedule: Schedule | None = None, clock: Callable[[], float] = time.monotonic
    ) -> None:
        super().__init__(clock)
        self.stepper = Stepper(program, schedule)
        if schedule is not None:
            self.stepper.perform([])
        self.title = program.title
        self.start = self.stepper.start or no_queue()
        self._guide = None if schedule is None else list(schedule)
        self._chosen = next((task.id for task in self.stepper.tasks if task.can_go), 1)
        # What the last frame showed: how many events, after how many rewinds of the stepper. None: the next frame is
        # a jump, with a lead-in.
        self._shown = 0
        self._rewound: int | None = self.stepper.rewound
        self._history: tuple[int, int, History] | None = None
        self._changed()

    def _changed(self) -> None:
        """Compute ``threads`` anew after a step or an undo, also if it published no event."""
        stepper = self.stepper
        state = self.start if stepper.state is None else stepper.state
        self._state = replace(state if stepper.queue is None else with_levels(stepper.queue, state))
        self._look()

    def _look(self) -> None:
        stepper = self.stepper
        tasks = stepper.tasks
        broken = tuple([Check(f.invariant, 0, f.detail.splitlines()[0]) for f in stepper.failures])
        self._threads = Threads(
            tasks,
            stepper.resources,
            self._chosen,
            self._said,
            self._able(tasks),
            cycles(stepper.waits),
            graph(stepper.waits),
            broken,
            len(stepper.picks),
            stepper.preemptions,
            stepper.over,
        )

    def _able(self, tasks: tuple[TaskView, ...]) -> str:
        able = [str(task.id) for task in tasks if task.can_go]
        if self.stepper.unknown:
            return f"{self.stepper.unknown}; <player.back> undoes"
        if not able:
            return "nobody can go on; <player.back> undoes"
        rest = "all is at rest; " if self.stepper.over else ""
        return f"{rest}can go on: {' '.join(able)}"

    # Frames

    @property
    def _picks(self) -> Sequence[int]:
        return self.stepper.picks

    def poll(self) -> Frame:
        elapsed = self._elapsed()
        if not self._paused:
            self._go_on(elapsed)
        outcomes = self._answers.take()
        stepper = self.stepper
        before, self._shown = self._shown, len(stepper.events)
        alarm = self._alarm()
        if self._rewound != stepper.rewound:
            self._rewound = stepper.rewound
            return Frame(self._state, stepper.now, (), True, outcomes, alarm, self._lead_in())
        return Frame(self._state, stepper.now, tuple(stepper.events[before:]), False, outcomes, alarm)

    def _alarm(self) -> str:
        broken = self._threads.broken
        return f"{broken[0].name}: {broken[0].violation}; <player.back> undoes" if broken else ""

    def _lead_in(self) -> LeadIn:
        """The last events that led to this point, without undone ones."""
        events = self.stepper.events
        fold = Fold(self.start)
        fold.apply_all(events[:-MOST_EVENTS])
        now = events[-MOST_EVENTS - 1].time if len(events) > MOST_EVENTS else 0.0
        return LeadIn(fold.state(), now, events[-MOST_EVENTS:])

    # Stepping and undoing

    def perform(self, picks: tuple[int, ...]) -> None:
        """Start over and pick these tasks in order. Raises :class:`MsgmuxError` if one of them can't run."""
        self._pause()
        self.stepper.perform(picks)
        self._said = f"{len(picks)} steps were performed" if picks else BEGINNING
        if picks:
            self._chosen = picks[-1]
        self._changed()

    def go_to(self, event: int) -> None:
        """Let the strategy pick until the event number ``event`` has happened or no task can run.

        Raises :class:`MsgmuxError` if that would take more than :data:`FAR` steps.
        """
        self._pause()
        stepper = self.stepper
        steps = len(stepper.picks)
        while (stepper.events[-1].number if stepper.events else self.start.event) < event:
            steps += 1
            if steps > FAR:
                raise MsgmuxError(f"this is more than {FAR:,} steps from the beginning; go to an earlier moment")
            if stepper.failures or not (picked := stepper.go(self._strategy())):
                break
            self._chosen = picked[-1]
        self._rewound = None
        self._said = f"performed again up to here, in {len(stepper.picks)} steps"
        self._changed()

    def _able_task(self, id: int) -> TaskView | None:
        task = next((task for task in self.stepper.tasks if task.id == id), None)
        if task is None:
            self.tell(f"there is no task {id} (any more)")
        elif not task.can_go:
            self.tell(f"{named(task)} can't go on: it {why_not(task)}" if not self.stepper.failures else self._alarm())
        else:
            return task
        return None

    def _perform(self, task: TaskView, *, run: bool) -> None:
        resources = self.stepper.resources
        events = self.stepper.run_until_blocked(task.id, MOST_STEPS) if run else self.stepper.pick(task.id)
        after = next((view for view in self.stepper.tasks if view.id == task.id), None)
        self._said = (run_told if run else step_told)(task, after, events, resources)
        # If the selected task has ended, select the one that the strategy would pick next.
        self._chosen = task.id if after is not None else self.stepper.suggest(self._strategy()) or CLOCK
        self._changed()

    def _let_strategy_pick(self) -> bool:
        task = self.stepper.suggest(self._strategy())
        found = None if task is None else next(view for view in self.stepper.tasks if view.id == task)
        if found is None:
            self.tell("nobody can go on" if self.stepper.failures else "all has come to rest, and nothing is broken")
            return False
        self._perform(found, run=False)
        return True

    def _strategy(self) -> Strategy:
        guide = self._guide
        if guide is None:
            return Fifo()
        done = list(self.stepper.schedule)
        return Replay(Schedule.of(guide), Fifo(), keeps_current=False) if guide[: len(done)] == done else Fifo()

    def _go_on(self, seconds: float) -> None:
        """Take the steps due after ``seconds`` more; pause if an invariant is violated."""
        self._due += seconds * POINTS_A_SECOND
        broken, until = len(self.stepper.failures), self._clock() + BUDGET
        while self._due >= 1 and not self._paused:
            self._due -= 1
            if not self._let_strategy_pick() or len(self.stepper.failures) > broken:
                self._paused = True
            if self._clock() > until:
                self._due = min(self._due, 1.0)
                return

    def _undo(self, steps: int) -> None:
        self._pause()
        picks = self.stepper.picks
        if not picks:
            self.tell("this is the beginning")
            return
        self._chosen = picks[-1]
        self.stepper.undo(steps)
        task = next((task for task in self.stepper.tasks if task.id == self._chosen), None)
        about = f": {named(task)} {again(task)}" if task is not None else ""
        self._said = (f"{steps} steps are undone" if steps > 1 else "undone") + about
        self._changed()

    # Recording

    @property
    def timeline(self) -> History:
        stepper = self.stepper
        kept = self._history
        if kept is None or kept[:2] != (stepper.rewound, len(stepper.picks)):
            program = stepper.program
            scenario = program.scenario if isinstance(program, Program) else ""
            header = Header(self.start, self.title, scenario, 0, "virtual", keeps_current=False)
            history = History(header)
            history.take(tuple(stepper.events), self._state, stepper.now)
            history.schedule = stepper.schedule
            kept = self._history = (stepper.rewound, len(stepper.picks), history)
        return kept[2]

    def save(self, path: Path) -> None:
        """Write a recording; after a violation, a counterexample that can be run again. Raises :class:`OSError`."""
        if self.stepper.failures:
            save(path, self.stepper.counterexample())
        else:
            self.timeline.save(path)
