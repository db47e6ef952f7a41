"""The child process in which a program of the user's runs: ``python -I -m msgmux.checker.code.child``.

It reads one request, a line of JSON, from its standard input, and writes lines of JSON to its standard output: tallies
while it searches, and at last a report or an error. The program itself can use neither: its standard streams are
replaced. ``threading``, ``queue``, ``time`` and ``concurrent.futures`` are replaced before any of the user's modules is
imported, so that locks made by libraries are scheduled, too.
"""

import faulthandler
import io
import os
import signal
import sys
import time
from collections.abc import Callable
from typing import IO, Any

import msgspec

from msgmux.checker.code import modules as standing_in
from msgmux.checker.code.limits import Guard, limit
from msgmux.checker.code.program import CodeProgram
from msgmux.checker.code.records import Exploring
from msgmux.checker.code.report import CodeReport, CodeTally
from msgmux.checker.code.runtime import running
from msgmux.checker.code.searching import explore_program, replay_program
from msgmux.errors import MsgmuxError
from msgmux.runtime.schedule import Schedule

EVERY = 0.2
"""Least seconds between two tallies to the parent."""


class Ask(msgspec.Struct):
    """The parent's request. ``trace``: the file to which the child writes its traceback on SIGUSR1, if it is stuck.

    ``paths``: folders where modules are found, besides the program's own. ``schedule``: run only this schedule.
    """

    program: CodeProgram
    wanted: Exploring
    trace: str = ""
    paths: tuple[str, ...] = ()
    schedule: Schedule | None = None


class Answer(msgspec.Struct, tag="answer"):
    """The last line: a report, or what is wrong with the program (``error``) or with the checker (``crash``)."""

    report: CodeReport | None = None
    error: str = ""
    crash: str = ""


class _Printed(io.TextIOBase):
    """``sys.stdout`` and ``sys.stderr`` of the program: the runtime of the current run keeps what is printed."""

    encoding = "utf-8"

    def writable(self) -> bool:
        return True

    def write(self, text: str) -> int:
        runtime = running()
        if runtime is not None:
            runtime.prints(text)
        return len(text)


def open_reports() -> IO[bytes]:
    """The stream for lines to the parent. From now on the standard streams are the null device."""
    reports = os.fdopen(os.dup(1), "wb", buffering=0)
    nowhere = os.open(os.devnull, os.O_RDWR)
    for stream in (0, 1, 2):
        os.dup2(nowhere, stream)
    sys.stdin = io.StringIO()
    sys.stdout = sys.stderr = _Printed()
    return reports


def stand_in_for_all() -> None:
    """Replace ``threading`` and the other modules in ``sys.modules``, for every import from now on."""
    for name, module in standing_in.modules().items():
        sys.modules[name] = module
        parent, _, last = name.rpartition(".")
        if parent:
            setattr(sys.modules[parent], last, module)


def signs_of_life(write: Callable[[bytes], object]) -> Callable[[int, str], None]:
    """A function to be called after every run with the number of runs and the phase; it sends tallies to the parent."""
    # This module's `time` is the real one: it was imported before the replacement.
    last = 0.0
    now = time.monotonic

    def tell(runs: int, phase: str) -> None:
        nonlocal last
        if now() - last > EVERY:
            last = now()
            write(msgspec.json.encode(CodeTally(runs, phase)) + b"\n")

    return tell


def prepare(
    program: CodeProgram, seconds: float, allowed: tuple[str, ...] = (), trace: str = "", paths: tuple[str, ...] = ()
) -> Guard:
    """Prepare this process for running the program; this cannot be undone.

    ``seconds``: the budget, which bounds the processor time. ``allowed``: audit events that are not refused.
    """
    limit(seconds)
    if trace:
        faulthandler.register(signal.SIGUSR1, file=open(trace, "w"), all_threads=True)  # noqa: SIM115 - kept open
    sys.path.insert(0, os.path.dirname(os.path.abspath(program.path)))
    sys.path += [path for path in paths if path not in sys.path]
    sys.argv = [program.path]
    sys.setrecursionlimit(1_000)
    stand_in_for_all()
    guard = Guard(allowed)
    guard.install()
    return guard


def main() -> None:
    """Answer one request."""
    line = sys.stdin.buffer.readline()
    reports = open_reports()
    ask = msgspec.json.decode(line, type=Ask)
    guard = prepare(ask.program, ask.wanted.seconds, ask.wanted.allow, ask.trace, ask.paths)
    tell = signs_of_life(reports.write)
    tell(0, "begun")
    try:
        if ask.schedule is None:
            report = explore_program(ask.program, ask.wanted, tell)
        else:
            report = replay_program(ask.program, ask.schedule, ask.wanted)
        if guard.refused and report.verdict != "valid":
            report = msgspec.structs.replace(
                report, verdict="unknown", counterexample=None, unknown=guard.refused, every=False
            )
        answer = Answer(report)
    except MsgmuxError as error:
        answer = Answer(error=str(error))
    except MemoryError:
        answer = Answer(error="the program takes more than the 2 GiB of memory that it may")
    except BaseException as error:  # noqa: BLE001 - reported by the parent
        answer = Answer(crash=where_failed(error))
    reports.write(msgspec.json.encode(answer) + b"\n")
    reports.close()
    # _exit: without finalizers, which may be the user's code.
    os._exit(0)


def where_failed(error: BaseException) -> str:
    """An error of the checker's own, with its innermost file and line."""
    import traceback

    frames: list[Any] = traceback.extract_tb(error.__traceback__)
    at = f" at {os.path.basename(frames[-1].filename)}:{frames[-1].lineno}" if frames else ""
    return f"{type(error).__name__}: {error}{at}"


if __name__ == "__main__":
    main()
