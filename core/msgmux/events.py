"""Everything that happens in a queue, as small immutable records.

Events are numbered without gaps and published in the order in which things happened under the queue's lock. Folding
them (:mod:`msgmux.state`) gives what the queue itself says it holds. Where the work was a batch, so is its event.
"""

import json
import re
from collections.abc import Sequence
from typing import Any, Literal

import msgspec

from msgmux.bounds import Count, Seconds, Some
from msgmux.commands import AnyCommand, Placed
from msgmux.pacing import Pace
from msgmux.payloads import SIZED, Mutable
from msgmux.settings import Overflow

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
    """A sample workload goes like this from now on."""

    role: Role
    name: str
    id: Count
    pace: Pace


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


class Commanded(Event, frozen=True):
    """Somebody has given a command (``who``: ``"you"``, or the name of a far viewer); ``text`` says what came of it.

    ``ok`` is false where it was refused, and has changed nothing. Steps of a scenario are no such events. ``placed`` is
    when its task began, in an exact session: by it, the session can be performed again.
    """

    command: AnyCommand
    ok: bool
    text: str
    who: str = "you"
    placed: Placed | None = None


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
    | Commanded
    | Expected
    | Violation
)
"""Every event type; what a recording's lines are decoded as."""

FREQUENT: frozenset[Any] = frozenset({Put, Delivered, Skipped, Evicted, Blocked, Unblocked, Levels})
"""The kinds that happen with every few messages. All others are *rare*: somebody comes or goes, gives a command, sets a
mark, says something; an invariant fails, the cleaner looks.
"""

PREVIEW_LENGTH = 80
_PREVIEWED = slice(0, PREVIEW_LENGTH)
# A class may have a __name__ of its class's own making; this is the one that it was defined with.
_name = type.__dict__["__name__"].__get__


def preview(payload: Any) -> str:
    """The first 80 characters of a text or bytes payload, printable ASCII; of anything else its type's name.

    Never ``repr``: a payload's own code must not run, nor an address get into a recording.
    """
    kind = type(payload)
    if kind is Mutable:
        payload = payload.payload
        kind = type(payload)
    # By the type itself: a payload may say anything of its __class__, and slices as its own class likes.
    if issubclass(kind, bytes):
        text = bytes.__getitem__(payload, _PREVIEWED).decode("ascii", "backslashreplace")
    elif issubclass(kind, str):
        text = str.__getitem__(payload, _PREVIEWED)
    else:
        return str(_name(kind))
    if not (text.isascii() and text.isprintable()):
        text = json.dumps(text)[1:-1].replace("\x7f", "\\u007f")
    return text[:PREVIEW_LENGTH]


def total_size(payloads: Sequence[Any], sized: bool = False) -> int:
    """Bytes and characters in all; payloads of other types count as nothing, unless there are none (``sized``).

    Asking each for its type takes 40 ns a message, a third of what a message costs at all; ``sized`` spares it.
    """
    if sized:
        return sum(map(len, payloads))
    return sum([len(payload) for payload in payloads if type(payload) in SIZED])
