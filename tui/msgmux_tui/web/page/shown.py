"""A step session's threads as pages show them."""

from msgmux.checker.operations import standing
from msgmux.checker.records import TaskView
from msgmux_tui.session.records import Threads as SessionThreads
from msgmux_tui.web.page.lines import Place, Task, Threads


def shown(threads: SessionThreads, now: float) -> Threads:
    """The line for ``threads`` at ``now`` seconds."""
    tasks = [
        Task(
            task.id,
            task.name,
            _state(task),
            task.can_go,
            standing(task.operation, task.code),
            tuple(task.holds),
            task.id == threads.chosen,
        )
        for task in threads.tasks
    ]
    chosen = threads.task
    place = None
    if chosen is not None and chosen.source:
        lines = tuple([(line.number, line.text) for line in chosen.source])
        place = Place(chosen.name, lines, chosen.operation.line)
    return Threads(
        now, tuple(tasks), threads.said, threads.graph, threads.cycles, place, threads.steps, threads.preemptions
    )


def _state(task: TaskView) -> str:
    if task.state == "blocked" and task.operation.kind == "wait":
        return "waits"
    return str(task.state)
