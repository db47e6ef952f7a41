"""The log: numbers the events of a queue and hands them to whoever listens."""

from collections import deque
from collections.abc import Callable, Iterator
from types import TracebackType
from typing import Any, Self

from msgmux.events import Event
from msgmux.runtime.interface import Condition, Lock, Runtime
from msgmux.state import QueueState


class Subscription:
    """One reader of the log, as a context manager. It never slows the queue: a reader that falls behind loses events.

    ``start`` is the snapshot that the first event follows on. Iterating waits for events until the queue or the
    subscription is closed; :meth:`drain` gives what is there. ``missed`` counts the events that this reader has lost
    so far; after a loss it should begin again from :meth:`MessageQueue.snapshot`.
    """

    def __init__(self, log: "EventLog", start: QueueState, size: int) -> None:
        self.start = start
        self.missed = 0
        self.closed = False
        self._log = log
        self._next = start.event + 1
        # Appended to under the queue's lock, emptied without one: single deque operations are atomic.
        self._events: deque[Event] = deque(maxlen=size)
        # True while a reader waits (or is about to): the publisher looks at it after appending, the reader looks at
        # the deque again after setting it.
        self._waiting = False

    def drain(self) -> list[Event]:
        """All events that have come since the last call; never waits, takes no lock."""
        events: list[Event] = []
        take = self._events.popleft
        try:
            while True:
                event = take()
                # A gap in the numbers is what the ring dropped while we were away.
                self.missed += event.number - self._next
                self._next = event.number + 1
                events.append(event)
        except IndexError:
            return events

    def __iter__(self) -> Iterator[Event]:
        while True:
            events = self.drain()
            yield from events
            if not events and not self._log.wait_for(self):
                return

    def close(self) -> None:
        """Receive no more; idempotent."""
        self._log.unsubscribe(self)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()


class EventLog:
    """Numbers events and hands them to every subscription. ``publish`` is called with the queue's lock held.

    ``active`` is the one truth test that an operation pays when nobody listens.
    """

    RING = 65_536

    def __init__(self, runtime: Runtime, lock: Lock) -> None:
        self.number = 0
        self.active = False
        self.closed = False
        self._runtime = runtime
        self._lock = lock
        self._published: Condition = runtime.condition(lock, "log.published")
        self._subscriptions: tuple[Subscription, ...] = ()

    def publish(self, kind: Callable[..., Event], time: float, *fields: Any) -> None:
        """Make the event and hand it out. The caller has looked at ``active``."""
        self.number += 1
        event = kind(self.number, time, *fields)
        wake = False
        for subscription in self._subscriptions:
            subscription._events.append(event)
            wake = wake or subscription._waiting
        if wake:
            self._published.notify_all()

    def step(self) -> None:
        """With the lock held, before a snapshot: what nobody has counted lies before this number."""
        if not self.active:
            self.number += 1

    def subscribe(self, start: QueueState, size: int | None) -> Subscription:
        """With the lock held, so that ``start`` is the state right before the first event."""
        subscription = Subscription(self, start, size or self.RING)
        self._subscriptions = (*self._subscriptions, subscription)
        self.active = True
        return subscription

    def unsubscribe(self, subscription: Subscription) -> None:
        with self._lock:
            subscription.closed = True
            self._subscriptions = tuple([s for s in self._subscriptions if s is not subscription])
            self.active = bool(self._subscriptions)
            self._published.notify_all()

    def close(self) -> None:
        """With the lock held: nothing more will be published; readers that wait are sent home."""
        self.closed = True
        self._published.notify_all()

    def wait_for(self, subscription: Subscription) -> bool:
        """Wait until the subscription has something; False when nothing will come any more."""
        with self._lock:
            while not subscription._events:
                if self.closed or subscription.closed:
                    return False
                subscription._waiting = True
                self._runtime.wait(self._published)
                subscription._waiting = False
            return True
