"""The step session of a Python file of the user's: the same keys as for a queue's program; the file runs in a child.

Reached only from the command line and from the exercise screen, where the file's path was typed.
"""

import time
from collections.abc import Callable, Sequence
from pathlib import Path

from msgspec.structs import replace

from msgmux.checker.code.parent import PATIENCE
from msgmux.checker.code.program import CodeProgram
from msgmux.checker.code.records import Touch
from msgmux.checker.code.saving import save_run
from msgmux.checker.code.stepping import CodeStepper, Perform, Pick, Stood
from msgmux.checker.code.story import short
from msgmux.checker.records import TaskView
from msgmux.errors import MsgmuxError
from msgmux.recording import Header, History
from msgmux.runtime.schedule import Schedule
from msgmux_tui.session.protocol import Frame
from msgmux_tui.session.records import Check, Threads
from msgmux_tui.session.scheduling import MOST_STEPS, POINTS_A_SECOND, SchedulingSession, no_queue
from msgmux_tui.session.telling import again, cycles, graph, named, run_told, step_told, why_not

SLOW = 0.5
"""Seconds after which a step that has not ended is told."""


class CodeSession(SchedulingSession):
    """Steps through ``program``. No task runs until one is picked; a step is asked for at once and shown when done.

    With a ``schedule`` the strategy follows it as long as all picks agree with it; otherwise, and after its end, it
    picks first in, first out. ``breaks``: what that schedule breaks, in words. ``patience``: seconds without an answer
    after which the child is ended. ``clock`` is the wall clock, in seconds. Starting takes about a second. Raises
    :class:`MsgmuxError` if the file is wrong or the schedule does not fit.
    """

    stepper: CodeStepper

    def __init__(
        self,
        program: CodeProgram,
        *,
        schedule: Schedule | None = None,
        breaks: str = "",
        patience: float = PATIENCE,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        super().__init__(clock)
        self.stepper = CodeStepper(program, schedule, patience=patience)
        self.title = program.title
        if program.given:
            self.title = f"{Path(program.given[0][1]).name}, {program.name.removeprefix('test_').replace('_', ' ')}"
        self.start = no_queue()
        ahead = self.stepper.stood.ahead
        if ahead is not None:
            broken = f"breaks it: {breaks}" if breaks else "is to break it"
            self._said = f"the schedule, {ahead} steps, {broken}; <time.step> goes along it, <player.back> back"
        self._chosen = self._suggested()
        # The sentence for the step that is under way, made when it is done; and when it began.
        self._telling: Callable[[Stood], str] | None = None
        self._began = 0.0
        self._look()

    # Frames

    @property
    def _picks(self) -> Sequence[int]:
        return self.stepper.stood.picks

    def poll(self) -> Frame:
        elapsed = self._elapsed()
        if self.stepper.waiting:
            self._take()
        if not self._paused:
            self._go_on(elapsed)
        return Frame(self._state, self.stepper.stood.now, (), False, self._answers.take(), self._alarm())

    def settle(self) -> None:
        """Wait for the step that is under way."""
        if self.stepper.waiting:
            self.stepper.wait()
            self._done()

    def _take(self) -> None:
        if self.stepper.poll():
            self._done()
        elif self._clock() - self._began > SLOW:
            self._said = "this step has not come to a point yet; <player.back> ends it"
            self._look()

    def _done(self) -> None:
        if self.stepper.waiting:
            return
        stood, telling = self.stepper.stood, self._telling
        self._telling = None
        if stood.problem:
            self._said = stood.problem
            self._paused = True
        elif stood.unknown:
            self._said = "the step did not end well"
            self._paused = True
        elif telling is not None:
            self._said = telling(stood)
        if stood.failures:
            self._paused = True
        if all([task.id != self._chosen for task in stood.tasks]):
            # The selected task has ended.
            self._chosen = self._suggested()
        self._look()

    def _suggested(self) -> int:
        stood = self.stepper.stood
        return stood.suggested if stood.suggested is not None else stood.tasks[0].id if stood.tasks else 1

    def _look(self) -> None:
        # Another state, although it is empty: so the frame is another one, and is drawn.
        self._state = replace(self.start)
        stood = self.stepper.stood
        broken = tuple([Check(f.invariant, 0, f.detail.splitlines()[0] if f.detail else "") for f in stood.failures])
        self._threads = Threads(
            stood.tasks,
            stood.resources,
            self._chosen,
            self._said,
            self._able(stood),
            cycles(stood.waits),
            graph(stood.waits),
            broken,
            len(stood.picks),
            stood.preemptions,
            stood.over,
            stood.shared,
            stood.printed,
        )

    def _able(self, stood: Stood) -> str:
        if stood.unknown:
            return f"{stood.unknown}; <player.back> undoes"
        able = [str(task.id) for task in stood.tasks if task.can_go]
        if not able:
            return "nobody can go on; <player.back> undoes" if stood.tasks else "all have ended; <player.back> undoes"
        left = f"; {stood.ahead} more steps of the schedule" if stood.ahead else ""
        return f"can go on: {' '.join(able)}{left}"

    def _alarm(self) -> str:
        stood, broken = self.stepper.stood, self._threads.broken
        if stood.unknown and not self.stepper.waiting:
            return f"{stood.unknown}; <player.back> undoes"
        return f"{broken[0].name}: {broken[0].violation}; <player.back> undoes" if broken else ""

    # Stepping and undoing

    def _able_task(self, id: int) -> TaskView | None:
        if self.stepper.waiting:
            self.tell("the last step has not ended yet; <player.back> ends it")
            return None
        stood = self.stepper.stood
        task = next((task for task in stood.tasks if task.id == id), None)
        if stood.unknown or stood.failures:
            self.tell(self._alarm())
        elif task is None:
            self.tell(f"there is no task {id} (any more)")
        elif not task.can_go:
            self.tell(f"{named(task)} can't go on: it {why_not(task)}")
        else:
            return task
        return None

    def _perform(self, task: TaskView, *, run: bool) -> None:
        resources = self.stepper.stood.resources
        tell = run_told if run else step_told

        def told(stood: Stood) -> str:
            after = next((view for view in stood.tasks if view.id == task.id), None)
            return tell(task, after, (), resources) + touched(stood.touches)

        self._chosen = task.id
        self._ask(Pick(task.id, MOST_STEPS if run else 1), told)

    def _ask(self, request: Pick | Perform, telling: Callable[[Stood], str]) -> None:
        try:
            self.stepper.ask(request)
        except MsgmuxError as error:
            self.tell(str(error).splitlines()[0])
            return
        self._telling, self._began = telling, self._clock()
        if not self.stepper.waiting:
            # The child was gone already.
            self._done()

    def _let_strategy_pick(self) -> bool:
        stood = self.stepper.stood
        found = next((task for task in stood.tasks if task.id == stood.suggested), None)
        if self.stepper.waiting or (found is not None and (stood.failures or stood.unknown)):
            self._able_task(0)
            return False
        if found is None:
            self.tell(self._alarm() or "all has come to its end, and nothing is broken")
            return False
        self._perform(found, run=False)
        return True

    def _go_on(self, seconds: float) -> None:
        """Take the step that is due after ``seconds`` more; pause where nobody can go on."""
        self._due = min(self._due + seconds * POINTS_A_SECOND, 2.0)
        if self._due >= 1 and not self.stepper.waiting:
            self._due -= 1
            if not self._let_strategy_pick():
                self._paused = True

    def _undo(self, steps: int) -> None:
        self._pause()
        if self.stepper.waiting:
            self.stepper.interrupt()
            self._telling, self._began = (lambda stood: "the step that did not end is taken back"), self._clock()
            return
        picks = self.stepper.stood.picks
        if not picks:
            self.tell("this is the beginning")
            return
        chosen = picks[-1]

        def told(stood: Stood) -> str:
            task = next((task for task in stood.tasks if task.id == chosen), None)
            about = f": {named(task)} {again(task)}" if task is not None else ""
            return (f"{steps} steps are undone" if steps > 1 else "undone") + about

        self._chosen = chosen
        self._ask(Perform(picks[:-steps]), told)

    # Recording

    @property
    def timeline(self) -> History:
        """Empty: there is no queue, so there are no events. The picks are the history, and each can be undone."""
        history = History(Header(self.start, self.title, "", 0, "virtual", keeps_current=False))
        history.take((), self.start, self.stepper.stood.now)
        return history

    def save(self, path: Path) -> None:
        """Write the picks as a schedule, for ``play --step FILE --schedule``.

        Raises :class:`OSError`, and :class:`MsgmuxError` for an exercise.
        """
        if self.stepper.stood.program.given:
            raise MsgmuxError("the schedule of an exercise is not kept: exercise --step FILE finds it again")
        stood = self.stepper.stood
        failure = stood.failures[0] if stood.failures else None
        save_run(path, stood.program, stood.schedule, failure, self.start)


def touched(touches: tuple[Touch, ...]) -> str:
    """The accesses of a step, with their values: `` (reads 0, writes 1 over T2's 3)``; the last three of many."""
    if not touches:
        return ""
    told = []
    for touch in touches[-3:]:
        over = f" over what {short(touch.over)} wrote" if touch.over else ""
        told.append(f"writes {touch.value}{over}" if touch.wrote else f"reads {touch.value}")
    return f" ({'…, ' if len(touches) > 3 else ''}{', '.join(told)})"
