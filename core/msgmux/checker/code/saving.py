"""Saves a counterexample in user code: a recording without a queue that holds file, options and schedule."""

import gzip
from pathlib import Path

import msgspec

from msgmux.checker.code.loading import digest, read_source
from msgmux.checker.code.program import CodeProgram
from msgmux.checker.code.report import CodeCounterexample
from msgmux.checker.trial import Failure
from msgmux.events import Violation
from msgmux.recording import Header, RecordingError, RecordingWriter, read_recording
from msgmux.runtime.schedule import Schedule
from msgmux.state import QueueState


class CodeHeader(Header, frozen=True, tag="header"):
    """A recording's header that says which file of the user's was checked: its path and hash, not its text."""

    code_checked: CodeProgram | None = None


def save(path: Path, found: CodeCounterexample, start: QueueState) -> None:
    """Write the counterexample as a recording; ``start`` is the state of an empty queue. Raises :class:`OSError`."""
    save_run(path, found.program, found.schedule, Failure(found.kind, found.detail), start)


def save_run(path: Path, program: CodeProgram, schedule: Schedule, failure: Failure | None, start: QueueState) -> None:
    """The same for any run of ``program``, with what it has broken, if anything. Raises :class:`OSError`."""
    if not program.text:
        program = program.with_text()
    header = CodeHeader(start, program.title, "", 0, "virtual", keeps_current=False, code_checked=program)
    with RecordingWriter(path, header) as writer:
        if failure is not None:
            words = failure.detail.splitlines()[0] if failure.detail else failure.invariant
            writer.event(Violation(1, 0.0, failure.invariant, words))
        writer.schedule(schedule)


def read_header(path: Path) -> CodeProgram:
    """The program of which ``path`` is a schedule. Raises :class:`RecordingError`, :class:`OSError`."""
    with gzip.open(path) if path.suffix == ".gz" else path.open("rb") as file:
        line = next((line for line in file if line.strip() and not line.startswith(b"#")), b"")
    try:
        program = msgspec.json.decode(line, type=CodeHeader).code_checked
    except msgspec.DecodeError as error:
        raise RecordingError(f"{path}: is a recording, but none of a check: {error}") from None
    if program is None:
        raise RecordingError(f"{path}: is no schedule of a Python file; save one with `check FILE.py --save`")
    return program


def load(path: Path) -> tuple[CodeProgram, Schedule]:
    """What was checked and the schedule that broke it.

    Raises :class:`RecordingError`, also where the file has changed since, so that the schedule would not fit; and
    :class:`OSError`.
    """
    recording = read_recording(path)
    program = read_header(path)
    if recording.schedule is None:
        raise RecordingError(f"{path}: is no schedule of a Python file; save one with `check FILE.py --save`")
    if program.given:
        # Only where the student's file was typed it is run.
        raise RecordingError(f"{path}: is a schedule of an exercise; msgmux-tui exercise --step FILE finds it again")
    if digest(read_source(Path(program.path))) != program.text:
        raise RecordingError(f"{path}: {program.path} has changed since; check it again")
    return program, recording.schedule
