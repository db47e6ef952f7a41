"""A user's program as a record, and one run of it: the input of search, shrinking and stepping."""

import os
import traceback
from collections.abc import Callable
from functools import lru_cache
from pathlib import Path
from types import TracebackType

import msgspec

from msgmux.checker.code.accesses import Learned
from msgmux.checker.code.loading import Loaded, ProgramExit, digest, read_source
from msgmux.checker.code.records import PointsKind
from msgmux.checker.code.runtime import CodeRuntime, InvariantBroken, Pruned
from msgmux.checker.code.telling import Telling
from msgmux.checker.harness import Bench, Harness
from msgmux.checker.trial import Failure, Trial
from msgmux.errors import BoundReached, Deadlock, MsgmuxError, TaskFailed
from msgmux.runtime.scheduler import CarrierName, Clock, Observer
from msgmux.runtime.strategies import Strategy

MOST_POINTS = 5_000
"""Most scheduling points in a run; a run with more is *unknown*."""


class CodeProgram(msgspec.Struct, frozen=True):
    """A Python file (``path``), executed as ``__main__``, or its function ``name``.

    ``parameters``: for a parametrised test, pairs (name, index of its value).

    ``learned``: the sites that earlier runs have shown to need scheduling points; a schedule is valid only with the
    same ones. ``modules``: packages outside of the program's folder that are rewritten, too. ``given``: pairs (module
    name, file) for modules that are imported from that file, wherever it is; so an exercise's harness imports the
    student's file. ``told``: record what is accessed, for the story. ``text``: a hash of the file, to recognize that it
    has changed since a schedule was saved; empty if unknown.
    """

    path: str
    name: str = ""
    points: PointsKind = "shared"
    gil: bool = False
    clock: Clock = "autojump"
    early_ticks: int = 1
    modules: tuple[str, ...] = ()
    learned: tuple[str, ...] = ()
    max_points: int = MOST_POINTS
    parameters: tuple[tuple[str, int], ...] = ()
    told: bool = False
    text: str = ""
    given: tuple[tuple[str, str], ...] = ()

    @property
    def title(self) -> str:
        """``mine.py::test_buffer``."""
        return f"{self.path}::{self.name}" if self.name else self.path

    def resolved(self) -> Harness:
        """A harness with the program's title and no setup. Raises :class:`MsgmuxError` if the file is wrong."""
        self.loaded()
        return Harness(self.path, self.title, _nothing)

    def loaded(self) -> Loaded:
        """Its rewritten code, cached in this process. Raises :class:`MsgmuxError` if the file is wrong."""
        try:
            # The modification time is part of the cache's key, so that a changed file is read again.
            seen = os.stat(self.path).st_mtime_ns
        except OSError:
            seen = 0
        return _load(
            self.path,
            seen,
            self.name,
            self.modules,
            self.points,
            self.gil,
            self.learned,
            self.parameters,
            self.given,
        )

    def trial(
        self, strategy: Strategy | None = None, *, carrier: CarrierName = "greenlet", observer: Observer | None = None
    ) -> "CodeTrial":
        """A new run, set up and not yet started. Raises :class:`MsgmuxError` if the file is wrong."""
        return CodeTrial(self, strategy, carrier=carrier, observer=observer)

    def stepwise(self, early_ticks: int) -> "CodeProgram":
        """The same program with an explored clock, which may be moved ``early_ticks`` times while a task can go on."""
        return msgspec.structs.replace(self, clock="explored", early_ticks=early_ticks, told=True)

    def with_text(self) -> "CodeProgram":
        """The same program with the hash of its file. Raises :class:`MsgmuxError` if the file cannot be read."""
        return msgspec.structs.replace(self, text=digest(read_source(Path(self.path))))


@lru_cache(maxsize=8)
def _load(
    path: str,
    seen: int,
    name: str,
    modules: tuple[str, ...],
    points: PointsKind,
    gil: bool,
    learned: tuple[str, ...],
    parameters: tuple[tuple[str, int], ...],
    given: tuple[tuple[str, str], ...],
) -> Loaded:
    return Loaded(Path(path), name, parameters, modules, Learned(learned, points, gil=gil), given)


def _nothing(bench: Bench) -> None:
    """The setup of the harness: nothing, since the trial starts the program itself."""


class CodeTrial(Trial):
    """A run of a user's file: its main thread and those that it starts. The names of its failures are ``assert``,
    ``exception``, ``invariant``, ``exit``, ``deadlock`` (some task waits for a lock) and ``hang`` (all wait otherwise).
    """

    runtime: CodeRuntime

    def __init__(
        self,
        program: CodeProgram,
        strategy: Strategy | None = None,
        *,
        carrier: CarrierName = "greenlet",
        observer: Observer | None = None,
        learned: Learned | None = None,
    ) -> None:
        loaded = program.loaded()
        self.loaded = loaded
        self.harness = program.resolved()
        self.runtime = CodeRuntime(
            strategy,
            learned or loaded.learned,
            clock=program.clock,
            carrier=carrier,
            early_ticks=program.early_ticks,
            max_points=program.max_points,
            observer=observer,
            told=Telling() if program.told else None,
            is_user_file=loaded.is_user_file,
        )
        self.bench = Bench(self.runtime)
        self.runtime.spawn(loaded.begin(self.runtime), "MainThread", daemon=False)

    def verdict(
        self, go: Callable[[], object], *, over: bool = True, structure: bool = True
    ) -> tuple[tuple[Failure, ...], str]:
        """As :meth:`Trial.verdict`. Raises :class:`Pruned`, and :class:`MsgmuxError` where the file cannot be run."""
        try:
            go()
            if over:
                self.runtime.check_deadlock()
                self.runtime.check_invariants()
        except Pruned:
            raise
        except Deadlock as error:
            locks = any([wait.wants for wait in error.waits])
            return (Failure("deadlock" if locks else "hang", str(error), error.waits),), ""
        except InvariantBroken as error:
            return (Failure("invariant", str(error)),), ""
        except TaskFailed as error:
            return (self._failed(error),), ""
        except BoundReached as error:
            return (), str(error)
        return (), ""

    def _failed(self, error: TaskFailed) -> Failure:
        cause = error.__cause__
        if isinstance(cause, MsgmuxError):
            # One of the user's other files cannot be read or parsed.
            raise cause
        where = _place(cause.__traceback__, self.loaded) if cause is not None else None
        place = f"\n{where[0]}:{where[1]}" if where else ""
        match cause:
            case AssertionError():
                said = str(cause) or (where[2] if where else "an assertion does not hold")
                return Failure("assert", said + place)
            case InvariantBroken():
                return Failure("invariant", str(cause) + place)
            case ProgramExit():
                return Failure("exit", str(cause) + place)
            case _:
                return Failure("exception", traceback.format_exception_only(cause)[-1].strip() + place)


def _place(trace: TracebackType | None, loaded: Loaded) -> tuple[str, int, str] | None:
    """File, line and text of the innermost line of the user's in a traceback."""
    frames = [frame for frame in traceback.extract_tb(trace) if loaded.is_user_file(frame.filename)]
    if not frames:
        return None
    frame = frames[-1]
    return Path(frame.filename).name, frame.lineno or 0, (frame.line or "").strip()
