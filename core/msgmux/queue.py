"""The queue as its users see it: register, unregister, configure, look, close."""

import copy
from collections.abc import Callable
from types import TracebackType
from typing import Any, ClassVar, Generic, Literal, Self, TypeVar

from msgmux import events as ev
from msgmux.commands import AnyCommand, Placed, tag_number
from msgmux.dispatcher import deadline_after
from msgmux.errors import Closed, DuplicateName, UnknownName
from msgmux.handles import Consumer, Producer
from msgmux.log import Subscription
from msgmux.message import Payload
from msgmux.multiplexer import Multiplexer
from msgmux.pacing import Pace, Sending, Service
from msgmux.payloads import CopyPayload
from msgmux.registration import ConsumerEntry, ProducerEntry
from msgmux.runtime import Runtime, ThreadRuntime
from msgmux.section import insist
from msgmux.settings import Overflow, Settings
from msgmux.state import QueueState, Status
from msgmux.store import Store

_E = TypeVar("_E")
Start = Literal["oldest", "newest"] | int
Role = Literal["producer", "consumer"]
CAPACITY = 1_024
"""The capacity of a channel, in messages, unless told otherwise."""


class _Unset:
    """Marks a setting that is to stay as it is (None means something of its own)."""


_UNSET: Any = _Unset()


class MessageQueue(Generic[Payload]):
    """A threaded multiplexer: many producers, one doubly linked list, many consumers that each get every message.

    One copy of each message is kept until every registered consumer has had it and it is older than ``retention``
    seconds (None: for good); a cleaner looks every ``clean_every`` seconds. ``max_messages`` bounds the list, and
    ``overflow`` says what happens at the bound: ``"block"`` the producers, ``"evict-oldest"``, or ``"reject"`` the
    put. ``copy_payload`` copies payloads that are not immutable (default: :func:`copy.deepcopy`).

    The threads start with the queue and end with :meth:`close`; as a context manager it closes itself.

    Raises :class:`ValueError` for settings that cannot be. Every method that takes the queue's lock raises
    :class:`Reentered` when a finalizer, a weak reference's callback or a signal handler calls it from inside one of the
    queue's own calls, and (but for :meth:`close`) :class:`Closed` in a process that was forked from the queue's.

    For a type checker a queue has the type of its payloads, and so have its handles, messages and batches:
    ``MessageQueue[Order]``. At run time it means nothing; without it payloads are :data:`~typing.Any`.

    >>> with MessageQueue(retention=30.0) as queue:
    ...     orders = queue.register_producer("orders")
    ...     audit = queue.register_consumer("audit")
    ...     orders.put(b"paid")
    ...     audit.get(timeout=1.0).payload
    b'paid'

    All of it at a glance:

    >>> with MessageQueue(retention=30.0, clean_every=10.0, max_messages=None, overflow="block") as queue:
    ...     orders = queue.register_producer("orders", capacity=64)
    ...     audit = queue.register_consumer("audit", start="oldest", capacity=64)
    ...     with queue.subscribe() as events:
    ...         orders.put(b"paid"); orders.put_many([b"packed", b"sent"])
    ...         message = audit.get(timeout=1.0)
    ...         batch = audit.get_many(100, timeout=1.0)
    ...         seen = events.drain()
    ...     evicted = queue.clean(now=None)
    ...     state = queue.snapshot()
    ...     queue.configure(retention=5.0)
    ...     orders.close(); audit.close()
    ...     rest = [m.payload for m in audit]
    2
    True
    >>> [message.payload, *batch.payloads, *rest]
    [b'paid', b'packed', b'sent']
    >>> message.seq, message.producer, message.producer_seq, state.tail_seq, evicted
    (1, 'orders', 1, 3, 0)
    """

    # What a queue is made of. The checker's faulty variants put something else in the place of one.
    store_class: ClassVar[type[Store]] = Store
    multiplexer_class: ClassVar[type[Multiplexer]] = Multiplexer
    producer_class: ClassVar[type[Producer]] = Producer
    consumer_class: ClassVar[type[Consumer]] = Consumer
    # Called with each new queue of the process, and must not raise; what it returns is called when the queue closes.
    on_new: ClassVar[Callable[["MessageQueue"], Callable[[], None] | None] | None] = None

    def __init__(
        self,
        *,
        retention: float | None = 30.0,
        clean_every: float = 10.0,
        max_messages: int | None = None,
        overflow: Overflow = "block",
        runtime: Runtime | None = None,
        copy_payload: CopyPayload | None = None,
    ) -> None:
        self.runtime: Runtime = ThreadRuntime() if runtime is None else runtime
        self._copy: CopyPayload = copy.deepcopy if copy_payload is None else copy_payload
        self._store = self.store_class(self.runtime, Settings(retention, clean_every, max_messages, overflow))
        self._section = self._store.section
        self._lock = self._section.lock
        self._multiplexer = self.multiplexer_class(self._store)
        self._registrations = 0
        self._on_close: Callable[[], None] | None = None
        self.runtime.when_forked(self._forked)
        try:
            self._multiplexer.start()
        except BaseException:
            self.close(drain=False)
            raise
        on_new = type(self).on_new
        self._on_close = None if on_new is None else on_new(self)

    # Coming and going

    def register_producer(
        self, name: str, capacity: int = CAPACITY, *, tag: str | None = None, pace: Sending | None = None
    ) -> Producer[Payload]:
        """Register a producer under a name that is free (else :class:`DuplicateName`). ``capacity``: messages.

        Raises :class:`ValueError` for a capacity below 1, :class:`Closed` when the queue is closed, and
        :class:`Reentered`.
        """
        entry: list[ProducerEntry] = []
        try:
            return self._section.run(self._register_producer, name, capacity, tag, pace, entry)
        except BaseException:
            # Interrupted on its way out, it has no owner.
            if entry:
                insist(lambda: self._close_producer(entry[0], False, None))
            raise

    def _register_producer(
        self, name: str, capacity: int, tag: str | None, pace: Sending | None, registered: list[ProducerEntry]
    ) -> Producer[Payload]:
        self._refuse_if_closed()
        store = self._store
        producers = store.producers
        if name in producers:
            raise DuplicateName(f"a producer named {name!r} is registered already; close it first, or choose another")
        if tag is None:
            tag = f"P{store.producer_tags + 1}"
        tags = max(store.producer_tags, tag_number("P", tag))
        number = self._next_registration()
        producer = self.producer_class(
            self.runtime, self._multiplexer, self, name, capacity, self._copy, number, tag, pace
        )
        producer._ask_always(self._multiplexer.asks_always)
        log, entry = store.log, producer._entry
        event = log.make(ev.ProducerRegistered, self.runtime.now(), name, number, tag, capacity)
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
        self,
        name: str,
        start: Start = "oldest",
        capacity: int = CAPACITY,
        *,
        tag: str | None = None,
        pace: Service | None = None,
    ) -> Consumer[Payload]:
        """Register a consumer under a name that is free (else :class:`DuplicateName`). ``capacity``: messages.

        It starts with the ``"oldest"`` message that is retained, with the first that is linked from now on
        (``"newest"``), or with that seq: with the oldest, if that seq is gone; with the next, if it is yet to come.
        Raises :class:`ValueError` for another ``start`` or a capacity below 1, :class:`Closed` when the queue is
        closed, and :class:`Reentered`.
        """
        entry: list[ConsumerEntry] = []
        try:
            return self._section.run(self._register_consumer, name, start, capacity, tag, pace, entry)
        except BaseException:
            # Interrupted on its way out, it has no owner.
            if entry:
                insist(lambda: self._close_consumer(entry[0]))
            raise

    def _register_consumer(
        self,
        name: str,
        start: Start,
        capacity: int,
        tag: str | None,
        pace: Service | None,
        registered: list[ConsumerEntry],
    ) -> Consumer[Payload]:
        self._refuse_if_closed()
        store = self._store
        consumers = store.consumers
        if name in consumers:
            raise DuplicateName(f"a consumer named {name!r} is registered already; close it first, or choose another")
        if tag is None:
            tag = f"C{store.consumer_tags + 1}"
        tags = max(store.consumer_tags, tag_number("C", tag))
        cursor = start_cursor(start, store.head_seq, store.tail_seq)
        number = self._next_registration()
        consumer = self.consumer_class(
            self.runtime, self._multiplexer, self, name, capacity, self._copy, number, tag, cursor, pace
        )
        log, entry = store.log, consumer._entry
        event = log.make(ev.ConsumerRegistered, self.runtime.now(), name, number, tag, capacity, cursor)
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

    def unregister_producer(self, name: str) -> None:
        """Close the producer of that name, as its own ``close()`` does.

        Raises :class:`UnknownName`, :class:`Reentered`.
        """
        entry = self._section.run(self._find, self._store.producers, "producer", name)
        self._close_producer(entry, False, None)

    def unregister_consumer(self, name: str) -> None:
        """Close the consumer of that name, as its own ``close()`` does.

        Raises :class:`UnknownName`, :class:`Reentered`.
        """
        entry = self._section.run(self._find, self._store.consumers, "consumer", name)
        self._close_consumer(entry)

    def _close_producer(self, entry: ProducerEntry, wait: bool, timeout: float | None) -> bool:
        deadline = None if timeout is None else deadline_after(self.runtime, timeout)
        if self._section.gone:
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
        runtime = self.runtime
        while not entry.gone and not self._store.closed:
            left = None if deadline is None else deadline - runtime.now()
            if left is not None and left <= 0:
                break
            runtime.wait(self._multiplexer.forgotten, left)
        return entry.gone

    def _unread(self, entry: ConsumerEntry) -> int:
        # Read without the lock: what is delivered between the two looks may be counted twice, or not at all.
        waiting = 0 if entry.channel.closed else max(0, self._store.tail_seq - entry.cursor)
        return waiting + max(0, entry.channel._level)

    def _close_consumer(self, entry: ConsumerEntry) -> None:
        if not self._section.gone:
            self._section.run(self._end_consumer, entry)

    def _end_consumer(self, entry: ConsumerEntry) -> None:
        store, channel = self._store, entry.channel
        consumers, name, log = store.consumers, entry.name, store.log
        if store.closed or consumers.get(name) is not entry:
            channel._shut()
            return
        now = self.runtime.now()
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

    # Settings and cleaning

    @property
    def settings(self) -> Settings:
        """What holds now. A frozen record; :meth:`configure` puts another in its place."""
        return self._store.settings

    def configure(
        self,
        *,
        retention: float | None = _UNSET,
        clean_every: float = _UNSET,
        max_messages: int | None = _UNSET,
        overflow: Overflow = _UNSET,
    ) -> None:
        """Change what is given; it holds from now on. A list longer than a new bound shrinks at the next put.

        Raises :class:`ValueError` for a setting that cannot be, and :class:`Reentered`; then nothing has changed.
        """
        self._section.run(
            self._configure,
            lambda old: Settings(
                old.retention if retention is _UNSET else retention,
                old.clean_every if clean_every is _UNSET else clean_every,
                old.max_messages if max_messages is _UNSET else max_messages,
                old.overflow if overflow is _UNSET else overflow,
            ),
        )

    def _configure(self, change: Callable[[Settings], Settings]) -> None:
        store, multiplexer, log = self._store, self._multiplexer, self._store.log
        old = store.settings
        new = change(old)
        cleaner, now = store.cleaner, self.runtime.now()
        replan = new.clean_every != old.clean_every and not store.closed
        if replan:
            cleaner = cleaner.rescheduled(multiplexer.next_cleaning(now, new.clean_every))
        event = log.make(
            ev.SettingsChanged, now, new.retention, new.clean_every, new.max_messages, new.overflow, cleaner.due
        )
        counted = log.number if event is None else event.number
        # Committed.
        store.settings = new
        store.cleaner = cleaner
        log.number = counted
        log.pending = event
        if replan:
            multiplexer.replan_cleaning()
        for entry in store.producers.values():
            entry.channel._ask_always(multiplexer.asks_always)
        log.hand_out()
        multiplexer.make_pass()

    def set_retention(self, seconds: float | None) -> None:
        """Short for ``configure(retention=seconds)``, and raises what that raises."""
        self.configure(retention=seconds)

    def clean(self, now: float | None = None) -> int:
        """One pass of the cleaner by hand, as at the time ``now`` (default: now). Returns the messages evicted.

        Raises :class:`Reentered`.
        """
        return self._multiplexer.clean(now)

    # Looking

    def subscribe(self, size: int | None = None) -> Subscription:
        """Follow the events from here. ``size``: how many a slow reader may leave unread before it misses some.

        Raises :class:`Reentered`.
        """
        made: list[Subscription] = []
        try:
            return self._section.run(self._subscribe, size, made)
        except BaseException:
            # Interrupted on its way out, it has no owner.
            for subscription in made:
                subscription.close()
            raise

    def _subscribe(self, size: int | None, made: list[Subscription]) -> Subscription:
        subscription = self._store.log.subscription(self._store.snapshot(), size)
        made.append(subscription)
        self._store.log.subscribe(subscription)
        return subscription

    def snapshot(self) -> QueueState:
        """What the queue holds now, read from its own structures under its lock. Raises :class:`Reentered`."""
        return self._section.run(self._store.snapshot)

    def picture(self, nodes: int | None = None) -> QueueState:
        """As :meth:`snapshot`, with the newest so many ``nodes`` at most (None: as many as a state lists).

        While nobody subscribes, each has a number of its own, greater than that of the one before.
        """
        return self._section.run(self._picture, nodes)

    def _picture(self, nodes: int | None) -> QueueState:
        self._store.log.step()
        return self._store.snapshot(nodes)

    def levels(self) -> tuple[dict[str, int], dict[str, int]]:
        """Messages that wait in each producer's and in each consumer's channel right now. Takes no lock."""
        # A copy first: copying a dict is one atomic step, walking through it is not.
        producers, consumers = self._store.producers.copy(), self._store.consumers.copy()
        return (
            {name: entry.channel._level for name, entry in producers.items()},
            {name: max(0, entry.channel._level) for name, entry in consumers.items()},
        )

    def check_structure(self) -> None:
        """Raise :class:`AssertionError` if the list is not well-formed, or a cursor or the bound is off."""
        self._section.run(self._check_structure)

    def _check_structure(self) -> None:
        store = self._store
        store.list.check()
        for entry in store.consumers.values():
            if not store.head_seq - 1 <= entry.cursor <= store.tail_seq:
                raise AssertionError(
                    f"the cursor of {entry.name!r} stands at {entry.cursor}, outside of the list "
                    f"({store.head_seq} to {store.tail_seq})"
                )
            if entry.node is not None and store.list.find(entry.cursor + 1) is not entry.node:
                raise AssertionError(f"{entry.name!r} points at a node that is not in the list")

    # Saying what the queue cannot know by itself

    def note(self, text: str, about: str = "say") -> None:
        """Publish words: a scenario's ``say``, a marker, what a person did."""
        self._section.run(self._publish, ev.Note, text, about)

    def expected(self, expression: str, met: bool) -> None:
        """Publish that a scenario's expectation was looked at."""
        self._section.run(self._publish, ev.Expected, expression, met)

    def violation(self, invariant: str, detail: str) -> None:
        """Publish that an invariant does not hold."""
        self._section.run(self._publish, ev.Violation, invariant, detail)

    def stalled(self, name: str) -> None:
        """The consumer of that name has stopped reading. Raises :class:`UnknownName`."""
        self._section.run(self._set_status, "consumer", name, "stalled", ev.Stalled)

    def resumed(self, name: str) -> None:
        """The consumer of that name reads again. Raises :class:`UnknownName`."""
        self._section.run(self._set_status, "consumer", name, "running", ev.Resumed)

    def failed(self, role: Role, name: str, error: BaseException) -> None:
        """The thread of that producer or consumer has died of ``error``. It stays registered."""
        self._section.run(self._set_status, role, name, "failed", ev.Failed, type(error).__name__)

    def paced(self, role: Role, name: str, pace: Pace) -> None:
        """A workload goes like this from now on. Raises :class:`UnknownName`."""
        self._section.run(self._paced, role, name, pace)

    def commanded(self, command: AnyCommand, ok: bool, text: str, who: str, placed: Placed | None) -> None:
        """Publish that ``who`` has given a command, and in ``text`` what came of it."""
        self._section.run(self._publish, ev.Commanded, command, ok, text, who, placed)

    def _set_status(
        self, role: Role, name: str, status: Status, kind: Callable[..., ev.Event], error: str | None = None
    ) -> None:
        log, entry = self._store.log, self._entry(role, name)
        fields = (name, entry.id) if error is None else (role, name, error)
        event = log.make(kind, self.runtime.now(), *fields)
        counted = log.number if event is None else event.number
        # Committed.
        entry.status = status
        log.number = counted
        log.pending = event
        log.hand_out()

    def _paced(self, role: Role, name: str, pace: Pace) -> None:
        if isinstance(pace, Sending):
            self._pace_producer(self._find(self._store.producers, role, name), pace)
        else:
            self._pace_consumer(self._find(self._store.consumers, role, name), pace)

    def _pace_producer(self, entry: ProducerEntry, pace: Sending) -> None:
        log = self._store.log
        event = log.make(ev.Paced, self.runtime.now(), "producer", entry.name, entry.id, pace)
        counted = log.number if event is None else event.number
        # Committed.
        entry.pace = pace
        log.number = counted
        log.pending = event
        log.hand_out()

    def _pace_consumer(self, entry: ConsumerEntry, pace: Service) -> None:
        log = self._store.log
        event = log.make(ev.Paced, self.runtime.now(), "consumer", entry.name, entry.id, pace)
        counted = log.number if event is None else event.number
        # Committed.
        entry.pace = pace
        log.number = counted
        log.pending = event
        log.hand_out()

    # The end

    def close(self, drain: bool = True) -> None:
        """Refuse new puts, end all channels and threads. Idempotent; never waits for a reader.

        With ``drain`` what the inlets hold is linked first and put into the consumers' channels, regardless of their
        capacity; without, it is dropped. Consumers can read what their channels hold; then they get :class:`Closed`.
        Raises :class:`Reentered`. Interrupted, it can be called again, and finishes what it began.
        """
        if self._section.gone:
            return
        self._section.run(self._close, drain)
        self._multiplexer.join()
        on_close = self._on_close
        if on_close is not None:
            on_close()
        self._on_close = None

    def _forked(self) -> None:
        """In a forked child the queue's threads are gone, and its locks may be held by them for good."""
        self._section.abandon("this queue belongs to the process that this one was forked from; make a new one here")
        self._store.closed = self._store.log.closed = True
        for producer in self._store.producers.values():
            producer.channel._abandon()
        for consumer in self._store.consumers.values():
            consumer.channel._abandon()

    def _close(self, drain: bool) -> None:
        """Every step may be done again: whoever was interrupted in it closes once more."""
        store, multiplexer, log = self._store, self._multiplexer, self._store.log
        if not store.closed:
            now = self.runtime.now()
            for producer in store.producers.values():
                producer.channel._shut()
            while drain and (store.link_round(now) + store.deliver_round(now, unlimited=True)):
                pass
            cleaner = store.cleaner.rescheduled(None)
            event = log.make(ev.QueueClosed, self.runtime.now(), drain)
            counted = log.number if event is None else event.number
            # Committed.
            store.closed = True
            store.cleaner = cleaner
            log.number = counted
            log.pending = event
        for consumer in store.consumers.values():
            consumer.channel._shut()
        log.hand_out()
        log.close()
        multiplexer.stop()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close(drain=kind is None)

    def __repr__(self) -> str:
        store = self._store
        return (
            f"<MessageQueue {store.list.length} messages, {len(store.producers)} producers, "
            f"{len(store.consumers)} consumers{', closed' if store.closed else ''}>"
        )

    def _next_registration(self) -> int:
        self._registrations += 1
        return self._registrations

    def _refuse_if_closed(self) -> None:
        if self._store.closed:
            raise Closed("the queue is closed; make a new one to register with")

    def _publish(self, kind: Callable[..., ev.Event], *fields: Any) -> None:
        self._store.log.publish(kind, self.runtime.now(), *fields)

    def _entry(self, role: Role, name: str) -> ProducerEntry | ConsumerEntry:
        if role == "producer":
            return self._find(self._store.producers, role, name)
        return self._find(self._store.consumers, role, name)

    @staticmethod
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
