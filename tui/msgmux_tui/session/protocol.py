"""The protocol between a screen and a session of any kind.

A screen polls a :class:`Frame` twenty times a second and sends commands; it never accesses a queue. No call waits,
since a session may be busy or remote: the :class:`~msgmux.commands.Outcome` of a command arrives in a later frame, with
the command's id. What a command does to producers, consumers or the queue is also an event in the log.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Literal, Protocol, cast

import msgspec

from msgmux.commands import AnyCommand, Capabilities, Direction, Outcome
from msgmux.events import FREQUENT, Event, Levels
from msgmux.recording import Kind as Landmark
from msgmux.recording import Marker, Timeline
from msgmux.state import QueueState
from msgmux_tui.session.records import Threads

Kind = Literal["threads", "exact", "replay", "step", "remote", "cluster"]
"""Who schedules the threads shown: the OS; a seed; nobody (a recording); the user; another program; a cluster."""

SPEEDS = (0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0, 20.0, 50.0, 100.0)
"""The speeds that the keys for slower and faster step through: session seconds in one wall-clock second."""

MOST_EVENTS = 2_000
"""The most events in a frame; a frame with more has a gap instead."""
CROWDS = FREQUENT
"""Frequent kinds of events, which a frame with a gap leaves out."""


class LeadIn(msgspec.Struct, frozen=True):
    """The history before a moment that was jumped to: ``events`` lead from ``state``, at ``now`` seconds, to there."""

    state: QueueState
    now: float
    events: Sequence[Event]


class Link(msgspec.Struct, frozen=True):
    """A session's connection to what it shows. ``age`` is that of the shown state in seconds (None: unknown);
    ``words`` describe the connection.

    A ``connecting`` session has nothing to show yet: its frames have an empty state, and its first real frame has a
    gap. A ``gone`` session shows the last known state; its history can still be opened and saved.
    """

    phase: Literal["connecting", "connected", "gone"] = "connected"
    age: float | None = 0.0
    words: str = ""

    @property
    def connected(self) -> bool:
        return self.phase == "connected"


HERE = Link()
"""The link of a session in this process."""


class Frame(msgspec.Struct, frozen=True):
    """A session at one moment. ``events`` lead from the last frame's state to ``state``; ``now`` is in session seconds.

    With ``gap`` some of these events are missing, so that folding ``events`` does not give ``state``: above
    :data:`MOST_EVENTS` the frame has the rare kinds only, and after a jump in a recording it has none, but a
    ``lead_in`` with the history before. ``alarm`` says why the session can't continue; empty if it can.
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
    """A queue with its producers and consumers. All methods are for the UI thread, and none blocks it."""

    @property
    def kind(self) -> Kind: ...

    @property
    def title(self) -> str:
        """The title of what the session shows, for the user."""
        ...

    @property
    def start(self) -> QueueState:
        """The state before the first frame's events; an empty state while it is unknown (see :class:`Link`)."""
        ...

    @property
    def capabilities(self) -> Capabilities:
        """The commands that the session accepts; it refuses all others."""
        ...

    @property
    def paused(self) -> bool: ...

    @property
    def speed(self) -> float:
        """Session seconds in one wall-clock second."""
        ...

    @property
    def busy(self) -> bool:
        """Whether a command has had no outcome in a frame yet."""
        ...

    @property
    def timeline(self) -> Timeline:
        """The session's history, as far as it is still in memory; for a player, the recording that it plays."""
        ...

    @property
    def recording(self) -> Path | None:
        """The recording being written, or None."""
        ...

    def start_recording(self, path: Path) -> None:
        """Start a recording to ``path``; one that is being written is completed first. Raises :class:`OSError`."""
        ...

    def stop_recording(self) -> None: ...

    def save(self, path: Path) -> None:
        """Write the whole :attr:`timeline` as a recording. May take about a second. Raises :class:`OSError`."""
        ...

    def poll(self) -> Frame:
        """The next frame, with the events since the last call. An exact session runs only in here and in commands."""
        ...

    def command(self, command: AnyCommand) -> int:
        """Send a command. Returns its id at once. A later frame has an outcome with this id: the command was done,
        refused, or not answered in time.
        """
        ...

    def close(self) -> None:
        """Begin to close the session, its threads and processes. Does not wait. Idempotent."""
        ...

    @property
    def closed(self) -> bool:
        """Whether closing has completed."""
        ...

    def wait_closed(self, timeout: float) -> bool:
        """Wait at most ``timeout`` seconds until closing has completed. Returns whether it has.

        The only call that waits; for the end of the program, and for tests.
        """
        ...


class Player(Session, Protocol):
    """A session of kind *replay*: it shows a recording or a history, and can seek to any moment of it.

    It refuses commands to producers, consumers and the queue. A position is an event's number; the shown state includes
    that event. Positions and times outside the recording are clamped to it.
    """

    @property
    def position(self) -> int: ...

    @property
    def now(self) -> float:
        """The time at the position, in seconds of the recording."""
        ...

    @property
    def behind(self) -> float:
        """Seconds from the position to the end; for the history of a running session the end is its present."""
        ...

    @property
    def markers(self) -> Sequence[Marker]:
        """The markers of the recording and those set in this player, in order of time."""
        ...

    def step_back(self) -> None:
        """Pause, and go back by one event."""
        ...

    def jump(self, direction: Direction, kind: Landmark = "notable") -> None:
        """Pause, and go to the next (1) or previous (-1) event of ``kind``; an outcome says if there is none."""
        ...

    def seek_event(self, event: int) -> None: ...

    def seek_time(self, seconds: float) -> None: ...

    def seek_seq(self, seq: int) -> None:
        """Go to the event that linked the message ``seq``."""
        ...


class Stepping(Session, Protocol):
    """A session of kind *step*: the user picks the task that runs next, to its next scheduling point. Tasks are named
    by id; 0 is the clock.

    While paused, the command ``Step`` lets the strategy pick, and ``Step(notable=True)`` runs the selected task until
    it blocks. While running, the strategy picks several times a second. Commands to producers, consumers and the
    queue are refused; so are impossible picks, by a failed outcome.
    """

    @property
    def threads(self) -> Threads:
        """The tasks, locks and channels at this point."""
        ...

    def choose(self, task: int) -> None:
        """Select the task that the keys act on."""
        ...

    def pick(self, task: int) -> None:
        """Run ``task`` to its next scheduling point."""
        ...

    def step_back(self) -> None:
        """Undo the last step."""
        ...

    def turn_back(self) -> None:
        """Undo all steps of the last task, back to the last switch between tasks."""
        ...


def player(session: Session) -> Player | None:
    """``session`` if it is a player, else None."""
    return cast("Player", session) if session.kind == "replay" else None


def stepping(session: Session) -> Stepping | None:
    """``session`` if it is a step session, else None."""
    return cast("Stepping", session) if session.kind == "step" else None


def is_remote(session: Session) -> bool:
    """Return whether the queue belongs to another program, which this one can't start, pause or end."""
    return session.kind in ("remote", "cluster")


def runs_exactly(session: Session) -> bool:
    """Return whether the shown run is deterministic: on the virtual runtime, live or recorded."""
    if session.kind == "replay":
        return session.timeline.header.runtime == "virtual"
    return session.kind in ("exact", "step")


def is_step(event: Event) -> bool:
    """Return whether a step stops at this event. It does at every event but the samples of channel levels."""
    return not isinstance(event, Levels)
