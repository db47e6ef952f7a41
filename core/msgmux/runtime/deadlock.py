"""Who waits for whom: the wait-for graph of locks, and the words for it."""

import os
from collections.abc import Callable, Sequence
from types import FrameType

from msgmux.runtime.records import Wait
from msgmux.runtime.tasks import VirtualTask

FrameOf = Callable[[VirtualTask], FrameType | None]
"""Gives the innermost frame of a task's stack; None before its start."""

_HERE = os.path.dirname(__file__)


def lock_cycle(task: VirtualTask) -> list[VirtualTask]:
    """The tasks of the cycle that ``task`` closes by wanting its lock, itself first; empty if there is none.

    A task wants one lock at a time, so the wait-for graph is a set of chains and following one of them is enough.
    """
    chain: list[VirtualTask] = []
    at: VirtualTask | None = task
    while at is not None and at not in chain:
        chain.append(at)
        at = at.wants.owner if at.wants is not None else None
    return chain if at is task else []


def held_for_ever(task: VirtualTask) -> bool:
    """Whether the lock that ``task`` wants is never released: the chain of lock owners that begins with it is a cycle,
    or ends in a task that is blocked without a timeout.
    """
    chain = [task]
    while (lock := chain[-1].wants) is not None and lock.owner is not None:
        if lock.owner in chain:
            return True
        chain.append(lock.owner)
    last = chain[-1]
    return len(chain) > 1 and last.state == "blocked" and last.deadline is None


def waits_of(tasks: Sequence[VirtualTask], frame_of: FrameOf) -> tuple[Wait, ...]:
    """Who waits for what, and where: one record for each task, whether it waits or not."""
    waits: list[Wait] = []
    for task in tasks:
        wants, on = task.wants, task.waits_on
        at = place(frame_of(task))
        waits.append(
            Wait(
                task.name,
                task.id,
                tuple([lock.name for lock in task.holds]),
                "" if wants is None else wants.name,
                wants.owner.name if wants is not None and wants.owner is not None else "",
                "" if on is None else on.name,
                on is not None and on.must_wake,
                task.state,
                task.operation(at),
                "its start" if at is None else f"{os.path.basename(at[0])}:{at[1]}",
            )
        )
    return tuple(waits)


def story(waits: Sequence[Wait]) -> str:
    """One line for each task: what it holds, what it waits for, and the source line at which it stands."""
    lines: list[str] = []
    for wait in waits:
        holds = ", ".join([repr(name) for name in wait.holds]) or "nothing"
        if wait.wants:
            waiting = f"waits for {wait.wants!r}" + (f", held by {wait.holder}" if wait.holder else "")
        elif wait.waits_on:
            waiting = f"waits on {wait.waits_on!r}"
        else:
            waiting = f"is {wait.state}, {'about to' if wait.operation.phase == 'before' else 'in'} {wait.operation}"
        lines.append(f"  {wait.task} holds {holds}, {waiting}, at {wait.place}")
    return "\n".join(lines)


def place(frame: FrameType | None) -> tuple[str, int] | None:
    """File and line of the innermost frame outside of the runtime; None before a task's start.

    A function that only runs another one hides itself by a local ``__tracebackhide__``, as for pytest.
    """
    while frame is not None and (
        os.path.dirname(frame.f_code.co_filename) == _HERE or "__tracebackhide__" in frame.f_code.co_varnames
    ):
        frame = frame.f_back
    return None if frame is None else (frame.f_code.co_filename, frame.f_lineno)
