"""The state of a queue as an immutable record, and its computation from events.

A :class:`QueueState` is made in two ways: ``queue.snapshot()`` reads it from the queue's own structures, and
:class:`Fold` computes it from an earlier state and the events since. Both must agree in every field but the sampled
ones. Because of this invariant, live, replayed and stepped sessions can share every pane.
"""

from collections import deque
from collections.abc import Callable, Iterable
from typing import Any, ClassVar, Literal

import msgspec
from msgspec.structs import replace

from msgmux import events as ev
from msgmux.bounds import Count, Difference, Seconds, Some
from msgmux.commands import ConsumerSpec, ProducerSpec, tag_number
from msgmux.pacing import Sending, Service
from msgmux.settings import Settings

NODES_SHOWN = 2_000
"""A state lists this many of the newest nodes; older nodes are only counted."""

Status = Literal["running", "stalled", "failed"]


class ProducerState(msgspec.Struct, frozen=True):
    """A registered producer. ``put`` counts its messages linked since registration. ``level``, the messages waiting in
    its channel, is a sample; None: unknown, since whoever told of this state has not sampled the channel.
    """

    name: str
    id: Count
    tag: str
    capacity: Some
    put: Count = 0
    blocked: bool = False
    status: Status = "running"
    pace: Sending | None = None
    level: Count | None = None

    @property
    def full(self) -> bool | None:
        """Is its channel full? None: unknown."""
        return None if self.level is None else self.level >= self.capacity

    @property
    def spec(self) -> ProducerSpec | None:
        """What it was told, where it is a sample producer."""
        told = self.pace
        if told is None:
            return None
        return ProducerSpec(self.name, told.rate, told.payload, self.capacity, told.messages)


class ConsumerState(msgspec.Struct, frozen=True):
    """A registered consumer. ``cursor`` is the seq last delivered or skipped, ``lag`` the tail's seq minus the cursor.

    ``delivered`` and ``skipped`` count messages since registration. ``taken``, the delivered messages that the consumer
    has got, is a sample; None: unknown. What is computed from an unknown value is None as well.
    """

    name: str
    id: Count
    tag: str
    capacity: Some
    cursor: Count
    lag: Difference = 0
    delivered: Count = 0
    skipped: Count = 0
    status: Status = "running"
    pace: Service | None = None
    taken: Count | None = None

    @property
    def spec(self) -> ConsumerSpec | None:
        """What it was told, where it is a sample consumer."""
        return None if self.pace is None else ConsumerSpec(self.name, work=self.pace, capacity=self.capacity)

    @property
    def level(self) -> int | None:
        """Messages waiting in the channel, according to the last sample; None: unknown."""
        return None if self.taken is None else max(0, self.delivered - self.taken)

    @property
    def behind(self) -> int | None:
        """Messages that this consumer has not got yet, those in the list and those in its channel; None: unknown."""
        level = self.level
        return None if level is None else self.lag + level

    @property
    def full(self) -> bool | None:
        """Is its channel full? None: unknown."""
        level = self.level
        return None if level is None else level >= self.capacity


class NodeState(msgspec.Struct, frozen=True, gc=False):
    """A node: its ``count`` retained messages, from ``seq`` on. ``preview`` shows the payload of the first message that
    it was linked with, even if that one has been evicted.
    """

    seq: Count
    count: Some
    producer: str
    producer_id: Count
    tag: str
    producer_seq: Count
    timestamp: Seconds
    preview: str

    @property
    def last(self) -> int:
        return self.seq + self.count - 1


class CleanerState(msgspec.Struct, frozen=True):
    """The cleaner: its last pass, the time at which the next one is ``due`` (seconds; None: none is planned), and the
    number of evicted messages by reason, since the queue was made.
    """

    passes: Count = 0
    evicted: dict[ev.Reason, Count] = {}
    last_pass: Seconds | None = None
    stop: ev.Stop = "empty"
    consumers: tuple[str, ...] = ()
    due: Seconds | None = None

    @property
    def total(self) -> int:
        return sum(self.evicted.values())

    def rescheduled(self, due: float | None) -> "CleanerState":
        return replace(self, due=due)


class QueueState(msgspec.Struct, frozen=True):
    """The state of a queue at one moment. ``event`` is the number of the last event that it includes.

    The list holds the messages ``head_seq`` to ``tail_seq``, without gaps; ``head_seq`` is ``tail_seq + 1`` while it
    is empty. ``nodes`` are the newest :data:`NODES_SHOWN` of ``node_count`` nodes, oldest first. The last two are the
    highest numbers of any tag ever given: ``P3``, ``C5``.
    """

    event: Count
    head_seq: Count
    tail_seq: Count
    producers: dict[str, ProducerState]
    consumers: dict[str, ConsumerState]
    settings: Settings
    cleaner: CleanerState
    nodes: tuple[NodeState, ...]
    node_count: Difference
    closed: bool = False
    producer_tags: Count = 0
    consumer_tags: Count = 0

    @property
    def length(self) -> int:
        """Messages in the list."""
        return self.tail_seq - self.head_seq + 1

    @property
    def slowest(self) -> int:
        """The smallest cursor; the tail's seq where no consumer is registered."""
        return min([consumer.cursor for consumer in self.consumers.values()], default=self.tail_seq)

    def without_samples(self) -> "QueueState":
        """The same state with the sampled fields unknown. In this form the fold of the events equals the snapshot."""
        return replace(
            self,
            producers={name: replace(producer, level=None) for name, producer in self.producers.items()},
            consumers={name: replace(consumer, taken=None) for name, consumer in self.consumers.items()},
        )


class Hold(msgspec.Struct, frozen=True):
    """Why the message ``seq`` at the head is retained: ``consumers`` (names) have not got it, or it must
    stay ``seconds`` longer; None: there is no retention time, so it is kept for ever.
    """

    seq: int
    consumers: tuple[str, ...]
    seconds: float | None


def hold(state: QueueState, now: float) -> Hold | None:
    """What keeps the oldest message in the list at the time ``now`` (seconds); None where the list is empty."""
    if not state.length:
        return None
    seq = state.head_seq
    waiting = tuple([name for name, consumer in state.consumers.items() if consumer.cursor < seq])
    if state.settings.retention is None:
        return Hold(seq, waiting, None)
    # The head's node may not be among those listed; the oldest listed node then gives a lower bound of its age.
    age = now - state.nodes[0].timestamp if state.nodes else 0.0
    return Hold(seq, waiting, max(0.0, state.settings.retention - age))


class Fold:
    """Applies events to a state. :meth:`apply` changes it in place; :meth:`state` makes an immutable record of it.

    Events must follow the state without a gap; one that does not raises :class:`ValueError`.
    """

    def __init__(self, start: QueueState) -> None:
        self.event = start.event
        self._head = start.head_seq
        self._tail = start.tail_seq
        self._producers = dict(start.producers)
        self._consumers = dict(start.consumers)
        self._settings = start.settings
        self._cleaner = start.cleaner
        self._evicted = dict(start.cleaner.evicted)
        self._nodes = deque(start.nodes, NODES_SHOWN)
        self._node_count = start.node_count
        self._closed = start.closed
        self._producer_tags = start.producer_tags
        self._consumer_tags = start.consumer_tags
        # A queue publishes each level that has changed since the channel was empty, at registration. A source whose
        # state has unknown levels publishes none, so that those of new channels are unknown too, until a sample comes.
        samples = [producer.level for producer in start.producers.values()]
        samples += [consumer.taken for consumer in start.consumers.values()]
        self._new_level = None if None in samples else 0

    def apply(self, event: ev.Event) -> None:
        """Apply one event. Raises :class:`ValueError` where its number is not the next one."""
        if event.number != self.event + 1:
            raise ValueError(f"event {event.number} does not follow on event {self.event}: some were missed")
        self.event = event.number
        step = self._STEPS.get(type(event))
        if step is not None:
            step(self, event)

    def apply_all(self, events: Iterable[ev.Event]) -> None:
        for event in events:
            self.apply(event)

    @property
    def length(self) -> int:
        """Messages in the list now."""
        return self._tail - self._head + 1

    @property
    def largest_lag(self) -> int:
        """The lag of the consumer that is furthest behind; 0 where there is none."""
        return self._tail - min([consumer.cursor for consumer in self._consumers.values()], default=self._tail)

    def state(self) -> QueueState:
        """The state after the events applied so far."""
        tail = self._tail
        return QueueState(
            event=self.event,
            head_seq=self._head,
            tail_seq=tail,
            producers=dict(self._producers),
            consumers={name: replace(c, lag=tail - c.cursor) for name, c in self._consumers.items()},
            settings=self._settings,
            cleaner=replace(self._cleaner, evicted=dict(self._evicted)),
            nodes=tuple(self._nodes),
            node_count=self._node_count,
            closed=self._closed,
            producer_tags=self._producer_tags,
            consumer_tags=self._consumer_tags,
        )

    def _producer_registered(self, event: ev.ProducerRegistered) -> None:
        self._producers[event.name] = ProducerState(
            event.name, event.id, event.tag, event.capacity, level=self._new_level
        )
        self._producer_tags = max(self._producer_tags, tag_number("P", event.tag))

    def _producer_unregistered(self, event: ev.ProducerUnregistered) -> None:
        del self._producers[event.name]

    def _consumer_registered(self, event: ev.ConsumerRegistered) -> None:
        self._consumers[event.name] = ConsumerState(
            event.name, event.id, event.tag, event.capacity, event.cursor, taken=self._new_level
        )
        self._consumer_tags = max(self._consumer_tags, tag_number("C", event.tag))

    def _consumer_unregistered(self, event: ev.ConsumerUnregistered) -> None:
        del self._consumers[event.name]

    def _put(self, event: ev.Put) -> None:
        producer = self._producers[event.producer]
        self._producers[event.producer] = replace(producer, put=producer.put + event.count)
        self._tail = event.seq + event.count - 1
        self._node_count += 1
        self._nodes.append(
            NodeState(
                event.seq,
                event.count,
                event.producer,
                event.id,
                producer.tag,
                event.producer_seq,
                event.time,
                event.preview,
            )
        )

    def _delivered(self, event: ev.Delivered) -> None:
        consumer = self._consumers[event.consumer]
        delivered = consumer.delivered + event.last - event.first + 1
        # The channel holds at most `capacity` messages, so those delivered beyond that must have been taken. (When the
        # queue closes, more than that is delivered; the next sample corrects the estimate.)
        taken = None if consumer.taken is None else max(consumer.taken, delivered - consumer.capacity)
        self._consumers[event.consumer] = replace(consumer, cursor=event.last, delivered=delivered, taken=taken)

    def _skipped(self, event: ev.Skipped) -> None:
        consumer = self._consumers[event.consumer]
        skipped = consumer.skipped + event.last - event.first + 1
        self._consumers[event.consumer] = replace(consumer, cursor=event.last, skipped=skipped)

    def _evict(self, event: ev.Evicted) -> None:
        self._head = event.last + 1
        self._evicted[event.reason] = self._evicted.get(event.reason, 0) + event.last - event.first + 1
        self._node_count -= event.nodes
        nodes = self._nodes
        while nodes and nodes[0].last <= event.last:
            nodes.popleft()
        if nodes and nodes[0].seq <= event.last:
            node = nodes[0]
            cut = self._head - node.seq
            nodes[0] = replace(node, seq=self._head, count=node.count - cut, producer_seq=node.producer_seq + cut)

    def _cleaner_pass(self, event: ev.CleanerPass) -> None:
        self._cleaner = replace(
            self._cleaner,
            passes=self._cleaner.passes + 1,
            last_pass=event.time,
            stop=event.stop,
            consumers=event.consumers,
            due=event.due,
        )

    def _settings_changed(self, event: ev.SettingsChanged) -> None:
        self._settings = Settings(event.retention, event.clean_every, event.max_messages, event.overflow)
        self._cleaner = replace(self._cleaner, due=event.due)

    def _blocked(self, event: ev.Blocked | ev.Unblocked) -> None:
        producer = self._producers[event.producer]
        self._producers[event.producer] = replace(producer, blocked=isinstance(event, ev.Blocked))

    def _status(self, event: ev.Stalled | ev.Resumed) -> None:
        status: Status = "stalled" if isinstance(event, ev.Stalled) else "running"
        self._consumers[event.consumer] = replace(self._consumers[event.consumer], status=status)

    def _failed(self, event: ev.Failed) -> None:
        if event.role == "producer" and event.name in self._producers:
            self._producers[event.name] = replace(self._producers[event.name], status="failed")
        elif event.role == "consumer" and event.name in self._consumers:
            self._consumers[event.name] = replace(self._consumers[event.name], status="failed")

    def _paced(self, event: ev.Paced) -> None:
        pace = event.pace
        if isinstance(pace, Sending):
            if event.role == "producer" and event.name in self._producers:
                self._producers[event.name] = replace(self._producers[event.name], pace=pace)
        elif event.role == "consumer" and event.name in self._consumers:
            self._consumers[event.name] = replace(self._consumers[event.name], pace=pace)

    def _levels(self, event: ev.Levels) -> None:
        self._new_level = 0
        for name, level in event.producers.items():
            self._producers[name] = replace(self._producers[name], level=level)
        for name, taken in event.consumers.items():
            self._consumers[name] = replace(self._consumers[name], taken=taken)

    def _queue_closed(self, event: ev.QueueClosed) -> None:
        self._closed = True
        self._cleaner = replace(self._cleaner, due=None)

    # A table is faster than a chain of isinstance; one frame of the screen may fold two thousand events.
    _STEPS: ClassVar[dict[type[ev.Event], Callable[["Fold", Any], None]]] = {
        ev.ProducerRegistered: _producer_registered,
        ev.ProducerUnregistered: _producer_unregistered,
        ev.ConsumerRegistered: _consumer_registered,
        ev.ConsumerUnregistered: _consumer_unregistered,
        ev.Put: _put,
        ev.Delivered: _delivered,
        ev.Skipped: _skipped,
        ev.Evicted: _evict,
        ev.CleanerPass: _cleaner_pass,
        ev.SettingsChanged: _settings_changed,
        ev.Blocked: _blocked,
        ev.Unblocked: _blocked,
        ev.Stalled: _status,
        ev.Resumed: _status,
        ev.Failed: _failed,
        ev.Paced: _paced,
        ev.Levels: _levels,
        ev.QueueClosed: _queue_closed,
    }


def fold(start: QueueState, events: Iterable[ev.Event]) -> QueueState:
    """The state after ``events``, which follow ``start``. Raises :class:`ValueError` where they leave a gap."""
    folding = Fold(start)
    folding.apply_all(events)
    return folding.state()
