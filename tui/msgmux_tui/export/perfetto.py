"""The events in Chrome's trace event format, which Perfetto and chrome://tracing open.

One track for each producer and consumer, one for the queue with its cleaner. An arrow leads from each put to each
delivery of what was put. Times are microseconds. The format:
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
from msgmux_tui.narration.narrator import Narrator

PROCESS = 1
QUEUE = 0
"""The track of the queue; those of producers and consumers bear the numbers of their registrations."""
LONGEST = 1_000.0
"""The length of a slice in microseconds, unless the next one on its track comes before: events themselves have no
duration.
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
        # Slices that were begun and not ended: a consumer that is stalled, a producer that is blocked.
        self._begun: set[int] = set()
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
        return found

    def of(self, event: ev.Event) -> list[Entry]:
        """What stands for one event."""
        sentence = self._narrator(event)
        words = sentence.words if sentence is not None else event.kind
        match event:
            case ev.Put():
                return self._put(event, words)
            case ev.Delivered():
                return self._delivered(event, words)
            case ev.ProducerRegistered() | ev.ConsumerRegistered():
                role = "producer" if isinstance(event, ev.ProducerRegistered) else "consumer"
                return [*self._named(role, event.name, event.id, event.tag), self._instant(event.id, event, words)]
            case ev.Stalled() | ev.Blocked():
                self._begun.add(event.id)
                return [*self._settle(event.id, event.time), self._entry("B", event.id, event, words, cat="waiting")]
            case ev.Resumed() | ev.Unblocked():
                if event.id not in self._begun:
                    return [self._instant(event.id, event, words)]
                self._begun.discard(event.id)
                return [*self._settle(event.id, event.time), self._entry("E", event.id, event, words, cat="waiting")]
            case ev.Evicted():
                self._head = event.last + 1
                return [*self._slice(QUEUE, event, words, "evicted"), self._counter(event)]
            case ev.CleanerPass():
                return self._slice(QUEUE, event, words, "cleaner")
            case ev.Levels() | ev.Paced():
                return []
            case ev.ProducerUnregistered() | ev.ConsumerUnregistered() | ev.Skipped():
                return [self._instant(event.id, event, words)]
            case ev.Failed():
                return [self._instant(self._ids.get(f"{event.role}/{event.name}", QUEUE), event, words)]
        return [self._instant(QUEUE, event, words)]

    def closing(self) -> list[Entry]:
        """The slices that are still open."""
        return list(self._open.values())

    def _put(self, event: ev.Put, words: str) -> list[Entry]:
        self._tail = event.seq + event.count - 1
        entries = self._slice(event.id, event, words, "put", {"seq": event.seq, "count": event.count})
        self._lasts.append(self._tail)
        self._puts.append((event.id, self._last[event.id]))
        return [*entries, self._counter(event)]

    def _delivered(self, event: ev.Delivered, words: str) -> list[Entry]:
        entries = self._slice(event.id, event, words, "delivered", {"first": event.first, "last": event.last})
        # One arrow from each node of which something was delivered, as far as its put is in the stretch.
        first, last = bisect_left(self._lasts, event.first), bisect_right(self._lasts, event.last)
        if last < len(self._lasts) and (last == 0 or self._lasts[last - 1] < event.last):
            last += 1
        for track, time in self._puts[first:last]:
            self._flows += 1
            flow = {"cat": "message", "name": "message", "id": self._flows, "pid": PROCESS}
            entries.append({**flow, "ph": "s", "tid": track, "ts": time})
            entries.append({**flow, "ph": "f", "bp": "e", "tid": event.id, "ts": self._last[event.id]})
        return entries

    def _named(self, role: str, name: str, track: int, tag: str) -> list[Entry]:
        self._ids[f"{role}/{name}"] = track
        label = tag if name == tag else f"{tag} {name}"
        order = {"name": "thread_sort_index", "ph": "M", "pid": PROCESS, "tid": track, "ts": 0}
        return [_meta("thread_name", track, label), {**order, "args": {"sort_index": track}}]

    def _slice(self, track: int, event: ev.Event, words: str, category: str, args: Entry | None = None) -> list[Entry]:
        """It lasts until the next one on its track, so it is written when that comes."""
        ended = self._settle(track, event.time)
        entry = self._entry("X", track, event, words, cat=category, args=args)
        self._open[track] = {**entry, "dur": LONGEST}
        return ended

    def _settle(self, track: int, time: float) -> list[Entry]:
        """End the slice that is open on a track."""
        entry = self._open.pop(track, None)
        if entry is None:
            return []
        now = max(self._time(time), entry["ts"] + APART)
        return [{**entry, "dur": round(min(LONGEST, now - entry["ts"]), 3)}]

    def _instant(self, track: int, event: ev.Event, words: str) -> Entry:
        return {**self._entry("i", track, event, words, cat="event"), "s": "t"}

    def _entry(
        self, phase: str, track: int, event: ev.Event, words: str, *, cat: str, args: Entry | None = None
    ) -> Entry:
        time = max(self._time(event.time), self._last.get(track, -APART) + APART)
        self._last[track] = time = round(time, 3)
        return {
            "name": words,
            "cat": cat,
            "ph": phase,
            "pid": PROCESS,
            "tid": track,
            "ts": time,
            "args": {"event": event.number, **(args or {})},
        }

    def _counter(self, event: ev.Event) -> Entry:
        time = round(self._time(event.time), 3)
        args = {"messages": self._tail - self._head + 1}
        return {"name": "length of the list", "ph": "C", "pid": PROCESS, "tid": QUEUE, "ts": time, "args": args}

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
    yield from tracks.closing()


def _meta(name: str, track: int, value: str) -> Entry:
    return {"name": name, "ph": "M", "pid": PROCESS, "tid": track, "ts": 0, "args": {"name": value}}
