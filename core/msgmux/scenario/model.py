"""A scenario as frozen records: what a file says, checked and in order. Times are seconds from the start."""

import msgspec

from msgmux.commands import (
    AddConsumer,
    AddProducer,
    Burst,
    Configure,
    ConsumerSpec,
    Crash,
    Mark,
    ProducerSpec,
    RemoveConsumer,
    RemoveProducer,
    Resume,
    SetConsumer,
    SetProducer,
    Stall,
)
from msgmux.scenario.expect.expression import Expression
from msgmux.settings import Settings


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


class Expect(msgspec.Struct, frozen=True, tag=True):
    """To hold at the step's time, or at some moment in the ``within`` seconds from then on."""

    expression: Expression
    within: float = 0.0


class Stop(msgspec.Struct, frozen=True, tag=True):
    """The scenario ends here."""


Deed = (
    AddProducer
    | RemoveProducer
    | AddConsumer
    | RemoveConsumer
    | SetProducer
    | SetConsumer
    | Stall
    | Resume
    | Crash
    | Burst
    | Configure
    | Mark
)
"""What a step and a person can do alike."""
Action = Deed | Say | Pause | Ask | Screenshot | Expect | Stop


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
        adding = [action.spec for action in self.actions() if isinstance(action, AddProducer | AddConsumer)]
        everybody = [*self.producers, *self.consumers, *[spec for spec in adding if spec is not None]]
        return tuple({(type(spec), spec.name): spec for spec in reversed(everybody)}.values())[::-1]
