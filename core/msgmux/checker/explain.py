"""What happened under a schedule, in short sentences: who went on, what it did, and where it stopped."""

import linecache
from collections.abc import Iterator
from itertools import groupby

import msgspec

from msgmux import events as ev
from msgmux.checker.trial import Trial
from msgmux.errors import Deadlock, MsgmuxError
from msgmux.runtime.tasks import TaskStatus

LONGEST = 6
"""Things that are told of one turn; what is more is left out from its middle."""


class Turn(msgspec.Struct, frozen=True):
    """One task went on for a while. ``then`` is where it stopped: it waits, has ended, or another one's turn came."""

    task: str
    did: tuple[str, ...]
    then: str

    def __str__(self) -> str:
        did = list(self.did)
        if len(did) > LONGEST:
            did[LONGEST // 2 : -LONGEST // 2] = ["…"]
        return f"{self.task}: " + "; ".join([part for part in (", ".join(did), self.then) if part])


class _Step(msgspec.Struct, frozen=True):
    task: str
    did: tuple[str, ...]
    then: str


def tell(trial: Trial) -> tuple[Turn, ...]:
    """Run a trial step by step, to its end or to what stops it, and tell of it. Its strategy is the schedule."""
    turns: list[Turn] = []
    trial.bench.drain()
    for task, of_task in groupby(_steps(trial), key=lambda step: step.task):
        together = list(of_task)
        turns.append(Turn(task, tuple([words for step in together for words in step.did]), together[-1].then))
    return tuple(turns)


def _steps(trial: Trial) -> Iterator[_Step]:
    runtime = trial.runtime
    going = True
    while going:
        before = {task.id: task for task in runtime.tasks}
        places = {task: runtime.place(task) for task in before}
        time = runtime.now()
        trouble = ""
        try:
            going = runtime.step(until=trial.harness.horizon, beyond=False)
        except Deadlock as error:
            going, trouble = False, f"deadlock: {str(error).splitlines()[0]}"
        except MsgmuxError as error:
            going, trouble = False, str(error).splitlines()[0]
        if runtime.now() > time:
            yield _Step("the clock", (f"moves to {runtime.now():g} s",), "")
        if runtime.entered is None or not (going or trouble):
            continue
        after = {task.id: task for task in runtime.tasks}
        # One that was spawned in this very step has not been seen before.
        ran = before.get(runtime.entered) or after[runtime.entered]
        at = places.get(ran.id)
        did = [f"`{source(*at)}`"] if at is not None and is_line(ran.operation) else []
        did += [words for event in trial.bench.drain() if (words := happened(event))]
        yield _Step(ran.name, tuple(did), trouble or standing(after.get(ran.id), runtime.place(ran.id)))


def standing(task: TaskStatus | None, place: tuple[str, int] | None) -> str:
    """What a task waits for, or will do next, in words; ``place`` is the line at which it stands."""
    if task is None:
        return "has ended"
    if task.state == "sleeping":
        return "sleeps"
    if task.state == "blocked":
        return f"waits on {task.waits_for}" if task.waits_for else f"waits: {task.operation}"
    if task.operation.startswith("wait ") and task.waits_for:
        # Woken already: it wants the lock back before it goes on.
        return f"next: return from its {task.operation.replace(' ', ' on ', 1)}"
    return f"next: {upcoming(task.operation, place)}"


def upcoming(name: str, place: tuple[str, int] | None) -> str:
    """An operation at a scheduling point, in words."""
    if is_line(name) and place is not None:
        return f"`{source(*place)}`"
    verb, _, what = name.partition(" ")
    words = {"acquire": "take the lock", "wait": "wait on", "notify": "wake those on", "join": "wait for the end of"}
    if verb in words:
        return f"{words[verb]} {what}"
    return "begin" if name == "start" else name


def is_line(operation: str) -> bool:
    """Whether a scheduling point stands before a line of an instrumented copy, such as ``linking.py:31 write``."""
    return ".py:" in operation


def source(file: str, line: int) -> str:
    """That line of that file, without its indentation."""
    return linecache.getline(file, line).strip()


def happened(event: ev.Event) -> str:
    """An event in a few words; empty for those that change nothing in the list."""
    match event:
        case ev.Put(producer=name, seq=seq, count=count):
            return f"links {_range(seq, seq + count - 1)} of {name}"
        case ev.Delivered(consumer=name, first=first, last=last):
            return f"sends {name} {_range(first, last)}"
        case ev.Skipped(consumer=name, first=first, last=last):
            return f"skips {_range(first, last)} for {name}"
        case ev.Evicted(first=first, last=last):
            return f"evicts {_range(first, last)}"
        case ev.ProducerRegistered(name=name) | ev.ConsumerRegistered(name=name):
            return f"registers {name}"
        case ev.Failed(name=name, error=error):
            return f"{name} dies of {error}"
        case _:
            return ""


def _range(first: int, last: int) -> str:
    return f"#{first}" if first == last else f"#{first} to #{last}"
