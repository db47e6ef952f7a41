"""A scenario as frozen records: the validated content of a file, with its steps in order. Times are seconds."""

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
    """A question to the viewers. ``answer``: the index, from 0, of the right choice; ``why``: its explanation."""

    question: str
    choices: tuple[str, ...]
    answer: int
    why: str = ""


class Screenshot(msgspec.Struct, frozen=True, tag=True):
    """A picture of the screen is to be taken here, under that name."""

    name: str


class Expect(msgspec.Struct, frozen=True, tag=True):
    """``expression`` must be true at the step's time, or at some moment in the ``within`` seconds after it."""

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
"""The actions that both a scenario's step and a person can do."""
Action = Deed | Say | Pause | Ask | Screenshot | Expect | Stop


class Step(msgspec.Struct, frozen=True):
    """Actions, in the order written, that are due ``at`` seconds after the start and then, unless None, ``every`` so
    many seconds. ``index``: the step's position in the file, from 0.
    """

    index: int
    at: float
    every: float | None
    actions: tuple[Action, ...]


class Scenario(msgspec.Struct, frozen=True):
    """The content of one file. ``duration`` (seconds) ends a headless run; None: it ends when every message is sent and
    taken and no step is left.

    ``source`` is the file's text; a recording keeps it, so that the run can be performed again.
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
        """All producers and consumers of the file, then those that steps add. If a name of a role is added more than
        once, only the first specification.
        """
        adding = [action.spec for action in self.actions() if isinstance(action, AddProducer | AddConsumer)]
        everybody = [*self.producers, *self.consumers, *[spec for spec in adding if spec is not None]]
        return tuple({(type(spec), spec.name): spec for spec in reversed(everybody)}.values())[::-1]
