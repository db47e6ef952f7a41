"""The lines of a recording, and what a file must begin with to be one."""

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
    """The file is no recording, or one of another version, or it can't be read within bounds."""


class Beginning(msgspec.Struct, frozen=True):
    """A session that began at ``time``, ``elapsed`` seconds after its scenario's start: with ``state``, or empty."""

    state: QueueState | None
    time: Seconds
    elapsed: Seconds


class Given(msgspec.Struct, frozen=True):
    """A command that somebody gave (``who``), and where in an exact run."""

    command: AnyCommand
    who: str
    placed: Placed


class Header(msgspec.Struct, frozen=True, tag_field="kind", tag="header"):
    """The first line. ``scenario`` is the file's text, so that the run can be performed again from it.

    For an exact run ``driver`` says who let its tasks run (a run without a screen has one task more than a session),
    and ``keeps_current`` is that of its strategy: at which points the schedule has a choice. ``beginning`` is what it
    began with, if that was not an empty queue; ``given`` are the commands before ``start``. Those after it are events.

    ``began`` is what the clock said at the beginning: who reads a recording counts its times from there. ``takes`` are
    the kinds of commands that whoever follows may give, as far as it is still being written.
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
    """What the events so far add up to, at ``time``. Where events were missed, those that follow go on from here."""

    time: Seconds
    state: QueueState


class Choices(msgspec.Struct, frozen=True, tag_field="kind", tag="schedule"):
    """The last line of an exact run: what its scheduler chose, which is known only then."""

    schedule: Schedule


class Tick(msgspec.Struct, frozen=True, tag_field="kind", tag="tick", omit_defaults=True):
    """Nothing has happened up to ``time``. In a stream there is a line at least once a second.

    ``speed``: how many of its seconds pass in one of the wall's from here on; 0: it is paused.
    """

    time: Seconds
    speed: float = 1.0


class Told(msgspec.Struct, frozen=True, tag_field="kind", tag="told"):
    """Words for whoever follows, such as that some events are left out."""

    text: str


class Did(msgspec.Struct, frozen=True, tag_field="kind", tag="did"):
    """What came of a command that whoever follows has given under this ``id``; see :class:`msgmux.commands.Outcome`."""

    id: int
    text: str
    ok: bool = True
    hint: str = ""
    select: Selection | None = None


class End(msgspec.Struct, frozen=True, tag_field="kind", tag="end"):
    """The stream ends here, and why. As the first line: it was refused."""

    text: str


Line = AnyEvent | KeyFrame | Choices | Tick | Told | Did | End
"""What the lines after the first are decoded as."""


def is_header(line: bytes) -> bool:
    """Is this the first line of a recording, of whatever version?"""
    return _version(line).format == FORMAT


def read_header(path: Path | str, line: bytes) -> Header:
    """The header in ``line``, the first of ``path``. Raises :class:`RecordingError`."""

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
    """What the first line of a recording of any version says."""

    format: str = ""
    version: int = 0
    program: str = "?"


def _version(line: bytes) -> _Version:
    try:
        return msgspec.json.decode(line, type=_Version)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return _Version()
