"""What a screen watches and commands, whoever schedules the threads behind it.

A screen asks for a :class:`Frame` twenty times a second and gives commands; it never sees a queue. No call waits: what
came of a command arrives with a later frame, as an :class:`~msgmux.commands.Outcome` of the same id; a session may be
busy, or far away. What a command did to the cast or the queue is told in the log of events as well.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Literal, Protocol, cast

import msgspec

from msgmux.commands import AnyCommand, Capabilities, Direction, Outcome
from msgmux.events import Blocked, Delivered, Event, Evicted, Levels, Put, Skipped, Unblocked
from msgmux.recording import Kind as Landmark
from msgmux.recording import Marker, Timeline
from msgmux.state import QueueState
from msgmux_tui.session.records import Threads

Kind = Literal["threads", "exact", "replay", "step", "remote", "cluster"]
"""Who runs what is shown: the OS; a seed; nobody, since it has happened already; you; another program; a cluster."""

SPEEDS = (0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0, 20.0, 50.0, 100.0)
"""What the keys for slower and faster step through."""

MOST_EVENTS = 2_000
"""A frame that would have to tell of more has a gap."""
CROWDS = frozenset({Put, Delivered, Evicted, Levels, Blocked, Unblocked, Skipped})
"""Kinds that come in crowds, and are left out where there are too many events."""


class LeadIn(msgspec.Struct, frozen=True):
    """What went before a moment that was jumped to: ``events`` from ``state``, as it was at ``now``, up to there."""

    state: QueueState
    now: float
    events: Sequence[Event]


class Link(msgspec.Struct, frozen=True):
    """How a session stands to what it shows: ``age`` seconds ago it was so (None: not known), and ``words`` about it.

    A session that is ``connecting`` has nothing to show yet: its frames have an empty state, and the first real one has
    a gap. One that is ``gone`` shows what was last known; its history can still be looked at and saved.
    """

    phase: Literal["connecting", "connected", "gone"] = "connected"
    age: float | None = 0.0
    words: str = ""

    @property
    def connected(self) -> bool:
        return self.phase == "connected"


HERE = Link()
"""That of a session in this process."""


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
    link: Link = HERE


class Session(Protocol):
    """A running queue and its cast. All methods are for one thread, that of the screen, and none makes it wait."""

    @property
    def kind(self) -> Kind: ...

    @property
    def title(self) -> str:
        """What is performed."""
        ...

    @property
    def start(self) -> QueueState:
        """What the first frame's events follow on; an empty state where that is not known yet (see :class:`Link`)."""
        ...

    @property
    def capabilities(self) -> Capabilities:
        """The commands that it takes; it refuses the others."""
        ...

    @property
    def paused(self) -> bool: ...

    @property
    def speed(self) -> float:
        """Seconds of the session in one of the wall's."""
        ...

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
        """What has happened since the last call. An exact session goes on only in here, and by commands."""
        ...

    def command(self, command: AnyCommand) -> int:
        """Have it done. Returns its id: an outcome with this id comes with a later frame, whether it was done, refused,
        or has had no answer for long.
        """
        ...

    def close(self) -> None:
        """Begin to end it all, threads included. Idempotent."""
        ...

    @property
    def closed(self) -> bool:
        """Has all ended?"""
        ...

    def wait_closed(self, timeout: float) -> bool:
        """For the end of the process, and for tests: wait until all has ended. Returns whether it has."""
        ...


class Player(Session, Protocol):
    """A session that shows what has happened already, and goes to any moment of it: of the kind *replay*.

    Commands to the cast or the queue are refused. A position is the number of an event; what is shown includes it.
    Positions and times outside are taken for the nearest ones inside.
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
        """Pause, and take back one event: the one that the last step showed."""
        ...

    def jump(self, direction: Direction, kind: Landmark = "notable") -> None:
        """Pause at the next or the previous event of a kind; an outcome says when there is none."""
        ...

    def seek_event(self, event: int) -> None: ...

    def seek_time(self, seconds: float) -> None: ...

    def seek_seq(self, seq: int) -> None:
        """To the event that linked the message ``seq``."""
        ...


class Stepping(Session, Protocol):
    """A session whose tasks go on when they are told to, each to its next scheduling point: of the kind *step*. Tasks
    are named by id; 0 is the clock.

    While paused, a step lets the strategy pick, and a notable one lets the chosen task go on until it must wait; while
    it is not, the strategy goes on, some points a second. Commands to the cast or the queue are refused, and so is
    whatever can't be, as outcomes.
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


def player(session: Session) -> Player | None:
    """The session, where it is a player."""
    return cast("Player", session) if session.kind == "replay" else None


def stepping(session: Session) -> Stepping | None:
    """The session, where its tasks go on when they are told to."""
    return cast("Stepping", session) if session.kind == "step" else None


def is_remote(session: Session) -> bool:
    """Is it another program's, which goes on by itself and is not ours to start, pause or end?"""
    return session.kind in ("remote", "cluster")


def runs_exactly(session: Session) -> bool:
    """Is every run of what it shows the same?"""
    if session.kind == "replay":
        return session.timeline.header.runtime == "virtual"
    return session.kind in ("exact", "step")


def is_step(event: Event) -> bool:
    """Does this event count as one to step to? Samples of the channels' levels do not: nothing happens in them."""
    return not isinstance(event, Levels)
