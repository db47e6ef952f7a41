"""Reads a recording: all events into memory, or an index of the file that gives the state at any moment."""

from collections.abc import Callable, Iterator
from pathlib import Path
from types import TracebackType
from typing import Self

import msgspec

from msgmux.events import Event
from msgmux.recording.format import (
    Choices,
    Header,
    KeyFrame,
    Line,
    RecordingError,
    Tick,
    is_header,
)
from msgmux.recording.profile import Bucket, Profile
from msgmux.recording.rebasing import rebase_of
from msgmux.recording.source import Source
from msgmux.recording.timeline import BLOCK_EVENTS, Block, Timeline, pack, unpack
from msgmux.runtime.schedule import Schedule
from msgmux.state import Fold

EVERY_EVENT = 100_000
"""The profile takes each of the first so many events, and after that only every :data:`SOME`-th, so that a long
recording opens quickly."""
SOME = 8
BLOCK_BYTES = 4 << 20
"""Bytes of events in a block at which it is full, even with few events."""
MOST_IDLE_LINES = 1_000_000
"""Most empty lines and comments: a compressed file could contain billions, and reading them would take for ever."""
MOST_CHOICES = 1 << 26
"""Most choices in a schedule: several for each event of the largest recording."""
REPORT_LINES = 20_000
"""Lines between two calls of ``progress``."""


class Recording(msgspec.Struct, frozen=True):
    """A whole recording in memory. ``schedule``: that of an exact run. ``cut``: why the end is missing, if it is."""

    header: Header
    events: tuple[Event, ...]
    schedule: Schedule | None
    cut: str | None


def is_recording(path: Path) -> bool:
    """Whether this file is a recording of any version, whole or cut. Raises :class:`OSError` if it cannot be read."""
    try:
        with Source(path) as source:
            first = next(_numbered(source, None), None)
    except RecordingError:
        return False
    return first is not None and is_header(first[2])


def read_recording(path: Path) -> Recording:
    """Read a recording up to its last whole line.

    Raises :class:`RecordingError` if the file is no recording of this version, :class:`OSError` if it cannot be read.
    """
    with RecordedTimeline(path) as timeline:
        events = timeline.events_between(timeline.first, timeline.last)
        return Recording(timeline.header, tuple(events), timeline.schedule, timeline.cut)


class RecordedTimeline(Timeline):
    """The timeline of a file. The constructor reads the file once. ``cut``: where and why it stopped early, or None.

    ``progress`` is called with the number of (uncompressed) bytes read so far. Raises :class:`RecordingError` if the
    file is no recording of this version, :class:`OSError` if it cannot be read. A context manager that closes the file.
    """

    def __init__(self, path: Path, progress: Callable[[int], None] | None = None) -> None:
        super().__init__()
        self.path = path
        self.cut: str | None = None
        self._source = Source(path)
        self._decode_line = msgspec.json.Decoder(Line).decode
        try:
            lines = _numbered(self._source, progress)
            first = next(lines, None)
            if first is None:
                raise RecordingError(f"{path}: is empty; a recording begins with a header line")
            _, offset, line = first
            self._rebase = rebase_of(path, line)
            self.header = self._rebase.header
            self._index(lines, offset + len(line))
        except BaseException:
            self._source.close()
            raise

    def overview(self) -> tuple[Bucket, ...]:
        return self._profile.buckets()

    def close(self) -> None:
        self._source.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()

    def _index(self, lines: Iterator[tuple[int, int, bytes]], end: int) -> None:
        """Divide the file into blocks. Every line is decoded and folded once, so what is indexed can be read again.

        ``end``: the offset in bytes after the header line.
        """
        decode = msgspec.json.Decoder(Line).decode
        note, time, ticked, count = self._landmarks.note, 0.0, 0.0, 0
        fold = Fold(self.header.start)
        last = fold.event
        block = _Building(fold, time, end)
        self._profile = Profile(time)
        for number, at, line in lines:
            try:
                record = self._rebase.line(decode(line))
                if isinstance(record, Choices):
                    if any([times < 0 for _, times in record.schedule.runs]) or len(record.schedule) > MOST_CHOICES:
                        raise ValueError("its schedule is too long")
                    self.schedule = record.schedule
                    continue
                if isinstance(record, KeyFrame):
                    if record.state.event > last:
                        self._blocks.append(block.ended(last, time, end))
                        fold, last, time = Fold(record.state), record.state.event, max(time, record.time)
                        end = at + len(line)
                        block = _Building(fold, time, end)
                    continue
                if not isinstance(record, Event):
                    # A line of a saved stream. A tick extends the time; the other kinds have no meaning here.
                    if isinstance(record, Tick):
                        ticked = max(ticked, record.time)
                    continue
                fold.apply(record)
            except msgspec.ValidationError as error:
                self.cut = f"line {number} is no line of a recording ({error!s:.120}); read up to there"
                break
            except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
                self.cut = f"line {number} is not whole ({error!s:.120}); read up to there"
                break
            except (KeyError, ValueError) as error:
                self.cut = f"line {number} does not follow on those before it ({error!s:.120}); read up to there"
                break
            if not count:
                # The timeline begins with the first event: the clock may have run for a long time before.
                time = block.begin = record.time
                self._profile = Profile(time)
            note(record)
            count, last, end, time = count + 1, record.number, at + len(line), max(time, record.time)
            if count < EVERY_EVENT or not count % SOME:
                self._profile.note(time, fold.length, fold.largest_lag)
            if block.is_full(last, end):
                self._blocks.append(block.ended(last, time, end))
                try:
                    block = _Building(fold, time, end)
                except ValueError as error:
                    self.cut = f"line {number}: what happened until there adds up to too much ({error!s:.120})"
                    break
        time = max(time, ticked)
        self._profile.note(time, fold.length, fold.largest_lag)
        if not self._blocks or last > max(block.event, self._blocks[-1].last):
            self._blocks.append(block.ended(last, time, end))
        self.cut = self.cut or self._source.cut or None
        if self.cut is None and self.header.runtime == "virtual" and self.schedule is None:
            self.cut = "there is no schedule at the end"

    def _read(self, block: Block) -> list[Event]:
        decode = self._decode_line
        lines = self._source.read(block.where, block.size).split(b"\n")
        try:
            records = [self._rebase.line(decode(line)) for line in lines if says(line)]
        except (msgspec.DecodeError, UnicodeDecodeError):
            records = []
        events = [record for record in records if isinstance(record, Event)]
        if len(events) != block.last - block.event:
            raise RecordingError(f"{self.path}: has changed since it was opened; open it again")
        return events


class _Building:
    """The block that is being read. It begins with the state of ``fold``, at ``begin`` seconds and byte ``where``.

    Raises :class:`ValueError` if that state exceeds the bounds of :mod:`msgmux.bounds`: valid events may add up to a
    state that is not valid.
    """

    def __init__(self, fold: Fold, begin: float, where: int) -> None:
        state = fold.state()
        self.event, self.begin = fold.event, begin
        try:
            self._frame = pack(state)
            unpack(self._frame)
        except (OverflowError, msgspec.ValidationError) as error:
            raise ValueError(str(error)) from None
        self._tail, self._where = state.tail_seq, where

    def is_full(self, last: int, end: int) -> bool:
        """Whether the block has enough events, and these have at least as many bytes as its key frame. So all key
        frames together take no more memory than the file has bytes.
        """
        size = end - self._where
        return (last - self.event >= BLOCK_EVENTS or size >= BLOCK_BYTES) and size >= len(self._frame)

    def ended(self, last: int, end: float, where: int) -> Block:
        return Block(self.event, last, self.begin, end, self._tail, self._frame, self._where, where - self._where)


def says(line: bytes) -> bool:
    """Whether a line is neither empty nor a comment."""
    return bool(line.strip()) and not line.startswith(b"#")


def _numbered(source: Source, progress: Callable[[int], None] | None) -> Iterator[tuple[int, int, bytes]]:
    """The lines that are neither empty nor comments, as (number from 1, offset in bytes, line).

    Raises :class:`RecordingError` if there are too many of the others.
    """
    idle = 0
    for number, (offset, line) in enumerate(source.lines(), 1):
        if says(line):
            yield number, offset, line
        else:
            idle += 1
            if idle > MOST_IDLE_LINES:
                raise RecordingError(
                    f"{source.path}: line {number}: more than {MOST_IDLE_LINES:,} empty lines and comments"
                )
        if progress is not None and not number % REPORT_LINES:
            progress(offset)
