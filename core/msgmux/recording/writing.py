"""Writes a recording as it happens: whole lines, with a key frame wherever enough events have been written since the
last one.
"""

import gzip
import os
from collections.abc import Callable, Iterable
from contextlib import suppress
from pathlib import Path
from typing import IO, cast

import msgspec

from msgmux.events import Event
from msgmux.recording.format import Choices, End, Header, KeyFrame, Tick
from msgmux.runtime.schedule import Schedule
from msgmux.state import Fold, QueueState

LEAST_WEIGHT = 65_536
"""Least bytes of events between two key frames: a reader folds that many in about two milliseconds."""
LEVEL = 6
"""The level of gzip compression; 9 takes three times as long and saves only a few percent more."""


class RecordingWriter:
    """Writes a recording line by line. A context manager that closes the file.

    A key frame is written when the events since the last one have at least as many bytes as it has, so key frames take
    at most half of a file. The constructor and all methods raise :class:`OSError` if the file cannot be written.
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
        # Bytes of events since the last key frame, and the number of them at which the next one is tried.
        self._since, self._worth = 0, LEAST_WEIGHT
        self.unflushed = 0
        """Bytes written since the last flush, before compression."""
        try:
            self._line(header)
            self.flush()
        except OSError:
            with suppress(OSError):  # closing writes again, and fails in the same way
                self.close()
            raise

    def event(self, event: Event) -> None:
        """Append one event. Raises :class:`ValueError` if its number does not follow on the last one's."""
        if self._fold is not None:
            try:
                self._fold.apply(event)
            except KeyError:
                # The event of a faulty queue names somebody who is not registered. Such events are recorded, too, but
                # without key frames from here on.
                self._fold = None
        self._time = event.time
        self._since += self._line(event)
        if self._since >= self._worth and self._fold is not None:
            self._key_frame(KeyFrame(event.time, self._fold.state()))

    def resync(self, state: QueueState, time: float) -> None:
        """Append a key frame after missed events: the next event follows on ``state``, at ``time`` (seconds)."""
        self._fold = Fold(state)
        self._line(KeyFrame(time, state))
        self._since = 0

    def schedule(self, schedule: Schedule) -> None:
        """Append the schedule of an exact run."""
        self._line(Choices(schedule))

    def tick(self, time: float) -> None:
        """Append that nothing has happened up to ``time`` (seconds), for whoever follows the file."""
        self._line(Tick(time))

    def end(self, words: str) -> None:
        """Append the last line, for whoever follows the file: why there is no more."""
        self._line(End(words))

    def flush(self) -> None:
        """Pass all lines so far to the operating system. Must be called at least once a second."""
        self._file.flush()
        self._raw.flush()
        self.unflushed = 0

    def close(self) -> None:
        """Write what is left and close the file. If that raises :class:`OSError`, the file is closed but incomplete."""
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
    """Open and empty the file. Non-blocking, so that a pipe without a reader is an error instead of a wait."""
    number = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NONBLOCK, 0o666)
    os.set_blocking(number, True)
    return os.fdopen(number, "wb")


class Recorder:
    """Records a session in a way that a failure to write never disturbs the session.

    Only the constructor raises :class:`OSError`. After that, the first failure (a full disk, missed events) ends the
    recording: :attr:`problem` describes it, and ``on_problem`` is called with that text. What was written before is
    readable as a recording that was cut.
    """

    def __init__(self, path: Path, header: Header, on_problem: Callable[[str], None] | None = None) -> None:
        self.path = path
        self.problem = ""
        self._on_problem = on_problem
        self._writer: RecordingWriter | None = RecordingWriter(path, header)

    @property
    def unflushed(self) -> int:
        """Bytes that have not been passed to the operating system yet, before compression."""
        return 0 if self._writer is None else self._writer.unflushed

    def events(self, events: Iterable[Event]) -> None:
        """Append these events, in order."""

        def write(writer: RecordingWriter) -> None:
            for event in events:
                writer.event(event)

        self._attempt(write)

    def resync(self, state: QueueState, time: float) -> None:
        """Append a key frame after missed events: the next event follows on ``state``, at ``time`` (seconds)."""
        self._attempt(lambda writer: writer.resync(state, time))

    def schedule(self, schedule: Schedule) -> None:
        """Append the schedule of an exact run."""
        self._attempt(lambda writer: writer.schedule(schedule))

    def tick(self, time: float) -> None:
        """Append that nothing has happened up to ``time`` (seconds), for whoever follows the file."""
        self._attempt(lambda writer: writer.tick(time))

    def end(self, words: str) -> None:
        """Append the last line, for whoever follows the file: why there is no more."""
        self._attempt(lambda writer: writer.end(words))

    def flush(self) -> None:
        """Pass everything to the operating system. Must be called at least once a second."""
        self._attempt(RecordingWriter.flush)

    def close(self) -> None:
        """Write what is left and close the file. Idempotent."""
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
            with suppress(OSError):  # closing writes again, and fails in the same way
                writer.close()
            reason = error.strerror if isinstance(error, OSError) else str(error)
            self.problem = f"{self.path}: the recording has ended here: {reason}"
            if self._on_problem is not None:
                self._on_problem(self.problem)

    def __enter__(self) -> "Recorder":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()
