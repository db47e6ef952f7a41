"""Converts the times of a recording, so that they count from its beginning instead of its clock's zero."""

from pathlib import Path
from typing import TypeVar

from msgspec.structs import replace

from msgmux.bounds import MOST_SECONDS
from msgmux.events import CleanerPass, Event, SettingsChanged
from msgmux.recording.format import Header, KeyFrame, RecordingError, Tick, read_header
from msgmux.state import QueueState

R = TypeVar("R")
M = TypeVar("M", float, None, float | None)


class Rebase:
    """Subtracts the header's ``began`` (seconds) from all times. :attr:`header` is the converted header.

    The constructor and :meth:`line` raise :class:`ValueError` if a time is out of bounds afterwards.
    """

    def __init__(self, header: Header) -> None:
        self._began = began = header.began
        self.header = header
        if began:
            self.header = replace(header, began=0.0, start=self._state(header.start))

    def line(self, record: R) -> R:
        """The same record with converted times."""
        if not self._began:
            return record
        return self._rebased(record)  # type: ignore[return-value] # of the same class

    def _rebased(self, record: object) -> object:
        match record:
            case CleanerPass(due=due) | SettingsChanged(due=due):
                return replace(record, time=self._moment(record.time), due=self._moment(due))
            case Event(time=time) | Tick(time=time):
                return replace(record, time=self._moment(time))
            case KeyFrame(time, state):
                return KeyFrame(self._moment(time), self._state(state))
            case _:
                return record

    def _moment(self, time: M) -> M:
        if time is None:
            return time
        moment = time - self._began
        if abs(moment) > MOST_SECONDS:
            raise ValueError(f"the time {time} is none of a recording that began at {self._began}")
        return moment

    def _state(self, state: QueueState) -> QueueState:
        cleaner = state.cleaner
        return replace(
            state,
            cleaner=replace(cleaner, last_pass=self._moment(cleaner.last_pass), due=self._moment(cleaner.due)),
            nodes=tuple([replace(node, timestamp=self._moment(node.timestamp)) for node in state.nodes]),
        )


def rebase_of(path: Path | str, line: bytes) -> Rebase:
    """The conversion for a recording with the header ``line``, the first of ``path``.

    Raises :class:`RecordingError` if that is no valid header.
    """
    header = read_header(path, line)
    try:
        return Rebase(header)
    except ValueError as error:
        raise RecordingError(f"{path}: the header is damaged: {error}") from None
