"""Sentences about a step session: the last step ("2 sender takes the lock queue"), and which task waits for which."""

from collections.abc import Iterable, Sequence

from msgmux.checker.explain import happened
from msgmux.checker.operations import done, upcoming
from msgmux.checker.records import Resource, TaskView
from msgmux.events import Event
from msgmux.runtime.records import CLOCK, Wait

MANY = 3
"""The most events of one step that its sentence mentions."""


def named(task: TaskView) -> str:
    """Id and name, ``2 sender``; for the clock the name alone."""
    return f"{task.id} {task.name}" if task.id != CLOCK else task.name


def step_told(
    before: TaskView, after: TaskView | None, events: Sequence[Event], resources: Sequence[Resource] = ()
) -> str:
    """The sentence for one step: the task ``before`` and ``after`` it; ``after`` is None if the task has ended.

    ``resources`` are the locks and conditions as they were before the step.
    """
    told = f"{named(before)} {_does(before, resources)}"
    if after is not None and before.id != CLOCK:
        told += _given_back(before, after)
    if after is None and before.id != CLOCK:
        told += ", and has ended"
    return told + _came_of(events) + _asleep(after)


def run_told(
    before: TaskView, after: TaskView | None, events: Sequence[Event], resources: Sequence[Resource] = ()
) -> str:
    """The sentence for several steps of one task, until it blocked."""
    if before.id == CLOCK:
        return step_told(before, after, events, resources)
    if after is None:
        return f"{named(before)} goes on to its end{_came_of(events)}"
    return f"{named(before)} goes on until it {why_not(after)}{_came_of(events)}{_asleep(after)}"


def why_not(task: TaskView) -> str:
    """Why a task can't run, to follow "it": ``waits for the lock queue, which receiver holds``."""
    if task.can_go:
        return f"could {upcoming(task.operation, task.code)}"
    if task.held_by:
        return f"waits for the lock {task.waits_for}, which {task.held_by} holds"
    if task.operation.phase == "in":
        return done(task.operation, task.code)
    return f"is about to {upcoming(task.operation, task.code)}"


def again(task: TaskView) -> str:
    """What a task does next after an undone step: ``is again about to begin``."""
    if task.operation.phase == "in":
        return f"again {done(task.operation, task.code)}"
    return f"is again about to {upcoming(task.operation, task.code)}"


def cycles(waits: Sequence[Wait]) -> tuple[tuple[str, ...], ...]:
    """The deadlocks, each as names of tasks: each waits for a lock held by the next one, the last by the first."""
    by_name = {wait.task: wait for wait in waits}
    found: list[tuple[str, ...]] = []
    for wait in waits:
        cycle = _cycle(wait, by_name)
        if cycle and not any([wait.task in known for known in found]):
            found.append(tuple(cycle))
    return tuple(found)


def graph(waits: Sequence[Wait]) -> tuple[str, ...]:
    """A sentence for each task that waits for another one, because of a lock or to hand over work; deadlocks first."""
    by_name = {wait.task: wait for wait in waits}
    stuck = [name for cycle in cycles(waits) for name in cycle]
    ordered = [*[by_name[name] for name in stuck], *[wait for wait in waits if wait.task not in stuck]]
    return tuple([words for wait in ordered if (words := _waiting(wait))])


def _waiting(wait: Wait) -> str:
    if wait.holder:
        return f"{wait.task} waits for {wait.holder} ({wait.wants})"
    return f"{wait.task} waits on {wait.waits_on}" if wait.must_wake else ""


def _cycle(wait: Wait, by_name: dict[str, Wait]) -> list[str]:
    """The names of the tasks in the cycle of waits that starts and ends at this task; empty if there is none."""
    chain: list[str] = []
    at: Wait | None = wait
    while at is not None and at.task not in chain:
        chain.append(at.task)
        at = by_name.get(at.holder) if at.holder else None
    return chain if at is wait else []


def _does(task: TaskView, resources: Sequence[Resource]) -> str:
    """The predicate for what the task does next, ``takes the lock queue``. A notify without waiters wakes nobody."""
    operation = task.operation
    if operation.kind == "notify" and not any(
        [one.kind == "condition" and one.name == operation.object for one in resources]
    ):
        return f"wakes nobody: no task waits on {operation.object}"
    return done(operation, task.code)


def _asleep(task: TaskView | None) -> str:
    """The question shown when a task of the program has just started to wait to be woken."""
    waits = task is not None and task.operation.kind == "wait" and task.operation.phase == "in" and not task.daemon
    return "; will anybody wake it?" if waits and task is not None and task.until is None else ""


def _given_back(before: TaskView, after: TaskView) -> str:
    """A lock that the task released in this step: acquired in it, or held before it."""
    took = before.operation.object if before.operation.kind == "acquire" else ""
    left = [name for name in (*before.holds, *([took] if took else [])) if name not in after.holds]
    if not left:
        return ""
    return " and gives it back" if left == [took] else f" and gives {' and '.join(left)} back"


def _came_of(events: Iterable[Event]) -> str:
    told = [words for event in events if (words := happened(event))]
    if not told:
        return ""
    return ": " + ", ".join(told[:MANY]) + (f" and {len(told) - MANY} more" if len(told) > MANY else "")
