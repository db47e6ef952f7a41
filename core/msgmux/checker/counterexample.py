"""A schedule that breaks an invariant: told, saved as a recording, and run again."""

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
"""Seconds that shrinking may take."""


class Counterexample(msgspec.Struct, frozen=True):
    """A schedule under which ``program`` breaks, and what breaks. ``choices``: how many of the schedule's choices
    differ from the default.
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

    ``keeps_current``: as for :class:`~msgmux.runtime.strategies.Replay`; here a schedule has a choice at every point.
    """

    keeps_current: bool = False
    program_checked: Program = Program()


def counterexample(program: Program, result: Result, seconds: float = SHRINKING) -> Counterexample:
    """Shrink a result that broke something, for at most that many seconds, and tell what happens in it."""
    best, choices = shrink(program, result, seconds)
    invariant = result.failures[0].invariant
    failure = next(failure for failure in best.failures if failure.invariant == invariant)
    with replaying(program, best.schedule) as trial:
        story = tell(trial)
    return Counterexample(
        program, failure, best.schedule, best.preemptions, best.early_ticks, choices, best.points, story
    )


def replaying(program: Program, schedule: Schedule) -> Trial:
    """A trial under a recorded schedule, and under the default one after its end: one that a person made by hand may
    end before the run does.
    """
    return program.trial(Replay(schedule, Fifo(), keeps_current=False))


def save(path: Path, found: Counterexample) -> None:
    """Write it as a recording: its events, the violation as the last one, and the schedule. Raises :class:`OSError`."""
    start, events = _perform(found)
    with RecordingWriter(path, _header(found, start)) as writer:
        for event in events:
            writer.event(event)
        writer.schedule(found.schedule)


def load(path: Path) -> tuple[Program, Schedule]:
    """What was checked and the schedule that broke it. Raises :class:`RecordingError` and :class:`OSError`."""
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

    Raises :class:`ReplayDivergence` if the code has changed since, so that the schedule no longer fits or no longer
    gives the same events.
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
    """The last event: what broke. One line of it, since an exact recording tells no lines of source."""
    number, time = (events[-1].number, events[-1].time) if events else (0, 0.0)
    return [Violation(number + 1, time, failure.invariant, failure.detail.splitlines()[0])]


def empty_queue() -> QueueState:
    """The state of an empty queue: what a program without a queue begins with."""
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
