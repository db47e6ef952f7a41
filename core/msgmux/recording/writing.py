"""Writing a recording, as it happens: whole lines, key frames where they are worth their weight."""

import gzip
import os
from collections.abc import Callable, Iterable
from contextlib import suppress
from pathlib import Path
from typing import IO, cast

import msgspec

from msgmux.events import Event
from msgmux.recording.format import Choices, Header, KeyFrame
from msgmux.runtime.schedule import Schedule
from msgmux.state import Fold, QueueState

LEAST_WEIGHT = 65_536
"""Bytes of events between two key frames, at least: a reader folds as many in two milliseconds."""
LEVEL = 6
"""How hard gzip tries; 9 takes three times as long for a few hundredths less."""


class RecordingWriter:
    """Writes a recording line by line; whole lines only. A context manager that closes the file.

    A key frame is written when the events since the last one weigh as much as it does, so that they take at most half
    of a file. Everything raises :class:`OSError` where the file can't be written.
    """

    def __init__(self, path: Path, header: Header, *, level: int = LEVEL) -> None:
        self._raw = _opened(path)
        self._file: IO[bytes] = self._raw
        if path.suffix == ".gz":
            # No name and no time inside, so that equal runs give equal files.
            self._file = cast(IO[bytes], gzip.GzipFile("", "wb", level, self._raw, mtime=0))
        self._encode = msgspec.json.Encoder().encode
        self._fold: Fold | None = Fold(header.start)
        self._time = 0.0
        # Bytes of events since the last key frame, and from how many on the next one is worth its weight.
        self._since, self._worth = 0, LEAST_WEIGHT
        self.unflushed = 0
        """Bytes written since the last flush, before compression."""
        try:
            self._line(header)
            self.flush()
        except OSError:
            with suppress(OSError):  # the same once more
                self.close()
            raise

    def event(self, event: Event) -> None:
        """Append one event. Raises :class:`ValueError` for one that does not follow on what is written."""
        if self._fold is not None:
            try:
                self._fold.apply(event)
            except KeyError:
                # Of a queue with a fault, events may speak of somebody who isn't there. They are recorded all the same.
                self._fold = None
        self._time = event.time
        self._since += self._line(event)
        if self._since >= self._worth and self._fold is not None:
            self._key_frame(KeyFrame(event.time, self._fold.state()))

    def resync(self, state: QueueState, time: float) -> None:
        """Go on from ``state``: the events before it were missed."""
        self._fold = Fold(state)
        self._line(KeyFrame(time, state))
        self._since = 0

    def schedule(self, schedule: Schedule) -> None:
        """Append the choices of an exact run."""
        self._line(Choices(schedule))

    def flush(self) -> None:
        """Hand all lines so far to the operating system; to be called at least once a second."""
        self._file.flush()
        self._raw.flush()
        self.unflushed = 0

    def close(self) -> None:
        """The file is whole and closed, or :class:`OSError` says why not; closed it is in any case."""
        try:
            self._file.close()
        finally:
            self._raw.close()

    def _key_frame(self, frame: KeyFrame) -> None:
        line = self._encode(frame) + b"\n"
        self._worth = max(LEAST_WEIGHT, len(line))
        if self._since >= self._worth:
            self._file.write(line)
            self.unflushed += len(line)
            self._since = 0

    def _line(self, record: msgspec.Struct) -> int:
        line = self._encode(record) + b"\n"
        self._file.write(line)
        self.unflushed += len(line)
        return len(line)

    def __enter__(self) -> "RecordingWriter":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def _opened(path: Path) -> IO[bytes]:
    """The file, empty. A pipe that nobody reads is an error at once, and not waited for."""
    number = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NONBLOCK, 0o666)
    os.set_blocking(number, True)
    return os.fdopen(number, "wb")


class Recorder:
    """Records for as long as that can be done. What is recorded goes on, whatever becomes of the file.

    Opening raises :class:`OSError`. After that, the first failure (a full disk, events that were missed) ends the
    recording: ``problem`` says so in words, and ``on_problem`` is told at once. What was written until then is a
    recording that is cut.
    """

    def __init__(self, path: Path, header: Header, on_problem: Callable[[str], None] | None = None) -> None:
        self.path = path
        self.problem = ""
        self._on_problem = on_problem
        self._writer: RecordingWriter | None = RecordingWriter(path, header)

    @property
    def unflushed(self) -> int:
        """Bytes that are not handed to the operating system yet."""
        return 0 if self._writer is None else self._writer.unflushed

    def events(self, events: Iterable[Event]) -> None:
        """Append these."""

        def write(writer: RecordingWriter) -> None:
            for event in events:
                writer.event(event)

        self._attempt(write)

    def resync(self, state: QueueState, time: float) -> None:
        """Go on from ``state``: the events before it were missed."""
        self._attempt(lambda writer: writer.resync(state, time))

    def schedule(self, schedule: Schedule) -> None:
        """Append the choices of an exact run."""
        self._attempt(lambda writer: writer.schedule(schedule))

    def flush(self) -> None:
        """Hand all to the operating system; to be called at least once a second."""
        self._attempt(RecordingWriter.flush)

    def close(self) -> None:
        """Idempotent."""
        self._attempt(RecordingWriter.close)
        self._writer = None

    def _attempt(self, write: Callable[[RecordingWriter], None]) -> None:
        writer = self._writer
        if writer is None:
            return
        try:
            write(writer)
        except (OSError, ValueError) as error:
            self._writer = None
            with suppress(OSError):  # closing tries once more to write what can't be written
                writer.close()
            reason = error.strerror if isinstance(error, OSError) else str(error)
            self.problem = f"{self.path}: the recording has ended here: {reason}"
            if self._on_problem is not None:
                self._on_problem(self.problem)

    def __enter__(self) -> "Recorder":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()
