"""The lines of a recording as records, and the check of its first line."""

from pathlib import Path
from typing import Literal

import msgspec

from msgmux._version import __version__
from msgmux.bounds import Seconds
from msgmux.commands import AnyCommand, Placed, Selection
from msgmux.errors import MsgmuxError
from msgmux.events import AnyEvent
from msgmux.runtime.schedule import Schedule
from msgmux.state import QueueState

FORMAT = "msgmux recording"
VERSION = 2


class RecordingError(MsgmuxError):
    """The file is no recording, is one of another version, exceeds the reader's bounds, or has changed since it was
    opened.
    """


class Beginning(msgspec.Struct, frozen=True):
    """How a session began that did not begin at its scenario's start: at ``time`` of its clock, ``elapsed`` seconds
    after that start, with ``state`` (None: an empty queue).
    """

    state: QueueState | None
    time: Seconds
    elapsed: Seconds


class Given(msgspec.Struct, frozen=True):
    """A command in an exact run: who gave it, and its place in the run."""

    command: AnyCommand
    who: str
    placed: Placed


class Header(msgspec.Struct, frozen=True, tag_field="kind", tag="header"):
    """The first line. ``start``: the queue's state before the first event. ``scenario``: the text of the scenario file,
    from which the run can be performed again.

    For an exact run: ``driver`` says what ran its tasks (a headless "run" has one task more than a "session");
    ``keeps_current`` is that of its strategy and says at which points the schedule has a choice; ``beginning``: how it
    began, if not with an empty queue; ``given``: the commands before ``start`` (later ones are events).

    ``began``: the clock's seconds at the beginning, which readers subtract from all times. ``takes``: the kinds of
    commands that a viewer may send while the recording is still being written.
    """

    start: QueueState
    title: str
    scenario: str
    seed: int
    runtime: Literal["virtual", "threads"]
    format: str = FORMAT
    version: int = VERSION
    program: str = __version__
    driver: Literal["run", "session"] = "run"
    keeps_current: bool = True
    beginning: Beginning | None = None
    given: tuple[Given, ...] = ()
    began: Seconds = 0.0
    takes: tuple[str, ...] = ()


class KeyFrame(msgspec.Struct, frozen=True, tag_field="kind", tag="key_frame"):
    """The queue's state after the events so far, at ``time`` (seconds). If events were missed before it, the events
    after it follow on this state.
    """

    time: Seconds
    state: QueueState


class Choices(msgspec.Struct, frozen=True, tag_field="kind", tag="schedule"):
    """The last line of an exact run: its schedule, which is complete only at the end."""

    schedule: Schedule


class Tick(msgspec.Struct, frozen=True, tag_field="kind", tag="tick", omit_defaults=True):
    """No event since the last line, up to ``time`` (seconds). A stream has at least one line a second.

    ``speed``: how many seconds of the session's clock pass in a second of wall time from now on; 0: it is paused.
    """

    time: Seconds
    speed: float = 1.0


class Told(msgspec.Struct, frozen=True, tag_field="kind", tag="told"):
    """A remark to the viewers of a stream, for example that some events are left out."""

    text: str


class Did(msgspec.Struct, frozen=True, tag_field="kind", tag="did"):
    """The outcome of the command that a viewer sent with this ``id``; fields as in :class:`msgmux.commands.Outcome`."""

    id: int
    text: str
    ok: bool = True
    hint: str = ""
    select: Selection | None = None


class End(msgspec.Struct, frozen=True, tag_field="kind", tag="end"):
    """The end of a stream; ``text`` says why. As the first line: the viewer was refused."""

    text: str


Line = AnyEvent | KeyFrame | Choices | Tick | Told | Did | End
"""The types of the lines after the first."""


def is_header(line: bytes) -> bool:
    """Whether this is the first line of a recording of any version."""
    return _version(line).format == FORMAT


def read_header(path: Path | str, line: bytes) -> Header:
    """Decode the header from ``line``, the first of ``path``.

    Raises :class:`RecordingError` if it is no header, one of another version, or damaged.
    """
    found = _version(line)
    if found.format != FORMAT:
        hint = "; a compressed one is named .jsonl.gz" if line.startswith(b"\x1f\x8b") else ""
        raise RecordingError(f"{path}: is no msgmux recording; its first line must be a header of one{hint}")
    if found.version != VERSION:
        raise RecordingError(
            f"{path}: is a recording of version {found.version}; this program reads {VERSION} "
            f"(it was written by msgmux {found.program[:20]!a}, this is {__version__})"
        )
    try:
        return msgspec.json.decode(line, type=Header)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise RecordingError(f"{path}: the header is damaged: {error}") from None


class _Version(msgspec.Struct):
    """The fields that a header of every version has; the defaults stand for a line that is no header."""

    format: str = ""
    version: int = 0
    program: str = "?"


def _version(line: bytes) -> _Version:
    try:
        return msgspec.json.decode(line, type=_Version)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return _Version()
