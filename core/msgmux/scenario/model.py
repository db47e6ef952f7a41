"""A scenario as frozen records: what a file says, checked and in order. Times are seconds from the start."""

from typing import Literal, TypedDict

import msgspec

from msgmux.scenario.expect.expression import Expression
from msgmux.settings import Overflow, Settings
from msgmux.workload import DEFAULT_PAYLOAD, Arrivals, Constant, Fixed, Service

CAPACITY = 8
"""Messages that a scenario's channels hold unless it says otherwise: few, so that backpressure can be seen."""


class ProducerSpec(msgspec.Struct, frozen=True):
    """A sample producer. ``payload``: a template with ``{n}`` and ``{name}``; ``messages``: how many it sends."""

    name: str
    rate: Arrivals = Constant(1.0)
    payload: str = DEFAULT_PAYLOAD
    capacity: int = CAPACITY
    messages: int | None = None


class ConsumerSpec(msgspec.Struct, frozen=True):
    """A sample consumer. ``start``: as for :meth:`MessageQueue.register_consumer`."""

    name: str
    start: Literal["oldest", "newest"] | int = "oldest"
    work: Service = Fixed(0.0)
    capacity: int = CAPACITY


class AddProducer(msgspec.Struct, frozen=True, tag=True):
    """Register a producer and start it."""

    spec: ProducerSpec


class RemoveProducer(msgspec.Struct, frozen=True, tag=True):
    """Stop a producer; what it has put stays."""

    name: str


class AddConsumer(msgspec.Struct, frozen=True, tag=True):
    """Register a consumer and start it."""

    spec: ConsumerSpec


class RemoveConsumer(msgspec.Struct, frozen=True, tag=True):
    """Stop a consumer; what waits in its channel stays unread."""

    name: str


class SetProducer(msgspec.Struct, frozen=True, tag=True):
    """None leaves a thing as it is."""

    name: str
    rate: Arrivals | None = None
    payload: str | None = None


class SetConsumer(msgspec.Struct, frozen=True, tag=True):
    """Give a consumer another service time."""

    name: str
    work: Service


class Changes(TypedDict, total=False):
    """Settings of the queue that are to change; the others stay."""

    retention: float | None
    clean_every: float
    max_messages: int | None
    overflow: Overflow


class SetQueue(msgspec.Struct, frozen=True, tag=True):
    """Change the queue's settings."""

    changes: Changes


class Stall(msgspec.Struct, frozen=True, tag=True):
    """``seconds`` until it resumes by itself; None: until told."""

    name: str
    seconds: float | None = None


class Resume(msgspec.Struct, frozen=True, tag=True):
    """Let a stalled or failed consumer go on."""

    name: str


class Fail(msgspec.Struct, frozen=True, tag=True):
    """Let a consumer's thread raise."""

    name: str


class Burst(msgspec.Struct, frozen=True, tag=True):
    """Let a producer send so many more, at once."""

    producer: str
    count: int = 10


class Say(msgspec.Struct, frozen=True, tag=True):
    """Words for the caption."""

    text: str


class Pause(msgspec.Struct, frozen=True, tag=True):
    """A live session pauses here; ``text`` says why."""

    text: str


class Ask(msgspec.Struct, frozen=True, tag=True):
    """``answer`` is the index, from 0, of the right one of ``choices``."""

    question: str
    choices: tuple[str, ...]
    answer: int
    why: str = ""


class Screenshot(msgspec.Struct, frozen=True, tag=True):
    """A picture of that name is taken here."""

    name: str


class Marker(msgspec.Struct, frozen=True, tag=True):
    """A mark to jump to in a recording."""

    text: str


class Expect(msgspec.Struct, frozen=True, tag=True):
    """To hold at the step's time, or at some moment in the ``within`` seconds from then on."""

    expression: Expression
    within: float = 0.0


class Stop(msgspec.Struct, frozen=True, tag=True):
    """The scenario ends here."""


Action = (
    AddProducer
    | RemoveProducer
    | AddConsumer
    | RemoveConsumer
    | SetProducer
    | SetConsumer
    | SetQueue
    | Stall
    | Resume
    | Fail
    | Burst
    | Say
    | Pause
    | Ask
    | Screenshot
    | Marker
    | Expect
    | Stop
)


class Step(msgspec.Struct, frozen=True):
    """Actions in the order written, first ``at`` a time, then ``every`` so many seconds. ``index`` counts from 0."""

    index: int
    at: float
    every: float | None
    actions: tuple[Action, ...]


class Scenario(msgspec.Struct, frozen=True):
    """What one file says. ``duration`` ends a headless run; None: it ends when all is sent and taken.

    ``source`` is the file's text, by which a recording can be performed again.
    """

    file: str
    title: str = ""
    duration: float | None = None
    seed: int = 0
    queue: Settings = Settings()
    producers: tuple[ProducerSpec, ...] = ()
    consumers: tuple[ConsumerSpec, ...] = ()
    steps: tuple[Step, ...] = ()
    source: str = ""

    def actions(self) -> tuple[Action, ...]:
        """All actions of all steps."""
        return tuple([action for step in self.steps for action in step.actions])

    def actors(self) -> tuple[ProducerSpec | ConsumerSpec, ...]:
        """All producers and consumers, then those who come later; of a name that comes again and again, the first."""
        late = [action.spec for action in self.actions() if isinstance(action, AddProducer | AddConsumer)]
        everybody = [*self.producers, *self.consumers, *late]
        return tuple({(type(spec), spec.name): spec for spec in reversed(everybody)}.values())[::-1]
