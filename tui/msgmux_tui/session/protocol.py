"""What a screen watches and commands, whoever schedules the threads behind it.

A screen asks for a :class:`Frame` twenty times a second and gives commands; it never sees a queue. Commands return at
once. What came of one arrives with a later frame, as an :class:`Outcome`: a session may be busy, or far away. What it
did to the cast or the queue is told in the log of events as well, as a note about "you".
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Literal, Protocol, runtime_checkable

import msgspec

from msgmux.events import Blocked, Delivered, Event, Evicted, Levels, Put, Skipped, Unblocked
from msgmux.recording import Kind, Marker, Timeline
from msgmux.scenario import Changes, ConsumerSpec, ProducerSpec
from msgmux.state import QueueState
from msgmux.workload import Arrivals, Service
from msgmux_tui.session.records import Role, Selection, Threads

SPEEDS = (0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0, 20.0, 50.0, 100.0)
"""What the keys for slower and faster step through."""

MOST = 32
"""Producers, and consumers, that a person may add to."""

MOST_EVENTS = 2_000
"""A frame that would have to tell of more has a gap."""
CROWDS = frozenset({Put, Delivered, Evicted, Levels, Blocked, Unblocked, Skipped})
"""Kinds that come in crowds, and are left out where there are too many events."""

Direction = Literal[1, -1]
"""Up and more, or down and less."""


class Outcome(msgspec.Struct, frozen=True):
    """What came of a command. ``select``: who has come by it, to be selected.

    ``text`` is for the caption, and names keys by action (``<cast.undo>``), since only the screen knows the keys.
    """

    text: str
    select: Selection | None = None


class LeadIn(msgspec.Struct, frozen=True):
    """What went before a moment that was jumped to: ``events`` from ``state``, as it was at ``now``, up to there."""

    state: QueueState
    now: float
    events: Sequence[Event]


class Frame(msgspec.Struct, frozen=True):
    """What is to be seen now. ``events`` led from the last frame's state to this one; ``now`` is in the session's
    seconds.

    With ``gap`` there were too many of them: what was seen does not lead to ``state`` step by step, and ``events`` has
    the rare ones only; after a jump in a recording there are none, and ``lead_in`` has what went before. ``alarm``
    says why the session can't go on, if it can't.
    """

    state: QueueState
    now: float
    events: Sequence[Event] = ()
    gap: bool = False
    outcomes: tuple[Outcome, ...] = ()
    alarm: str = ""
    lead_in: LeadIn | None = None


class Session(Protocol):
    """A running queue and its cast. All methods are for one thread, that of the screen, and none makes it wait."""

    @property
    def title(self) -> str:
        """What is performed."""
        ...

    @property
    def start(self) -> QueueState:
        """What the first frame's events follow on."""
        ...

    @property
    def exact(self) -> bool:
        """Is every run of it the same, and a step exactly one event?"""
        ...

    @property
    def paused(self) -> bool: ...

    @property
    def speed(self) -> float:
        """Seconds of the session in one of the wall's. Settable, from 0.1 to 100."""
        ...

    @speed.setter
    def speed(self, factor: float) -> None: ...

    @property
    def busy(self) -> bool:
        """Are there commands whose outcome no frame has brought yet?"""
        ...

    @property
    def timeline(self) -> Timeline:
        """All that this session has shown so far, as long as it is remembered; or what a player plays."""
        ...

    @property
    def recording(self) -> Path | None:
        """The file that what happens is written to, if it is."""
        ...

    def start_recording(self, path: Path) -> None:
        """Write what happens from now on. Raises :class:`OSError` where that can't be. Ends the one before."""
        ...

    def stop_recording(self) -> None: ...

    def save(self, path: Path) -> None:
        """Write all of :attr:`timeline` as a recording. Raises :class:`OSError`; may take a second."""
        ...

    def poll(self) -> Frame:
        """What has happened since the last call. An exact session goes on only in here."""
        ...

    def pause(self) -> None:
        """Let time stand. This and :attr:`speed` are no events: they change when one looks, not what is to be seen."""
        ...

    def resume(self) -> None: ...

    def step(self, *, notable: bool = False) -> None:
        """While paused: go on to the next event, or the next notable one, and pause again.

        Real threads may run on a little further.
        """
        ...

    def free_name(self, role: Role) -> str:
        """The name for one more: that of its tag."""
        ...

    def producer_spec(self, name: str) -> ProducerSpec | None:
        """How a producer was told to work, if it is one of the session's own."""
        ...

    def consumer_spec(self, name: str) -> ConsumerSpec | None:
        """How a consumer was told to work, if it is one of the session's own."""
        ...

    def add_producer(self, spec: ProducerSpec | None = None) -> None:
        """Without a ``spec``: one message a second, under the next free tag."""
        ...

    def remove_producer(self, name: str) -> None: ...

    def add_consumer(self, spec: ConsumerSpec | None = None) -> None:
        """Without a ``spec``: from the oldest message on, 100 ms of work on each, under the next free tag."""
        ...

    def remove_consumer(self, name: str) -> None: ...

    def undo(self) -> None:
        """Bring back who was removed last: a consumer under its tag and after its old cursor."""
        ...

    def quicken(self, who: Selection, direction: Direction) -> None:
        """Double or halve a producer's rate or a consumer's speed."""
        ...

    def stall(self, name: str) -> None: ...

    def resume_consumer(self, name: str) -> None:
        """Let a stalled or crashed consumer go on."""
        ...

    def crash(self, name: str) -> None: ...

    def burst(self, name: str, count: int = 10) -> None:
        """Let a producer put so many at once."""
        ...

    def retention(self, direction: Direction) -> None:
        """Keep messages longer, or less long."""
        ...

    def set_producer(self, name: str, rate: Arrivals, payload: str) -> None:
        """Give a producer an exact rate, and another payload: a template with ``{n}`` and ``{name}``."""
        ...

    def set_consumer(self, name: str, work: Service) -> None:
        """Give a consumer an exact service time."""
        ...

    def configure(self, changes: Changes) -> None:
        """Change settings of the queue; what is not given stays."""
        ...

    def marker(self, text: str = "marker") -> None:
        """Leave a mark among the events."""
        ...

    def close(self) -> None:
        """End it all, threads included. Idempotent; may take a moment."""
        ...


@runtime_checkable
class Player(Session, Protocol):
    """A session that shows what has happened already, and goes to any moment of it.

    Commands to the cast or the queue are refused, as outcomes. A position is the number of an event; what is shown
    includes it. Positions and times outside are taken for the nearest ones inside.
    """

    @property
    def position(self) -> int: ...

    @property
    def now(self) -> float:
        """Where it stands, in seconds."""
        ...

    @property
    def behind(self) -> float:
        """Seconds from there to the end, which for a session that goes on is its present."""
        ...

    @property
    def markers(self) -> Sequence[Marker]:
        """The marks in what is played, and those set in this player, in order."""
        ...

    def step_back(self) -> None:
        """Pause, and take back one event: the one that the last :meth:`step` showed."""
        ...

    def jump(self, direction: Direction, kind: Kind = "notable") -> None:
        """Pause at the next or the previous event of a kind; an outcome says when there is none."""
        ...

    def seek_event(self, event: int) -> None: ...

    def seek_time(self, seconds: float) -> None: ...

    def seek_seq(self, seq: int) -> None:
        """To the event that linked the message ``seq``."""
        ...


@runtime_checkable
class Stepping(Session, Protocol):
    """A session whose tasks go on when they are told to, each to its next scheduling point. Tasks are named by id; 0 is
    the clock.

    While paused, :meth:`step` lets the strategy pick, and with ``notable`` the chosen task go on until it must wait;
    :meth:`resume` lets the strategy go on, some points a second. Commands to the cast or the queue are refused, and so
    is whatever can't be, as outcomes.
    """

    @property
    def threads(self) -> Threads:
        """The tasks as they stand."""
        ...

    def choose(self, task: int) -> None:
        """This is the one that the keys act on."""
        ...

    def pick(self, task: int) -> None:
        """Let it go on to its next point."""
        ...

    def step_back(self) -> None:
        """Take back the last point."""
        ...

    def turn_back(self) -> None:
        """Take back all that the last task did without another one in between."""
        ...


def checked_speed(factor: float) -> float:
    """The factor. Raises :class:`ValueError` where it is out of range."""
    if not SPEEDS[0] <= factor <= SPEEDS[-1]:
        raise ValueError(f"speed must be from {SPEEDS[0]:g} to {SPEEDS[-1]:g}; got {factor!r}")
    return factor


def is_step(event: Event) -> bool:
    """Does this event count as one to step to? Samples of the channels' levels do not: nothing happens in them."""
    return not isinstance(event, Levels)
