"""A session's history in memory, and its recording to a file."""

from collections.abc import Callable, Sequence
from pathlib import Path

from msgspec.structs import replace

from msgmux.events import Event
from msgmux.recording import Header, History, Recorder
from msgmux.runtime.schedule import Schedule
from msgmux.state import QueueState

FLUSH_SECONDS = 1.0


class Journal:
    """Stores each frame of a session. ``header`` describes the session; ``now`` is its first time, in seconds.

    ``tell`` is called with the text of an error in writing the recording. ``clock`` is the wall clock in seconds.
    ``schedule`` returns the choices that an exact session's scheduler has made so far.
    """

    def __init__(
        self,
        header: Header,
        now: float,
        *,
        clock: Callable[[], float],
        tell: Callable[[str], None],
        schedule: Callable[[], Schedule] | None = None,
    ) -> None:
        self.history = History(header, now)
        self._clock = clock
        self._tell = tell
        self._schedule = schedule
        self._recorder: Recorder | None = None
        self._flushed = clock()

    @property
    def recording(self) -> Path | None:
        """The recording being written, or None."""
        return None if self._recorder is None else self._recorder.path

    def take(self, events: Sequence[Event], state: QueueState, now: float, *, gap: bool) -> None:
        """Store one frame. ``gap``: events before it are missing."""
        self.history.take(events, state, now, gap=gap)
        recorder = self._recorder
        if recorder is None:
            return
        if gap:
            recorder.resync(state, now)
        else:
            recorder.events(events)
        if self._clock() >= self._flushed + FLUSH_SECONDS:
            self._flushed = self._clock()
            if self._schedule is None and not recorder.unflushed:
                recorder.tick(now)
            recorder.flush()
        if recorder.problem:
            self._recorder = None

    def record(self, path: Path) -> None:
        """Start a recording to ``path``, in place of one that is being written. Raises :class:`OSError`."""
        self.stop()
        history = self.history
        header = replace(history.header, start=history.state_at(history.last), given=history.given_until(history.last))
        self._recorder = Recorder(path, header, self._tell)

    def stop(self) -> None:
        """Complete the recording. Idempotent."""
        recorder, self._recorder = self._recorder, None
        if recorder is not None:
            if self._schedule is not None:
                recorder.schedule(self._schedule())
            else:
                recorder.end("the recording ends here")
            recorder.close()

    def save(self, path: Path) -> None:
        """Write the whole history in memory to ``path``. Raises :class:`OSError`."""
        if self._schedule is not None:
            self.history.schedule = self._schedule()
        self.history.save(path, level=1)
