"""The view: everything that a screen draws at one moment, from the queue's state, the session and the recent events.

A pane's drawing depends only on a :class:`View`, a size and a set of glyphs, not on a clock, a queue or a random
number. So every pane can be drawn as plain text for a test's own state, and the same moment always looks the same. All
times are seconds of the session's clock, which stops while the session is paused.
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
"""The word in the header. WATCHING: a remote program that is running; GONE: one that has ended."""
Badge = Literal["real threads", "exact"]
Follow = Literal["all", "tail", "slowest", "free"]
"""What the list keeps in sight if it can't show all nodes: *all*: both ends and every cursor; *tail*; *slowest*: the
slowest consumer's cursor; *free*: the selected message."""


class Ghost(msgspec.Struct, frozen=True):
    """A message that was evicted a moment ago, and the time of the eviction in seconds."""

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
    """The recording on the scrub bar, from ``begin`` to ``end`` seconds: list lengths and largest lags over time, and
    the times of markers.
    """

    begin: float
    end: float
    lengths: tuple[int, ...] = ()
    lags: tuple[int, ...] = ()
    markers: tuple[float, ...] = ()


class Paragraph(msgspec.Struct, frozen=True):
    """A paragraph of a card, in one style. ``indent`` applies from its second line on.

    ``code`` keeps its spaces, and its wrapped lines are indented at least as far as its first. ``spans`` are its pieces
    with their styles. ``target`` is that of a click, as in :class:`msgmux_tui.widgets.drawing.Cell`.
    """

    text: str
    style: str = "text"
    indent: int = 0
    code: bool = False
    target: str = ""
    spans: tuple[tuple[str, str], ...] = ()


class CardView(msgspec.Struct, frozen=True):
    """A lesson's card, at the page number ``page`` (from 0). The number of pages depends on the pane's size.

    ``below`` is at the bottom of every page. ``columns`` follow the paragraphs: side by side if there is room, else one
    after the other.
    """

    title: str
    note: str
    paragraphs: tuple[Paragraph, ...]
    below: Paragraph
    columns: tuple[tuple[Paragraph, ...], ...] = ()
    page: int = 0
    large: bool = False


class ExerciseView(msgspec.Struct, frozen=True):
    """An exercise and its grade. ``lines`` are those of the student's file. Line number ``here`` (from 1; 0: none) is
    marked, and the lines ``told`` are mentioned in the story. ``first`` is the line at the top, unless the marked line
    would be out of sight.

    ``verdict`` is one or two words, in the style ``style``. ``story`` is the grade; its paragraph number ``chosen`` is
    marked.
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
    """One frame of a screen. ``now`` is the time of ``state``, in session seconds."""

    state: QueueState
    now: float = 0.0
    scenario: str = ""
    mode: Mode = "LIVE"
    badge: Badge = "real threads"
    speed: float = 1.0
    behind_live: float = 0.0  # seconds, in REPLAY
    halted: bool = False  # in REPLAY and STEP: the player or the strategy is paused
    scrub: Scrub | None = None  # in REPLAY
    threads: Threads | None = None  # in STEP
    recording: bool = False
    viewers: int | None = None  # pages that look on; None: the session is not presented
    held: bool = False  # these pages show a sentence only
    producer_rates: dict[str, Rate] = {}
    consumer_rates: dict[str, Rate] = {}
    ghosts: tuple[Ghost, ...] = ()  # oldest first
    passes: tuple[Pass, ...] = ()  # oldest first
    lines: tuple[Line, ...] = ()  # oldest first; only those that match the filter
    say: str = ""  # the scenario's last `say` text
    said_at: float = 0.0
    alarm: str = ""  # a failed expectation, or a violation: the caption turns red
    notice: str = ""  # a notice of the session or the screen; the caption shows it before anything else
    checks: tuple[Check, ...] = ()
    selected: Selection | None = None
    selected_seq: int | None = None  # the message that is selected in the list
    follow: Follow = "all"
    inspected: Literal["message", "row"] = "row"  # what the inspector is about: the selected message, or row
    sought: str = ""  # the filter of the events pane; empty for none
    events_until: int | None = None  # the first event of the last line to show; None: follow the newest
    card: CardView | None = None  # on the lesson screen
    exercise: ExerciseView | None = None  # on the exercise screen
    unknown: bool = False  # the state is none yet: a program is being connected to, and has told nothing
    keymap: Keymap = DEFAULT  # to fill in the keys that texts name by action

    def is_selected(self, role: Role, name: str) -> bool:
        """Return whether this producer or consumer is the selected one."""
        return self.selected is not None and self.selected.role == role and self.selected.name == name
