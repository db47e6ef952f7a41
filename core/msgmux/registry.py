"""Who is registered: producers and consumers come, change, and go.

The lines around each ``# Committed.`` stand at every place on purpose: see :class:`~msgmux.log.EventLog`.
"""

from collections.abc import Callable
from typing import Any, Literal, TypeVar

from msgmux import events as ev
from msgmux.commands import tag_number
from msgmux.dispatcher import deadline_after
from msgmux.errors import Closed, DuplicateName, UnknownName
from msgmux.handles import Consumer, Producer
from msgmux.multiplexer import Multiplexer
from msgmux.pacing import Pace, Sending, Service
from msgmux.payloads import CopyPayload
from msgmux.registration import ConsumerEntry, ProducerEntry
from msgmux.section import insist
from msgmux.state import Status
from msgmux.store import Store

_E = TypeVar("_E")
Start = Literal["oldest", "newest"] | int
Role = Literal["producer", "consumer"]


class Registry:
    """Makes handles, and keeps what the queue knows of each of them. Its methods take the queue's lock."""

    def __init__(
        self,
        store: Store,
        multiplexer: Multiplexer,
        producer_class: type[Producer],
        consumer_class: type[Consumer],
        copy: CopyPayload,
    ) -> None:
        self.copy = copy
        # Registrations so far; the number of the last one is its id.
        self.count = 0
        self._store = store
        self._section = store.section
        self._multiplexer = multiplexer
        self._producer_class = producer_class
        self._consumer_class = consumer_class

    # Coming

    def register_producer(self, name: str, capacity: int, tag: str | None, pace: Sending | None) -> Producer[Any]:
        """See :meth:`MessageQueue.register_producer`."""
        entry: list[ProducerEntry] = []
        try:
            return self._section.run(self._register_producer, name, capacity, tag, pace, entry)
        except BaseException:
            # Interrupted on its way out, it has no owner.
            if entry:
                insist(lambda: self.close_producer(entry[0]))
            raise

    def _register_producer(
        self, name: str, capacity: int, tag: str | None, pace: Sending | None, registered: list[ProducerEntry]
    ) -> Producer[Any]:
        self._refuse_if_closed()
        store = self._store
        producers = store.producers
        if name in producers:
            raise DuplicateName(f"a producer named {name!r} is registered already; close it first, or choose another")
        if tag is None:
            tag = f"P{store.producer_tags + 1}"
        tags = max(store.producer_tags, tag_number("P", tag))
        number = self._next_number()
        producer = self._producer_class(
            store.runtime, self._multiplexer, self, name, capacity, self.copy, number, tag, pace
        )
        producer._ask_always(self._multiplexer.asks_always)
        log, entry = store.log, producer._entry
        event = log.make(ev.ProducerRegistered, store.runtime.now(), name, number, tag, capacity)
        counted = log.number if event is None else event.number
        one = (entry,)
        # Committed.
        store.producer_tags = tags
        producers[name] = entry
        registered += one
        log.number = counted
        log.pending = event
        log.hand_out()
        if pace is not None:
            self._pace_producer(entry, pace)
        return producer

    def register_consumer(
        self, name: str, start: Start, capacity: int, tag: str | None, pace: Service | None
    ) -> Consumer[Any]:
        """See :meth:`MessageQueue.register_consumer`."""
        entry: list[ConsumerEntry] = []
        try:
            return self._section.run(self._register_consumer, name, start, capacity, tag, pace, entry)
        except BaseException:
            # Interrupted on its way out, it has no owner.
            if entry:
                insist(lambda: self.close_consumer(entry[0]))
            raise

    def _register_consumer(
        self,
        name: str,
        start: Start,
        capacity: int,
        tag: str | None,
        pace: Service | None,
        registered: list[ConsumerEntry],
    ) -> Consumer[Any]:
        self._refuse_if_closed()
        store = self._store
        consumers = store.consumers
        if name in consumers:
            raise DuplicateName(f"a consumer named {name!r} is registered already; close it first, or choose another")
        if tag is None:
            tag = f"C{store.consumer_tags + 1}"
        tags = max(store.consumer_tags, tag_number("C", tag))
        cursor = start_cursor(start, store.head_seq, store.tail_seq)
        number = self._next_number()
        consumer = self._consumer_class(
            store.runtime, self._multiplexer, self, name, capacity, self.copy, number, tag, cursor, pace
        )
        log, entry = store.log, consumer._entry
        event = log.make(ev.ConsumerRegistered, store.runtime.now(), name, number, tag, capacity, cursor)
        counted = log.number if event is None else event.number
        one = (entry,)
        # Committed.
        store.consumer_tags = tags
        consumers[name] = entry
        registered += one
        log.number = counted
        log.pending = event
        log.hand_out()
        if pace is not None:
            self._pace_consumer(entry, pace)
        self._multiplexer.make_pass()
        return consumer

    # Being there

    def producer(self, name: str) -> ProducerEntry:
        """Who is registered under that name. Raises :class:`UnknownName`."""
        return self._section.run(_find, self._store.producers, "producer", name)

    def consumer(self, name: str) -> ConsumerEntry:
        """Who is registered under that name. Raises :class:`UnknownName`."""
        return self._section.run(_find, self._store.consumers, "consumer", name)

    def unread(self, entry: ConsumerEntry) -> int:
        """Messages that this consumer has yet to read. Read without the lock: what is delivered between the two looks
        may be counted twice, or not at all.
        """
        waiting = 0 if entry.channel.closed else max(0, self._store.tail_seq - entry.cursor)
        return waiting + max(0, entry.channel._level)

    def set_status(
        self, role: Role, name: str, status: Status, kind: Callable[..., ev.Event], error: str | None = None
    ) -> None:
        """Publish an event of that ``kind`` for a new status. Raises :class:`UnknownName`."""
        self._section.run(self._set_status, role, name, status, kind, error)

    def _set_status(
        self, role: Role, name: str, status: Status, kind: Callable[..., ev.Event], error: str | None
    ) -> None:
        store, log = self._store, self._store.log
        entry: ProducerEntry | ConsumerEntry
        entry = _find(store.producers, role, name) if role == "producer" else _find(store.consumers, role, name)
        fields = (name, entry.id) if error is None else (role, name, error)
        event = log.make(kind, store.runtime.now(), *fields)
        counted = log.number if event is None else event.number
        # Committed.
        entry.status = status
        log.number = counted
        log.pending = event
        log.hand_out()

    def set_pace(self, name: str, pace: Pace) -> None:
        """What a workload does from now on: a producer's :class:`Sending`, a consumer's service.

        Raises :class:`UnknownName`.
        """
        self._section.run(self._set_pace, name, pace)

    def _set_pace(self, name: str, pace: Pace) -> None:
        if isinstance(pace, Sending):
            self._pace_producer(_find(self._store.producers, "producer", name), pace)
        else:
            self._pace_consumer(_find(self._store.consumers, "consumer", name), pace)

    def _pace_producer(self, entry: ProducerEntry, pace: Sending) -> None:
        log = self._store.log
        event = log.make(ev.Paced, self._store.runtime.now(), "producer", entry.name, entry.id, pace)
        counted = log.number if event is None else event.number
        # Committed.
        entry.pace = pace
        log.number = counted
        log.pending = event
        log.hand_out()

    def _pace_consumer(self, entry: ConsumerEntry, pace: Service) -> None:
        log = self._store.log
        event = log.make(ev.Paced, self._store.runtime.now(), "consumer", entry.name, entry.id, pace)
        counted = log.number if event is None else event.number
        # Committed.
        entry.pace = pace
        log.number = counted
        log.pending = event
        log.hand_out()

    # Going

    def close_producer(self, entry: ProducerEntry, wait: bool = False, timeout: float | None = None) -> bool:
        """See :meth:`Producer.close`."""
        deadline = None if timeout is None else deadline_after(self._store.runtime, timeout)
        if self._section.over:
            return True
        gone = self._section.run(self._end_producer, entry)
        return gone or (wait and self._section.run(self._wait_until_gone, entry, deadline))

    def _end_producer(self, entry: ProducerEntry) -> bool:
        if not entry.closing:
            entry.channel._shut()
            entry.closing = True
            self._multiplexer.make_pass()
        return entry.gone

    def _wait_until_gone(self, entry: ProducerEntry, deadline: float | None) -> bool:
        runtime = self._store.runtime
        while not entry.gone and not self._store.closed:
            left = None if deadline is None else deadline - runtime.now()
            if left is not None and left <= 0:
                break
            runtime.wait(self._multiplexer.forgotten, left)
        return entry.gone

    def close_consumer(self, entry: ConsumerEntry) -> None:
        """See :meth:`Consumer.close`."""
        if not self._section.over:
            self._section.run(self._end_consumer, entry)

    def _end_consumer(self, entry: ConsumerEntry) -> None:
        store, channel = self._store, entry.channel
        consumers, name, log = store.consumers, entry.name, store.log
        if store.closed or consumers.get(name) is not entry:
            channel._shut()
            return
        now = store.runtime.now()
        event = log.make(ev.ConsumerUnregistered, now, name, entry.id, entry.cursor)
        counted = log.number if event is None else event.number
        # Committed.
        channel.closed = True
        del consumers[name]
        # The handle may live on; the node that it points at need not.
        entry.node = None
        log.number = counted
        log.pending = event
        try:
            channel._shut()
        except BaseException:
            # Nobody else knows of it any more.
            channel._shut()
            raise
        log.hand_out()
        if entry.cursor < store.consumed_seq():
            # What only this consumer held, and is old enough, need not wait for the cleaner.
            store.evict_expired(now, "left")
        self._multiplexer.make_pass()

    def _next_number(self) -> int:
        self.count += 1
        return self.count

    def _refuse_if_closed(self) -> None:
        if self._store.closed:
            raise Closed("the queue is closed; make a new one to register with")


def _find(entries: dict[str, _E], role: str, name: str) -> _E:
    entry = entries.get(name)
    if entry is None:
        known = ", ".join(repr(known) for known in entries) or "none"
        raise UnknownName(f"no {role} named {name!r} is registered; there are: {known}")
    return entry


def start_cursor(start: Start, head_seq: int, tail_seq: int) -> int:
    """The cursor that a consumer begins with, from what it asked for."""
    if start == "oldest":
        return head_seq - 1
    if start == "newest":
        return tail_seq
    if not isinstance(start, int) or isinstance(start, bool):
        raise ValueError(f"start must be 'oldest', 'newest' or a seq; got {start!r}")
    return min(max(start, head_seq), tail_seq + 1) - 1
