"""A lesson's solution, performed: the tasks go on as it says, and then by the default schedule."""

from msgmux.checker import Stepper
from msgmux.checker.operations import standing
from msgmux.checker.records import TaskView
from msgmux.errors import MsgmuxError
from msgmux_tui.lessons.model import Lesson, Move

MOST = 2_000
"""Steps that all may go on by themselves after the solution."""


def solve(lesson: Lesson) -> Stepper:
    """The lesson's program after its solution. The caller closes it. Raises :class:`MsgmuxError` where a move of it
    cannot be made, naming that move.
    """
    stepper = Stepper(lesson.program)
    try:
        for number, move in enumerate(lesson.solution):
            if stepper.failures:
                break
            _make(stepper, move, f"solution[{number}]")
        stepper.go(steps=MOST if not stepper.failures else 0)
    except BaseException:
        stepper.close()
        raise
    return stepper


def _whereabouts(task: TaskView | None) -> str:
    """Where a task has come to, in words."""
    return "has ended" if task is None else standing(task.operation, task.code)


def _make(stepper: Stepper, move: Move, where: str) -> None:
    task = next((task for task in stepper.tasks if task.name == move.task), None)
    if task is None or not task.can_go:
        able = ", ".join([task.name for task in stepper.tasks if task.can_go])
        raise MsgmuxError(f"{where}: {move.task!r} cannot go on then; these can: {able or 'none'}")
    if move.steps is None and move.until is None:
        stepper.run_until_blocked(task.id)
        return
    for _ in range(MOST if move.steps is None else move.steps):
        stepper.pick(task.id)
        if stepper.failures:
            return
        now = next((view for view in stepper.tasks if view.id == task.id), None)
        if move.until is not None and now is not None and move.until.meets(now.operation, now.code):
            return
        if move.until is not None and (now is None or not now.can_go):
            raise MsgmuxError(f"{where}: {move.task!r} is never about to {move.until}; it {_whereabouts(now)}")
