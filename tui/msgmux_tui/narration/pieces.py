"""The input of the events pane: one piece for each event, or for similar events of one actor in a crowded frame.

A piece is exact: it holds every message it is about, and the numbers and times of its first and last event. So lines
that are filtered and folded from pieces later (:mod:`msgmux_tui.narration.feed`) agree with the log.
"""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Protocol

import msgspec

from msgmux import events as ev
from msgmux.commands import Role

REASONS: dict[ev.Reason, str] = {
    "expired": "consumed and expired",
    "limit": "consumed, at the limit",
    "overflow": "unread, to make room",
    "left": "holder left",
}
Span = tuple[int, int]
"""The first and the last seq of consecutive messages, both included."""
_TAG = re.compile(r"[pc]\d+")
_NUMBER = re.compile(r"#?(\d+)")


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


class Piece(msgspec.Struct, frozen=True):
    """``count`` events of one kind and actor, numbered from ``event`` to ``last``, at ``time`` to ``until`` seconds.

    ``spans`` are the messages they are about, in order. ``words`` is the sentence of a rare event, and for a routine
    event the part of the sentence besides the messages. Only ``routine`` pieces may be folded.
    """

    kind: str
    event: int
    last: int
    time: float
    until: float
    role: Role
    tag: str = ""
    name: str = ""
    spans: tuple[Span, ...] = ()
    words: str = ""
    count: int = 1
    routine: bool = False

    def has(self, term: str) -> bool:
        """Return whether the piece matches ``term``, one word of the filter in lower case.

        A tag matches only that actor (``c2`` does not match "C21"), and a number only that message. Other words are
        searched in names, kinds and sentences. A gap matches every word, since the missing events may have.
        """
        if self.kind == "gap" or term == self.tag.lower():
            return True
        words = self.words.lower()
        if _TAG.fullmatch(term):
            return re.search(rf"\b{term}\b", words) is not None
        if number := _NUMBER.fullmatch(term):
            seq = int(number[1])
            said = not self.routine and re.search(rf"(?<![\d.]){seq}(?![\d.]*\d)", words) is not None
            return said or any([first <= seq <= last for first, last in self.spans])
        return term in self.name.lower() or term in self.kind or term in words


def gap(event: int, last: int, time: float, until: float) -> Piece:
    """The piece for missing events, ``event`` to ``last``, which came too fast for the screen."""
    return Piece("gap", event, last, time, until, "queue", count=last - event + 1, routine=True)


class _Run:
    """The events of one actor in a crowded frame, collected into one piece."""

    def __init__(self, first: Piece) -> None:
        self.first, self.event, self.time, self.count = first, first.event, first.time, 1
        self.spans = list(first.spans)

    def piece(self) -> Piece:
        if self.count == 1:
            return self.first
        at = self.first
        return Piece(
            at.kind,
            at.event,
            self.event,
            at.time,
            self.time,
            at.role,
            at.tag,
            at.name,
            tuple(self.spans),
            at.words,
            self.count,
            routine=True,
        )


class Tags(msgspec.Struct):
    """By name: the tags of the registered producers and consumers."""

    producers: dict[str, str]
    consumers: dict[str, str]


def pieces(events: Iterable[ev.Event], tags: Tags, narrate: Narrate) -> list[Piece]:
    """One piece for each event that has a sentence."""
    return [piece for event in events if (piece := piece_of(event, tags, narrate)) is not None]


def condensed(events: Sequence[ev.Event], tags: Tags, narrate: Narrate) -> list[Piece]:
    """Like :func:`pieces`, for a crowded frame: an actor's routine events between two rare events give one piece."""
    told: list[Piece] = []
    runs: dict[tuple[type[ev.Event], str], _Run] = {}
    for event in events:
        span: Span | None = None
        kind = type(event)
        if isinstance(event, ev.Put):
            key, span = (kind, event.producer), (event.seq, event.seq + event.count - 1)
        elif isinstance(event, ev.Delivered | ev.Skipped):
            key, span = (kind, event.consumer), (event.first, event.last)
        elif isinstance(event, ev.Evicted):
            key, span = (kind, event.reason), (event.first, event.last)
        elif isinstance(event, ev.Blocked | ev.Unblocked):
            key = (kind, event.producer)
        elif isinstance(event, ev.Levels):
            continue
        else:
            # Routine events before a rare event keep their place before it.
            told += [run.piece() for run in runs.values()]
            runs.clear()
            if (piece := piece_of(event, tags, narrate)) is not None:
                told.append(piece)
            continue
        run = runs.get(key)
        if run is None:
            if (piece := piece_of(event, tags, narrate)) is not None:
                runs[key] = _Run(piece)
            continue
        run.event, run.time = event.number, event.time
        run.count += 1
        if span is not None:
            first, last = run.spans[-1]
            if span[0] == last + 1:
                run.spans[-1] = (first, span[1])
            else:
                run.spans.append(span)
    return told + [run.piece() for run in runs.values()]


def piece_of(event: ev.Event, tags: Tags, narrate: Narrate) -> Piece | None:
    """The piece for one event; None if the event has no sentence."""
    at = (event.kind, event.number, event.number, event.time, event.time)
    if isinstance(event, ev.Put):
        name, spans = event.producer, ((event.seq, event.seq + event.count - 1),)
        return Piece(*at, "producer", tags.producers.get(name, name), name, spans, "put", routine=True)
    if isinstance(event, ev.Delivered):
        name, spans = event.consumer, ((event.first, event.last),)
        return Piece(*at, "consumer", tags.consumers.get(name, name), name, spans, "got", routine=True)
    if isinstance(event, ev.Skipped):
        name, spans = event.consumer, ((event.first, event.last),)
        words = "misses: evicted before it had them"
        return Piece(*at, "consumer", tags.consumers.get(name, name), name, spans, words, routine=True)
    if isinstance(event, ev.Evicted):
        words = f"evicted: {REASONS[event.reason]}"
        return Piece(*at, "queue", spans=((event.first, event.last),), words=words, routine=True)
    told = narrate(event)
    if told is None:
        return None
    routine = isinstance(event, ev.Blocked | ev.Unblocked)
    name = _named(event, tags.producers if told.role == "producer" else tags.consumers, told.actor_tag)
    return Piece(*at, told.role, told.actor_tag, name, (), told.text, routine=routine)


def _named(event: ev.Event, tags: Mapping[str, str], tag: str) -> str:
    for field in ("producer", "consumer", "name"):
        name = getattr(event, field, None)
        if isinstance(name, str):
            return name
    return next((name for name, known in tags.items() if known == tag), "")
