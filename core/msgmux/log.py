"""The log: numbers the events of a queue and hands them to whoever listens."""

from collections import deque
from collections.abc import Callable, Iterator
from types import TracebackType
from typing import Any, Self

from msgmux.events import FREQUENT, Event, Levels
from msgmux.runtime.interface import Condition, Runtime
from msgmux.section import Section
from msgmux.state import QueueState


class Subscription:
    """One reader of the log, as a context manager. It never slows the queue: a reader that falls behind loses events.

    ``start`` is the snapshot that the first event follows on. Iterating waits for events until the queue or the
    subscription is closed; :meth:`drain` gives what is there. ``missed`` counts the events that this reader has lost
    so far; after a loss it should begin again from :meth:`MessageQueue.snapshot`.

    With ``rare_only`` it gets no events of the kinds in :data:`~msgmux.events.FREQUENT`. Those that it gets have rising
    numbers, but do not lead from one state to the next.
    """

    def __init__(self, log: "EventLog", start: QueueState, size: int, rare_only: bool = False) -> None:
        self.start = start
        self.missed = 0
        self.closed = False
        self.rare_only = rare_only
        self._log = log
        self._next = start.event + 1
        # Appended to under the queue's lock, emptied without one: single deque operations are atomic.
        self._events: deque[Event] = deque(maxlen=size)
        # The number of the last event that was handed to it.
        self._last = start.event
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
                if not self.rare_only:
                    # A gap in the numbers is what the ring dropped while we were away.
                    self.missed += event.number - self._next
                    self._next = event.number + 1
                events.append(event)
        except IndexError:
            return events

    def __iter__(self) -> Iterator[Event]:
        while True:
            # One by one, so that leaving the loop loses none.
            try:
                event = self._events.popleft()
            except IndexError:
                if not self._log.wait_for(self):
                    return
                continue
            if not self.rare_only:
                self.missed += event.number - self._next
                self._next = event.number + 1
            yield event

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
    """Numbers events and hands them to every subscription.

    With the queue's lock held an event is *made*, which may fail; then it is *committed* together with what it tells,
    by two stores (``number`` and ``pending``) in a row that nothing can interrupt; then it is *handed out*, which may
    be begun again by whoever comes next.

    The same few lines therefore stand at every place that commits something: ``make``, the event's number, the stores
    under ``# Committed.`` with ``number`` and ``pending`` as the last, ``hand_out``. A function for them would be a
    call among the stores, and an exception could come in between.

    ``active`` is the one truth test that an operation pays when nobody listens; ``sparse`` is another one, for what is
    not of a frequent kind. While only rare events are listened to, only these are made and numbered.
    """

    RING = 65_536

    def __init__(self, runtime: Runtime, section: Section) -> None:
        self.number = 0
        # Whether there are subscriptions to all events, and to rare ones only.
        self.active = False
        self.sparse = False
        self.closed = False
        # The number of the last event that a subscription to rare events was handed.
        self._last_rare = 0
        # Counted in `number`, and perhaps not yet handed to everybody.
        self.pending: Event | None = None
        self._runtime = runtime
        self._section = section
        # Notified when an event was handed to a subscription whose reader waits, and at the end of one, or of all.
        self._published: Condition = runtime.condition(section.lock, "log.published")
        self._subscriptions: tuple[Subscription, ...] = ()

    def make(self, kind: Callable[..., Event], time: float, *fields: Any) -> Event | None:
        """The next event, to be committed by its maker; None when nobody listens to such."""
        if not self.active and (not self.sparse or kind in FREQUENT):
            return None
        if self.pending is not None:
            self.hand_out()
        return kind(self.number + 1, time, *fields)

    def publish(self, kind: Callable[..., Event], time: float, *fields: Any) -> None:
        """Make, commit and hand out an event that tells of nothing that the queue holds."""
        event = self.make(kind, time, *fields)
        if event is not None:
            self.number = event.number
            self.pending = event
            self.hand_out()

    def hand_out(self) -> None:
        """Give the committed event to those who have not had it yet."""
        event = self.pending
        if event is None:
            return
        number, one = event.number, (event,)
        frequent = type(event) in FREQUENT
        wake = False
        for subscription in self._subscriptions:
            events = subscription._events
            if subscription.rare_only:
                if frequent:
                    continue
                self._last_rare = number
                if len(events) == events.maxlen:
                    # No gap in the numbers can tell it.
                    subscription.missed += 1
            if subscription._last < number:
                # Two statements that nothing comes between, for neither is a call.
                events += one
                subscription._last = number
            wake = wake or subscription._waiting
        if wake:
            self._published.notify_all()
        self.pending = None

    def step(self) -> None:
        """With the lock held, before a snapshot: what nobody has counted lies before this number. It is no number of a
        rare event.
        """
        if not self.active:
            self.number += 1
        elif self.sparse and self.number == self._last_rare:
            # Those who get all events need one with each number: a sample of nothing.
            self.publish(Levels, self._runtime.now(), {}, {})

    def subscription(self, start: QueueState, size: int | None, rare_only: bool = False) -> Subscription:
        """One that has not begun yet."""
        return Subscription(self, start, size or self.RING, rare_only)

    def subscribe(self, subscription: Subscription) -> None:
        """Begin; with the lock held since its snapshot, so that the first event is the one after that."""
        subscriptions = (*self._subscriptions, subscription)
        active = self.active or not subscription.rare_only
        sparse = self.sparse or subscription.rare_only
        # Committed.
        self._subscriptions = subscriptions
        self.active = active
        self.sparse = sparse

    def unsubscribe(self, subscription: Subscription) -> None:
        if not self._section.over:
            self._section.run(self._unsubscribe, subscription)

    def _unsubscribe(self, subscription: Subscription) -> None:
        left = tuple([other for other in self._subscriptions if other is not subscription])
        active = any([not other.rare_only for other in left])
        sparse = any([other.rare_only for other in left])
        subscription.closed = True
        self._subscriptions = left
        self.active = active
        self.sparse = sparse
        self._published.notify_all()

    def close(self) -> None:
        """With the lock held: nothing more will be published; readers that wait are sent home. Idempotent."""
        self.closed = True
        self._published.notify_all()

    def wake_all(self) -> None:
        """With the lock held: let every reader look again."""
        self._published.notify_all()

    def wait_for(self, subscription: Subscription) -> bool:
        """Wait until the subscription has something; False when nothing will come any more."""
        return self._section.run(self._wait_for, subscription)

    def _wait_for(self, subscription: Subscription) -> bool:
        while not subscription._events:
            if self.closed or subscription.closed:
                return False
            subscription._waiting = True
            self._runtime.wait(self._published)
            subscription._waiting = False
        return True
