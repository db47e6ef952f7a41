"""What happened under a schedule, in short sentences: which task went on, what it did, and where it stopped."""

import linecache
from collections.abc import Iterator
from itertools import groupby

import msgspec

from msgmux import events as ev
from msgmux.checker.operations import standing
from msgmux.checker.trial import Trial
from msgmux.errors import Deadlock, MsgmuxError
from msgmux.runtime.records import Operation

LONGEST = 6
"""How many actions of one turn are listed; if there are more, the middle ones are replaced by "…"."""


class Turn(msgspec.Struct, frozen=True):
    """Consecutive steps of one task. ``did``: what it did, in order. ``then``: where it stopped, that is, what it waits
    for, what it would do next, or that it has ended.
    """

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
    """Run a trial under its own strategy to its end, or to the error that stops it; describe each turn.

    An error of the run (a :class:`MsgmuxError`) is not raised: it becomes the ``then`` of the last turn.
    """
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
        before = {task.id: task for task in runtime.waits()}
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
        after = {task.id: task for task in runtime.waits()}
        # A task that was spawned in this step is not in `before`.
        ran = before.get(runtime.entered) or after[runtime.entered]
        code = source(ran.operation)
        did = [f"`{code}`"] if ran.operation.kind == "access" and code else []
        did += [words for event in trial.bench.drain() if (words := happened(event))]
        then = after.get(ran.id)
        stopped = "has ended" if then is None else standing(then.operation, source(then.operation))
        yield _Step(ran.task, tuple(did), trouble or stopped)


def source(operation: Operation) -> str:
    """The source line of an operation, without indentation; empty for a task that has not started."""
    return linecache.getline(operation.file, operation.line).strip() if operation.file else ""


def happened(event: ev.Event) -> str:
    """An event in a few words; empty for kinds that change neither the list, a cursor nor the registrations."""
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
