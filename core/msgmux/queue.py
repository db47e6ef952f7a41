"""The queue as its users see it: register, unregister, configure, look, close."""

import copy
from collections.abc import Callable
from types import TracebackType
from typing import Any, ClassVar, Generic, Self

from msgmux import events as ev
from msgmux.handles import Consumer, Producer
from msgmux.log import Subscription
from msgmux.message import Payload
from msgmux.multiplexer import Multiplexer
from msgmux.pacing import Sending, Service
from msgmux.payloads import CopyPayload
from msgmux.registry import Registry
from msgmux.registry import Start as Start
from msgmux.runtime import Runtime, ThreadRuntime
from msgmux.settings import Overflow, Settings
from msgmux.state import QueueState
from msgmux.store import Store

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
    registry_class: ClassVar[type[Registry]] = Registry
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
        self._store = self.store_class(self.runtime, Settings(retention, clean_every, max_messages, overflow))
        self._section = self._store.section
        self._multiplexer = self.multiplexer_class(self._store)
        self._registry = self.registry_class(
            self._store,
            self._multiplexer,
            self.producer_class,
            self.consumer_class,
            copy.deepcopy if copy_payload is None else copy_payload,
        )
        self._on_close: Callable[[], None] | None = None
        self.runtime.when_forked(self._forked)
        self.runtime.when_ending(self._section.expect_end)
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
        return self._registry.register_producer(name, capacity, tag, pace)

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
        return self._registry.register_consumer(name, start, capacity, tag, pace)

    def unregister_producer(self, name: str) -> None:
        """Close the producer of that name, as its own ``close()`` does.

        Raises :class:`UnknownName`, :class:`Reentered`.
        """
        self._registry.close_producer(self._registry.producer(name))

    def unregister_consumer(self, name: str) -> None:
        """Close the consumer of that name, as its own ``close()`` does.

        Raises :class:`UnknownName`, :class:`Reentered`.
        """
        self._registry.close_consumer(self._registry.consumer(name))

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

    def subscribe(self, size: int | None = None, *, rare_only: bool = False) -> Subscription:
        """Follow the events from here. ``size``: how many a slow reader may leave unread before it misses some.

        With ``rare_only`` no events come that every few messages have (those in :data:`msgmux.events.FREQUENT`), and
        the queue does not make them; the others cannot be folded then.
        Raises :class:`Reentered`.
        """
        made: list[Subscription] = []
        try:
            return self._section.run(self._subscribe, size, rare_only, made)
        except BaseException:
            # Interrupted on its way out, it has no owner.
            for subscription in made:
                subscription.close()
            raise

    def _subscribe(self, size: int | None, rare_only: bool, made: list[Subscription]) -> Subscription:
        subscription = self._store.log.subscription(self._store.snapshot(), size, rare_only)
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

    # The end

    def close(self, drain: bool = True) -> None:
        """Refuse new puts, end all channels and threads. Idempotent; never waits for a reader.

        With ``drain`` what the inlets hold is linked first and put into the consumers' channels, regardless of their
        capacity; without, it is dropped. Consumers can read what their channels hold; then they get :class:`Closed`.
        Raises :class:`Reentered`. Interrupted, it can be called again, and finishes what it began.
        """
        if self._section.over:
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
