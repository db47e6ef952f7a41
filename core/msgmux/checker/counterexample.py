"""A schedule that breaks an invariant: described in words, saved as a recording, and run again."""

import gzip
from collections.abc import Sequence
from pathlib import Path

import msgspec

from msgmux.checker.explain import Turn, tell
from msgmux.checker.program import Program
from msgmux.checker.shrinking import shrink
from msgmux.checker.trial import Failure, Result, Trial
from msgmux.errors import ReplayDivergence
from msgmux.events import Event, Violation
from msgmux.recording import Header, RecordingError, RecordingWriter, read_recording
from msgmux.runtime.schedule import Schedule
from msgmux.runtime.strategies import Fifo, Replay
from msgmux.state import QueueState

SHRINKING = 10.0
"""Longest time for shrinking, in seconds of the wall clock."""


class Counterexample(msgspec.Struct, frozen=True):
    """A schedule under which ``program`` breaks an invariant, and which one.

    ``preemptions``: how often another task was picked although the current one could go on; ``early_ticks``: how often
    the clock was moved although a task could go on; ``choices``: how many choices differ from the default schedule;
    ``points``: scheduling points in the run. ``story``: what happens, turn by turn.
    """

    program: Program
    failure: Failure
    schedule: Schedule
    preemptions: int
    early_ticks: int
    choices: int
    points: int
    story: tuple[Turn, ...]

    @property
    def cost(self) -> str:
        """ "2 preemptions, 3 choices; the rest is first in, first out"."""
        parts = [_count(self.preemptions, "preemption"), _count(self.choices, "choice")]
        if self.early_ticks:
            parts.append(_count(self.early_ticks, "early tick"))
        return ", ".join(parts) + "; the rest is first in, first out"

    def replay(self) -> Trial:
        """A trial under this schedule. Running it raises :class:`ReplayDivergence` where the schedule does not fit."""
        return replaying(self.program, self.schedule)


class CheckedHeader(Header, frozen=True, tag="header"):
    """A recording's header that also says what was checked; to a reader of recordings it is a header like any other.

    ``keeps_current``: as for :class:`~msgmux.runtime.strategies.Replay`; False, since the checker's schedules have a
    choice at every point.
    """

    keeps_current: bool = False
    program_checked: Program = Program()


def counterexample(program: Program, result: Result, seconds: float = SHRINKING) -> Counterexample:
    """Shrink the failing run ``result`` for at most ``seconds`` of wall time, and describe the simplest run found."""
    best, choices = shrink(program, result, seconds)
    invariant = result.failures[0].invariant
    failure = next(failure for failure in best.failures if failure.invariant == invariant)
    with replaying(program, best.schedule) as trial:
        story = tell(trial)
    return Counterexample(
        program, failure, best.schedule, best.preemptions, best.early_ticks, choices, best.points, story
    )


def replaying(program: Program, schedule: Schedule) -> Trial:
    """A trial that follows ``schedule`` and, after its end, the default one: a schedule that a person made step by step
    may end before the run does. Running it raises :class:`ReplayDivergence` where the schedule does not fit.
    """
    return program.trial(Replay(schedule, Fifo(), keeps_current=False))


def save(path: Path, found: Counterexample) -> None:
    """Write the counterexample as a recording: its events, the violation as the last event, then the schedule.

    Raises :class:`OSError` if the file cannot be written, :class:`ReplayDivergence` if the schedule no longer fits.
    """
    start, events = _perform(found)
    with RecordingWriter(path, _header(found, start)) as writer:
        for event in events:
            writer.event(event)
        writer.schedule(found.schedule)


def load(path: Path) -> tuple[Program, Schedule]:
    """Read a saved counterexample: what was checked, and the schedule that broke it.

    Raises :class:`RecordingError` if the file is no recording of a check, :class:`OSError` if it cannot be read.
    """
    recording = read_recording(path)
    with gzip.open(path) if path.suffix == ".gz" else path.open("rb") as file:
        line = next((line for line in file if line.strip() and not line.startswith(b"#")), b"")
    try:
        program = msgspec.json.decode(line, type=CheckedHeader).program_checked
    except msgspec.DecodeError as error:
        raise RecordingError(f"{path}: is a recording, but none of a check: {error}") from None
    if recording.schedule is None or program == Program():
        raise RecordingError(f"{path}: is a recording, but none of a check; save one with `check … --save`")
    return program, recording.schedule


def reproduce(path: Path) -> Counterexample:
    """Run a saved counterexample again.

    Raises :class:`ReplayDivergence` if the code has changed since, so that the schedule no longer fits, breaks nothing,
    or gives other events; :class:`RecordingError` if the file is no recording of a check; :class:`OSError` if it cannot
    be read.
    """
    program, schedule = load(path)
    recorded = list(read_recording(path).events)
    with replaying(program, schedule) as trial:
        result = trial.run()
        if not result.failures:
            raise ReplayDivergence(f"{path}: nothing breaks under this schedule any more: the code has changed")
        with replaying(program, schedule) as again:
            story = tell(again)
        failure = result.failures[0]
        found = Counterexample(
            program, failure, schedule, result.preemptions, result.early_ticks, 0, result.points, story
        )
        if [*trial.bench.events, *_violation(trial.bench.events, failure)] != recorded:
            raise ReplayDivergence(f"{path}: its schedule gives other events now: the code has changed")
    return found


def _perform(found: Counterexample) -> tuple[QueueState, list[Event]]:
    with found.replay() as trial:
        trial.run()
        events = trial.bench.events
        return trial.bench.start or empty_queue(), [*events, *_violation(events, found.failure)]


def _violation(events: Sequence[Event], failure: Failure) -> list[Event]:
    """The last event of the recording: what broke. Only the first line of the detail, since the others name source
    lines, and an exact recording must not depend on these.
    """
    number, time = (events[-1].number, events[-1].time) if events else (0, 0.0)
    return [Violation(number + 1, time, failure.invariant, failure.detail.splitlines()[0])]


def empty_queue() -> QueueState:
    """The state of an empty queue: the start state of the recording where the harness has no queue."""
    from msgmux.checker.harness import Bench
    from msgmux.runtime.virtual import VirtualRuntime

    with VirtualRuntime(Fifo()) as runtime:
        bench = Bench(runtime)
        bench.make_queue()
        assert bench.start is not None
        return bench.start


def _header(found: Counterexample, start: QueueState) -> Header:
    program = found.program
    return CheckedHeader(start, program.title, program.scenario, 0, "virtual", program_checked=program)


def _count(n: int, what: str) -> str:
    return f"{n} {what}{'' if n == 1 else 's'}"
