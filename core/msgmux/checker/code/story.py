"""A counterexample told line by line of the user's source, with the values that were read and written."""

import re
from collections.abc import Iterator, Sequence
from pathlib import Path

import msgspec

from msgmux.checker.code.program import CodeProgram, CodeTrial
from msgmux.checker.code.records import RaceReport, Touch
from msgmux.checker.code.report import StoryLine
from msgmux.checker.code.runtime import shown_site
from msgmux.checker.explain import source
from msgmux.checker.operations import done
from msgmux.checker.trial import Failure
from msgmux.errors import MsgmuxError
from msgmux.runtime.records import Operation, Wait
from msgmux.runtime.schedule import Schedule
from msgmux.runtime.strategies import Fifo, Replay

LONGEST = 8
"""Lines of one turn that are told; of more, those in the middle are left out."""


class Told(msgspec.Struct):
    """The story of a counterexample, and the data from which :func:`explain` finds the reason."""

    lines: tuple[StoryLine, ...]
    touches: tuple[Touch, ...]
    why: str
    note: str
    printed: str


def tell(program: CodeProgram, schedule: Schedule, failure: Failure) -> Told:
    """Run the program again under that schedule and return its story."""
    program = msgspec.structs.replace(program, told=True)
    replay = Replay(schedule, Fifo(), keeps_current=False)
    with program.trial(replay) as trial:
        steps = list(_steps(trial))
        told = trial.runtime.told
        assert told is not None
        printed = "".join(trial.runtime.printed)
        touches = tuple(told.touches)
        unheard = dict(trial.runtime.unheard)
        hot = trial.loaded.learned.points
        races = tuple(trial.loaded.learned.races.values())
    lines = _turns(steps)
    why = explain(failure, touches, unheard, hot, races)
    return Told(lines, touches, why, gil_note(failure, touches), printed)


class _Step(msgspec.Struct):
    task: str
    place: str
    code: str
    did: list[str]


def _steps(trial: CodeTrial) -> Iterator[_Step]:
    runtime = trial.runtime
    told = runtime.told
    assert told is not None
    going = True
    while going:
        before = {task.id: task for task in runtime.waits()}
        seen, time = len(told.touches), runtime.now()
        try:
            going = runtime.step(beyond=False)
        except MsgmuxError:
            going = False
        if runtime.now() > time and runtime.now() - time > 1e-6:
            yield _Step("the clock", "", "", [f"moves to {runtime.now():g} s"])
        ran = before.get(runtime.entered or 0)
        touches = [touch for touch in told.touches[seen:] if _matters(touch, trial)]
        if ran is not None and ran.operation.file and ran.operation.kind not in _SILENT:
            yield _operation(ran)
        for touch in touches:
            site = shown_site(touch.site)
            if site is not None:
                code = _line(trial, site.file, site.line)
                yield _Step(touch.name, site.place, code, [_said(touch)])
        if ran is not None and ran.id not in {task.id for task in runtime.tasks}:
            yield _Step(ran.task, "", "", ["has ended"])


_SILENT = ("access", "start", "spawn", "tick", "join")
"""Operations that say nothing of a fault, or whose accesses are told."""


def _matters(touch: Touch, trial: CodeTrial) -> bool:
    if trial.loaded.learned.kind == "all":
        return True
    return touch.site in trial.loaded.learned.points and not touch.site.startswith("<")


def _operation(ran: Wait) -> _Step:
    operation = ran.operation
    place = f"{Path(operation.file).name}:{operation.line}" if operation.file else ""
    return _Step(
        ran.task, place, source(operation), [done(Operation(operation.kind, operation.object, operation.phase))]
    )


def _line(trial: CodeTrial, file: str, line: int) -> str:
    elsewhere = [given for given in trial.loaded.given.values() if Path(given).name == file]
    full = elsewhere[0] if elsewhere else trial.loaded.path.parent / file
    return source(Operation("access", "", "before", str(full), line))


def _said(touch: Touch) -> str:
    if not touch.wrote:
        return f"reads {touch.value}"
    over = f"   ← over {short(touch.over)}'s" if touch.over else ""
    return f"writes {touch.value}{over}"


def short(task: str) -> str:
    """``Thread-1`` of ``Thread-1 (work)``."""
    return re.sub(r" \(.*\)$", "", task)


def _turns(steps: list[_Step]) -> tuple[StoryLine, ...]:
    lines: list[StoryLine] = []
    turn = 0
    last: _Step | None = None
    for step in steps:
        if last is None or step.task != last.task:
            turn += 1
        elif step.place == last.place or not step.place:
            # More of the same line.
            kept = lines[-1]
            lines[-1] = msgspec.structs.replace(kept, did=(*kept.did, *step.did))
            last = _Step(step.task, last.place, last.code, step.did)
            continue
        lines.append(StoryLine(turn, short(step.task), step.place, step.code, tuple(step.did)))
        last = step
    return tuple(lines)


# Why


def explain(
    failure: Failure,
    touches: tuple[Touch, ...],
    unheard: dict[str, tuple[str, str]],
    hot: frozenset[str],
    races: Sequence[RaceReport] = (),
) -> str:
    """The pattern of the fault in one sentence; empty where it is none that is known.

    ``hot``: the sites at which accesses race; ``races``: these races.
    """
    if failure.invariant == "deadlock":
        return _lock_order(failure)
    if failure.invariant == "hang":
        for wait in failure.waits:
            if wait.waits_on in unheard:
                by, place = unheard[wait.waits_on]
                return (
                    f"{short(by)} wakes those on {wait.waits_on} at {place}, before {short(wait.task)} waits: "
                    "nobody hears it, a lost wake-up."
                )
            if wait.waits_on:
                return f"{short(wait.task)} waits on {wait.waits_on}, and nobody is left to wake it: a missed signal."
        return ""
    seen = [touch for touch in touches if touch.site in hot]
    for at, touch in enumerate(seen):
        if touch.over:
            return _overwritten(seen, at)
    return _published_early(seen, failure, hot, races) or _acted_late(seen, failure)


def _lock_order(failure: Failure) -> str:
    waits = [wait for wait in failure.waits if wait.wants and wait.holder]
    waiting = {wait.task for wait in failure.waits}
    for wait in waits:
        if wait.holder not in waiting:
            names = [short(one.task) for one in waits if one.wants == wait.wants]
            who = f"{' and '.join(names)} wait{'' if len(names) > 1 else 's'}"
            return f"{short(wait.holder)} has ended and has never given {wait.wants} back, for which {who}."
    if len(waits) < 2 or not all([wait.holds for wait in waits]):
        return ""
    parts = [f"{short(wait.task)} holds {', '.join(wait.holds)} and wants {wait.wants}" for wait in waits[:5]]
    return "; ".join(parts) + ": the locks are taken in different orders."


def _overwritten(touches: list[Touch], at: int) -> str:
    wrote = touches[at]
    read = next(
        (one for one in reversed(touches[:at]) if one.task == wrote.task and one.what == wrote.what and not one.wrote),
        None,
    )
    me, other = short(wrote.name), short(wrote.over)
    site = shown_site(read.site) if read is not None else None
    if site is not None and " in " in f" {site.words} " and site.verb == "read":
        return f"{me} acts on what it saw before {other} changed {wrote.what}: check-then-act."
    return f"{me} writes what it read before {other} wrote: a lost update."


def _published_early(touches: list[Touch], failure: Failure, hot: frozenset[str], races: Sequence[RaceReport]) -> str:
    """Find a task that saw what another one had written, and then used a second variable, or failed at a use of it,
    before the other had come to the place at which it writes that.
    """
    place = result_place(failure)[1]
    for at, seen in enumerate(touches):
        if seen.wrote:
            continue
        written = next((one for one in reversed(touches[:at]) if one.wrote and one.what == seen.what), None)
        if written is None or written.task == seen.task:
            continue
        uses = [
            (use.what, shown_place(use.site), later)
            for later, use in enumerate(touches[at + 1 :], at + 1)
            if use.task == seen.task and not use.wrote
        ]
        if touches[-1].task == seen.task:
            # The failure may be at a use that has not succeeded, of an attribute that is not there yet.
            uses += [(race.what, place, len(touches)) for race in races if place in (race.first, race.second)]
        for what, used_at, later in uses:
            by_writer = [one for one in touches[:later] if one.task == written.task]
            since = by_writer[by_writer.index(written) :]
            if what == seen.what or any([one.wrote and one.what == what for one in since]):
                continue
            before = {one.site for one in by_writer}
            if _is_written_later(what, used_at, written.name, before, hot, races):
                me, other = short(seen.name), short(written.name)
                return (
                    f"{me} sees {seen.what}, which {other} has written, before {other} writes {what}: "
                    "published too early."
                )
    return ""


def _is_written_later(
    what: str, used_at: str, writer: str, before: set[str], hot: frozenset[str], races: Sequence[RaceReport]
) -> bool:
    """Whether ``writer`` races with the use of ``what`` at a place where it writes, and at which it was not yet."""
    for race in races:
        if race.what != what or used_at not in (race.first, race.second):
            continue
        if writer not in (race.first_task, race.second_task):
            continue
        other = race.second if race.first == used_at else race.first
        there = [(text, site.verb) for text in hot if (site := shown_site(text)) is not None and site.place == other]
        # A place that reads it, too (`inside += 1`), changes what is there; it publishes nothing.
        if any([verb == "read" for _, verb in there]):
            continue
        writes = [text for text, verb in there if verb in ("write", "call")]
        if writes and not any([text in before for text in writes]):
            return True
    return False


def shown_place(text: str) -> str:
    """The file:line of a site in words; empty where it is none."""
    site = shown_site(text)
    return "" if site is None else site.place


def _acted_late(touches: list[Touch], failure: Failure) -> str:
    """Find a task that read a variable, and acted on the value after another task had written it."""
    for at, read in enumerate(touches):
        if read.wrote:
            continue
        later = touches[at + 1 :]
        change = next((one for one in later if one.wrote and one.what == read.what and one.task != read.task), None)
        if change is None:
            continue
        after = later[later.index(change) + 1 :]
        if any([one.task == read.task and one.what == read.what and not one.wrote for one in after]):
            again = next(one for one in after if one.task == read.task and one.what == read.what and not one.wrote)
            if failure.invariant == "exception" or again.value == read.value:
                continue
        acts = [one for one in after if one.task == read.task]
        if acts or failure.invariant in ("exception", "assert"):
            me, other = short(read.name), short(change.name)
            return f"{me} acts on what it saw before {other} changed {read.what}: check-then-act."
    return ""


def gil_note(failure: Failure, touches: tuple[Touch, ...]) -> str:
    """Whether CPython with its GIL can do this: it switches threads at calls and where loops go round only."""
    for at, touch in enumerate(touches):
        if not touch.over or not touch.wrote:
            continue
        site = shown_site(touch.site)
        read = next((one for one in reversed(touches[:at]) if one.task == touch.task and not one.wrote), None)
        read_site = shown_site(read.site) if read is not None else None
        if site is not None and site.held and read_site is not None and read_site.place == site.place:
            return (
                "with the GIL of CPython 3.10 and later no thread is switched inside this line; "
                "without it (3.13t and later) they may be"
            )
    return ""


def result_place(failure: Failure) -> tuple[str, str]:
    """Return the failure in words, and its place as file:line."""
    head, _, rest = failure.detail.partition("\n")
    last = rest.rpartition("\n")[2] or rest
    if re.fullmatch(r"[^\s:]+:\d+", last):
        body = "\n".join([head, *rest.split("\n")[:-1]]) if "\n" in rest else head
        return body, last
    return failure.detail, ""
