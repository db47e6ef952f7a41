"""Variants with a wrong wait: with a lock held, without checking the condition again, or woken by nobody."""

from typing import Any

from msgmux.checker.harnesses.parts import LineProducer
from msgmux.checker.instrument import with_points
from msgmux.checker.variants.variant import Variant, made_of
from msgmux.errors import Closed, Empty
from msgmux.handles import Consumer, Producer
from msgmux.inlet import Inlet
from msgmux.message import Message
from msgmux.multiplexer import Multiplexer
from msgmux.outlet import Outlet
from msgmux.registration import ConsumerEntry
from msgmux.store import Store


class TellsWithItsLock(Consumer):
    """Asks the queue for a refill, which takes the queue's lock, while it holds the channel's lock: the wrong order."""

    def _next_message(self, timeout: float | None) -> Message:
        message = self._open_chunk(None if timeout is None else self._runtime.now() + timeout)
        with self._lock:
            if self._wants_refill:
                self._dispatcher.refill(self)
        return message


class TakesTheLock(Multiplexer):
    """Belongs to TellsWithItsLock: the queue's lock is taken whatever other locks the caller holds."""

    def refill(self, outlet: Outlet) -> None:
        with self.section.lock:
            self._refill(outlet)


class WaitsWhileHolding(Store):
    """The sender waits for room in a full channel while it holds the queue's lock."""

    def deliver(self, entry: ConsumerEntry, now: float, *, unlimited: bool = False) -> int:
        channel = entry.channel
        sent = 0
        while entry.cursor < self.tail_seq:
            with channel._lock:
                while channel._level >= channel.capacity:
                    self.runtime.wait(channel._arrival)
            sent += super().deliver(entry, now, unlimited=unlimited)
        return sent


class TellsOfRoom(Consumer):
    """Belongs to WaitsWhileHolding: each get notifies the sender that there is room."""

    def get(self, timeout: float | None = None) -> Message:
        message = super().get(timeout)
        with self._lock:
            self._arrival.notify_all()
        return message


class WaitsWithoutLooking(Consumer):
    """Checks for a message first, and takes the lock to wait afterwards: a message that arrives in between notifies
    nobody.
    """

    def _wait_for_arrival(self, deadline: float | None) -> None:
        self._dispatcher.fetch(self)
        if self._chunks or self._ready:
            return
        with self._lock:
            if self.closed:
                raise Closed(f"consumer {self.name!r} is closed and everything in its channel has been read")
            left = None if deadline is None else deadline - self._runtime.now()
            if left is not None and left <= 0:
                raise Empty(f"nothing arrived for consumer {self.name!r} in time")
            self._runtime.wait(self._arrival, left)


class WaitsOnce(Consumer):
    """Takes a wake-up as proof of a message: `if` instead of `while`, although another thread may have taken it."""

    def _open_chunk(self, deadline: float | None) -> Message:
        if self._dry:
            self._wait_for_arrival(deadline)
        with self._lock:
            if not self._ready:
                chunk = self._chunks.popleft()
                self._ready.extend(chunk.messages())
                self._moved += len(chunk.payloads)
        return self._ready.popleft()


class OneCondition(Multiplexer):
    """Receiver and sender wait on the same condition, and `notify` wakes only one of them, maybe the wrong one."""

    def __init__(self, store: Store) -> None:
        super().__init__(store)
        self._outgoing = self._incoming


class SleepsWithoutLooking(Multiplexer):
    """The receiver sets its must-notify flag and waits without checking the channels again: a put that came just before
    saw no flag and notified nobody.
    """

    def _receive(self) -> None:
        store = self.store
        while True:
            with store.section.lock:
                if self._stopping:
                    return
                now = store.runtime.now()
                if store.link_round(now):
                    self.settle(now)
                    continue
                self._set_must_notify(not store.full)
                store.runtime.wait(self._incoming)
                self._set_must_notify(False)


class DoesNotLookAgain(Producer):
    """A put checks that its channel is open and then appends, without a second check: if the channel is closed in
    between, nobody takes the message out.
    """

    def put(self, payload: Any, timeout: float | None = None) -> None:
        for kind in self._permits:  # noqa: B007 - used after it
            break
        else:
            kind = self._ask_for_room(timeout)
        if type(payload) is not kind:
            payload = self._guarded(payload)
        self._items.append(payload)
        if self._dispatcher.must_notify:
            self._dispatcher.wake()


WAITING = (
    Variant(
        "lock-order",
        "Two locks are taken in opposite orders (ABBA): each waits for the other",
        "deadlock",
        "leaving",
        "delay",
        1,
        200,
        made_of(consumer_class=TellsWithItsLock, multiplexer_class=TakesTheLock),
        Outlet._next_message,
        TellsWithItsLock._next_message,
    ),
    Variant(
        "lock-held-while-sending",
        "The queue's lock is held while a full channel is sent to: one slow reader stops everybody",
        "deadlock",
        "stalled",
        "delay",
        0,
        200,
        made_of(store_class=WaitsWhileHolding, consumer_class=TellsOfRoom),
        Store.deliver,
        WaitsWhileHolding.deliver,
    ),
    Variant(
        "lost-wakeup",
        "Looking and waiting are not one step: the wake-up comes in between and is lost",
        "lost",
        "single",
        "delay",
        1,
        200,
        made_of(consumer_class=WaitsWithoutLooking),
        Outlet._wait_for_arrival,
        WaitsWithoutLooking._wait_for_arrival,
    ),
    Variant(
        "if-for-while",
        "`if` instead of `while` around a wait: the message was for somebody quicker",
        "crash",
        "shared",
        "delay",
        0,
        200,
        made_of(consumer_class=WaitsOnce),
        Outlet._open_chunk,
        WaitsOnce._open_chunk,
    ),
    Variant(
        "one-condition",
        "One condition for both sides, and `notify`: the wrong thread is woken",
        "lost",
        "unread",
        "delay",
        1,
        200,
        made_of(multiplexer_class=OneCondition),
        Multiplexer.__init__,
        OneCondition.__init__,
    ),
    Variant(
        "sleeps-too-soon",
        "The receiver sets the bell and sleeps, without a last look: a put that came just before never rang it",
        "lost",
        "ringing",
        "preemption",
        1,
        200,
        made_of(producer_class=LineProducer, multiplexer_class=with_points(SleepsWithoutLooking, {"_set_must_notify"})),
        Multiplexer._receive,
        SleepsWithoutLooking._receive,
    ),
    Variant(
        "no-second-look",
        "A put appends, and does not look again whether its channel was closed: an accepted message is lost",
        "lost",
        "closed",
        "delay",
        1,
        200,
        made_of(producer_class=with_points(DoesNotLookAgain, {"_items", "_permits"})),
        Inlet.put,
        DoesNotLookAgain.put,
    ),
)
