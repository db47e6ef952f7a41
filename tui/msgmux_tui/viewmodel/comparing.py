"""Two timelines side by side: where they part, and what differs at the same second."""

import msgspec

from msgmux.events import Event, Levels
from msgmux.recording import Timeline
from msgmux.state import QueueState
from msgmux.units import seconds_text
from msgmux_tui.narration.describe import known, named
from msgmux_tui.narration.narrator import Narrator

PIECE = 1_000
"""Events that are compared at a time."""
FURTHEST = 200_000
"""Events that are compared at most: about a second of work."""
NOTHING = "nothing more"


class Parting(msgspec.Struct, frozen=True):
    """The two are the same up to ``time`` seconds and event number ``event``. Then comes a different event in each:
    ``first`` and ``second`` tell it in words. ``parted``: False if one goes just as the other, as far as both go.
    """

    event: int
    time: float
    parted: bool
    first: str = ""
    second: str = ""


class Line(msgspec.Struct, frozen=True):
    """What is compared, and how it is in the first and in the second; ``-`` where there is none."""

    what: str
    first: str
    second: str

    @property
    def differs(self) -> bool:
        return self.first != self.second


class Comparison(msgspec.Struct, frozen=True):
    """Where two timelines part, and their states at ``time`` (seconds), the last moment that both have."""

    parting: Parting
    time: float
    lines: tuple[Line, ...]


def compare(first: Timeline, second: Timeline) -> Comparison:
    """Compare two timelines, of which one was forked from the other, or both from a third."""
    time = max(min(first.end, second.end), first.begin, second.begin)
    return Comparison(
        parting(first, second), time, tuple(_lines(first.state_at_time(time), second.state_at_time(time)))
    )


def parting(first: Timeline, second: Timeline) -> Parting:
    """Find the first event that differs."""
    at = begin = max(first.first, second.first)
    last = min(first.last, second.last, begin + FURTHEST)
    while at < last:
        ones, others = (each.events_between(at, min(at + PIECE, last)) for each in (first, second))
        for one, other in zip(ones, others, strict=False):
            if one != other:
                return _parted(first, second, min(one.number, other.number) - 1)
        if len(ones) != len(others):
            return _parted(first, second, at + min(len(ones), len(others)))
        at = min(at + PIECE, last)
    return Parting(at, min(first.time_of(at), second.time_of(at)), parted=False)


def _parted(first: Timeline, second: Timeline, event: int) -> Parting:
    words = [_next_event(timeline, event) for timeline in (first, second)]
    return Parting(event, first.time_of(event), True, *words)


def _next_event(timeline: Timeline, event: int) -> str:
    """What comes after that event, in words. Samples of the channels say nothing by themselves and are passed over."""
    narrate = Narrator(timeline.state_at(event))
    found: list[Event] = timeline.events_between(event, event + PIECE)
    told = next((each for each in found if not isinstance(each, Levels)), None)
    if told is None:
        return NOTHING
    sentence = narrate(told)
    return f"{told.time:.1f} s  {sentence.words if sentence is not None else told.kind}"


def _lines(first: QueueState, second: QueueState) -> list[Line]:
    lines = [
        Line("the list", f"{first.length} messages", f"{second.length} messages"),
        Line("last message", f"#{first.tail_seq}", f"#{second.tail_seq}"),
        Line("evicted", f"{first.cleaner.total:,}", f"{second.cleaner.total:,}"),
        Line("retention", _retention(first), _retention(second)),
    ]
    for name in dict.fromkeys([*first.producers, *second.producers]):
        lines.append(Line(_who(name, "producers", first, second), _producer(first, name), _producer(second, name)))
    for name in dict.fromkeys([*first.consumers, *second.consumers]):
        lines.append(Line(_who(name, "consumers", first, second), _consumer(first, name), _consumer(second, name)))
    return lines


def _who(name: str, role: str, *states: QueueState) -> str:
    there = [getattr(state, role)[name] for state in states if name in getattr(state, role)]
    return named(there[0].tag, name)


def _retention(state: QueueState) -> str:
    return "keep" if state.settings.retention is None else seconds_text(state.settings.retention)


def _producer(state: QueueState, name: str) -> str:
    producer = state.producers.get(name)
    if producer is None:
        return "-"
    words = f"put {producer.put:,}"
    if producer.status == "failed":
        return f"failed, {words}"
    return f"blocked, {words}" if producer.blocked else words


def _consumer(state: QueueState, name: str) -> str:
    consumer = state.consumers.get(name)
    if consumer is None:
        return "-"
    status = "" if consumer.status == "running" else f"{consumer.status}, "
    skipped = f", {consumer.skipped:,} skipped" if consumer.skipped else ""
    return f"{status}lag {consumer.lag}, {known(consumer.level)} in channel{skipped}"
