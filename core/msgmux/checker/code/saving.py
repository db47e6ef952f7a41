"""Saves a counterexample in user code: a recording without a queue that holds file, options and schedule."""

import gzip
from pathlib import Path

import msgspec

from msgmux.checker.code.loading import digest, read_source
from msgmux.checker.code.program import CodeProgram
from msgmux.checker.code.report import CodeCounterexample
from msgmux.events import Violation
from msgmux.recording import Header, RecordingError, RecordingWriter, read_recording
from msgmux.runtime.schedule import Schedule
from msgmux.state import QueueState


class CodeHeader(Header, frozen=True, tag="header"):
    """A recording's header that says which file of the user's was checked: its path and hash, not its text."""

    code_checked: CodeProgram | None = None


def save(path: Path, found: CodeCounterexample, start: QueueState) -> None:
    """Write the counterexample as a recording; ``start`` is the state of an empty queue. Raises :class:`OSError`."""
    header = CodeHeader(start, found.program.title, "", 0, "virtual", keeps_current=False, code_checked=found.program)
    with RecordingWriter(path, header) as writer:
        writer.event(Violation(1, 0.0, found.kind, found.detail.splitlines()[0] if found.detail else found.kind))
        writer.schedule(found.schedule)


def load(path: Path) -> tuple[CodeProgram, Schedule]:
    """What was checked and the schedule that broke it.

    Raises :class:`RecordingError`, also where the file has changed since, so that the schedule would not fit; and
    :class:`OSError`.
    """
    recording = read_recording(path)
    with gzip.open(path) if path.suffix == ".gz" else path.open("rb") as file:
        line = next((line for line in file if line.strip() and not line.startswith(b"#")), b"")
    try:
        program = msgspec.json.decode(line, type=CodeHeader).code_checked
    except msgspec.DecodeError as error:
        raise RecordingError(f"{path}: is a recording, but none of a check: {error}") from None
    if program is None or recording.schedule is None:
        raise RecordingError(f"{path}: is no schedule of a Python file; save one with `check FILE.py --save`")
    if digest(read_source(Path(program.path))) != program.text:
        raise RecordingError(f"{path}: {program.path} has changed since; check it again")
    return program, recording.schedule
