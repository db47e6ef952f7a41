"""What both kinds of step session share: the user picks the task that runs next, and can undo every step."""

from abc import abstractmethod
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Literal, Protocol

from msgmux.checker.records import TaskView
from msgmux.commands import TIME, AnyCommand, Capabilities, Command, Mark
from msgmux.settings import Settings
from msgmux.state import CleanerState, QueueState
from msgmux_tui.session.basis import BasicSession
from msgmux_tui.session.records import Threads

POINTS_A_SECOND = 4.0
"""Scheduling points a second at speed 1 while the strategy picks: slow enough to follow."""
MOST_STEPS = 1_000
"""The most steps of one run-until-blocked; needed because a task may never block."""
BEGINNING = "you are the scheduler: a digit picks a task, <time.step> picks for you"


class Closable(Protocol):
    """A stepper, as far as this base class needs one."""

    def close(self) -> None: ...


class SchedulingSession(BasicSession):
    """Takes only commands to time: which task runs next is said by :meth:`pick`. It begins paused."""

    kind: Literal["step"] = "step"
    capabilities: Capabilities = TIME
    stepper: Closable
    _threads: Threads
    _chosen: int

    def __init__(self, clock: Callable[[], float]) -> None:
        super().__init__(clock, paused=True)
        # Scheduling points due (a fraction adds up over polls) while the strategy picks.
        self._due = 0.0
        self._said = BEGINNING
        self._recording: Path | None = None

    @property
    def threads(self) -> Threads:
        """The tasks, locks and waits after the last step."""
        return self._threads

    @property
    @abstractmethod
    def _picks(self) -> Sequence[int]:
        """The tasks that were picked so far, in order."""

    @abstractmethod
    def _look(self) -> None:
        """Compute ``threads`` anew."""

    @abstractmethod
    def _able_task(self, id: int) -> TaskView | None:
        """The task ``id`` if it can run; otherwise None, and an outcome says why."""

    @abstractmethod
    def _perform(self, task: TaskView, *, run: bool) -> None:
        """Run the task to its next scheduling point, or with ``run`` until it waits."""

    @abstractmethod
    def _let_strategy_pick(self) -> bool:
        """Take one step. Returns False if no task can run."""

    @abstractmethod
    def _undo(self, steps: int) -> None:
        """Undo so many steps, or tell why not."""

    @abstractmethod
    def save(self, path: Path) -> None:
        """Write the picks to a file. Raises :class:`OSError`."""

    # Stepping and undoing

    def choose(self, task: int) -> None:
        """Select a task, without running it."""
        self._chosen = task
        self._look()

    def pick(self, task: int) -> None:
        """Run a task to its next scheduling point."""
        self._pause()
        if (found := self._able_task(task)) is not None:
            self._perform(found, run=False)

    def _resume(self) -> None:
        super()._resume()
        self._due = 1.0

    def _step(self, *, notable: bool) -> None:
        if not self._paused:
            return
        if not notable:
            self._let_strategy_pick()
        elif (found := self._able_task(self._chosen)) is not None:
            self._perform(found, run=True)

    def step_back(self) -> None:
        """Undo the last step."""
        self._undo(1)

    def turn_back(self) -> None:
        """Undo the last steps of one task."""
        picks = self._picks
        steps = next((n for n, task in enumerate(reversed(picks)) if task != picks[-1]), len(picks))
        self._undo(steps)

    # Recording

    @property
    def recording(self) -> Path | None:
        return self._recording

    def start_recording(self, path: Path) -> None:
        """Record the picks. The file is written as a whole, now and again when the recording ends."""
        self.save(path)
        self._recording = path

    def stop_recording(self) -> None:
        path, self._recording = self._recording, None
        if path is not None:
            self.save(path)

    def close(self) -> None:
        self.stop_recording()
        self._paused = self._closed = True
        self.stepper.close()

    # Commands

    def _refusal(self, command: Command) -> str:
        if isinstance(command, Mark):
            return "a step session has no marks: every point of it can be gone back to"
        return "here you decide who goes on, and nothing else: the program is as it is"

    def _give(self, id: int, command: AnyCommand) -> None:
        raise AssertionError("it takes no other commands than those to time")


def no_queue() -> QueueState:
    """The empty state, for a program that has no whole queue."""
    return QueueState(0, 1, 0, {}, {}, Settings(), CleanerState(), (), 0)
