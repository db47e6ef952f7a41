"""A solution by hand, without hands: the tasks go on as the lesson says, and then by themselves."""

from msgmux.checker import Stepper
from msgmux.checker.records import TaskView
from msgmux.errors import MsgmuxError
from msgmux_tui.lessons.model import Lesson, Turn

MOST = 2_000
"""Steps that all may go on by themselves after the solution."""


def solve(lesson: Lesson) -> Stepper:
    """The lesson's program after its solution. The caller closes it. Raises :class:`MsgmuxError` where a turn of it
    cannot be taken, naming that turn.
    """
    stepper = Stepper(lesson.program)
    try:
        for number, turn in enumerate(lesson.solution):
            if stepper.failures:
                break
            _take(stepper, turn, f"solution[{number}]")
        stepper.go(steps=MOST if not stepper.failures else 0)
    except BaseException:
        stepper.close()
        raise
    return stepper


def _whereabouts(task: TaskView | None) -> str:
    """Where a task has come to, in words."""
    return "has ended" if task is None else task.next


def _take(stepper: Stepper, turn: Turn, where: str) -> None:
    task = next((task for task in stepper.tasks if task.name == turn.task), None)
    if task is None or not task.can_go:
        able = ", ".join([task.name for task in stepper.tasks if task.can_go])
        raise MsgmuxError(f"{where}: {turn.task!r} cannot go on then; these can: {able or 'none'}")
    if turn.steps is None and not turn.until:
        stepper.run_until_blocked(task.id)
        return
    for _ in range(MOST if turn.steps is None else turn.steps):
        stepper.pick(task.id)
        if stepper.failures:
            return
        now = next((view for view in stepper.tasks if view.id == task.id), None)
        if turn.until and now is not None and turn.until in now.next:
            return
        if turn.until and (now is None or not now.can_go):
            raise MsgmuxError(f"{where}: {turn.task!r} is never about to {turn.until!r}; it {_whereabouts(now)}")
