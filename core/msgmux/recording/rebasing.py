"""Times that count from the beginning of a recording, whatever its clock said then."""

from typing import TypeVar

from msgspec.structs import replace

from msgmux.events import CleanerPass, Event, SettingsChanged
from msgmux.recording.format import Header, KeyFrame, Tick
from msgmux.state import QueueState

R = TypeVar("R")


class Rebase:
    """Takes ``began`` from all times. ``header`` is the one that belongs to what :meth:`line` returns."""

    def __init__(self, header: Header) -> None:
        self._began = began = header.began
        self.header = header
        if began:
            self.header = replace(header, began=0.0, start=self._state(header.start))

    def line(self, record: R) -> R:
        """The same record with its times counted from the beginning."""
        if not self._began:
            return record
        return self._rebased(record)  # type: ignore[return-value] # of the same class

    def _rebased(self, record: object) -> object:
        match record:
            case CleanerPass(due=due) | SettingsChanged(due=due):
                return replace(record, time=record.time - self._began, due=self._moment(due))
            case Event(time=time) | Tick(time=time):
                return replace(record, time=time - self._began)
            case KeyFrame(time, state):
                return KeyFrame(time - self._began, self._state(state))
            case _:
                return record

    def _moment(self, time: float | None) -> float | None:
        return None if time is None else time - self._began

    def _state(self, state: QueueState) -> QueueState:
        cleaner = state.cleaner
        return replace(
            state,
            cleaner=replace(cleaner, last_pass=self._moment(cleaner.last_pass), due=self._moment(cleaner.due)),
            nodes=tuple([replace(node, timestamp=node.timestamp - self._began) for node in state.nodes]),
        )
