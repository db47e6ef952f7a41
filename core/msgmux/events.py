"""Everything that happens in a queue, as small immutable records, and the log that publishes them.

Events are numbered without gaps and published in the order in which things happened under the queue's lock. Folding
them (:mod:`msgmux.state`) gives what the queue itself says it holds. Where the work was a batch, so is its event.
"""

import json
import re
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from types import TracebackType
from typing import TYPE_CHECKING, Any, Literal, Self

import msgspec

from msgmux.bounds import Count, Seconds, Some
from msgmux.payloads import Mutable
from msgmux.runtime.interface import Condition, Lock, Runtime
from msgmux.settings import Overflow

if TYPE_CHECKING:
    from msgmux.state import QueueState

Role = Literal["producer", "consumer", "queue"]
Reason = Literal["expired", "limit", "overflow", "left"]
"""Why messages were evicted: consumed by all and *expired*; consumed by all at the *limit* of the list; unread, under
``overflow="evict-oldest"``; or consumed by all and expired as soon as the consumer that held them had *left*."""
Stop = Literal["empty", "consumer", "age", "kept"]
"""What ended a cleaner pass: nothing left; a consumer that has not had the head; its age; retention = keep."""


def _kind(name: str) -> str:
    return re.sub(r"(?<!^)(?=[A-Z])", "_", name).lower()


class Event(msgspec.Struct, frozen=True, tag_field="kind", tag=_kind):
    """The common part: ``number`` counts events of one queue from 1; ``time`` is seconds of its runtime."""

    number: Count
    time: Seconds

    @property
    def kind(self) -> str:
        """The event's name in recordings: ``cleaner_pass`` for :class:`CleanerPass`."""
        return str(self.__struct_config__.tag)


class ProducerRegistered(Event, frozen=True):
    """A producer has come; ``capacity`` of its channel in messages."""

    name: str
    id: Count
    tag: str
    capacity: Some


class ProducerUnregistered(Event, frozen=True):
    """Its channel is closed and empty, its name free."""

    name: str
    id: Count
    put: Count


class ConsumerRegistered(Event, frozen=True):
    """``cursor`` is where it starts: the seq before the first that it will get."""

    name: str
    id: Count
    tag: str
    capacity: Some
    cursor: Count


class ConsumerUnregistered(Event, frozen=True):
    """A consumer has gone; ``cursor`` is the last seq that it was sent."""

    name: str
    id: Count
    cursor: Count


class Put(Event, frozen=True):
    """A node was linked: ``count`` messages from ``seq`` on, ``size`` bytes or characters of payload in all."""

    producer: str
    id: Count
    seq: Count
    count: Some
    producer_seq: Count
    size: Count
    preview: str


class Delivered(Event, frozen=True):
    """Messages ``first`` to ``last`` were copied into the consumer's channel; its cursor stands at ``last``."""

    consumer: str
    id: Count
    first: Count
    last: Count


class Skipped(Event, frozen=True):
    """Messages ``first`` to ``last`` were evicted before this consumer had them."""

    consumer: str
    id: Count
    first: Count
    last: Count


class Evicted(Event, frozen=True):
    """Messages ``first`` to ``last`` are gone, and with the last of theirs so many ``nodes``; ``age`` is that of the
    newest message among them, in seconds.
    """

    first: Count
    last: Count
    nodes: Count
    age: Seconds
    reason: Reason


class CleanerPass(Event, frozen=True):
    """The cleaner has looked. ``seconds`` until the head's age is up (stop = age); ``due``: its next planned pass."""

    evicted: Count
    stop: Stop
    consumers: tuple[str, ...]
    seconds: Seconds | None
    due: Seconds | None


class SettingsChanged(Event, frozen=True):
    """From now on these settings hold, all of them; ``due``: the cleaner's next planned pass."""

    retention: Seconds | None
    clean_every: Seconds
    max_messages: Some | None
    overflow: Overflow
    due: Seconds | None


class Blocked(Event, frozen=True):
    """A put waits: the producer's channel is full and the queue takes nothing from it."""

    producer: str
    id: Count


class Unblocked(Event, frozen=True):
    """The put that waited goes on, or has given up."""

    producer: str
    id: Count


class Stalled(Event, frozen=True):
    """A consumer has stopped reading."""

    consumer: str
    id: Count


class Resumed(Event, frozen=True):
    """A stalled or failed consumer reads again."""

    consumer: str
    id: Count


class Failed(Event, frozen=True):
    """A thread died of an exception, of which only the type's name is told."""

    role: Role
    name: str
    error: str


class Paced(Event, frozen=True):
    """A sample workload goes at this pace: ``"3/s"``, ``"work 100ms"``."""

    role: Role
    name: str
    id: Count
    pace: str


class Levels(Event, frozen=True):
    """A sample, at most every 50 ms: messages in each producer's channel, messages taken by each consumer."""

    producers: dict[str, Count]
    consumers: dict[str, Count]


class QueueClosed(Event, frozen=True):
    """The queue is closed; with ``drain`` after delivering what its channels held. The last event of all."""

    drain: bool


class Note(Event, frozen=True):
    """Words. ``about`` says whose: a scenario's ``say``, a ``marker``, a ``pause`` or ``ask`` that is passed by…"""

    text: str
    about: str


class Expected(Event, frozen=True):
    """A scenario's ``expect`` was looked at."""

    expression: str
    met: bool


class Violation(Event, frozen=True):
    """An invariant does not hold."""

    invariant: str
    detail: str


AnyEvent = (
    ProducerRegistered
    | ProducerUnregistered
    | ConsumerRegistered
    | ConsumerUnregistered
    | Put
    | Delivered
    | Skipped
    | Evicted
    | CleanerPass
    | SettingsChanged
    | Blocked
    | Unblocked
    | Stalled
    | Resumed
    | Failed
    | Paced
    | Levels
    | QueueClosed
    | Note
    | Expected
    | Violation
)
"""Every event type; what a recording's lines are decoded as."""

PREVIEW_LENGTH = 80


def preview(payload: Any) -> str:
    """The first 80 characters of a text or bytes payload, printable ASCII; of anything else its type's name.

    Never ``repr``: a payload's own code must not run, nor an address get into a recording.
    """
    if isinstance(payload, Mutable):
        payload = payload.payload
    if isinstance(payload, bytes):
        text = payload[:PREVIEW_LENGTH].decode("ascii", "backslashreplace")
    elif isinstance(payload, str):
        text = payload[:PREVIEW_LENGTH]
    else:
        return type(payload).__name__
    if not (text.isascii() and text.isprintable()):
        text = json.dumps(text)[1:-1].replace("\x7f", "\\u007f")
    return text[:PREVIEW_LENGTH]


def total_size(payloads: Sequence[Any], sized: bool = False) -> int:
    """Bytes and characters in all; payloads of other types count as nothing, unless there are none (``sized``).

    Asking each for its type takes 40 ns a message, a third of what a message costs at all; ``sized`` spares it.
    """
    if sized:
        return sum(map(len, payloads))
    return sum([len(payload) for payload in payloads if isinstance(payload, bytes | str)])


class Subscription:
    """One reader of the log, as a context manager. It never slows the queue: a reader that falls behind loses events.

    ``start`` is the snapshot that the first event follows on. Iterating waits for events until the queue or the
    subscription is closed; :meth:`drain` gives what is there. ``missed`` counts the events that this reader has lost
    so far; after a loss it should begin again from :meth:`MessageQueue.snapshot`.
    """

    def __init__(self, log: "EventLog", start: "QueueState", size: int) -> None:
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

    def subscribe(self, start: "QueueState", size: int | None) -> Subscription:
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
