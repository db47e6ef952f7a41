"""The file of events: JSON Lines, a header first, then one event a line, written as it happens.

A recording can be read by eye, appended to, and commented (``#``). A file that was cut anywhere reads up to its last
whole line, and says so. An exact run's recording is the same, byte for byte, each time: no wall time, host, address or
exception text goes into it. By name, ``.jsonl.gz`` is compressed.
"""

import gzip
import io
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Literal, cast

import msgspec

from msgmux._version import __version__
from msgmux.errors import MsgmuxError
from msgmux.events import AnyEvent, Event
from msgmux.runtime.schedule import Schedule
from msgmux.state import QueueState

FORMAT = "msgmux recording"
VERSION = 1


class RecordingError(MsgmuxError):
    """The file is no recording, or one of another version."""


class Header(msgspec.Struct, frozen=True, tag_field="kind", tag="header"):
    """The first line. ``scenario`` is the file's text, so that the run can be performed again from it."""

    start: QueueState
    title: str
    scenario: str
    seed: int
    runtime: Literal["virtual", "threads"]
    format: str = FORMAT
    version: int = VERSION
    program: str = __version__


class Choices(msgspec.Struct, frozen=True, tag_field="kind", tag="schedule"):
    """The last line of an exact run: what its scheduler chose, which is known only then."""

    schedule: Schedule


class Recording(msgspec.Struct, frozen=True):
    """A whole recording in memory. ``cut`` tells what is missing at the end, if anything is."""

    header: Header
    events: tuple[Event, ...]
    schedule: Schedule | None
    cut: str | None


class RecordingWriter:
    """Writes a recording line by line; whole lines only. A context manager that closes the file."""

    def __init__(self, path: Path, header: Header) -> None:
        self._raw = path.open("wb")
        self._file: IO[bytes] = self._raw
        if path.suffix == ".gz":
            # No name and no time inside, so that equal runs give equal files.
            self._file = cast(IO[bytes], gzip.GzipFile("", "wb", fileobj=self._raw, mtime=0))
        self._encode = msgspec.json.Encoder().encode
        self._line(header)
        self.flush()

    def event(self, event: Event) -> None:
        """Append one event."""
        self._line(event)

    def schedule(self, schedule: Schedule) -> None:
        """Append the choices of an exact run."""
        self._line(Choices(schedule))

    def flush(self) -> None:
        """Hand all lines so far to the operating system; to be called at least once a second."""
        self._file.flush()
        self._raw.flush()

    def close(self) -> None:
        self._file.close()
        self._raw.close()

    def _line(self, record: msgspec.Struct) -> None:
        self._file.write(self._encode(record) + b"\n")

    def __enter__(self) -> "RecordingWriter":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def read_recording(path: Path) -> Recording:
    """Read a recording, as far as it is whole. Raises :class:`RecordingError` and :class:`OSError`."""
    numbered = _lines(path)
    first = next(numbered, None)
    if first is None:
        raise RecordingError(f"{path}: is empty; a recording begins with a header line")
    header = _header(path, first[1])
    events: list[Event] = []
    schedule: Schedule | None = None
    decode = msgspec.json.Decoder(AnyEvent | Choices).decode
    for number, line in numbered:
        try:
            record = decode(line)
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            return Recording(header, tuple(events), schedule, f"line {number} is not whole ({error}); read up to there")
        if isinstance(record, Choices):
            schedule = record.schedule
        else:
            events.append(record)
    cut = "there is no schedule at the end" if header.runtime == "virtual" and schedule is None else None
    return Recording(header, tuple(events), schedule, cut)


def _lines(path: Path) -> Iterator[tuple[int, bytes]]:
    """The lines that say something, with their numbers; a compressed file that ends early just ends."""
    with path.open("rb") as raw:
        file = io.BufferedReader(gzip.GzipFile(fileobj=raw)) if path.suffix == ".gz" else raw
        number = 0
        try:
            for line in file:
                number += 1
                if line.strip() and not line.startswith(b"#"):
                    yield number, line
        except EOFError:
            return
        except gzip.BadGzipFile as error:
            raise RecordingError(f"{path}: is named .gz but is not compressed so: {error}") from None


def _header(path: Path, line: bytes) -> Header:
    class Version(msgspec.Struct):
        format: str = ""
        version: int = 0

    try:
        found = msgspec.json.decode(line, type=Version)
    except (msgspec.DecodeError, UnicodeDecodeError):
        found = Version()
    if found.format != FORMAT:
        raise RecordingError(f"{path}: is no msgmux recording; its first line must be a header of one")
    if found.version != VERSION:
        raise RecordingError(f"{path}: is a recording of version {found.version}; this program reads {VERSION}")
    try:
        return msgspec.json.decode(line, type=Header)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise RecordingError(f"{path}: the header is damaged: {error}") from None
