"""The child process in which a program of the user's is stepped through: ``python -m …code.stepping_child``.

It reads requests, lines of JSON, from its standard input and answers each by one line (see
:mod:`msgmux.checker.code.stepping`). The program itself can use neither stream. It ends when there are no more
requests: when the parent closes the stream, or has ended.
"""

import contextlib
import gc
import linecache
import os
import time
from pathlib import Path
from typing import IO

import msgspec
from msgspec.structs import replace

from msgmux.checker.code.child import open_reports, prepare, where_failed
from msgmux.checker.code.limits import Guard
from msgmux.checker.code.loading import digest, read_source
from msgmux.checker.code.program import CodeProgram
from msgmux.checker.code.records import Touch
from msgmux.checker.code.reduction import Reduction
from msgmux.checker.code.runtime import CodeRuntime, Pruned, shown_site
from msgmux.checker.code.stepping import Begin, Learning, Perform, Pick, Stood, Wrong
from msgmux.checker.code.story import short
from msgmux.checker.records import Resource, SharedView, TaskView, around
from msgmux.checker.stepper import Stepper
from msgmux.errors import MsgmuxError, ReplayDivergence
from msgmux.runtime.records import Wait
from msgmux.runtime.schedule import Schedule
from msgmux.runtime.strategies import Fifo, Replay

LEARNING, LEARNING_SECONDS = 500, 1.0
"""Most schedules, and most seconds, for finding out where accesses race."""
LONGEST_RUN = 3_600.0
"""Seconds of processor time that the child may take: somebody steps by hand, and each step back runs all again."""
MOST_STEPS = 5_000
"""Most steps of a schedule that are followed."""
PRINTED_LINES, PRINTED_CHARACTERS = 3, 200
"""How much of what the program printed is told: its last lines."""

_now = time.monotonic  # before `time` is replaced for the program
AROUND = 12
"""Source lines before and after the one at which a task stands: there is no list of a queue that needs the place."""

_VERBS = {"look": "test", "loop": "go round while", "next": "take the next"}
"""Verbs of sites for people, where those are no words for it."""


class Server:
    """Steps through one program. Raises :class:`MsgmuxError` if it cannot be run or the schedule does not fit."""

    def __init__(self, begin: Begin, guard: Guard, answers: IO[bytes]) -> None:
        self._guard = guard
        self._answers = answers
        self._schedule = begin.schedule
        self._start(begin.program, learn=begin.learn)
        self._problem = ""
        if begin.picks:
            self.do(Perform(begin.picks))

    def _start(self, program: CodeProgram, *, learn: bool) -> None:
        # The hash of the text that is run, for schedules that are saved.
        program = replace(program.with_text(), told=True)
        self._text = _text_of(program)
        if learn:
            program = self._learned(program)
        self._program = program
        self._guide: tuple[int, ...] = ()
        if self._schedule is not None:
            self._guide = _picks_of(program, self._schedule)
        self._guard.refused = ""
        # With a schedule the clock is the program's own, since the schedule was made with it.
        self._stepper = Stepper(program, None if self._schedule is None else Schedule())
        self._seen = 0

    def do(self, request: Pick | Perform) -> None:
        """Do it, or say in the next :meth:`stood` why not."""
        self._problem = ""
        self._seen = len(self._told())
        try:
            match request:
                case Pick(task=task, most=1):
                    self._stepper.pick(task)
                case Pick(task=task, most=most):
                    self._stepper.run_until_blocked(task, most)
                case Perform(picks=picks):
                    self._perform(picks)
        except MsgmuxError as error:
            self._problem = str(error).splitlines()[0]

    def _perform(self, picks: tuple[int, ...]) -> None:
        self._guard.refused = ""
        if _text_of(self._program) != self._text:
            linecache.checkcache()
            self._stepper.close()
            self._schedule = None
            self._start(replace(self._program, learned=()), learn=self._program.points == "shared")
            raise MsgmuxError(f"{Path(self._program.path).name} has changed: it begins anew, as it is now")
        last = picks[-1:]
        try:
            self._stepper.perform(picks[:-1] if last else ())
            self._seen = len(self._told())
            for task in last:
                self._stepper.pick(task)
        except MsgmuxError as error:
            raise MsgmuxError(
                f"the same picks went another way, so this is as far as they go: {error} (unseeded chance, real time, "
                "an id or a hash, or state that a module keeps?)"
            ) from None
        finally:
            self._seen = min(self._seen, len(self._told()))

    def _told(self) -> list[Touch]:
        told = self._runtime.told
        return [] if told is None else told.touches

    @property
    def _runtime(self) -> CodeRuntime:
        runtime = self._stepper.trial.runtime
        assert isinstance(runtime, CodeRuntime)
        return runtime

    def stood(self) -> Stood:
        """Where the program stands."""
        stepper, runtime = self._stepper, self._runtime
        points = frozenset(self._program.learned)
        every = self._program.points == "all"
        failures, unknown = stepper.failures, stepper.unknown
        if self._guard.refused and (failures or unknown):
            failures, unknown = (), self._guard.refused
        picks, guide = stepper.picks, self._guide
        on_the_way = bool(guide) and guide[: len(picks)] == picks
        ahead = len(guide) - len(picks) if on_the_way else None
        names = _short_names(runtime)
        lines = "".join(runtime.printed).splitlines()[-PRINTED_LINES:]
        return Stood(
            program=self._program,
            tasks=tuple([_in_words(task, names) for task in stepper.tasks]),
            resources=tuple([_resource(one, names) for one in stepper.resources]),
            waits=tuple([_wait(wait, names) for wait in stepper.waits]),
            failures=failures,
            unknown=unknown,
            over=stepper.over,
            picks=picks,
            schedule=stepper.schedule,
            preemptions=stepper.preemptions,
            now=stepper.now,
            suggested=guide[len(picks)] if ahead else stepper.suggest(Fifo()),
            ahead=ahead,
            touches=tuple(
                [touch for touch in self._told()[self._seen :] if (every or touch.site in points) and _is_shown(touch)]
            ),
            shared=() if runtime.told is None else tuple([_view(one, names) for one in runtime.told.shared(points)]),
            printed=tuple([line[:PRINTED_CHARACTERS] for line in lines]),
            problem=self._problem,
        )

    def _learned(self, program: CodeProgram) -> CodeProgram:
        """The program with the places at which accesses race, as some runs show them."""
        reduction = Reduction()
        until = _now() + LEARNING_SECONDS
        for _ in range(LEARNING):
            reduction.begin()
            with program.trial(reduction) as trial:
                # Pruned: equal to a run before, but for the order of what is independent.
                with contextlib.suppress(Pruned):
                    trial.run()
                reduction.end(trial.runtime)
            learned = program.loaded().learned
            if learned.grown:
                program = replace(program, learned=learned.known())
                reduction = Reduction()
                self._answers.write(msgspec.json.encode(Learning(program.learned)) + b"\n")
            elif not reduction.next() or _now() > until:
                break
        return program


def _picks_of(program: CodeProgram, schedule: Schedule) -> tuple[int, ...]:
    """All picks of the run under that schedule, to its end. Raises :class:`MsgmuxError` where it does not fit."""
    replay = Replay(schedule, Fifo(), keeps_current=False)
    with Stepper(program, Schedule()) as stepper:
        try:
            while not stepper.failures and not stepper.over and len(stepper.picks) < MOST_STEPS:
                if not stepper.go(replay):
                    break
        except ReplayDivergence as error:
            raise MsgmuxError(f"the schedule does not fit {program.title}: {error}") from None
        return stepper.picks


def _is_shown(touch: Touch) -> bool:
    """Whether it is at a line of the user's, not in the standard library or in printing."""
    return not touch.site.startswith("<")


def _short_names(runtime: CodeRuntime) -> dict[str, str]:
    """``Thread-1`` for ``Thread-1 (work)``, where no two threads have the same then."""
    names = {*runtime.names.values(), *[task.name for task in runtime.tasks]}
    made = {name: short(name) for name in names}
    return made if len(set(made.values())) == len(made) else {}


def _resource(one: Resource, names: dict[str, str]) -> Resource:
    waiters = tuple([names.get(name, name) for name in one.waiters])
    return replace(one, holder=names.get(one.holder, one.holder), waiters=waiters)


def _wait(wait: Wait, names: dict[str, str]) -> Wait:
    return replace(wait, task=names.get(wait.task, wait.task), holder=names.get(wait.holder, wait.holder))


def _view(one: SharedView, names: dict[str, str]) -> SharedView:
    readers = tuple([names.get(name, name) for name in one.readers])
    return replace(one, writer=names.get(one.writer, one.writer), readers=readers)


def _in_words(task: TaskView, names: dict[str, str]) -> TaskView:
    """The task with the access that it is about to make in words: ``read self.value``."""
    operation = task.operation
    if operation.kind in ("spawn", "join"):
        operation = replace(operation, object=names.get(operation.object, operation.object))
    held_by = names.get(task.held_by, task.held_by)
    task = replace(task, name=names.get(task.name, task.name), held_by=held_by, operation=operation)
    task = replace(task, source=around(operation.file, operation.line, AROUND))
    site = shown_site(operation.object) if operation.kind == "access" else None
    if site is None:
        return task
    if site.file.startswith("<"):
        words = site.words
    else:
        words = f"{_VERBS.get(site.verb, site.verb)} {site.words}".strip()
    return replace(task, operation=replace(operation, kind="touch", object=words))


def _text_of(program: CodeProgram) -> str:
    """A hash of the texts that are run: the program's own file, and those that are given to it."""
    files = [program.path, *[file for _, file in program.given]]
    return "".join([digest(read_source(Path(file))) for file in files])


def main() -> None:
    """Answer until there are no more requests."""
    # The standard streams are taken from the program; this one is a copy of the first.
    requests = os.fdopen(os.dup(0), "rb")
    begin = msgspec.json.decode(requests.readline(), type=Begin)
    answers = open_reports()
    guard = prepare(begin.program, LONGEST_RUN, trace=begin.trace, paths=begin.paths)
    # Finalizers run at the same places in every run: where the last reference goes.
    gc.disable()
    decoder = msgspec.json.Decoder(Pick | Perform)
    answers.write(msgspec.json.encode(Learning(begin.program.learned)) + b"\n")
    try:
        server = Server(begin, guard, answers)
        answers.write(msgspec.json.encode(server.stood()) + b"\n")
        for line in requests:
            server.do(decoder.decode(line))
            gc.collect()
            answers.write(msgspec.json.encode(server.stood()) + b"\n")
    except MsgmuxError as error:
        answers.write(msgspec.json.encode(Wrong(str(error))) + b"\n")
    except MemoryError:
        answers.write(msgspec.json.encode(Wrong("the program takes more than the 2 GiB of memory that it may")) + b"\n")
    except BaseException as error:  # noqa: BLE001 - told by the parent
        answers.write(msgspec.json.encode(Wrong(f"the checker itself has failed: {where_failed(error)}")) + b"\n")
    # _exit: without finalizers, which may be the user's code.
    os._exit(0)


if __name__ == "__main__":
    main()
