"""A step in one sentence: "2 sender takes the lock queue"; and who waits for whom."""

from collections.abc import Iterable, Sequence

from msgmux.checker.explain import happened
from msgmux.checker.records import TaskView
from msgmux.events import Event
from msgmux.runtime.deadlock import Wait
from msgmux.runtime.scheduler import MUST_END
from msgmux.runtime.tasks import CLOCK

NEXT = "next: "
MANY = 3
"""Events of one step that are told."""


def named(task: TaskView) -> str:
    """``2 sender``; the clock is known by its name."""
    return f"{task.id} {task.name}" if task.id != CLOCK else task.name


def step_told(before: TaskView, after: TaskView | None, events: Sequence[Event]) -> str:
    """What a task did between two of its points; ``after`` is None where it has ended."""
    told = f"{named(before)} {_does(before.next)}"
    if after is not None and before.id != CLOCK:
        told += _given_back(before, after)
    if after is None and before.id != CLOCK:
        told += ", and has ended"
    return told + _came_of(events)


def run_told(before: TaskView, after: TaskView | None, events: Sequence[Event]) -> str:
    """What a task did until it could not go on."""
    if before.id == CLOCK:
        return step_told(before, after, events)
    if after is None:
        return f"{named(before)} goes on to its end{_came_of(events)}"
    return f"{named(before)} goes on until it {why_not(after)}{_came_of(events)}"


def why_not(task: TaskView) -> str:
    """Why a task can't go on: ``waits for the lock queue, which receiver holds``."""
    if task.can_go:
        return f"could {task.next.removeprefix(NEXT)}"
    if task.held_by:
        return f"waits for the lock {task.waits_for}, which {task.held_by} holds"
    return task.next.removeprefix(NEXT)


def graph(waits: Sequence[Wait]) -> tuple[str, ...]:
    """Who waits for whom, in words: a line for each cycle, then one for everybody who wants a lock that is held or
    waits for room in a channel, those of a cycle first.
    """
    by_name = {wait.task: wait for wait in waits}
    cycles: list[str] = []
    in_cycle: dict[str, None] = {}
    for wait in waits:
        cycle = _cycle(wait, by_name)
        if cycle and wait.task not in in_cycle:
            in_cycle |= dict.fromkeys(cycle)
            cycles.append(f"DEADLOCK: {' → '.join([*cycle, cycle[0]])}")
    ordered = [*[by_name[name] for name in in_cycle], *[wait for wait in waits if wait.task not in in_cycle]]
    return (*cycles, *[words for wait in ordered if (words := _waiting(wait))])


def _waiting(wait: Wait) -> str:
    if wait.holder:
        return f"{wait.task} waits for {wait.holder} ({wait.wants})"
    return f"{wait.task} waits for room in its channel" if wait.waits_on.endswith(MUST_END) else ""


def _cycle(wait: Wait, by_name: dict[str, Wait]) -> list[str]:
    """The names from this task to itself, where its waiting leads back to it."""
    chain: list[str] = []
    at: Wait | None = wait
    while at is not None and at.task not in chain:
        chain.append(at.task)
        at = by_name.get(at.holder) if at.holder else None
    return chain if at is wait else []


def _does(next: str) -> str:
    """``next: take the lock queue`` as a thing done: ``takes the lock queue``."""
    words = next.removeprefix(NEXT)
    if words.startswith("`"):
        return f"runs {words}"
    verb, _, rest = words.partition(" ")
    return f"{verb}s {rest}".rstrip()


def _given_back(before: TaskView, after: TaskView) -> str:
    """A lock that was taken, and given back before the next point, or was held before."""
    took = before.next.removeprefix(f"{NEXT}take the lock ") if "take the lock" in before.next else ""
    left = [name for name in (*before.holds, *([took] if took else [])) if name not in after.holds]
    if not left:
        return ""
    return " and gives it back" if left == [took] else f" and gives {' and '.join(left)} back"


def _came_of(events: Iterable[Event]) -> str:
    told = [words for event in events if (words := happened(event))]
    if not told:
        return ""
    return ": " + ", ".join(told[:MANY]) + (f" and {len(told) - MANY} more" if len(told) > MANY else "")
