"""The events pane's lines: events in words, equal neighbours folded into one ("C1 C2 got 41–44").

What goes on all the time (puts, deliveries, evictions) may open so many new lines a second of the reader's time; once
they are used up, more of the same is written into the line that is there. A rare event always gets its own.
"""

from collections.abc import Callable
from typing import Protocol

from msgmux import events as ev
from msgmux.commands import Role
from msgmux_tui.narration.records import Line

KEPT = 500
NEW_LINES = 4.0
"""New lines a second, for what happens all the time."""

REASONS: dict[ev.Reason, str] = {
    "expired": "consumed and expired",
    "limit": "consumed, at the limit",
    "overflow": "unread, to make room",
    "left": "holder left",
}

CROWDS = (ev.Blocked, ev.Unblocked, ev.Skipped)
"""Kinds that are rare as a rule and a flood now and then: then the last one of each actor stands for all."""


class Told(Protocol):
    """A narrated event, as :mod:`msgmux_tui.narration.narrator` tells it."""

    @property
    def time(self) -> float: ...
    @property
    def actor_tag(self) -> str: ...
    @property
    def role(self) -> Role: ...
    @property
    def text(self) -> str: ...
    @property
    def kind(self) -> str: ...
    @property
    def event_number(self) -> int: ...


Narrate = Callable[[ev.Event], Told | None]


def span_text(first: int, last: int) -> str:
    """``41`` or ``41–44``."""
    return f"{first}" if first == last else f"{first}–{last}"


class _Open:
    """The last line of a kind, into which more of the same is written: a range of seqs for each actor."""

    def __init__(self, index: int, time: float) -> None:
        self.index, self.time = index, time
        self.ranges: dict[str, tuple[int, int]] = {}
        self.total = 0
        self.whole = True  # one range is the truth for all actors, without gaps

    def add(self, tag: str, first: int, last: int) -> None:
        low, high = self.ranges.get(tag, (first, first - 1))
        self.whole = self.whole and first == high + 1
        self.ranges[tag] = min(low, first), max(high, last)
        self.total += last - first + 1

    @property
    def equal(self) -> bool:
        return self.whole and len(set(self.ranges.values())) == 1

    @property
    def first(self) -> int:
        return min([low for low, _ in self.ranges.values()])

    @property
    def last(self) -> int:
        return max([high for _, high in self.ranges.values()])

    def groups(self) -> tuple[list[str], str]:
        """Who got what: the actors to name first, and then what: ``41–44``, or ``41–44, C2 20–31``."""
        together: dict[tuple[int, int], list[str]] = {}
        for tag, span in self.ranges.items():
            together.setdefault(span, []).append(tag)
        if not self.whole or len(together) > 2:
            return list(self.ranges), f"{self.total:,} messages"
        (span, actors), *others = sorted(together.items(), key=lambda group: -len(group[1]))
        return actors, span_text(*span) + "".join([f", {' '.join(tags)} {span_text(*more)}" for more, tags in others])

    def continued_by(self, tag: str, first: int, last: int) -> bool:
        """Would adding this say nothing new: the same for one more actor, or the next seqs for the only one?"""
        if tag not in self.ranges:
            return self.equal and (first, last) == (self.first, self.last)
        return len(self.ranges) == 1 and first == self.last + 1


class Lines:
    """The last events in words, at most :data:`KEPT` of them."""

    def __init__(self, narrate: Narrate) -> None:
        self._narrate = narrate
        self._lines: list[Line] = []
        self._open: dict[str, _Open] = {}
        self._left = NEW_LINES

    def lines(self) -> tuple[Line, ...]:
        """Oldest first."""
        return tuple(self._lines[-KEPT:])

    def clear(self) -> None:
        self._lines.clear()
        self.part()

    def part(self) -> None:
        """After a gap nothing more is written into the lines that are there."""
        self._open.clear()

    def breathe(self, seconds: float) -> None:
        """So many seconds of the reader's time have passed."""
        self._left = min(NEW_LINES, self._left + seconds * NEW_LINES)
        if len(self._lines) > 2 * KEPT:
            del self._lines[:-KEPT]
            self.part()

    def put(self, event: ev.Put, tag: str) -> None:
        """Seqs are dense, so what all producers of a line put is one range."""
        line = self._routine(event, "put", tag, event.seq, event.seq + event.count - 1)
        self._write(line, event, "producer", list(line.ranges), f"put {span_text(line.first, line.last)}")

    def delivered(self, event: ev.Delivered, tag: str) -> None:
        line = self._routine(event, "delivered", tag, event.first, event.last)
        actors, what = line.groups()
        self._write(line, event, "consumer", actors, f"got {what}")

    def evicted(self, event: ev.Evicted) -> None:
        line = self._routine(event, f"evicted {event.reason}", "", event.first, event.last)
        what = span_text(line.first, line.last) if line.whole else f"{line.total:,} messages"
        self._write(line, event, "queue", [], f"evicted {what}: {REASONS[event.reason]}")

    def tell(self, event: ev.Event) -> None:
        """Any other event, in the narrator's words."""
        told = self._narrate(event)
        if told is None:
            return
        actors = (told.actor_tag,) if told.actor_tag else ()
        if isinstance(event, CROWDS):
            line = self._routine(event, told.kind + told.actor_tag, told.actor_tag, 0, 0, crowd=True)
            self._lines[line.index] = Line(line.time, actors, told.role, told.text, told.kind, event.number)
        else:
            self._lines.append(Line(event.time, actors, told.role, told.text, told.kind, event.number))

    def _routine(self, event: ev.Event, kind: str, tag: str, first: int, last: int, crowd: bool = False) -> _Open:
        line = self._open.get(kind)
        newest = line is not None and line.index == len(self._lines) - 1
        put = self._open.get("put")
        # Nobody may be told to have got a message before it was put, whatever lines that costs.
        late = kind == "delivered" and line is not None and put is not None and put.index > line.index
        if (
            line is None
            or late
            or (self._left >= 1 and (crowd or not (newest and line.continued_by(tag, first, last))))
        ):
            self._left = max(-NEW_LINES, self._left - 1)
            self._lines.append(Line(event.time, (), "queue", "", event.kind, event.number))
            line = self._open[kind] = _Open(len(self._lines) - 1, event.time)
        line.add(tag, first, last)
        return line

    def _write(self, line: _Open, event: ev.Event, role: Role, actors: list[str], text: str) -> None:
        self._lines[line.index] = Line(line.time, tuple(actors), role, text, event.kind, event.number)
