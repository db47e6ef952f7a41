"""What can be asked of a session, as data: one frozen record for each command.

A step of a scenario, a key, a lesson's deed and a far viewer's wish are the same record, performed by the same code
(:mod:`msgmux.scenario.performer`) and told in the log as :class:`~msgmux.events.Commanded`. As JSON a command is
``{"do": "stall", "name": "billing", "seconds": null}``; what is decoded is checked as it is.
"""

import re
from typing import Annotated, Literal, TypedDict, get_args

import msgspec

from msgmux import bounds
from msgmux.pacing import DEFAULT_PAYLOAD, Arrivals, Constant, Fixed, Service
from msgmux.settings import Overflow

Role = Literal["producer", "consumer", "queue"]
Direction = Literal[1, -1]
"""Up and more, or down and less."""

CAPACITY = 8
"""Messages that the channels of sample producers and consumers hold unless told otherwise: few, so that backpressure
can be seen."""

Capacity = Annotated[int, msgspec.Meta(ge=1, le=1_000_000)]
Count = Annotated[int, msgspec.Meta(ge=1, le=1_000_000_000)]
Seconds = Annotated[float, msgspec.Meta(ge=0, le=1e9)]
Name = Annotated[str, msgspec.Meta(min_length=1, max_length=200)]


class Selection(msgspec.Struct, frozen=True):
    """One producer or consumer, by its role and name."""

    role: Role
    name: str


class ProducerSpec(msgspec.Struct, frozen=True):
    """A sample producer. ``payload``: a template with ``{n}`` and ``{name}``; ``messages``: how many it sends."""

    name: Name
    rate: Arrivals = Constant(1.0)
    payload: str = DEFAULT_PAYLOAD
    capacity: Capacity = CAPACITY
    messages: Count | None = None


class ConsumerSpec(msgspec.Struct, frozen=True):
    """A sample consumer. ``start``: as for :meth:`MessageQueue.register_consumer`."""

    name: Name
    start: Literal["oldest", "newest"] | int = "oldest"
    work: Service = Fixed(0.0)
    capacity: Capacity = CAPACITY


class Changes(TypedDict, total=False):
    """Settings of the queue that are to change; the others stay."""

    retention: Seconds | None
    clean_every: Annotated[float, msgspec.Meta(gt=0, le=1e9)]
    max_messages: Count | None
    overflow: Overflow


def _name(kind: str) -> str:
    return re.sub(r"(?<!^)(?=[A-Z])", "_", kind).lower()


class Command(msgspec.Struct, frozen=True, tag_field="do", tag=_name):
    """The common part of all commands: nothing but the tag."""


# Producers and consumers


class AddProducer(Command, frozen=True):
    """Register a producer and start it; without a ``spec``, one message a second under the next free tag."""

    spec: ProducerSpec | None = None


class RemoveProducer(Command, frozen=True):
    """Stop a producer; what it has put stays."""

    name: str


class AddConsumer(Command, frozen=True):
    """Register a consumer and start it; without a ``spec``, from the oldest message on, 100 ms of work on each, under
    the next free tag.
    """

    spec: ConsumerSpec | None = None


class RemoveConsumer(Command, frozen=True):
    """Stop a consumer; what waits in its channel stays unread."""

    name: str


class Undo(Command, frozen=True):
    """Bring back who was removed last by a command: a consumer under its tag and after its old cursor."""


class SetProducer(Command, frozen=True):
    """Give a producer another rate or payload. None leaves a thing as it is."""

    name: str
    rate: Arrivals | None = None
    payload: str | None = None


class SetConsumer(Command, frozen=True):
    """Give a consumer another service time."""

    name: str
    work: Service


class Adjust(Command, frozen=True):
    """Double or halve a producer's rate or a consumer's speed."""

    who: Selection
    direction: Direction


class Stall(Command, frozen=True):
    """Let a consumer stop reading: for so many ``seconds``, or until told (None)."""

    name: str
    seconds: Seconds | None = None


class Resume(Command, frozen=True):
    """Let a stalled or crashed consumer go on."""

    name: str


class Crash(Command, frozen=True):
    """Let a consumer's thread raise, and die of it."""

    name: str


class Burst(Command, frozen=True):
    """Let a producer send so many more, at once."""

    producer: str
    count: Capacity = 10


# The queue


class Configure(Command, frozen=True):
    """Change the queue's settings."""

    changes: Changes


class Retain(Command, frozen=True):
    """The next longer or shorter retention."""

    direction: Direction


class Clean(Command, frozen=True):
    """One pass of the cleaner, now."""


class Mark(Command, frozen=True):
    """Leave a mark among the events, to jump to."""

    text: Annotated[str, msgspec.Meta(max_length=400)] = "marker"


# Time. These are no events: they change when one looks, not what there is to be seen.


class PauseTime(Command, frozen=True):
    """Let time stand."""


class ResumeTime(Command, frozen=True):
    """Let time pass again."""


class SetSpeed(Command, frozen=True):
    """Let ``factor`` seconds of the session pass in one of the wall's."""

    factor: Annotated[float, msgspec.Meta(ge=0.1, le=100)]


class Step(Command, frozen=True):
    """While paused: go on to the next event, or the next ``notable`` one, and pause again.

    Real threads may run on a little further.
    """

    notable: bool = False


CastCommand = (
    AddProducer
    | RemoveProducer
    | AddConsumer
    | RemoveConsumer
    | Undo
    | SetProducer
    | SetConsumer
    | Adjust
    | Stall
    | Resume
    | Crash
    | Burst
)
"""What changes who is there, and how they work."""
QueueCommand = Configure | Retain | Clean | Mark
"""What changes the queue, whoever works at it."""
TimeCommand = PauseTime | ResumeTime | SetSpeed | Step
"""What changes when one looks."""
AnyCommand = CastCommand | QueueCommand | TimeCommand
"""Every command; what is decoded as one."""

Capabilities = frozenset[type[Command]]
"""The commands that a session takes."""

CAST: Capabilities = frozenset(get_args(CastCommand))
QUEUE: Capabilities = frozenset(get_args(QueueCommand))
TIME: Capabilities = frozenset(get_args(TimeCommand))


class Placed(msgspec.Struct, frozen=True):
    """Where in an exact run a command was given: when its runtime had made so many ``decisions``, at ``time``."""

    decisions: bounds.Count
    time: bounds.Seconds


class Outcome(msgspec.Struct, frozen=True):
    """What came of a command. ``text`` is what was done, or why not (``ok``); ``hint`` what can be done next.

    Both are for the caption, and name keys by action (``<cast.undo>``), since only a screen knows the keys. ``select``:
    who has come by it, to be selected. ``id`` is what the session gave the command; 0: words that answer none.
    """

    text: str
    hint: str = ""
    select: Selection | None = None
    ok: bool = True
    id: int = 0

    @property
    def words(self) -> str:
        """All there is to read."""
        return f"{self.text}; {self.hint}" if self.text and self.hint else self.text or self.hint


def tag_number(letter: str, tag: str) -> int:
    """The 4 of ``P4``; 0 for a tag of another letter or form."""
    number = tag[1:]
    written = tag[:1] == letter and number.isascii() and number.isdecimal() and len(number) < 10
    return int(number) if written else 0
