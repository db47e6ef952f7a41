"""An index of the events in a recording that one can jump to, by kind."""

from array import array
from bisect import bisect_left, bisect_right
from typing import Literal, get_args

import msgspec

from msgmux import events as ev

Kind = Literal["eviction", "skip", "violation", "join", "marker", "command", "notable"]
"""The kinds of events that one can jump to. *join* includes leaving. *notable* includes all other kinds except
evictions; also notes, changed settings, expectations, stalls, failures and the queue's end.
"""
KINDS: tuple[Kind, ...] = get_args(Kind)

_KIND_OF: dict[type[ev.Event], Kind] = {
    ev.Evicted: "eviction",
    ev.Skipped: "skip",
    ev.Violation: "violation",
    ev.ProducerRegistered: "join",
    ev.ConsumerRegistered: "join",
    ev.ProducerUnregistered: "join",
    ev.ConsumerUnregistered: "join",
    ev.SettingsChanged: "notable",
    ev.Stalled: "notable",
    ev.Resumed: "notable",
    ev.Failed: "notable",
    ev.Expected: "notable",
    ev.QueueClosed: "notable",
    ev.Note: "notable",
    ev.Commanded: "command",
}


def is_notable(event: ev.Event) -> bool:
    """Whether the kind *notable* includes this event; it does not include what happens all the time."""
    return _KIND_OF.get(type(event), "eviction") != "eviction"


MOST_MARKERS = 1_000
"""How many marks are listed with their text; later ones can still be jumped to."""


class Marker(msgspec.Struct, frozen=True):
    """A mark that a person or a scenario has set: the event's number, its time in seconds, its text."""

    event: int
    time: float
    text: str


class Landmarks:
    """The numbers of the events of each kind: 8 bytes for each."""

    def __init__(self) -> None:
        self._numbers: dict[Kind, array[int]] = {kind: array("q") for kind in KINDS}
        self.markers: list[Marker] = []

    def note(self, event: ev.Event) -> None:
        """Index an event. Events must come in the order of their numbers."""
        kind = _KIND_OF.get(type(event))
        if kind is None:
            return
        numbers = self._numbers
        if kind != "eviction":
            numbers["notable"].append(event.number)
        if kind != "notable":
            numbers[kind].append(event.number)
        elif isinstance(event, ev.Note) and event.about == "marker":
            numbers["marker"].append(event.number)
            if len(self.markers) < MOST_MARKERS:
                self.markers.append(Marker(event.number, event.time, event.text))
        elif isinstance(event, ev.Expected) and not event.met:
            numbers["violation"].append(event.number)

    def after(self, event: int, kind: Kind) -> int | None:
        """The number of the next event of that kind after ``event``; None if there is none."""
        numbers = self._numbers[kind]
        at = bisect_right(numbers, event)
        return numbers[at] if at < len(numbers) else None

    def before(self, event: int, kind: Kind) -> int | None:
        """The number of the last event of that kind before ``event``; None if there is none."""
        numbers = self._numbers[kind]
        at = bisect_left(numbers, event)
        return numbers[at - 1] if at else None

    def forget(self, event: int) -> None:
        """Remove the events up to and including ``event`` from the index."""
        for numbers in self._numbers.values():
            del numbers[: bisect_right(numbers, event)]
        self.markers = [marker for marker in self.markers if marker.event > event]
