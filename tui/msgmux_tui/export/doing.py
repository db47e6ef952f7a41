"""What each producer and consumer is doing, from when until when, as far as the events of a recording tell it.

A producer is *blocked* between the two events that say so, and *working* otherwise. A consumer is *stalled* between
the two events that say so. Otherwise it is *working* from a delivery on, until a sample of the channels shows that it
has taken everything, plus what one message takes where it is known; then it is *waiting*, until the next delivery.
Where the channels were never sampled, a consumer that is not stalled has no state: nobody knows.
"""

from typing import Literal

import msgspec

from msgmux import events as ev
from msgmux.pacing import Exponential, Fixed, Service, Uniform
from msgmux.state import QueueState

What = Literal["working", "waiting", "blocked", "stalled"]


class Turn(msgspec.Struct, frozen=True):
    """From ``time`` (seconds) on, whoever has the registration number ``id`` does this. None: unknown, or gone."""

    id: int
    time: float
    what: What | None


class _Reader(msgspec.Struct):
    """A consumer: messages sent to it and taken by it, as far as known; seconds that it works on one; ``failed``: its
    thread is dead.
    """

    id: int
    capacity: int
    delivered: int
    taken: int | None
    stalled: bool
    work: float
    failed: bool = False
    rests: float | None = None
    """When it will have nothing to do, if no delivery comes before."""


class Doing:
    """Takes events in order (:meth:`take`) and gives the changes that each brings."""

    def __init__(self, start: QueueState) -> None:
        self._start = start
        self._now: dict[int, What | None] = {}
        self._producers = {producer.name: producer.id for producer in start.producers.values()}
        self._readers = {
            reader.name: _Reader(
                reader.id, reader.capacity, reader.delivered, reader.taken, reader.status == "stalled",
                _seconds(reader.pace), reader.status == "failed",
            )
            for reader in start.consumers.values()
        }  # fmt: skip
        # What a new consumer is taken to have taken, as in a fold: nothing, once there are samples.
        self._sampled = any([reader.taken is not None for reader in self._readers.values()])

    def opening(self, time: float) -> list[Turn]:
        """What everybody is doing at the beginning."""
        turns: list[Turn] = []
        for producer in self._start.producers.values():
            if producer.status != "failed":
                turns += self._turn(producer.id, time, "blocked" if producer.blocked else "working")
        for consumer in self._start.consumers.values():
            turns += self._look(self._readers[consumer.name], time)
        return turns

    def take(self, event: ev.Event) -> list[Turn]:
        """What changes with this event, and what has changed since the last one by itself."""
        turns = self._rested(event.time)
        match event:
            case ev.ProducerRegistered():
                self._producers[event.name] = event.id
                turns += self._turn(event.id, event.time, "working")
            case ev.Blocked() | ev.Unblocked():
                turns += self._turn(event.id, event.time, "blocked" if isinstance(event, ev.Blocked) else "working")
            case ev.ProducerUnregistered():
                self._producers.pop(event.name, None)
                turns += self._turn(event.id, event.time, None)
            case ev.ConsumerRegistered():
                reader = _Reader(event.id, event.capacity, 0, 0 if self._sampled else None, False, 0.0)
                self._readers[event.name] = reader
                turns += self._look(reader, event.time)
            case ev.ConsumerUnregistered():
                self._readers.pop(event.name, None)
                turns += self._turn(event.id, event.time, None)
            case ev.Failed():
                if event.role == "producer" and event.name in self._producers:
                    turns += self._turn(self._producers[event.name], event.time, None)
                elif event.role == "consumer" and (failed := self._readers.get(event.name)) is not None:
                    failed.failed = True
                    turns += self._look(failed, event.time)
            case _:
                turns += self._of_a_reader(event)
        return turns

    def closing(self, time: float) -> list[Turn]:
        """What changes by itself until the end, and everybody's end."""
        turns = self._rested(time)
        for id in list(self._now):
            turns += self._turn(id, time, None)
        return turns

    def _of_a_reader(self, event: ev.Event) -> list[Turn]:
        match event:
            case ev.Delivered(consumer=name) if (reader := self._readers.get(name)) is not None:
                reader.delivered += event.last - event.first + 1
                if reader.taken is not None:
                    # Its channel holds no more than that, so the others have been taken.
                    reader.taken = max(reader.taken, reader.delivered - reader.capacity)
                return self._look(reader, event.time)
            case ev.Stalled(consumer=name) | ev.Resumed(consumer=name) if reader := self._readers.get(name):
                reader.stalled, reader.failed = isinstance(event, ev.Stalled), False
                return self._look(reader, event.time)
            case ev.Paced(name=name, pace=Fixed() | Exponential() | Uniform() as pace) if name in self._readers:
                self._readers[name].work = _seconds(pace)
            case ev.Levels():
                self._sampled = True
                turns: list[Turn] = []
                for name, taken in event.consumers.items():
                    if (reader := self._readers.get(name)) is not None and taken != reader.taken:
                        reader.taken = taken
                        turns += self._look(reader, event.time)
                return turns
        return []

    def _look(self, reader: _Reader, time: float) -> list[Turn]:
        reader.rests = None
        if reader.failed:
            return self._turn(reader.id, time, None)
        if reader.stalled:
            return self._turn(reader.id, time, "stalled")
        if reader.taken is None:
            return self._turn(reader.id, time, None)
        if reader.delivered > reader.taken:
            return self._turn(reader.id, time, "working")
        if reader.work and self._now.get(reader.id) == "working":
            reader.rests = time + reader.work
            return []
        return self._turn(reader.id, time, "waiting")

    def _rested(self, time: float) -> list[Turn]:
        turns: list[Turn] = []
        for reader in self._readers.values():
            if reader.rests is not None and reader.rests <= time:
                turns += self._turn(reader.id, reader.rests, "waiting")
                reader.rests = None
        return turns

    def _turn(self, id: int, time: float, what: What | None) -> list[Turn]:
        before = self._now.get(id)
        if before == what:
            return []
        self._now[id] = what
        return [Turn(id, time, what)]


def _seconds(pace: Service | None) -> float:
    """What one message takes on average; 0 where nobody knows."""
    match pace:
        case Fixed(time=seconds) | Exponential(mean=seconds):
            return seconds
        case Uniform(least=least, most=most):
            return (least + most) / 2
    return 0.0
