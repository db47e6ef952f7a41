"""A recording in Chrome's trace event format, which Perfetto and chrome://tracing open.

One track for each producer and consumer, one for the queue with its cleaner. What somebody is doing is a slice of its
true duration (:mod:`msgmux_tui.export.doing`): *working*, *waiting*, *blocked*, *stalled*. Within it stand the moments:
*put*, *get*, *evict*, *pass* (of the cleaner). All slices are named by kind, so that they can be grouped and counted;
the words are among their arguments. An arrow leads from each put to each get of what was put. Counters show the length
of the list and each consumer's lag. Times are microseconds. The format:
https://docs.google.com/document/d/1CvAClvFfyA5R-PhYUmn5OOQtYMH4h6I0nSsKchNAySU (Trace Event Format).
"""

import json
from bisect import bisect_left, bisect_right
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from msgmux import events as ev
from msgmux.recording import Timeline
from msgmux.state import QueueState
from msgmux_tui.export.doing import Doing, Turn
from msgmux_tui.narration.narrator import Narrator

PROCESS = 1
QUEUE = 0
"""The track of the queue; those of producers and consumers bear the numbers of their registrations."""
MOMENT = 1.0
"""The length in microseconds of the slice of a moment, unless the next one on its track comes before. Without one, no
arrow could begin or end there.
"""
APART = 0.1
"""Microseconds between events at the same time on one track; otherwise one slice would hide the other."""
CHUNK = 5_000

Entry = dict[str, Any]


class Tracks:
    """Puts events on tracks. ``start`` is who is there when it begins, at ``begin`` seconds."""

    def __init__(self, start: QueueState, begin: float) -> None:
        self._begin = begin
        self._narrator = Narrator(start)
        self._flows = 0
        # On each track: the slice that may last until the next one comes, and when the last thing stood there.
        self._open: dict[int, Entry] = {}
        self._last: dict[int, float] = {}
        self._doing = Doing(start)
        # Tracks on which something is being done.
        self._begun: set[int] = set()
        # By name: the label of each consumer, and the last seq that it was sent.
        self._labels: dict[str, str] = {}
        self._cursors = {consumer.name: consumer.cursor for consumer in start.consumers.values()}
        # Where each node was put: its last seq, its track and time.
        self._lasts: list[int] = []
        self._puts: list[tuple[int, float]] = []
        self._ids: dict[str, int] = {"queue": QUEUE}
        self._tail, self._head = start.tail_seq, start.head_seq

    def opening(self, start: QueueState) -> list[Entry]:
        """The names of the tracks."""
        found = [_meta("process_name", QUEUE, "msgmux"), _meta("thread_name", QUEUE, "queue and cleaner")]
        for producer in start.producers.values():
            found += self._named("producer", producer.name, producer.id, producer.tag)
        for consumer in start.consumers.values():
            found += self._named("consumer", consumer.name, consumer.id, consumer.tag)
        for turn in self._doing.opening(self._begin):
            found += self._turn(turn)
        return [*found, *self._counters(self._begin)]

    def of(self, event: ev.Event) -> list[Entry]:
        """What stands for one event."""
        if isinstance(event, ev.ProducerRegistered | ev.ConsumerRegistered):
            role = "producer" if isinstance(event, ev.ProducerRegistered) else "consumer"
            entries = self._named(role, event.name, event.id, event.tag)
        else:
            entries = []
        for turn in self._doing.take(event):
            entries += self._turn(turn)
        return [*entries, *self._moment(event)]

    def closing(self, end: float) -> list[Entry]:
        """The slices that are still open, which end at ``end`` seconds."""
        entries = [entry for turn in self._doing.closing(end) for entry in self._turn(turn)]
        return [*entries, *self._open.values()]

    def _moment(self, event: ev.Event) -> list[Entry]:
        sentence = self._narrator(event)
        words = sentence.words if sentence is not None else event.kind
        match event:
            case ev.Put():
                return self._put(event, words)
            case ev.Delivered():
                return self._delivered(event, words)
            case ev.Evicted():
                self._head = event.last + 1
                seqs = {"first": event.first, "last": event.last, "reason": event.reason}
                return [*self._slice(QUEUE, event, "evict", words, seqs), *self._counters(event.time)]
            case ev.CleanerPass():
                return self._slice(QUEUE, event, "pass", words, {"evicted": event.evicted, "stop": event.stop})
            case ev.Skipped():
                self._cursors[event.consumer] = event.last
                return [self._instant(event.id, event, words), *self._counters(event.time)]
            case ev.ConsumerRegistered():
                self._cursors[event.name] = event.cursor
                return [self._instant(event.id, event, words), *self._counters(event.time)]
            case ev.ConsumerUnregistered():
                self._cursors.pop(event.name, None)
                return [self._instant(event.id, event, words), *self._counters(event.time)]
            case ev.Levels() | ev.Paced() | ev.Blocked() | ev.Unblocked() | ev.Stalled():
                return []
            case ev.ProducerRegistered() | ev.ProducerUnregistered() | ev.Resumed():
                return [self._instant(event.id, event, words)]
            case ev.Failed():
                return [self._instant(self._ids.get(f"{event.role}/{event.name}", QUEUE), event, words)]
        return [self._instant(QUEUE, event, words)]

    def _turn(self, turn: Turn) -> list[Entry]:
        """End what was being done on that track, and begin what is done now."""
        entries: list[Entry] = self._settle(turn.id, turn.time)
        if turn.id in self._begun:
            self._begun.discard(turn.id)
            entries.append(self._entry("E", turn.id, turn.time, "", cat="doing"))
        if turn.what is not None:
            self._begun.add(turn.id)
            entries.append(self._entry("B", turn.id, turn.time, turn.what, cat="doing"))
        return entries

    def _put(self, event: ev.Put, words: str) -> list[Entry]:
        self._tail = event.seq + event.count - 1
        entries = self._slice(event.id, event, "put", words, {"seq": event.seq, "count": event.count})
        self._lasts.append(self._tail)
        self._puts.append((event.id, self._last[event.id]))
        return [*entries, *self._counters(event.time)]

    def _delivered(self, event: ev.Delivered, words: str) -> list[Entry]:
        entries = self._slice(event.id, event, "get", words, {"first": event.first, "last": event.last})
        self._cursors[event.consumer] = event.last
        # One arrow from each node of which something was delivered, as far as its put is in the stretch.
        first, last = bisect_left(self._lasts, event.first), bisect_right(self._lasts, event.last)
        if last < len(self._lasts) and (last == 0 or self._lasts[last - 1] < event.last):
            last += 1
        for track, time in self._puts[first:last]:
            self._flows += 1
            flow = {"cat": "message", "name": "message", "id": self._flows, "pid": PROCESS}
            entries.append({**flow, "ph": "s", "tid": track, "ts": time})
            entries.append({**flow, "ph": "f", "bp": "e", "tid": event.id, "ts": self._last[event.id]})
        return [*entries, *self._counters(event.time)]

    def _named(self, role: str, name: str, track: int, tag: str) -> list[Entry]:
        self._ids[f"{role}/{name}"] = track
        label = tag if name == tag else f"{tag} {name}"
        if role == "consumer":
            self._labels[name] = label
        order = {"name": "thread_sort_index", "ph": "M", "pid": PROCESS, "tid": track, "ts": 0}
        return [_meta("thread_name", track, label), {**order, "args": {"sort_index": track}}]

    def _slice(self, track: int, event: ev.Event, kind: str, words: str, args: Entry) -> list[Entry]:
        """A moment. It lasts until the next one on its track, so it is written when that comes."""
        ended = self._settle(track, event.time)
        entry = self._entry(
            "X", track, event.time, kind, cat=kind, args={"event": event.number, "words": words, **args}
        )
        self._open[track] = {**entry, "dur": MOMENT}
        return ended

    def _settle(self, track: int, time: float) -> list[Entry]:
        """End the moment that is open on a track."""
        entry = self._open.pop(track, None)
        if entry is None:
            return []
        now = max(self._time(time), entry["ts"] + APART)
        return [{**entry, "dur": round(min(MOMENT, now - entry["ts"]), 3)}]

    def _instant(self, track: int, event: ev.Event, words: str) -> Entry:
        entry = self._entry("i", track, event.time, words, cat="event", args={"event": event.number})
        return {**entry, "s": "t"}

    def _entry(
        self, phase: str, track: int, seconds: float, name: str, *, cat: str, args: Entry | None = None
    ) -> Entry:
        time = max(self._time(seconds), self._last.get(track, -APART) + APART)
        self._last[track] = time = round(time, 3)
        entry = {"name": name, "cat": cat, "ph": phase, "pid": PROCESS, "tid": track, "ts": time}
        return entry if args is None else {**entry, "args": args}

    def _counters(self, seconds: float) -> list[Entry]:
        """The length of the list and every consumer's lag."""
        place = {"ph": "C", "pid": PROCESS, "tid": QUEUE, "ts": round(self._time(seconds), 3)}
        length = {"name": "length of the list", **place, "args": {"messages": self._tail - self._head + 1}}
        lags = {self._labels[name]: self._tail - cursor for name, cursor in self._cursors.items()}
        return [length, {"name": "lag", **place, "args": lags}] if lags else [length]

    def _time(self, seconds: float) -> float:
        return max(0.0, (seconds - self._begin) * 1e6)


def write_trace(path: Path, timeline: Timeline, begin: float, end: float) -> None:
    """Write the events from ``begin`` to ``end`` (seconds)."""
    with path.open("w", encoding="utf-8", newline="\n") as file:
        file.write('{"displayTimeUnit": "ms", "traceEvents": [\n')
        for n, entry in enumerate(_entries(timeline, begin, end)):
            file.write((",\n" if n else "") + json.dumps(entry))
        file.write("\n]}\n")


def _entries(timeline: Timeline, begin: float, end: float) -> Iterator[Entry]:
    first, last = timeline.event_at_time(begin), timeline.event_at_time(end)
    if begin <= timeline.begin:
        first = timeline.first
    start = timeline.state_at(first)
    tracks = Tracks(start, begin)
    yield from tracks.opening(start)
    for at in range(first, last, CHUNK):
        for event in timeline.events_between(at, min(at + CHUNK, last)):
            yield from tracks.of(event)
    yield from tracks.closing(end)


def _meta(name: str, track: int, value: str) -> Entry:
    return {"name": name, "ph": "M", "pid": PROCESS, "tid": track, "ts": 0, "args": {"name": value}}
