"""Who waits for whom: the wait-for graph of locks, and the words for it."""

import os
from collections.abc import Sequence
from types import FrameType
from typing import TYPE_CHECKING

from msgmux.runtime.tasks import VirtualTask

if TYPE_CHECKING:
    from msgmux.runtime.carriers import Carrier

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


def story(tasks: Sequence[VirtualTask], carrier: "Carrier") -> str:
    """One line a task: what it holds, what it waits for, and the source line it stands at."""
    lines: list[str] = []
    for task in tasks:
        holds = ", ".join([repr(lock.name) for lock in task.holds]) or "nothing"
        if task.wants is not None:
            owner = task.wants.owner
            waits = f"waits for {task.wants.name!r}" + (f", held by {owner.name}" if owner is not None else "")
        elif task.waits_on is not None:
            waits = f"waits on {task.waits_on.name!r}"
        else:
            waits = f"is {task.state}, about to {task.operation}"
        lines.append(f"  {task.name} holds {holds}, {waits}, at {source_line(carrier.frame(task))}")
    return "\n".join(lines)


def source_line(frame: FrameType | None) -> str:
    """file:line of the innermost frame outside of the runtime."""
    while frame is not None and os.path.dirname(frame.f_code.co_filename) == _HERE:
        frame = frame.f_back
    if frame is None:
        return "its start"
    return f"{os.path.basename(frame.f_code.co_filename)}:{frame.f_lineno}"
