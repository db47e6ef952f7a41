"""All that a screen draws at one moment: a queue's state, and what the session and the trail know beside it.

A pane's drawing is a function of a :class:`View`, a size and a set of glyphs, and of nothing else: no clock, no queue,
no random number. So every pane can be drawn as plain text for a made-up state, and the same moment always looks the
same. All times are seconds of the session's clock, which stands still while the session is paused.
"""

from typing import Literal

import msgspec

from msgmux.checker.records import SourceLine
from msgmux.commands import Role, Selection
from msgmux.events import Reason, Stop
from msgmux.rates import Rate
from msgmux.state import QueueState
from msgmux_tui.keys.keymap import DEFAULT, Keymap
from msgmux_tui.narration.records import Line
from msgmux_tui.session.records import Check, Threads

Mode = Literal["LIVE", "PAUSED", "REPLAY", "STEP", "WATCHING", "GONE"]
"""The last two are of a program elsewhere: it goes on; it has ended."""
Badge = Literal["real threads", "exact"]
Follow = Literal["all", "tail", "slowest", "free"]
"""What the list keeps in sight when it can't show everything: both ends and every cursor; the tail; the slowest
consumer; or the selected message, wherever it is."""


class Ghost(msgspec.Struct, frozen=True):
    """A message that was evicted a moment ago, and at what time."""

    seq: int
    tag: str
    reason: Reason
    when: float


class Pass(msgspec.Struct, frozen=True):
    """One pass of the cleaner: what it evicted, and what ended it (as in :class:`msgmux.events.CleanerPass`)."""

    time: float
    evicted: int
    stop: Stop
    consumers: tuple[str, ...] = ()
    seconds: float | None = None


class Scrub(msgspec.Struct, frozen=True):
    """What a player can go about in, from ``begin`` to ``end`` seconds: lengths of the list, largest lags, marks."""

    begin: float
    end: float
    lengths: tuple[int, ...] = ()
    lags: tuple[int, ...] = ()
    markers: tuple[float, ...] = ()


class Paragraph(msgspec.Struct, frozen=True):
    """A paragraph of a card, in a style; from its second line on indented.

    ``code`` keeps its spaces, and is wrapped below its own indentation; ``spans`` are its pieces, each in its style.
    ``target`` is what a click on it means, as in a :class:`msgmux_tui.widgets.drawing.Cell`.
    """

    text: str
    style: str = "text"
    indent: int = 0
    code: bool = False
    target: str = ""
    spans: tuple[tuple[str, str], ...] = ()


class CardView(msgspec.Struct, frozen=True):
    """A lesson's card: that ``page`` of it, from 0, of as many as there must be. ``below`` always stands on it.

    ``columns`` follow the paragraphs: side by side where there is room for it, else one after the other.
    """

    title: str
    note: str
    paragraphs: tuple[Paragraph, ...]
    below: Paragraph
    columns: tuple[tuple[Paragraph, ...], ...] = ()
    page: int = 0
    large: bool = False


class ExerciseView(msgspec.Struct, frozen=True):
    """An exercise and its grade. ``lines`` are the student's file, of which the ``here``th is marked (0: none) and
    those in ``told`` are in the story; ``first`` is the line at the top, where it is not moved by what is marked.

    ``verdict`` is in one word or two, in that style; ``story`` is the grade, its ``chosen``th paragraph marked.
    """

    title: str
    file: str
    lines: tuple[SourceLine, ...] = ()
    here: int = 0
    first: int = 1
    told: frozenset[int] = frozenset()
    verdict: str = ""
    style: str = "soft"
    story: tuple[Paragraph, ...] = ()
    chosen: int = -1


class View(msgspec.Struct, frozen=True):
    """One frame. ``now`` is the session's clock at the moment that ``state`` shows."""

    state: QueueState
    now: float = 0.0
    scenario: str = ""
    mode: Mode = "LIVE"
    badge: Badge = "real threads"
    speed: float = 1.0
    behind_live: float = 0.0  # seconds, in REPLAY
    halted: bool = False  # the player or the strategy stands, in REPLAY and STEP
    scrub: Scrub | None = None  # in REPLAY
    threads: Threads | None = None  # in STEP
    recording: bool = False
    producer_rates: dict[str, Rate] = {}
    consumer_rates: dict[str, Rate] = {}
    ghosts: tuple[Ghost, ...] = ()  # oldest first
    passes: tuple[Pass, ...] = ()  # oldest first
    lines: tuple[Line, ...] = ()  # oldest first; with a filter, those that answer to it
    say: str = ""  # the scenario's last words
    said_at: float = 0.0
    alarm: str = ""  # a failed expectation, or a violation: the caption turns red
    notice: str = ""  # what the session itself has to tell, before anything else
    checks: tuple[Check, ...] = ()
    selected: Selection | None = None
    selected_seq: int | None = None  # the message that is selected in the list
    follow: Follow = "all"
    inspected: Literal["message", "row"] = "row"  # what the inspector is about: the selected message, or row
    sought: str = ""  # the events' filter
    events_until: int | None = None  # the first event of the last line that is shown, where the newest are not followed
    card: CardView | None = None  # in a lesson
    exercise: ExerciseView | None = None  # while a file is graded
    keymap: Keymap = DEFAULT  # for words that name a key

    def is_selected(self, role: Role, name: str) -> bool:
        """Do the keys act on this one?"""
        return self.selected is not None and self.selected.role == role and self.selected.name == name
