"""What a session remembers of itself, and writes down: its history, and a recording while one runs."""

from collections.abc import Callable, Sequence
from pathlib import Path

from msgspec.structs import replace

from msgmux.events import Event
from msgmux.recording import Header, History, Recorder
from msgmux.runtime.schedule import Schedule
from msgmux.state import QueueState

FLUSH_SECONDS = 1.0


class Journal:
    """Takes each frame in. ``header`` says what is performed, ``now`` when it begins; ``tell`` is for what goes wrong
    with a recording.

    ``clock`` is the wall's, ``schedule`` gives what an exact session's scheduler has chosen so far.
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
        """The file that is being written."""
        return None if self._recorder is None else self._recorder.path

    def take(self, events: Sequence[Event], state: QueueState, now: float, *, gap: bool) -> None:
        """One frame, as the screen gets it."""
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
            recorder.flush()
        if recorder.problem:
            self._recorder = None

    def record(self, path: Path) -> None:
        """Write from here on. Raises :class:`OSError`."""
        self.stop()
        history = self.history
        header = replace(history.header, start=history.state_at(history.last), given=history.given_until(history.last))
        self._recorder = Recorder(path, header, self._tell)

    def stop(self) -> None:
        """End the recording. Idempotent."""
        recorder, self._recorder = self._recorder, None
        if recorder is not None:
            if self._schedule is not None:
                recorder.schedule(self._schedule())
            recorder.close()

    def save(self, path: Path) -> None:
        """Write all that is remembered. Raises :class:`OSError`."""
        if self._schedule is not None:
            self.history.schedule = self._schedule()
        self.history.save(path, level=1)
